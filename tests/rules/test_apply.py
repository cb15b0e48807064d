"""Scripts as a code carries them: what is read, and what is told of a mistake."""

from __future__ import annotations

import pytest

from emulator.core.validation import CheckError
from emulator.rules.apply import read_script, why_no_script

TEXTS = {
    b'{"delay":"3s","errcode":"-1"}': "delay 3s, errcode -1",
    b'{"errcode":"-1","delay":"3s"}': "errcode -1, delay 3s",
    b'{"field":{"set":{"openid":"x"}},"reset":true}': "field, reset",
}
MISTAKES = {
    b"{}": "scripted code: the whole document: expected a mapping of effects such as {delay: 3s",
    b'{"delay":"soon"}': "scripted code: delay: expected a duration such as 90s",
    b'{"dely":"3s"}': "scripted code: unknown word 'dely'; did you mean 'delay'? (known: age, ",
    b'{"x":true}': "scripted code: unknown word 'x' (known: age, ban, body, close, ",
}


@pytest.mark.parametrize(("script", "shown"), TEXTS.items())
def test_a_script_is_read_as_the_effects_of_a_rule(script: bytes, shown: str) -> None:
    assert str(read_script(script)) == shown


@pytest.mark.parametrize(("script", "says"), MISTAKES.items())
def test_a_mistake_in_a_script_is_told(script: bytes, says: str) -> None:
    with pytest.raises(CheckError) as caught:
        read_script(script)
    assert why_no_script(caught.value).startswith(says)
