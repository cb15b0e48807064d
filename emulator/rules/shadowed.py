"""Rules that can never act: an earlier one answers every call that they are about.

Who writes `on: "*"` above all else means the rest to act, too, and wonders why it does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import product

from ..wechat import endpoints
from .matching import names_and_patterns
from .rule import Rule, Span

_Binding = tuple[str, str, str]
_LOOKED_AT = 20
"""How many earlier rules with one binding are looked at: ten thousand rules must load quickly."""


def shadowed(rules: Iterable[Rule]) -> Iterator[tuple[int, int]]:
    """The index of each rule that can never act, and that of the one before it which answers."""
    answering: dict[_Binding, list[tuple[int, Rule]]] = {}
    for i, rule in enumerate(rules):
        near = (each for place in _wider(rule) for each in answering.get(place, ()))
        by = min((j for j, earlier in near if _covers(earlier, rule)), default=None)
        if by is not None:
            yield i, by
        elif _always_answers(rule):
            bucket = answering.setdefault(_binding(rule), [])
            if len(bucket) < _LOOKED_AT:
                bucket.append((i, rule))


def _always_answers(rule: Rule) -> bool:
    """Whether no call that it matches goes further in."""
    return (
        rule.then is not None
        and any(each.acts == "instead" for each in rule.then.effects)
        and rule.times is None
        and rule.begins is None
        and rule.lasts is None
        and rule.chance >= 1
        and (rule.when.call is None or _is_all(rule.when.call))
    )


def _is_all(span: Span) -> bool:
    return span.first == 1 and span.last is None


def _binding(rule: Rule) -> _Binding:
    return rule.when.js_code, rule.when.user, rule.when.appid


def _wider(rule: Rule) -> Iterator[_Binding]:
    """Each binding of which this rule's calls are a part."""
    yield from product(*({part, ""} for part in _binding(rule)))


def _covers(earlier: Rule, later: Rule) -> bool:
    """Whether each call of the later rule is one of the earlier, if their bindings are so."""
    one, other = earlier.when, later.when
    return (
        _is_part(one.header, other.header)
        and _is_part(one.query, other.query)
        and (one.connection_call is None or str(one.connection_call) == str(other.connection_call))
        and _is_on_all(earlier, later)
    )


def _is_part(wanted: Mapping[str, str], given: Mapping[str, str]) -> bool:
    """Whether values that fit `given` also fit `wanted`, as far as the patterns' text shows."""
    return all(name in given and (value in ("*", given[name])) for name, value in wanted.items())


def _is_on_all(earlier: Rule, later: Rule) -> bool:
    names, patterns = names_and_patterns(earlier.endpoints)
    if "*" in names:
        return True
    paths = _paths()
    for each in later.endpoints:
        path = paths.get(each, each)
        # A pattern that matches another's text also matches all that the other does.
        if not names & {each, _name_at(path)} and not any(p.fullmatch(path) for p in patterns):
            return False
    return True


@cache
def _paths() -> Mapping[str, str]:
    """The path of each endpoint by its name."""
    return {endpoint.name: path for path, endpoint in endpoints.load().items()}


def _name_at(path: str) -> str:
    endpoint = endpoints.load().get(path)
    return endpoint.name if endpoint else path
