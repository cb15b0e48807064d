"""The parts of the reference that effects, scripted codes and shipped scenarios write."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from msgspec import json

from emulator.core.custom_type import schema_hook
from emulator.rules import effects
from emulator.rules.rule import Rule, When
from emulator.wechat.scripted_codes import WORDS
from tests.markdown import table
from tests.reach.faults import BY_NAME, CLIENTS, by_proxy
from tests.rules.effects.clients import ASK, TOLD

SCENARIOS = Path(__file__).parents[1] / "scenarios"
# Where clients differ.
_FAULTS = ("reset", "close", "lost_reply", "hang", "truncate-20")


class Notes(NamedTuple):
    """What a shipped scenario's file says about itself."""

    name: str
    title: str
    story: str
    good: str

    @property
    def does(self) -> str:
        """What a good backend does, as a sentence of its own."""
        does = self.good.removeprefix("A good backend ")
        return does[:1].upper() + does[1:]


def rule_keys() -> str:
    """A row for each key of a rule."""
    return _keys(Rule)


def when_keys() -> str:
    """A row for each key under `when`."""
    return _keys(When)


def client_errors() -> str:
    """What the faults are to each client."""
    rows = ((f"`{word}`", *told) for word, told in TOLD.items() if word in _FAULTS)
    return table(("effect", *ASK), rows)


def proxied_errors() -> str:
    """What they are over TLS, through the proxy."""
    rows = ((f"`{word}`", *by_proxy(word)) for word in BY_NAME)
    return table(("effect", *CLIENTS), rows)


def effect_words() -> str:
    """A row for each effect: when it acts, how it is written, what it does."""
    rows = (
        (f"`{_in_a_rule(name)}`", kind.acts, in_a_code(name), _about(kind))
        for name, kind in sorted(effects.load().items())
    )
    return table(("in a rule", "acts", "in a scripted code", "what it does"), rows)


def effect_fields() -> str:
    """A section for each effect that has attributes."""
    found = sorted(effects.load().items())
    return "\n\n".join(_section(name) for name, kind in found if kind.__struct_fields__)


def script_words() -> str:
    """A row for each word of a scripted code that is no effect."""
    rows = ((f"`{word}`", about) for word, about in WORDS.items())
    return table(("word", "what it does"), rows)


def scenarios() -> str:
    """A row for each shipped scenario."""
    found = [notes(path) for path in sorted(SCENARIOS.glob("*.yaml"))]
    rows = ((f"[`{each.name}`]({each.name}.yaml)", each.title, each.does) for each in found)
    return table(("scenario", "what happens", "what a good backend does"), rows)


def notes(path: Path) -> Notes:
    """The title of a scenario, and the two paragraphs of comments at its head."""
    head, _, rest = path.read_text("utf-8").partition("\nversion: 1\n")
    paragraphs = re.sub(r"^# ?", "", head, flags=re.MULTILINE).split("\n\n")
    story, good = (" ".join(each.split()) for each in paragraphs[-2:])
    title = re.search(r"^name: (.+)$", rest, re.MULTILINE)
    return Notes(path.stem, title[1] if title else "", story.split("schema.json ")[-1], good)


def in_a_code(name: str) -> str:
    """The effect's first example as a word of a scripted code."""
    example = effects.load()[name].examples[0]
    if isinstance(example, dict):
        return "needs a rule"
    return f"`.{name}`" if example is True else f"`.{name}-{example}`"


def _in_a_rule(name: str) -> str:
    """The effect's first example in YAML."""
    example = {name: effects.load()[name].examples[0]}
    return yaml.safe_dump(example, default_flow_style=True).strip()[1:-1]


def _keys(kind: type) -> str:
    known = json.schema(kind, schema_hook=schema_hook)["$defs"][kind.__name__]["properties"]
    rows = ((f"`{key}`", field["description"]) for key, field in known.items())
    return table(("key", "what it is"), rows)


def _about(kind: type[effects.Effect]) -> str:
    return " ".join((kind.__doc__ or "").split())


def _section(name: str) -> str:
    fields = effects.then_schema()["properties"][name]["anyOf"][-1]["properties"]
    rows = ((f"`{each}`", _default(of), of["description"]) for each, of in fields.items())
    return f"### `{name}`\n\n{table(('attribute', 'default', 'what it is'), rows)}"


def _default(field: dict[str, Any]) -> str:
    return f"`{json.encode(field['default']).decode()}`" if "default" in field else ""
