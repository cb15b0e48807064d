"""YAML text becomes a tree of nodes that know their line and column.

The tree is built from libyaml's events, not by PyYAML's composer. That one recurses in C, so deep
nesting ends the process. It also accepts duplicate keys and aliases that expand without end, and it
forgets where an alias stood.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, ClassVar

import yaml
from msgspec import Struct
from msgspec.structs import replace
from yaml import events as ev

from ..core.validation import Mistake

MAX_DEPTH = 64
MAX_VALUES = 1_000_000
_MOST_TOLD = 1000
"""How many values aliases may expand to."""

_CORE_TAGS = {
    f"tag:yaml.org,2002:{name}" for name in ("int", "float", "bool", "null", "map", "seq")
}
_TEXT_TAGS = {"tag:yaml.org,2002:str", "!"}


class Node(Struct, gc=False):
    """A value and its place in the text. `gc=False` is safe: a node never holds itself."""

    start: Any
    end: Any
    """libyaml's marks. Reading them is slow, so only a mistake does it."""

    @property
    def line(self) -> int:
        """Counted from 1."""
        return int(self.start.line) + 1

    @property
    def column(self) -> int:
        """Counted from 1, in characters."""
        return int(self.start.column) + 1

    @property
    def width(self) -> int:
        """How many characters of its first line it takes; 1 if it goes on in the next line."""
        same_line = self.end.line == self.start.line
        return max(self.end.column - self.start.column, 1) if same_line else 1


class Scalar(Node, gc=False):
    """A single value, not a list or a mapping."""

    text: str
    plain: bool
    """Whether it stands without quotes, so that `1` is a number and `true` a boolean."""
    size: ClassVar[int] = 1
    depth: ClassVar[int] = 1


class Sequence(Node, gc=False):
    """A list."""

    items: list[Any]
    size: int
    """How many values it holds, itself included; an alias counts as what it stands for."""
    depth: int


class Mapping(Node, gc=False):
    """Keys and values, in the file's order."""

    items: dict[str, tuple[Any, Any]]
    """By key: the key's node and the value's."""
    size: int
    depth: int


Value = Scalar | Sequence | Mapping
Report = Callable[[Node, Mistake], None]
"""Is called with each mistake and its place."""


class _Open(Struct):
    """A list or mapping whose end has not been read yet."""

    event: Any
    children: list[Value]

    def next_key(self) -> str | int | None:
        """The key or index of the next child; None if the next child is a key itself."""
        if isinstance(self.event, ev.SequenceStartEvent):
            return len(self.children)
        last = self.children[-1] if len(self.children) % 2 else None
        return last.text if isinstance(last, Scalar) else None


class Composer:
    """Builds the tree of one document. It gives each mistake to `report` and goes on."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._open: list[_Open] = []
        self._anchors: dict[str, Value | None] = {}
        self.root: Value | None = None
        self.count = 0
        """How many mistakes there are. After the first thousand they are only counted."""

    def compose(self, text: str) -> None:
        """Read the text; yaml.YAMLError if it is not YAML, Overflow if it is too deep or big."""
        try:
            self._read(text)
        except yaml.YAMLError as error:
            # libyaml reads up to 1,024 characters ahead, and newer ones have a limit of depth, too:
            # what came before the place where it stopped may be too deep for us already.
            if stopped := getattr(error, "problem_mark", None):
                with suppress(yaml.YAMLError):
                    Composer(_ignore)._read(text[: stopped.index])
            raise

    def _read(self, text: str) -> None:
        take: dict[Any, Callable[[Any], None]] = {
            ev.AliasEvent: self._alias,
            ev.SequenceStartEvent: self._start,
            ev.MappingStartEvent: self._start,
            ev.SequenceEndEvent: self._end,
            ev.MappingEndEvent: self._end,
            ev.DocumentStartEvent: self._document,
        }
        next_event: Callable[[], Any] = yaml.CSafeLoader(text).get_event
        scalar, end = ev.ScalarEvent, ev.StreamEndEvent
        while (kind := type(event := next_event())) is not end:
            if kind is scalar:
                self._scalar(event)
            elif taken := take.get(kind):
                taken(event)

    def _document(self, event: ev.DocumentStartEvent) -> None:
        if self.root is not None:
            mark = _at(event)
            raise Overflow(mark, Mistake((), "one document", "a second one ('---')"))

    def _scalar(self, event: Any) -> None:
        tag, plain = event.tag, event.implicit[0]
        if tag is not None:
            self._check_tag(event)
            plain = tag not in _TEXT_TAGS
        node = Scalar(event.start_mark, event.end_mark, event.value, plain)
        if event.anchor is None and self._open:  # nearly every scalar: no call of _add
            self._open[-1].children.append(node)
        else:
            self._add(node, event.anchor)

    def _alias(self, event: Any) -> None:
        name, here = event.anchor, _at(event)
        target = self._anchors.get(name)
        if target is None:
            got = f"*{name}" + (" inside itself" if name in self._anchors else "")
            self._refuse(here, "an alias of an &anchor above it", got)
            target = Scalar(here.start, here.end, "", plain=True)
        self._add(replace(target, start=here.start, end=here.end), None)

    def _start(self, event: Any) -> None:
        self._check_tag(event)
        self._open.append(_Open(event, []))
        if event.anchor:
            self._anchors[event.anchor] = None
        if len(self._open) > MAX_DEPTH:
            raise Overflow(_at(event), _TOO_DEEP)

    def _end(self, event: Any) -> None:
        opened = self._open.pop()
        began, children = opened.event, opened.children
        size = 1 + sum([child.size for child in children])
        depth = 1 + max([child.depth for child in children], default=0)
        node: Value
        if isinstance(began, ev.SequenceStartEvent):
            node = Sequence(began.start_mark, began.end_mark, children, size, depth)
        else:
            pairs = self._pairs(children)
            node = Mapping(began.start_mark, began.end_mark, pairs, size, depth)
        self._add(node, began.anchor)

    def _pairs(self, children: list[Value]) -> dict[str, tuple[Value, Value]]:
        pairs: dict[str, tuple[Value, Value]] = {}
        for key, value in zip(children[::2], children[1::2], strict=True):
            if not isinstance(key, Scalar):
                self._refuse(key, "text as a key", _NAMES[type(key)])
            elif first := pairs.get(key.text):
                got = f"{key.text!r} a second time (first in line {first[0].line})"
                self._refuse(key, "each key once", got, key.text)
            else:
                pairs[key.text] = key, value
        return pairs

    def _add(self, node: Value, anchor: str | None) -> None:
        if node.size > MAX_VALUES:
            raise Overflow(node, _TOO_MANY)
        if node.depth + len(self._open) > MAX_DEPTH:
            raise Overflow(node, _TOO_DEEP)
        if anchor:
            self._anchors[anchor] = node
        if self._open:
            self._open[-1].children.append(node)
        else:
            self.root = node

    def _check_tag(self, event: Any) -> None:
        tag = event.tag
        if tag is not None and tag not in _TEXT_TAGS and tag not in _CORE_TAGS:
            got = f"the tag {tag.replace('tag:yaml.org,2002:', '!!')!r}"
            expected = "plain values (scenarios have no tags)"
            self._refuse(_at(event), expected, got)

    def _refuse(self, node: Node, expected: str, got: str, *key: str) -> None:
        self.count += 1
        if self.count <= _MOST_TOLD:
            self._report(node, Mistake((*self._path(), *key), expected, got))

    def _path(self) -> tuple[str | int, ...]:
        steps = (opened.next_key() for opened in self._open)
        return tuple(step for step in steps if step is not None)


def _ignore(_node: Node, _mistake: Mistake) -> None:
    """For a text that is read a second time: its mistakes were reported the first time."""


class Overflow(Exception):
    """The text is too deep or too big; it is not read any further."""

    def __init__(self, node: Node, mistake: Mistake) -> None:
        super().__init__(str(mistake))
        self.node = node
        self.mistake = mistake


_TOO_DEEP = Mistake((), f"at most {MAX_DEPTH} levels", "deeper nesting")
_TOO_MANY = Mistake((), f"aliases that expand to at most {MAX_VALUES:,} values", "more")
_NAMES = {Sequence: "a list", Mapping: "a mapping"}


def _at(event: Any) -> Node:
    return Node(event.start_mark, event.end_mark)
