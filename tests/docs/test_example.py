"""The example backend is meant to be copied: it passes far from this repository's settings."""

from __future__ import annotations

import shutil

import pytest

from tests.docs.pages import ROOT


def test_the_example_passes_where_it_is_copied_to(pytester: pytest.Pytester) -> None:
    shutil.copytree(ROOT / "examples" / "backend", pytester.path, dirs_exist_ok=True)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    assert result.ret == 0
    assert result.parseoutcomes().keys() == {"passed"}
