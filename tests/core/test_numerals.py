"""Numbers are read as people write them, and not as Python would."""

from __future__ import annotations

import pytest

from emulator.core.numerals import decimal, whole


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("12", 12), ("-1", -1), ("007", 7)])
def test_a_whole_number_is_digits(text: str, number: int) -> None:
    assert whole(text) == number


@pytest.mark.parametrize(("text", "number"), [("0", 0.0), ("2.5", 2.5), ("-0.1", -0.1)])
def test_a_decimal_has_at_most_one_point(text: str, number: float) -> None:
    assert decimal(text) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "1_000",
        "１２",
        "٣",
        "+5",
        " 5",
        "5\n",
        "0x10",
        "1e3",
        "nan",
        "inf",
        "--1",
        "5.",
        ".5",
    ],
)
def test_what_python_would_read_as_well_is_refused(text: str) -> None:
    for read in (whole, decimal):
        with pytest.raises(ValueError, match="expected a"):
            read(text)


def test_a_whole_number_has_no_point() -> None:
    with pytest.raises(ValueError, match=r"expected a whole number in digits, got '2\.5'"):
        whole("2.5")
