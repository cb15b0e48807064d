"""The fields of an endpoint that is no more than a row: the table's, or one people declare."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

from .hints import nearest
from .scalars import shaped
from .validation import CheckError, Mistake
from .wording import Path

PLACEHOLDER = re.compile(r"\$\{([^{}]*)\}")
"""What an answer leaves open: `${now}`, `${text:32}`."""
WORDS = {
    "now": "the world's time in Unix seconds; `${now+7200}` is later",
    "number": "a number of 18 digits, another one each time",
    "text:N": "N letters and digits, others each time",
    "token": "text of a token's length, another one each time",
    "appid": "the app whose access_token the call brings",
    "openid": "the first declared user's in that app, or alice's",
    "sent.NAME": "what the call sent as NAME, in its query or its body",
}
"""What may stand in a placeholder."""
_FORMS = re.compile(
    r"now(\+[0-9]{1,9})?|number|text:([1-9]|[1-9][0-9]|1[01][0-9]|12[0-8])|token|appid|openid"
    r"|sent\.\w+"
)

EndpointPath = Annotated[
    str,
    shaped(
        r"/(?!_emulator/|w/)[0-9A-Za-z_.-]+(/[0-9A-Za-z_.-]+)+",
        "a path of WeChat's such as /wxa/mine, without a query",
    ),
]


def _ok() -> dict[str, Any]:
    return {"errcode": 0, "errmsg": "ok"}


class EndpointFields(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """What an endpoint takes and answers, beside its path."""

    method: Annotated[
        Literal["GET", "POST"], Meta(description="POST refuses a GET (43002); GET takes both.")
    ] = "POST"
    token: Annotated[
        bool | Literal["component"],
        Meta(
            description="Whether it wants an access_token; `component` is a third-party platform's."
        ),
    ] = True
    body: Annotated[
        Literal["json", "multipart", "any"],
        Meta(description="What a POST must hold: json (44002, 47001), multipart (41005), any."),
    ] = "json"
    answer: Annotated[
        dict[str, Any],
        Meta(
            description="The success, as JSON; `${now}`, `${text:32}` and the like are filled in. "
            "Default: errcode 0, errmsg ok."
        ),
    ] = field(default_factory=_ok)

    def __post_init__(self) -> None:
        if wrong := [*_unknown_placeholders(self.answer, ("answer",))]:
            raise CheckError(wrong)


def _unknown_placeholders(value: Any, path: Path) -> Iterator[Mistake]:
    """A mistake for each placeholder that nothing can be put into."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _unknown_placeholders(each, (*path, key))
    elif isinstance(value, list):
        for i, each in enumerate(value):
            yield from _unknown_placeholders(each, (*path, i))
    elif isinstance(value, str):
        for word in PLACEHOLDER.findall(value):
            if not _FORMS.fullmatch(word):
                expected = "one of " + ", ".join(f"${{{each}}}" for each in WORDS)
                near = nearest(word.partition(":")[0], [each.partition(":")[0] for each in WORDS])
                yield Mistake(path, expected, f"${{{word[:40]}}}", near)
