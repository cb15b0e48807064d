"""What `exec --strict` holds against a run."""

from __future__ import annotations

from multidict import CIMultiDict

from emulator.cli.strict import complaints
from emulator.core.call import Call, Dropped, Outcome, Reply
from emulator.world.journal import Exchange


def exchange(outcome: Outcome, *, endpoint: str = "token", acted: bool = False) -> Exchange:
    call = Call("GET", "/x", "", CIMultiDict(), b"", "127.0.0.1", 0.0)
    if acted:
        call.acted = ("r1",)
    return Exchange(1, endpoint, call, outcome, 0)


GOOD = exchange(Reply())
BAD = exchange(Reply(errcode=40029, hint="no such code"))


def test_a_good_run_has_none() -> None:
    scripted = exchange(Reply(errcode=-1), acted=True)
    assert complaints([GOOD, scripted, exchange(Dropped("hang"))], []) == []


def test_an_errcode_that_nobody_meant_is_one() -> None:
    what = "errcodes that nobody scripted or expected: 1\n  token 40029: no such code"
    assert complaints([GOOD, BAD], [40163]) == [what]
    assert complaints([GOOD, BAD], [40163, 40029]) == []


def test_a_path_that_is_not_answered_is_another() -> None:
    unknown = exchange(Reply(errcode=40066, hint="why"), endpoint="")
    missing = exchange(Reply(status=404, hint="why"), endpoint="")
    nowhere = "calls to paths that are not answered: 2\n  /x 40066: why\n  /x 404: why"
    assert complaints([BAD, unknown, missing], [40029]) == [nowhere]


def test_no_call_is_one() -> None:
    assert complaints(None, []) == ["no call came"]
    assert complaints([], []) == []  # a reset emptied the journal


def test_ten_are_shown() -> None:
    [what] = complaints([BAD] * 12, [])
    assert what.count("token 40029") == 10
    assert what.endswith("… and 2 more")
