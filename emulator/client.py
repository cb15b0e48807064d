"""The control API's client under its public name."""

from __future__ import annotations

from .testing.client import Client, ClientError

__all__ = ["Client", "ClientError"]
