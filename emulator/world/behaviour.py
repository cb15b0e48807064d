"""The switches under `behaviour:`: where the real WeChat varies, or is not known for sure."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from ..core.duration import Duration, lasting


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


def _switch(description: str, evidence: str) -> Meta:
    """What a switch does, and how its default is known; both stand in the reference."""
    return Meta(description=description, extra={"evidence": evidence})


class Behaviour(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How this world's WeChat behaves; every default is the best-evidenced answer."""

    code_expires_in: Annotated[
        Duration,
        _switch("A login code's lifetime.", "documented: five minutes"),
    ] = lasting(300)
    check_order: Annotated[
        Literal["code_first", "secret_first"],
        _switch(
            "Whether the code or the secret is checked first.",
            "inferred: on sns/oauth2 a fake secret with a fake code was 40029, not 40125 (2026)",
        ),
    ] = "code_first"
    wrong_secret_burns_code: Annotated[
        bool,
        _switch(
            "Whether an exchange with a wrong secret (40125) spends the code.", "not established"
        ),
    ] = False
    wrong_appid_burns_code: Annotated[
        bool,
        _switch(
            "Whether an exchange with another app's appid spends the code.",
            "two reports of a 40163 afterwards; one project relies on the opposite",
        ),
    ] = True
    login_kills_older_code: Annotated[
        bool,
        _switch(
            "Whether wx.login ends the code of the user's wx.login before, if it is unused.",
            "not established; nobody reported that it does",
        ),
    ] = False
    session_key_refresh: Annotated[
        Duration,
        _switch(
            "Logins closer than this share one session_key; 0s is a new key each time.",
            "documented: there is such a period, its length is not told",
        ),
    ] = lasting(0)
    session_expires_in: Annotated[
        Duration,
        _switch(
            "How long a session lives after the last login or exchange.",
            "not documented; WeChat's staff once said three days",
        ),
    ] = lasting(3 * 86400)
    sns_content_type: Annotated[
        str,
        Meta(pattern="^[ -~]*$"),
        _switch(
            "The content type of /sns/* answers.",
            "seen, 2021 to 2026; one project saw application/json on errors in 2026",
        ),
    ] = "text/plain"
    errmsg_suffix: Annotated[
        Literal["rid", "req_id", "none"],
        _switch(
            "How an errmsg ends: rid, req_id as before 2021, or none.",
            "seen: rid since 2020 (cgi-bin) and 2021 (sns)",
        ),
    ] = "rid"
    escape_slash: Annotated[
        bool, _switch(r"Whether /sns/* writes / as \/.", "seen in every pasted key with a slash")
    ] = True
    errcode_on_success: Annotated[
        bool,
        _switch(
            "Whether jscode2session's success holds errcode 0 and errmsg ok.",
            "seen: it does not, though the documentation's example does",
        ),
    ] = False
    legacy_expires_in: Annotated[
        int | None,
        _switch(
            "An expires_in after session_key, as old apps got (7200, 2592000).",
            "seen; WeChat's staff called it a leftover that old accounts keep",
        ),
    ] = None
    require_grant_type: Annotated[
        bool,
        _switch(
            "Whether jscode2session without grant_type is 40002; a wrong one always is.",
            "seen: calls without it succeed",
        ),
    ] = False
    unionid: Annotated[
        Literal["bound", "followed", "never"],
        _switch(
            "Who has a unionid: bound apps, also followers only, nobody.",
            "documented; followed is the older rule",
        ),
    ] = "bound"
    user_info: Annotated[
        Literal["anonymous", "full"],
        _switch(
            "What getUserInfo and userinfo show: today's anonymous shape or the old full one; "
            "userinfo keeps names and pictures in both.",
            "documented",
        ),
    ] = "anonymous"
    website_code_expires_in: Annotated[
        Duration,
        _switch(
            "The lifetime of an OAuth code of a website or a mobile app.", "documented: ten minutes"
        ),
    ] = lasting(600)
    official_account_code_expires_in: Annotated[
        Duration,
        _switch("The lifetime of an official account's OAuth code.", "documented: five minutes"),
    ] = lasting(300)
    user_token_expires_in: Annotated[
        Duration, _switch("An OAuth access_token's lifetime.", "documented: 7200 seconds")
    ] = lasting(7200)
    refresh_token_expires_in: Annotated[
        Duration, _switch("An OAuth refresh_token's lifetime.", "documented: 30 days")
    ] = lasting(30 * 86400)
    qr_hold: Annotated[
        Duration,
        _switch(
            "How long the QR page's poll is held back while nothing happens, in real time.",
            "seen: about 25 seconds",
        ),
    ] = lasting(25)
    qr_expires_in: Annotated[
        Duration, _switch("How long a QR code is good for.", "seen: about five minutes")
    ] = lasting(300)
    oauth_refusal: Annotated[
        Literal["none", "state_only", "authdeny"],
        _switch(
            "Where a refusal on the authorize page leads: nowhere, back with state alone, or back "
            "with code=authdeny.",
            "documented today: nowhere; state alone until about 2018; a library met authdeny",
        ),
    ] = "none"
    oauth_snapshot: Annotated[
        bool,
        _switch(
            "Whether the authorize page is always a snapshot, whose user is a virtual one.",
            "documented: since 2022 it can be, when a page asks for snsapi_userinfo at once",
        ),
    ] = False
    wechat_browser_only: Annotated[
        bool,
        _switch(
            "Whether the authorize page refuses other browsers than WeChat's own.",
            "seen: WeChat does; a test's browser is seldom one",
        ),
    ] = False
    chunked_412: Annotated[
        bool,
        _switch(
            "Whether a chunked POST to token and wxa APIs is refused with 412.",
            "seen since 2024, with Spring 6.1 and others",
        ),
    ] = True
    require_https: Annotated[
        bool,
        _switch(
            "Whether plain http to one of WeChat's host names is 43003; a base URL never is.",
            "seen once, on a token API; cloud hosting calls plain http on purpose",
        ),
    ] = False
    token_expires_in: Annotated[
        Duration, _switch("An access_token's lifetime.", "documented: 7200 seconds")
    ] = lasting(7200)
    token_overlap: Annotated[
        Duration,
        _switch("How long the previous access_token stays valid.", "documented: five minutes"),
    ] = lasting(300)
    quotas: Annotated[
        Quotas,
        _switch(
            "How many calls an app has; off by name or as documented.",
            "documented; of token for a new official account, a mini program's own is not told",
        ),
    ] = Quotas()
    wxacode_limit: Annotated[
        int | None,
        _switch(
            "How many codes getwxacode and createwxaqrcode give an app in all (45029).",
            "documented: 100,000",
        ),
    ] = 100_000
    risky_words: Annotated[
        tuple[str, ...],
        _switch(
            "What msg_sec_check and img_sec_check find risky (87014), beside WeChat's samples.",
            "ours",
        ),
    ] = ()
    review_words: Annotated[
        tuple[str, ...],
        _switch("What version 2 of msg_sec_check wants a person to look at.", "ours"),
    ] = ()
    visit_expires_in: Annotated[
        Duration,
        _switch(
            "How long after a login content of the user can be checked (61010).",
            "documented: two hours; WeChat's staff once said thirty minutes",
        ),
    ] = lasting(7200)
    scripted_codes: Annotated[
        bool,
        _switch("Whether a js_code that starts with emu. carries its own script.", "ours"),
    ] = True
    strict_apps: Annotated[
        bool | None, _switch("Only declared apps pass; null is as soon as one is.", "ours")
    ] = None
    strict_users: Annotated[
        bool | None, _switch("Only declared users pass; null is as soon as one is.", "ours")
    ] = None

    def differing(self) -> dict[str, object]:
        """The switches that are not at their default."""
        default = type(self)()
        return {
            name: value
            for name in self.__struct_fields__
            if (value := getattr(self, name)) != getattr(default, name)
        }
