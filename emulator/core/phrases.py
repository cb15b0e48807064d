"""HTTP statuses in words, as nginx says them, and so the gateway in front of WeChat."""

from __future__ import annotations

from http import HTTPStatus

PHRASES = {status.value: status.phrase for status in HTTPStatus} | {
    # Python 3.13 has the newest RFC's words for these; an answer shall not depend on Python.
    413: "Request Entity Too Large",
    414: "Request-URI Too Large",
    416: "Requested Range Not Satisfiable",
    422: "Unprocessable Entity",
}
"""The reason phrase of each status."""
