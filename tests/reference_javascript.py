"""The CommonJS face of the mini program's half, made from its ES modules."""

from __future__ import annotations

import re

from emulator.miniprogram import FOLDER

MODULES = ("wx", "miniprogram")
_NOTE = "// Made from {name}.js by `make docs`: change that one.\n'use strict';\n\n"


def freshen() -> None:
    """Write every .cjs anew."""
    for name in MODULES:
        (FOLDER / f"{name}.cjs").write_text(common_js(name), "utf-8")


def common_js(name: str) -> str:
    """The module with `require` and `module.exports` in place of `import` and `export`."""
    source = (FOLDER / f"{name}.js").read_text("utf-8")
    exported = re.findall(r"^export (?:function|class) (\w+)", source, re.MULTILINE)
    source = re.sub(r"^export ", "", source, flags=re.MULTILINE)
    source = re.sub(
        r"^import (.+) from '\./(\w+)\.js';",
        r"const \1 = require('./\2.cjs');",
        source,
        flags=re.MULTILINE,
    )
    source = re.sub(
        r"^import (.+) from ('.+');", r"const \1 = require(\2);", source, flags=re.MULTILINE
    )
    return f"{_NOTE.format(name=name)}{source}\nmodule.exports = {{ {', '.join(exported)} }};\n"
