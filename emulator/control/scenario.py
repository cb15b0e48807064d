"""The scenario of a world: show it, load another one, or only check one."""

from __future__ import annotations

import asyncio
from pathlib import PurePath
from typing import Annotated, Any

from msgspec import Meta, Struct, json

from ..core import masking
from ..core.json_decoding import decode_json
from ..core.validation import MOST_SHOWN, NOT_JSON, CheckError, type_info
from ..scenario.loaded import Loaded
from ..scenario.model import Scenario
from . import MAX_DOCUMENT, ControlRequest, Problem, Raw, route
from .dispatch import body_problem, not_json, prefers_text

_JSON = "application/json"
_YAML = "application/yaml"
_TAKES = (_JSON, _YAML, "application/x-yaml", "text/yaml", "text/x-yaml")
_NAME = "request body"
"""The name of a sent scenario in messages, where a file's name would stand."""
_LONGEST_NAME = 200


@route("GET", "scenario")
def get_scenario(request: ControlRequest) -> Any:
    """What this world starts from, its secrets masked; as YAML with `Accept: application/yaml`."""
    loaded = _scenario_of(request)
    if "yaml" in request.headers.get("Accept", ""):
        return Raw(_as_yaml(loaded), _YAML)
    return _summary(loaded) | {"scenario": masking.values(_values(loaded))}


class FromFile(Struct, kw_only=True, forbid_unknown_fields=True):
    """Where a sent scenario comes from."""

    file: Annotated[
        str | None, Meta(description="The file's name, for messages about what is wrong in it.")
    ] = None

    @property
    def name(self) -> str:
        """The name in messages."""
        shown = "".join(c if c.isprintable() else "?" for c in self.file or "")
        return shown[:_LONGEST_NAME] or _NAME


@route(
    "PUT", "scenario", body=bytes, query=FromFile, takes=_TAKES, schema=Scenario,
    max_body=MAX_DOCUMENT,
)  # fmt: skip
async def put_scenario(request: ControlRequest) -> Any:
    """Start this world anew from another scenario. The default world's is for new worlds, too."""
    loaded, name = await asyncio.to_thread(_load_body, request), request.gateway.world.name
    await request.server.worlds.load(name, loaded)
    return _checked(loaded)


@route(
    "POST", "scenario/validate", body=bytes, query=FromFile, takes=_TAKES, schema=Scenario,
    max_body=MAX_DOCUMENT,
)  # fmt: skip
async def validate_scenario(request: ControlRequest) -> Any:
    """What PUT scenario would answer; nothing changes."""
    return _checked(await asyncio.to_thread(_load_body, request))


def _load_body(request: ControlRequest) -> Loaded:
    from ..scenario.loading import Source, load, load_data
    from ..scenario.report import ScenarioError  # a start without a scenario does without

    content, name = request.body, request.query.name
    called = PurePath(name).stem
    try:
        if request.media_type != _JSON:
            return load([Source(name, content)], called)
        try:
            return load_data(decode_json(content), content, called)
        except CheckError:
            if prefers_text(request.headers.get("Accept", "")):
                load([Source(name, content)])  # JSON is YAML, in which each mistake has its line
            raise
    except NOT_JSON as error:
        raise not_json(error) from None
    except CheckError as error:
        raise body_problem(error) from None
    except ScenarioError as error:
        errors = [mistake.to_json() for mistake in error.mistakes[:MOST_SHOWN]]
        raise Problem(422, "Scenario does not fit", str(error), errors) from None


def _scenario_of(request: ControlRequest) -> Loaded:
    return request.server.worlds.scenario(request.gateway.world.name)


def _summary(loaded: Loaded) -> dict[str, Any]:
    return {"name": loaded.name, "sha256": loaded.sha256 or None}


def _checked(loaded: Loaded) -> dict[str, Any]:
    """The summary, and what the scenario may mean otherwise."""
    return _summary(loaded) | {"warnings": [each.to_json() for each in loaded.warnings]}


def _values(loaded: Loaded) -> Any:
    return {"version": 1} if loaded.data is None else loaded.data


def _as_yaml(loaded: Loaded) -> bytes:
    """The file as it was written, if its masked text says what the masked values say."""
    masked = masking.values(_values(loaded))
    text = masking.yaml(loaded.text).encode()
    if text and _read_yaml(text) == masked:
        return text
    return json.format(json.encode(masked), indent=2)  # JSON is YAML


def _read_yaml(text: bytes) -> Any:
    from ..scenario.document import Document  # a start without a scenario does without
    from ..scenario.values import wanted_types

    return Document(_NAME, text).data(wanted_types(type_info(Scenario)))
