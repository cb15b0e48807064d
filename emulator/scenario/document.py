"""One file of a scenario: its bytes become plain values, and a path finds its line again."""

from __future__ import annotations

import re
from typing import Any

import yaml
from msgspec.structs import replace

from ..core.masking import sentence
from ..core.validation import Mistake
from ..core.wording import Path, format_path
from .nodes import Composer, Node, Overflow, Value
from .report import LocatedMistake
from .values import WantedTypes, node_at, to_plain

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
    """A file, parsed; `mistakes` says where it is not the YAML we take."""

    def __init__(self, file: str, content: bytes) -> None:
        self.file = file
        self.mistakes: list[LocatedMistake] = []
        """Mistakes of syntax alone; whether the values fit is for others to say."""
        self.untold = 0
        """How many more there are."""
        self._lines: list[str] = []
        self._root: Value | None = None
        self._read(content)

    def data(self, wanted: WantedTypes) -> Any:
        """The plain values; None where nothing could be read."""
        return None if self._root is None else to_plain(self._root, wanted)

    def node(self, path: Path, *, key: bool = False) -> Node | None:
        """The node at a path, or the nearest one above it; with `key` the node of its key."""
        return None if self._root is None else node_at(self._root, path, key=key)

    def place(self, path: Path) -> str:
        """`file:line:column` of a path's value."""
        node = self.node(path)
        return f"{self.file}:{node.line}:{node.column}" if node else self.file

    def locate(
        self, mistake: Mistake, *, earlier: str = "", path: Path | None = None
    ) -> LocatedMistake:
        """The mistake with its place in this file.

        `path` says where it is in this file, if that differs from the mistake's own path.
        """
        path = mistake.path if path is None else path
        if mistake.at_key and path[-1] == "<<":
            mistake = replace(mistake, expected="the keys themselves (YAML 1.2 cannot merge)")
        node = self.node(path, key=mistake.at_key)
        return self._located_at(node, mistake, format_path(path), earlier)

    def _located_at(
        self, node: Node | None, mistake: Mistake, where: str, earlier: str = ""
    ) -> LocatedMistake:
        line, column, width = (node.line, node.column, node.width) if node else (0, 0, 1)
        mistake = mistake.masked()
        return LocatedMistake(
            file=self.file,
            line=line,
            column=column,
            width=width,
            where=sentence(where),
            mistake=mistake,
            earlier=earlier,
            excerpt=self._lines[line - 1] if 0 < line <= len(self._lines) else "",
        )

    def _read(self, content: bytes) -> None:
        if len(content) > MAX_BYTES:
            expected = f"at most {MAX_BYTES:,} bytes (generate: makes users by the thousand)"
            self._report_file(Mistake((), expected, f"{len(content):,}"))
            return
        text = self._decode(content)
        if text is None:
            return
        self._lines = text.splitlines()
        if strange := _UNPRINTABLE.search(text):
            self._report_at(
                text, strange.start(), "text", f"the character {_describe_character(strange[0])}"
            )
            return
        self._compose(text)

    def _compose(self, text: str) -> None:
        def report(node: Node, mistake: Mistake) -> None:
            self.mistakes.append(self._located_at(node, mistake, mistake.where))

        composer = Composer(report)
        try:
            composer.compose(text)
        except Overflow as overflow:
            report(overflow.node, overflow.mistake)
            return
        except yaml.YAMLError as error:
            self.mistakes.append(self._syntax_mistake(error))
            return
        self._root = composer.root
        self.untold = composer.count - len(self.mistakes)
        if self._root is None:
            self._report_file(Mistake((), "at least the line 'version: 1'", "nothing"))

    def _syntax_mistake(self, error: yaml.YAMLError) -> LocatedMistake:
        from .syntax import explain  # only for files that are not YAML

        mark, mistake = explain(error, self._lines)
        node = None if mark is None else Node(mark, mark)
        return self._located_at(node, mistake, "YAML")

    def _decode(self, content: bytes) -> str | None:
        for mark, encoding in _BYTE_ORDER_MARKS.items():
            if content.startswith(mark):
                self._report_file(Mistake((), "UTF-8 text", f"{encoding}; save the file as UTF-8"))
                return None
        content = content.removeprefix(_UTF8_MARK)
        try:
            return content.decode()
        except UnicodeDecodeError as error:
            known = content[: error.start].decode()
            self._lines = (known + "…").splitlines()
            got = f"the byte 0x{content[error.start]:02x}{_guess_encoding(content)}"
            self._report_at(known, len(known), "UTF-8 text", got)
            return None

    def _report_file(self, mistake: Mistake) -> None:
        self.mistakes.append(self._located_at(None, mistake, ""))

    def _report_at(self, text: str, index: int, expected: str, got: str) -> None:
        before = text[:index].splitlines() or [""]
        if text[:index].endswith(("\n", "\r")):
            before.append("")
        position = _Position(len(before) - 1, len(before[-1]))
        mistake = Mistake((), expected, got)
        self.mistakes.append(self._located_at(Node(position, position), mistake, ""))


class _Position:
    """A position in the text, with the attributes of libyaml's marks."""

    def __init__(self, line: int, column: int) -> None:
        self.line = line
        self.column = column


def _describe_character(character: str) -> str:
    return "NUL (this is no text file)" if character == "\0" else f"U+{ord(character):04X}"


def _guess_encoding(content: bytes) -> str:
    """What a file that is not UTF-8 probably is; empty if we cannot tell."""
    if b"\0" in content:
        return " (this is no text file)"
    try:
        content.decode("gb18030")
    except UnicodeDecodeError:
        return ""
    return "; it reads as GBK: save the file as UTF-8"
