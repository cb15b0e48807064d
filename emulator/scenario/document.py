"""One source of a scenario: from its bytes to plain values, and from a path back to its place."""

from __future__ import annotations

import re
from typing import Any

import yaml
from msgspec.structs import replace

from ..core.validation import Mistake
from ..core.wording import Path, format_path
from .nodes import Composer, Node, Overflow, Value
from .report import Flaw
from .values import Plan, build, find

MAX_BYTES = 8_000_000
_UNPRINTABLE = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
# The longer marks first: UTF-32's begins with UTF-16's.
_BYTE_ORDER_MARKS = {
    b"\xff\xfe\x00\x00": "UTF-32",
    b"\x00\x00\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}
_UTF8_MARK = b"\xef\xbb\xbf"


class Document:
    """A YAML text that has been read as far as it goes."""

    def __init__(self, file: str, content: bytes) -> None:
        self.file = file
        self.flaws: list[Flaw] = []
        """What is no YAML of ours; what does not fit the format is the caller's to add."""
        self._lines: list[str] = []
        self._root: Value | None = None
        self._read(content)

    def data(self, plan: Plan) -> Any:
        """The values; None where nothing could be read."""
        return None if self._root is None else build(self._root, plan)

    def node(self, path: Path, *, key: bool = False) -> Node | None:
        """What stands at a path, or above it."""
        return None if self._root is None else find(self._root, path, key=key)

    def place(self, path: Path) -> str:
        """`file:line:column` of a path's value."""
        node = self.node(path)
        return f"{self.file}:{node.line}:{node.column}" if node else self.file

    def flaw(self, mistake: Mistake, *, earlier: str = "", path: Path | None = None) -> Flaw:
        """The mistake with its place in this document; `path` where that is not the mistake's."""
        path = mistake.path if path is None else path
        if mistake.at_key and path[-1] == "<<":
            mistake = replace(mistake, expected="the keys themselves (YAML 1.2 cannot merge)")
        node = self.node(path, key=mistake.at_key)
        return self._flaw(node, mistake, format_path(path), earlier)

    def _flaw(self, node: Node | None, mistake: Mistake, where: str, earlier: str = "") -> Flaw:
        line, column, width = (node.line, node.column, node.width) if node else (0, 0, 1)
        return Flaw(
            file=self.file,
            line=line,
            column=column,
            width=width,
            where=where,
            mistake=mistake,
            message=mistake.message(earlier),
            excerpt=self._lines[line - 1] if 0 < line <= len(self._lines) else "",
        )

    def _read(self, content: bytes) -> None:
        if len(content) > MAX_BYTES:
            expected = f"at most {MAX_BYTES:,} bytes (generate: makes users by the thousand)"
            self._note(Mistake((), expected, f"{len(content):,}"))
            return
        text = self._decode(content)
        if text is None:
            return
        self._lines = text.splitlines()
        if strange := _UNPRINTABLE.search(text):
            self._note_at(text, strange.start(), "text", f"the character {_named(strange[0])}")
            return
        self._compose(text)

    def _compose(self, text: str) -> None:
        def note(node: Node, mistake: Mistake) -> None:
            self.flaws.append(self._flaw(node, mistake, mistake.where))

        composer = Composer(note)
        try:
            composer.compose(text)
        except Overflow as overflow:
            note(overflow.node, overflow.mistake)
            return
        except yaml.YAMLError as error:
            self.flaws.append(self._no_yaml(error))
            return
        self._root = composer.root
        if self._root is None:
            self._note(Mistake((), "at least the line 'version: 1'", "nothing"))

    def _no_yaml(self, error: yaml.YAMLError) -> Flaw:
        from .syntax import UNENDED, explain  # only for files that are no YAML

        problem = str(getattr(error, "problem", None) or error)
        began, here = getattr(error, "context_mark", None), getattr(error, "problem_mark", None)
        mark = began if problem in UNENDED else here or began
        node = Node(mark, mark) if mark else None
        line = node.line if node else 0
        mistake = explain(problem, self._lines[:line], node.column if node else 1)
        if began and began.line + 1 < line:
            expected = f"{mistake.expected} begun in line {began.line + 1}"
            mistake = replace(mistake, expected=expected)
        return self._flaw(node, mistake, "YAML")

    def _decode(self, content: bytes) -> str | None:
        for mark, encoding in _BYTE_ORDER_MARKS.items():
            if content.startswith(mark):
                self._note(Mistake((), "UTF-8 text", f"{encoding}; save the file as UTF-8"))
                return None
        content = content.removeprefix(_UTF8_MARK)
        try:
            return content.decode()
        except UnicodeDecodeError as error:
            known = content[: error.start].decode()
            self._lines = (known + "…").splitlines()
            got = f"the byte 0x{content[error.start]:02x}{_guess(content)}"
            self._note_at(known, len(known), "UTF-8 text", got)
            return None

    def _note(self, mistake: Mistake) -> None:
        self.flaws.append(self._flaw(None, mistake, ""))

    def _note_at(self, text: str, index: int, expected: str, got: str) -> None:
        before = text[:index].splitlines() or [""]
        if text[:index].endswith(("\n", "\r")):
            before.append("")
        spot = _Spot(len(before) - 1, len(before[-1]))
        mistake = Mistake((), expected, got)
        self.flaws.append(self._flaw(Node(spot, spot), mistake, ""))


class _Spot:
    """A place libyaml never came to, in the form of its marks."""

    def __init__(self, line: int, column: int) -> None:
        self.line = line
        self.column = column


def _named(character: str) -> str:
    return "NUL (this is no text file)" if character == "\0" else f"U+{ord(character):04X}"


def _guess(content: bytes) -> str:
    """What a file that is not UTF-8 probably is."""
    if b"\0" in content:
        return " (this is no text file)"
    try:
        content.decode("gb18030")
    except UnicodeDecodeError:
        return ""
    return "; it reads as GBK: save the file as UTF-8"
