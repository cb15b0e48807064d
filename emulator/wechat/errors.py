"""WeChat's error answers: the table of errcodes, and the exception that carries one.

A row is for an errcode of the endpoints that there are, or one that a scenario may want to script
on them. It names its source, and how the text is known. Those that only rows of `apis.yaml` name
stand there.
"""

from __future__ import annotations

from collections.abc import Mapping

from .api_table import ERRCODES
from .rows import OFFICIAL, SEEN, Errcode

_COMMUNITY = "https://developers.weixin.qq.com/community/"
_DOC = "https://developers.weixin.qq.com/miniprogram/dev/server/API/"
_OLD_DOC = "https://developers.weixin.qq.com/miniprogram/dev/api-backend/open-api/"
_QR_PAGE = _DOC + "qrcode-link/qr-code/api_getunlimitedqrcode.html"
_LOGIN_PAGE = _DOC + "user-login/api_code2session"
CODE_LIST = (
    "https://developers.weixin.qq.com/doc/oplatform/Return_codes/Return_code_descriptions_new.html"
)
"""WeChat's page of every errcode."""
STABLE_TOKEN_MORE = (
    ", could get access_token by getStableAccessToken, "
    "more details at https://mmbizurl.cn/s/JtxxFh33r"
)

_ROWS = (
    Errcode(
        -1, "system error", "WeChat is busy (系统繁忙); nothing is wrong with the call.",
        "Wait a moment and repeat the call, a few times at most.",
        SEEN, _COMMUNITY + "personal/oCJUswzIBc0H89bAEn_aWW4iNqjs", heals=True,
    ),
    Errcode(
        1007, "", "The plugin login code is not one (a plain wx.login code, for instance).",
        "Send the code of wx.pluginLogin.",
        SEEN, _DOC + "user-info/basic-info/api_getpluginopenpid",
    ),
    Errcode(
        40001, "invalid credential, access_token is invalid or not latest",
        "The access_token is unknown, or another process has fetched a newer one.",
        "Fetch tokens in one place for all processes, or use /cgi-bin/stable_token.",
        SEEN, CODE_LIST,
        on_token_apis="invalid credential, access_token is invalid or not latest"
        + STABLE_TOKEN_MORE,
    ),
    Errcode(
        40002, "invalid grant_type", "grant_type is not the one this endpoint wants.",
        "Login wants authorization_code, a token client_credential.", SEEN, CODE_LIST,
    ),
    Errcode(
        40003, "invalid openid", "The openid is not one of this app's users.",
        "Send the openid that jscode2session gave for the same appid.", SEEN, CODE_LIST,
    ),
    Errcode(
        40006, "invalid media size", "The file is too big.", "Send at most 1 MiB.",
        OFFICIAL, CODE_LIST,
    ),
    Errcode(
        40013, "invalid appid", "The appid is malformed or not registered.",
        "Check the appid for placeholders, quotes, blanks, and that it is this environment's.",
        SEEN, _COMMUNITY + "personal/oCJUsw-tTIVlU9gZwNBiwHEuwcAc",
    ),
    Errcode(
        40014, "invalid access_token", "The access_token is malformed.",
        "Send the token as it came, URL-encoded.", OFFICIAL,
        "https://developers.weixin.qq.com/doc/channels/API/basics/commErrCode.html",
    ),
    Errcode(
        40029, "invalid code",
        "The code is unknown, malformed, older than five minutes, or was made for another app.",
        "Exchange the code at once, with the appid and secret of the mini program that made it.",
        SEEN, _LOGIN_PAGE,
    ),
    Errcode(
        40030, "invalid refresh_token", "The refresh_token is unknown, or another app's.",
        "Send the refresh_token that came with this appid's access_token.",
        SEEN, _COMMUNITY + "personal/oCJUsw0bi6h3eTU3PNitUGBMnifg",
    ),
    Errcode(
        40037, "invalid template_id", "The template_id is none of this app's templates.",
        "Send a priTmplId of newtmpl/gettemplate, of the same appid.", OFFICIAL, CODE_LIST,
    ),
    Errcode(
        40066, "invalid url", "There is no such path; paths are case-sensitive.",
        "Compare the path with the documentation letter by letter.",
        SEEN, _COMMUNITY + "develop/doc/0008081fc846987cefef962a851400",
    ),
    Errcode(
        40090, "invalid request source (bad client ip)",
        "The platform's server address is not on its whitelist.",
        "Add the address to the third-party platform's whitelist.",
        SEEN, _COMMUNITY + "develop/doc/000668d15f8ab89e298fb649356400",
    ),
    Errcode(
        40097, "invalid args", "A parameter has a value that this API does not take.",
        "Compare the parameters with the page of this API.", OFFICIAL, CODE_LIST,
    ),
    Errcode(
        40125, "invalid appsecret", "The secret does not belong to the appid.",
        "Check for a secret that was reset, swapped between apps, or cut.",
        SEEN, _COMMUNITY + "personal/oCJUsw1ZaTLsKtsSQBnKaZpjgzRA",
    ),
    Errcode(
        40129, "invalid scene", "scene holds other characters than it takes, or is none of 1 to 4.",
        "A code's scene takes letters, digits and !#$&'()*+,/:;=?@-._~, a content check 1 to 4.",
        OFFICIAL, _QR_PAGE,
    ),
    Errcode(
        40159, "invalid length for path, or the data is not json string",
        "path is missing or too long, or the body is no JSON.",
        "Send JSON with a path of at most 1024 characters (128 for createwxaqrcode).",
        OFFICIAL, _QR_PAGE,
    ),
    Errcode(
        40163, "code been used", "The code has already been exchanged; each works once.",
        "Find the second exchange: a retry after a time-out, a double tap, two handlers.",
        SEEN, _COMMUNITY + "personal/oCJUsw-5ZZM-6S7M1A4-YGCe2tV8",
    ),
    Errcode(
        40164, "invalid ip {ip} ipv6 ::ffff:{ip}, not in whitelist",
        "The app has an IP whitelist and the caller's address is not on it.",
        "Add the server's outgoing address to the whitelist of the app.",
        SEEN, _COMMUNITY + "personal/oCJUswzGgzTcSDz4msBSgEKZHJpw",
    ),
    Errcode(
        40169, "invalid length for scene, or the data is not json string",
        "scene is missing or longer than 32 characters, or the body is no JSON.",
        "Keep the data in a table of yours and put its number into scene.",
        SEEN, _QR_PAGE,
    ),
    Errcode(
        40226, "code blocked", "WeChat holds this user for high-risk and refuses the login.",
        "Tell the user; a retry does not help.",
        SEEN, _COMMUNITY + "develop/doc/00082e5e3b4fb8b1747ca43eb5b800",
    ),
    Errcode(
        40243, "AppSecret is frozen", "The AppSecret was frozen in the console.",
        "Unfreeze it; that takes about ten minutes to act.",
        OFFICIAL, _DOC + "mp-access-token/api_getaccesstoken",
    ),
    Errcode(
        41001, "access_token missing", "The call has no access_token parameter.",
        "Put the token into the query string, also for a POST.", SEEN, CODE_LIST,
    ),
    Errcode(
        41002, "appid missing", "The appid parameter is absent or empty.",
        "Put appid into the query string; jscode2session does not read a body.",
        SEEN, _COMMUNITY + "personal/oCJUsw3SIlg0MVH1D968OWPyeeKs",
    ),
    Errcode(
        41003, "missing refresh_token", "The refresh_token parameter is absent or empty.",
        "Send the refresh_token that came with the access_token.", OFFICIAL, CODE_LIST,
    ),
    Errcode(
        41004, "appsecret missing", "The secret parameter is absent or empty.",
        "Check that the configuration holding the secret was loaded.",
        SEEN, _COMMUNITY + "personal/oCJUsw_ruqOP5dGTIYrJgSeVl2wo",
    ),
    Errcode(
        41005, "media data missing", "The call holds no file.",
        "Send the file as multipart/form-data, with a filename, in the field media.",
        OFFICIAL, CODE_LIST,
    ),
    Errcode(
        41008, "missing code", "The code parameter is absent or empty.",
        "jscode2session calls it js_code, not code.",
        SEEN, "https://github.com/w7corp/easywechat/issues/1677",
    ),
    Errcode(
        41009, "missing openid", "The openid parameter is absent or empty.",
        "Send the openid that came with the access_token.", OFFICIAL, CODE_LIST,
    ),
    Errcode(
        41030, "invalid page", "The page does not exist in the published version.",
        "Without a slash at the start and without parameters; or send check_path: false.",
        SEEN, _QR_PAGE,
    ),
    Errcode(
        42001, "access_token expired", "The access_token is past its two hours.",
        "Fetch a new token and repeat the call once.", SEEN, CODE_LIST,
    ),
    Errcode(
        42002, "refresh_token expired", "The refresh_token is past its thirty days.",
        "Let the user log in again.", OFFICIAL, CODE_LIST,
    ),
    Errcode(
        43002, "require POST method", "The endpoint takes POST and got something else.",
        "Send a POST with a JSON body.", SEEN, CODE_LIST,
    ),
    Errcode(
        43003, "require https", "The endpoint was called over plain http.",
        "Use https.", SEEN, CODE_LIST,
    ),
    Errcode(
        43101, "user refuse to accept the msg",
        "The user did not agree to this message, or the messages agreed to are used up.",
        "Ask again with wx.requestSubscribeMessage; each consent is for one message.",
        SEEN, _OLD_DOC + "subscribe-message/subscribeMessage.send.html",
    ),
    Errcode(
        44002, "empty post data", "The POST has no body.",
        "Send the parameters as a JSON body.", OFFICIAL, CODE_LIST,
    ),
    Errcode(
        45009, "reach max api daily quota limit", "The day's calls to this API are used up.",
        "Cache what you fetch (tokens live two hours); reset the quota in the console.",
        SEEN, _COMMUNITY + "develop/doc/00024831d907583f476096a6461c00",
        on_token_apis="reach max api daily quota limit",
    ),
    Errcode(
        45011, "api minute-quota reach limit, must slower, retry next minute",
        "Too many calls within a minute.",
        "Slow down and retry in the next minute.",
        SEEN, _COMMUNITY + "personal/oCJUsw-teX5YIqgjrcPqDzpKoGio", heals=True,
    ),
    Errcode(
        45029, "qrcode count out of limit", "The account has made all the codes it may.",
        "Use getwxacodeunlimit, which has no such limit.", OFFICIAL, _QR_PAGE,
    ),
    Errcode(
        47001, "data format error", "The body is not the JSON the endpoint wants.",
        "Send valid JSON as UTF-8.", SEEN, CODE_LIST,
    ),
    Errcode(
        47003, "argument invalid!", "A value of data is missing, too long, or of another type.",
        "Compare data with the template: thing takes 20 characters, phrase 5, number digits.",
        SEEN, _OLD_DOC + "subscribe-message/subscribeMessage.send.html",
    ),
    Errcode(
        48001, "api unauthorized", "The app may not call this API.",
        "Ask for the permission in the console.", SEEN, CODE_LIST,
    ),
    Errcode(
        50002, "user limited", "The account is being punished.", "See the console.",
        SEEN, CODE_LIST,
    ),
    Errcode(
        50004, "user not allow to use accesstoken, maybe for punishment",
        "The account may not use access tokens.", "See the console.",
        SEEN, CODE_LIST,
    ),
    Errcode(
        61003, "component is not authorized by this account",
        "The mini program has not authorised this third-party platform.",
        "Let the mini program's owner authorise the platform.",
        SEEN, _COMMUNITY + "develop/doc/000668d15f8ab89e298fb649356400",
    ),
    Errcode(
        61010, "code is expired", "The user has not visited the mini program lately.",
        "Check content while the user is there: right after a login.",
        SEEN, _COMMUNITY + "develop/doc/00002c492309f85ee35b6693757000",
    ),
    Errcode(
        85096, "not allow include scancode_time field",
        "path, page or scene holds scancode_time, which WeChat adds itself.",
        "Call the parameter something else.", OFFICIAL, _QR_PAGE,
    ),
    Errcode(
        87007, "session_key is not existd or expired", "The user has no valid session_key.",
        "Let the mini program log in again.", SEEN, _DOC + "user-login/api_checksessionkey",
    ),
    Errcode(
        87008, "invalid sig_method", "sig_method is not hmac_sha256.",
        "Send sig_method=hmac_sha256.", SEEN, _DOC + "user-login/api_checksessionkey",
    ),
    Errcode(
        87009, "invalid signature",
        "The signature was made with a stale session_key, or over other bytes.",
        "HMAC-SHA256 with the session_key as its base64 text; over the empty string for a GET.",
        SEEN, _DOC + "user-login/api_checksessionkey",
    ),
    Errcode(
        87014, "risky content", "The text or image is not fit to be shown.",
        "Do not publish it; version 2 says so in result.suggest, with errcode 0.",
        SEEN, _OLD_DOC + "sec-check/security.msgSecCheck.html",
    ),
    Errcode(
        89002, "open not exists", "The app is not bound to an Open Platform account.",
        "Bind it, or do without a unionid.",
        OFFICIAL, _DOC + "user-info/basic-info/api_getpaidunionid",
    ),
    Errcode(
        89300, "invalid trade", "There is no such payment by this user lately.",
        "Ask within five minutes of the payment, with the right transaction_id.",
        SEEN, _DOC + "user-info/basic-info/api_getpaidunionid",
    ),
)  # fmt: skip

FRONT = frozenset({-1, 40001, 40014, 41001, 42001, 43002, 43003, 45009, 45011, 48001})
"""What the gateway before a backend answers, in one form wherever the call was going."""

TOKEN_ERRCODES = frozenset({40001, 40014, 41001, 42001})
"""What a missing, unknown or expired token is refused with."""

TABLE: Mapping[int, Errcode] = {
    row.code: row for row in sorted((*_ROWS, *ERRCODES), key=lambda row: row.code)
}


class WeChatError(Exception):
    """WeChat's answer `{"errcode": …, "errmsg": …}`, with a hint for the developer beside it."""

    def __init__(
        self,
        errcode: int,
        hint: str = "",
        *,
        text: str | None = None,
        extra: Mapping[str, object] | None = None,
        scripted: bool = False,
    ) -> None:
        """`text` replaces the table's text; `extra` are fields that follow errcode and errmsg.

        `scripted` says that an effect, or the control API, has made the world so.
        """
        super().__init__(errcode, hint)
        self.errcode = errcode
        self.hint = hint
        self.text = text
        self.extra = extra or {}
        self.scripted = scripted
