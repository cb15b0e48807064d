"""Changes one module in small ways and says which the tests let pass: `make mutants MODULE=…`.

mutmut starts pytest once and forks it for each mutant, so that one costs about a second. It works
in a folder under build/: the checkout stays as it is. What survives for a reason stands in
mutants.md, and the script fails where more than a tenth survives.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
ENOUGH = 0.9
KILLED = ("killed", "timeout")

_LOGINS = (
    "tests/http/test_behaviour.py",
    "tests/control/test_wx_login.py",
    "tests/test_snapshots.py",
)
_ENDPOINTS = "tests/wechat/endpoints"
TESTS = {
    "emulator/wechat/codes.py": (
        "tests/wechat/test_codes.py",
        *_LOGINS,
        "tests/http/test_jscode2session.py",
        f"{_ENDPOINTS}/test_getuserphonenumber.py",
        f"{_ENDPOINTS}/test_getpluginopenpid.py",
    ),
    "emulator/wechat/sessions.py": (
        *_LOGINS,
        "tests/rules/effects/test_session_keys.py",
        f"{_ENDPOINTS}/test_checksession.py",
        f"{_ENDPOINTS}/test_resetusersessionkey.py",
    ),
    "emulator/wechat/tokens.py": (
        "tests/test_snapshots.py",
        "tests/wechat/test_scripted_codes.py::test_a_quota_counts_a_scripted_call_once",
        f"{_ENDPOINTS}/test_access_token.py",
        f"{_ENDPOINTS}/test_getpaidunionid.py",
        f"{_ENDPOINTS}/test_stable_token.py",
        f"{_ENDPOINTS}/test_token.py",
    ),
    "emulator/wechat/quotas.py": (
        "tests/wechat/test_quotas.py",
        f"{_ENDPOINTS}/test_stable_token.py",
        f"{_ENDPOINTS}/test_token.py",
    ),
    "emulator/rules/matching.py": ("tests/rules/test_matching.py", "tests/control/test_rules.py"),
    "emulator/rules/apply.py": (
        "tests/rules/test_apply.py",
        "tests/rules/test_matching.py",
        "tests/rules/effects/test_errcode.py",
        "tests/wechat/test_scripted_codes.py",
    ),
    "emulator/world/clock.py": ("tests/world/test_clock.py",),
    "emulator/world/ids.py": ("tests/world/test_ids.py",),
}
"""Which tests know a module: those that are quick, and enough to find it wrong."""


_SETTINGS = """\
[mutmut]
source_paths=emulator
only_mutate={module}
pytest_add_cli_args_test_selection=
    {tests}
"""


def lay_out(folder: Path, module: str) -> None:
    """A project of the checkout's own files, in which mutmut looks at one module."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in ("emulator", "scenarios", "tests", "pyproject.toml"):
        (folder / name).symlink_to(ROOT / name)
    settings = _SETTINGS.format(module=module, tests="\n    ".join(TESTS[module]))
    (folder / "setup.cfg").write_text(settings, "utf-8")


def mutmut(folder: Path, *args: str) -> str:
    """What the command prints; the script ends with that where the command fails."""
    command = [str(Path(sys.executable).with_name("mutmut")), *args]
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(done.stdout)
    return done.stdout


def main(module: str) -> bool:
    """Whether enough of the module's mutants were killed; prints the others."""
    folder = ROOT / "build" / "mutants" / Path(module).stem
    lay_out(folder, module)
    mutmut(folder, "run", "--max-children", "1")
    results = [line.split(": ") for line in mutmut(folder, "results", "--all", "1").splitlines()]
    survivors = [name.strip() for name, verdict in results if verdict not in KILLED]
    for name in survivors:
        print(mutmut(folder, "show", name))
    killed = len(results) - len(survivors)
    print(f"{module}: {killed} of {len(results)} killed, {killed / len(results):.1%}")
    return killed >= ENOUGH * len(results)


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in TESTS:
        sys.exit("make mutants MODULE=…, one of:\n  " + "\n  ".join(TESTS))
    sys.exit(not main(sys.argv[1]))
