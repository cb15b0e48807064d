"""The HTML of the doors: plain pages of our own, in WeChat's words, that need no script."""

from __future__ import annotations

from html import escape
from string import Template
from urllib.parse import urlencode

from ..core.call import Call, Reply
from ..core.oauth_entities import Visit
from ..world.world import WorldView
from . import doors, oauth, visits
from .doors import Door, DoorError, Link

_CODE = "-the-code-"
HTML = "text/html; charset=utf-8"
_WORDS = {
    "cn": {
        "title": "微信登录",
        "ask": "请使用微信扫描二维码登录",
        "consent": "申请获取以下权限：你的昵称、头像",
        "as": "以谁的身份登录",
        "other": "其他用户",
        "go": "登录",
        "cancel": "取消",
        "expire": "使二维码过期",
        "snapshot": "快照页用户",
        "scanned": "扫描成功，请在微信中点击确认即可登录",
        "cancelled": "您已取消此次登录。您可再次扫描登录，或关闭窗口",
        "ended": "二维码已过期，请重新打开链接",
        "confirmed": "登录成功，可以关闭此页面",
        "qr": "二维码",
        "reload": "重新打开",
    },
    "en": {
        "title": "WeChat Login",
        "ask": "Scan the QR code with WeChat to log in",
        "consent": "asks for your nickname and profile photo",
        "as": "Log in as",
        "other": "Another user",
        "go": "Log in",
        "cancel": "Cancel",
        "expire": "Expire",
        "snapshot": "Snapshot user",
        "scanned": "Scanned. Tap to confirm in WeChat",
        "cancelled": "You have cancelled this login. Scan again, or close the window",
        "ended": "The QR code has expired. Open the link again",
        "confirmed": "Logged in. You may close this page",
        "qr": "QR code",
        "reload": "Open again",
    },
}
_STYLE = """
body{font:16px/1.6 system-ui,sans-serif;margin:0;text-align:center;color:#333}
main{max-width:22rem;margin:1rem auto;padding:0 1rem}
button{font:inherit;padding:.3rem 1rem;margin:.2rem;border:1px solid #07c160;border-radius:4px;
background:#fff;color:#06ad56;cursor:pointer}
button.aside{border-color:#bbb;color:#555}img{width:12rem;height:12rem}
.hint{background:#eee;color:#555;font-size:.85rem;padding:.5rem;text-align:left}
"""
_PAGE = Template("""<!DOCTYPE html>
<html lang="$lang">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>$title</title>
<style>$style</style>
</head>
<body>
<main>
$body
</main>
</body>
</html>
""")
# What WeChat's page does: ask again after a while, and build the address as text.
_SCRIPT = Template("""<script nonce="$nonce">
(function () {
  var last = "";
  function poll() {
    fetch("$poll?f=json&uuid=$uuid" + last + "&_=" + Date.now()).then(function (answer) {
      return answer.json();
    }).then(function (told) {
      if (told.wx_errcode === 405) {
        var back = document.getElementById("back").dataset;
        var where = back.target === "_self" ? window : window.top;
        where.location.href = back.before + told.wx_code + back.after;
        return;
      }
      if (told.wx_errcode === 402 || told.wx_errcode === 500) { return location.reload(); }
      last = told.wx_errcode === 408 ? last : "&last=" + told.wx_errcode;
      var shown = document.getElementById("told-" + told.wx_errcode);
      if (shown) { document.getElementById("told").textContent = shown.textContent; }
      setTimeout(poll, told.wx_errcode === 404 ? 100 : 2000);
    }).catch(function () { setTimeout(poll, 5000); });
  }
  poll();
})();
</script>""")


def open_door(world: WorldView, door: Door, call: Call) -> Reply:
    """What who opens a door gets: the page that asks, the way back at once, or WeChat's refusal."""
    params = call.params
    try:
        link = doors.check(world, door, params)
        _check_browser(world, door, call)
        name = visits.at_once(world, link, params)
        if not name:
            return shown(world, link, visits.enter(world, link, params, call.now))
        is_snapshot = params.get("forceSnapShot") == "true" and link.scope == oauth.USERINFO
        code = visits.agree(world, link, name, call.now, is_snapshot=is_snapshot)
    except DoorError as error:
        return refused(error)
    call.user = name
    return going_to(doors.location(link, code))


def chosen(world: WorldView, call: Call) -> Reply:
    """What the user's choice on a page leads to."""
    params, now = call.params, call.now
    visit = visits.returning(world, params.get("uuid", ""), params.get("nonce", ""), now)
    link, act = visits.link_of(world, visit), params.get("act", "")
    if act == "expire":
        return told(visits.put(world, visit, expires_at=now), "ended")
    if act == "cancel":
        visit = visits.put(world, visit, status="cancelled")
        back = visits.refusal(world, link)
        return going_to(back) if back else told(visit, "cancelled")
    is_snapshot = act == "snapshot" and link.scope == oauth.USERINFO
    name = visits.offered(world)[0] if is_snapshot else params.get("user", "")
    code = visits.agree(world, link, name, now, is_snapshot=is_snapshot)
    call.user = name
    visit = visits.put(world, visit, status="confirmed", code=code)
    if params.get("where") == "phone":
        return told(visit, "confirmed")
    return going_to(doors.location(link, code))


def scanned(world: WorldView, call: Call) -> Reply:
    """The page that a QR code leads to; the one that showed the code hears of it."""
    visit = world.store.get(Visit, call.params.get("uuid", ""))
    ended = visits.ENDED, visits.POLL["confirmed"]
    if visit is None or visit.door != doors.QR.path or visits.poll_code(visit, call.now) in ended:
        raise DoorError(visits.STALE, "the QR code has ended: open the site's link again")
    visit = visits.put(world, visit, status="scanned")
    return shown(world, visits.link_of(world, visit), visit, on_phone=True)


def shown(world: WorldView, link: Link, visit: Visit, *, on_phone: bool = False) -> Reply:
    """The page that asks, as the visit stands now; `on_phone` is what the QR code leads to."""
    words = _WORDS[visit.lang]
    is_qr = link.door is doors.QR and not on_phone
    parts = [
        f"<h1>{words['title']}</h1>",
        f"<p><strong>{escape(link.app.appid)}</strong></p>",
        f'<p id="told" role="status">{_told(link, visit, words)}</p>',
    ]
    if is_qr:
        parts.append(f'<p><img src="qrcode/{visit.uuid}" alt="{words["qr"]}"></p>')
    parts += _forms(world, link, visit, words, on_phone=on_phone)
    if is_qr:
        parts.append(_polling(link, visit, words))
    return _page(visit.lang, words["title"], "\n".join(parts), visit.nonce)


def going_to(location: str) -> Reply:
    """On to the site."""
    return Reply(status=302, content_type="", headers=(("Location", location),))


def told(visit: Visit, status: str) -> Reply:
    """A page that says how it ended, with the way back to its start."""
    words = _WORDS[visit.lang]
    again = ""
    if status != "confirmed":
        again = f'\n<p><a href="{escape(_reopening(visit))}">{words["reload"]}</a></p>'
    body = f'<h1>{words["title"]}</h1>\n<p id="told" role="status">{words[status]}</p>{again}'
    return _page(visit.lang, words["title"], body, "")


def refused(error: DoorError) -> Reply:
    """WeChat's error page: the site never hears of it. The hint stands outside WeChat's words."""
    body = (
        '<div class="weui_msg"><div class="weui_text_area">'
        f'<h4 class="weui_msg_title">{escape(error.title)}</h4></div></div>\n'
        f'<p class="hint">wechat-emulator: {escape(error.hint)}</p>'
    )
    reply = _page("cn", "抱歉，出错了", body, "")
    reply.hint = error.hint
    return reply


def _check_browser(world: WorldView, door: Door, call: Call) -> None:
    if not world.behaviour.wechat_browser_only or door is not doors.AUTHORIZE:
        return
    if "MicroMessenger" not in call.headers.get("User-Agent", ""):
        why = "the User-Agent holds no MicroMessenger (behaviour.wechat_browser_only)"
        raise DoorError(doors.OUTSIDE, why)


def _told(link: Link, visit: Visit, words: dict[str, str]) -> str:
    if visit.status != "waiting":
        return words[visit.status]
    return words["ask"] if link.door is doors.QR else words["consent"]


def _forms(
    world: WorldView, link: Link, visit: Visit, words: dict[str, str], *, on_phone: bool
) -> list[str]:
    """One for who is there, one for who is not; Enter in a field must not choose the first."""
    buttons = "\n".join(
        _button("user", name, name, f"data-user={_quoted(name)}") for name in visits.offered(world)
    )
    others = [("cancel", words["cancel"])]
    if link.door is doors.QR:
        others.append(("expire", words["expire"]))
    else:
        others.append(("snapshot", words["snapshot"]))
    aside = "\n".join(_button("act", act, text, 'class="aside"') for act, text in others)
    field = (
        f'<label>{words["other"]} <input name="user" required maxlength="64"></label>\n'
        f"<button>{words['go']}</button>"
    )
    who = f"<fieldset><legend>{words['as']}</legend>\n{buttons}\n</fieldset>"
    return [_form(visit, body, on_phone) for body in (who, field, aside)]


def _form(visit: Visit, body: str, on_phone: bool) -> str:
    target = "_self" if on_phone else visit.target
    where = "phone" if on_phone else "page"
    return (
        f'<form method="post" action="{_up(visit)}confirm" target="{target}">\n'
        f'<input type="hidden" name="uuid" value="{visit.uuid}">\n'
        f'<input type="hidden" name="nonce" value="{visit.nonce}">\n'
        f'<input type="hidden" name="where" value="{where}">\n{body}\n</form>'
    )


def _button(name: str, value: str, text: str, more: str) -> str:
    return f'<button name="{name}" value={_quoted(value)} {more}>{escape(text)}</button>'


def _quoted(value: str) -> str:
    return f'"{escape(value)}"'


def _polling(link: Link, visit: Visit, words: dict[str, str]) -> str:
    """What the script needs: the words for each step, and the way back."""
    steps = "\n".join(
        f'<span hidden id="told-{visits.POLL[step]}">{words[step]}</span>'
        for step in ("scanned", "cancelled")
    )
    before, after = doors.location(link, _CODE).split(_CODE)
    back = (
        f'<span hidden id="back" data-before={_quoted(before)} data-after={_quoted(after)} '
        f'data-target="{visit.target}"></span>'
    )
    script = _SCRIPT.substitute(nonce=visit.nonce, poll="l/qrconnect", uuid=visit.uuid)
    return f"{steps}\n{back}\n{script}"


def _up(visit: Visit) -> str:
    """From the page to /connect/, so that it works under every base URL."""
    return "../" * (visit.door.count("/") - 2)


def _reopening(visit: Visit) -> str:
    params = {
        "appid": visit.appid,
        "redirect_uri": visit.redirect_uri,
        "response_type": "code",
        "scope": visit.scope,
        "state": visit.state,
        "lang": visit.lang,
    }
    return f"{visit.door.removeprefix('/connect/')}?{urlencode(params)}"


def _page(lang: str, title: str, body: str, nonce: str) -> Reply:
    """No header here forbids frames, for sites show this page in one; nothing may be loaded."""
    html = _PAGE.substitute(
        lang="en" if lang == "en" else "zh-CN", title=title, style=_STYLE, body=body
    )
    script = f"'nonce-{nonce}'" if nonce else "'none'"
    policy = (
        f"default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; script-src {script}; "
        "connect-src 'self'; base-uri 'none'"
    )
    headers = (("Cache-Control", "no-store"), ("Content-Security-Policy", policy))
    return Reply(html.encode(), HTML, headers=headers)
