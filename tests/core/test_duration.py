"""Durations as people write them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.core.duration import Duration, Shift


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90), ("5m1s", 301), ("1500ms", 1.5), ("1h", 3600), ("2d", 172800), ("1.5h", 5400),
        ("2.5", 2.5), ("0", 0), (3, 3), (0.25, 0.25),
    ],
)  # fmt: skip
def test_what_is_read(text: Any, seconds: float) -> None:
    assert Duration.parse(text) == seconds


@pytest.mark.parametrize(
    "value",
    [
        "",
        "soon",
        "5 min",
        " 5s",
        "5s\n",
        "1_000",
        "1_0s",
        "１２",
        "１２s",
        "1.٣s",
        "+5",
        "1e3",
        "1m-1s",
        "-30s",
        -1,
        "nan",
        "inf",
        "1e400",
        1e12,
        True,
        None,
        [],
        10**400,
    ],
)
def test_what_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="expected a duration such as 90s, 5m1s"):
        Duration.parse(value)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"), (301, "5m1s"), (0.25, "250ms"), (1.5, "1.5s"), (-90, "-1m30s"), (3600, "1h"),
        (86400, "1d"), (59.9996, "1m"), (1e11, "1157407d9h46m40s"),
    ],
)  # fmt: skip
def test_what_is_printed(seconds: float, text: str) -> None:
    assert str(Duration(seconds)) == text


@settings(deadline=None)
@given(st.floats(-1e11, 1e11).map(lambda x: round(x, 3)))
def test_what_is_printed_is_read_back(seconds: float) -> None:
    assert Shift.parse(str(Shift(seconds))) == pytest.approx(seconds, abs=1e-3)


def test_only_a_shift_leads_back() -> None:
    assert Shift.parse("-1m30s") == -90.0
    with pytest.raises(ValueError, match="or -30s for back"):
        Shift.parse("yesterday")
