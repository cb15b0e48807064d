"""The lines of docs/howto/pytest.md for other test tools, as they stand there.

Those of packages that are not installed are skipped; `pip install vcrpy responses respx
pytest-socket` runs them all.
"""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from tests.docs.pages import HOWTO, sections

[SECTION] = [
    each for each in sections(HOWTO / "pytest.md") if each.title == "Beside other test tools"
]
PACKAGES = ("freezegun", "time_machine", "vcr", "responses", "respx")
OPTIONS = ("-p", "no:cacheprovider", "-o", "asyncio_default_fixture_loop_scope=function")
BACKEND = """
import {client}
import pytest

class Backend:
    def __init__(self, base):
        self.base = base

    def login(self, code):
        query = f"appid=wx0000000000000001&secret=s&js_code={{code}}"
        return {client}.get(f"{{self.base}}/sns/jscode2session?{{query}}").json()

@pytest.fixture
def backend(wechat_emulator):
    return Backend(wechat_emulator.url)
"""
A_TEST = """
def test_login(wechat_emulator, backend):
    assert "openid" in backend.login(wechat_emulator.login())

def test_by_its_real_name(wechat_emulator, backend):
    backend.base = "https://api.weixin.qq.com"
    with wechat_emulator.redirect():
        assert "openid" in backend.login(wechat_emulator.login())
"""


def recipes() -> dict[str, str]:
    """Each package that is named in a block, with that block."""
    blocks = SECTION.blocks("python")
    return {name: block for block in blocks for name in PACKAGES if name in block}


def test_every_tool_has_its_recipe() -> None:
    assert sorted(recipes()) == sorted(PACKAGES)


@pytest.mark.parametrize("package", PACKAGES)
def test_the_recipe_works(package: str, pytester: pytest.Pytester) -> None:
    if find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    pytester.makeconftest(BACKEND.format(client="httpx" if package == "respx" else "requests"))
    pytester.makepyfile(recipes()[package])
    result = pytester.runpytest_inprocess(*OPTIONS)
    result.assert_outcomes(passed=recipes()[package].count("def test_"))


def test_the_setting_for_pytest_socket_works(pytester: pytest.Pytester) -> None:
    if find_spec("pytest_socket") is None:
        pytest.skip("pytest_socket is not installed")
    pytester.makeini(SECTION.blocks("ini")[0])
    pytester.makeconftest(BACKEND.format(client="requests"))
    pytester.makepyfile(A_TEST)
    pytester.runpytest_inprocess(*OPTIONS).assert_outcomes(passed=2)
