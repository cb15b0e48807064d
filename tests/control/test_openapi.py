"""`openapi.json` describes every route, and generated calls never break the server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from msgspec import json
from schemathesis.checks import not_a_server_error

from emulator.control import PREFIX, load
from emulator.control.health import openapi_document
from emulator.testing.emulator import Emulator, running
from tests.support import Harness

DOCUMENT = openapi_document()
API = schemathesis.openapi.from_dict(DOCUMENT)
CALLED = API.exclude(path_regex="scenario")  # it has a fuzz test of its own
API.config.phases.coverage.enabled = False  # two thousand calls more, and none that found more


async def test_the_document_is_served(emulator: Harness) -> None:
    assert await emulator.control("GET", "openapi.json") == json.decode(json.encode(DOCUMENT))


def test_the_document_is_valid_openapi() -> None:
    API.validate()


@pytest.mark.parametrize("route", load(), ids=lambda route: f"{route.method} {route.path}")
def test_every_route_is_described(route: Any) -> None:
    operation = DOCUMENT["paths"][PREFIX + route.path][route.method.lower()]
    assert operation["summary"].endswith("."), "the docstring's first line"
    named = {each["name"] for each in operation["parameters"] if each["in"] == "path"}
    assert named == set(re.findall(r"\{(\w+)\}", route.path))
    assert ("requestBody" in operation) == (route.method in ("POST", "PUT"))


def test_operation_ids_are_unique() -> None:
    ids = [each["operationId"] for path in DOCUMENT["paths"].values() for each in path.values()]
    assert len(ids) == len(set(ids))


@pytest.fixture(scope="module")
def served() -> Iterator[Emulator]:
    with running(max_worlds=20, journal_entries=100) as emulator:
        yield emulator


@CALLED.parametrize()
@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_generated_call_breaks_the_server(case: Any, served: Emulator) -> None:
    if "wait" in case.path:
        case.query = dict(case.query or {}) | {"timeout": "1ms"}
    if case.body is not None and "count" in str(case.body):
        case.body = {"count": 3}
    case.call_and_validate(base_url=served.url, checks=[not_a_server_error], timeout=5)
