"""The scenario: what is loaded, another in its place, or only a look at its mistakes."""

from __future__ import annotations

from typing import Any

from msgspec import DecodeError, json

from ..core.validation import CheckError
from ..scenario.loaded import Loaded
from ..scenario.model import Scenario
from . import Problem, Raw, Request, route
from .dispatch import unfit

_JSON = "application/json"
_YAML = "application/yaml"
_TAKES = (_JSON, _YAML, "application/x-yaml", "text/yaml", "text/x-yaml")
_SENT = "request body"
"""What messages call a scenario that is in no file."""


@route("GET", "scenario")
async def get_scenario(request: Request) -> Any:
    """What this world starts from, with its sha256; with `Accept: application/yaml` as YAML."""
    loaded = _loaded(request)
    if "yaml" in request.headers.get("Accept", ""):
        return Raw(_as_yaml(loaded), _YAML)
    return _named(loaded) | {"scenario": _said(loaded)}


@route("PUT", "scenario", body=bytes, takes=_TAKES, schema=Scenario)
async def put_scenario(request: Request) -> Any:
    """Start this world anew from another scenario; the default world's is for later ones too."""
    loaded, name = _read(request), request.gateway.world.name
    await request.server.worlds.load(name, loaded)
    return _named(loaded)


@route("POST", "scenario/validate", body=bytes, takes=_TAKES, schema=Scenario)
async def validate_scenario(request: Request) -> Any:
    """What PUT scenario would answer; nothing changes."""
    return _named(_read(request))


def _read(request: Request) -> Loaded:
    from ..scenario.loading import Source, load, load_data
    from ..scenario.report import ScenarioError  # a start without a scenario does without

    content = request.body
    try:
        if request.media_type == _JSON:
            return load_data(json.decode(content), content, _SENT)
        return load([Source(_SENT, content)])
    except (DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem(422, "Body is not JSON", f"expected a JSON object, got: {error}") from None
    except CheckError as error:
        raise unfit(error) from None
    except ScenarioError as error:
        errors = [mistake.to_json() for mistake in error.mistakes]
        raise Problem(422, "Scenario does not fit", str(error), errors) from None


def _loaded(request: Request) -> Loaded:
    return request.server.worlds.scenario(request.gateway.world.name)


def _named(loaded: Loaded) -> dict[str, Any]:
    return {"name": loaded.name, "sha256": loaded.sha256 or None}


def _said(loaded: Loaded) -> Any:
    return {"version": 1} if loaded.data is None else loaded.data


def _as_yaml(loaded: Loaded) -> bytes:
    if loaded.text:
        return loaded.text.encode()
    return json.format(json.encode(_said(loaded)), indent=2)  # JSON is YAML
