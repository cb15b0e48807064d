"""The switches under `behaviour:`: where the real WeChat varies, or is not known for sure."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from .duration import Duration, lasting


class Quota(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """How many calls one app has; null is as many as it likes."""

    minute: Annotated[int | None, Meta(description="Calls a minute; the next is 45011.")] = None
    day: Annotated[
        int | None, Meta(description="Calls a day, which starts in Beijing; the next is 45009.")
    ] = None


Allowance = Quota | Literal["off"]


class Quotas(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The quotas of each app, for every part of WeChat that has one."""

    token: Annotated[Allowance, Meta(description="Of /cgi-bin/token.")] = Quota(day=2000)
    stable_token: Annotated[Allowance, Meta(description="Of /cgi-bin/stable_token.")] = Quota(
        minute=10_000, day=500_000
    )
    sns: Annotated[Allowance, Meta(description="Of each endpoint under /sns/.")] = "off"
    wxa: Annotated[Allowance, Meta(description="Of each endpoint with an access_token.")] = "off"


class Behaviour(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How this world's WeChat behaves; every default is the best-evidenced answer."""

    code_expires_in: Annotated[Duration, Meta(description="A login code's lifetime.")] = lasting(
        300
    )
    check_order: Annotated[
        Literal["code_first", "secret_first"],
        Meta(description="Whether the code or the secret is checked first."),
    ] = "code_first"
    wrong_secret_burns_code: Annotated[
        bool, Meta(description="Whether an exchange with a wrong secret (40125) spends the code.")
    ] = False
    wrong_appid_burns_code: Annotated[
        bool, Meta(description="Whether an exchange with another app's appid spends the code.")
    ] = True
    login_kills_older_code: Annotated[
        bool, Meta(description="Whether wx.login ends the user's older unused code.")
    ] = False
    session_key_refresh: Annotated[
        Duration, Meta(description="Exchanges closer than this share one session_key.")
    ] = lasting(0)
    session_expires_in: Annotated[
        Duration, Meta(description="How long a session lives after its last renewal.")
    ] = lasting(3 * 86400)
    sns_content_type: Annotated[str, Meta(description="The content type of /sns/* answers.")] = (
        "text/plain"
    )
    errmsg_suffix: Annotated[
        Literal["rid", "req_id", "none"],
        Meta(description="How an errmsg ends: rid, req_id as before 2021, or none."),
    ] = "rid"
    escape_slash: Annotated[bool, Meta(description=r"Whether /sns/* writes / as \/.")] = True
    errcode_on_success: Annotated[
        bool, Meta(description="Whether jscode2session's success holds errcode 0 and errmsg ok.")
    ] = False
    legacy_expires_in: Annotated[
        int | None,
        Meta(description="An expires_in after session_key, as old apps got (7200, 2592000)."),
    ] = None
    require_grant_type: Annotated[
        bool, Meta(description="Whether jscode2session without grant_type is 40002.")
    ] = False
    unionid: Annotated[
        Literal["bound", "followed", "never"],
        Meta(description="Who has a unionid: bound apps, also followers only, nobody."),
    ] = "bound"
    user_info: Annotated[
        Literal["anonymous", "full"],
        Meta(description="What getUserInfo shows: today's anonymous shape or the old full one."),
    ] = "anonymous"
    chunked_412: Annotated[
        bool, Meta(description="Whether a chunked POST to token and wxa APIs is refused with 412.")
    ] = True
    token_expires_in: Annotated[Duration, Meta(description="An access_token's lifetime.")] = (
        lasting(7200)
    )
    token_overlap: Annotated[
        Duration, Meta(description="How long the previous access_token stays valid.")
    ] = lasting(300)
    quotas: Annotated[
        Quotas, Meta(description="How many calls an app has; off by name or as documented.")
    ] = Quotas()
    scripted_codes: Annotated[
        bool, Meta(description="Whether a js_code that starts with emu. carries its own script.")
    ] = True
    strict_apps: Annotated[
        bool | None, Meta(description="Only declared apps pass; null is as soon as one is.")
    ] = None
    strict_users: Annotated[
        bool | None, Meta(description="Only declared users pass; null is as soon as one is.")
    ] = None

    def differing(self) -> dict[str, object]:
        """The switches that are not at their default."""
        default = type(self)()
        return {
            name: value
            for name in self.__struct_fields__
            if (value := getattr(self, name)) != getattr(default, name)
        }
