"""The doors without HTTP: which links open them, where they lead back to, and their pages."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from msgspec.structs import replace

from emulator.core.call import Call, Reply
from emulator.core.entities import App, User
from emulator.core.fields import OAuthFields
from emulator.core.oauth_entities import Visit
from emulator.core.settings import Settings
from emulator.wechat import door_pages, doors
from emulator.wechat.doors import AUTHORIZE, QR, Door, DoorError, Link
from emulator.world.world import WorldView
from emulator.worlds import Worlds
from tests.support import APPID, NOON_UNIX, OTHER_APPID

GOLDEN = Path(__file__).with_name("pages")
BACK = "https://site.example/back"
GOOD = {"appid": APPID, "redirect_uri": BACK, "state": "s"}


def new_world() -> WorldView:
    world = asyncio.run(Worlds(Settings()).open()).world.view
    for name in ("alice", "小明 <b>"):
        world.store.put(User(name))
    return world


@pytest.fixture
def world() -> WorldView:
    return new_world()


def call(query: str, method: str = "GET", user_agent: str = "") -> Call:
    headers = {"User-Agent": user_agent}
    return Call(method, "/connect/x", query, headers, b"", "127.0.0.1", NOON_UNIX)


def opened(world: WorldView, door: Door = QR, **changed: str) -> Reply:
    scope = door.scopes[-1]
    return door_pages.open_door(world, door, call(urlencode(GOOD | {"scope": scope} | changed)))


def location(reply: Reply) -> str:
    return dict(reply.headers).get("Location", "")


def visit(world: WorldView) -> Visit:
    """The page that was opened last, of which there is one."""
    (found,) = world.store.all(Visit)
    return found


def press(world: WorldView, **chosen: str) -> Reply:
    page = visit(world)
    form = {"uuid": page.uuid, "nonce": page.nonce, "where": "page"} | chosen
    return door_pages.chosen(world, call(urlencode(form)))


PAGES: dict[str, Callable[[WorldView], Reply]] = {
    "qrconnect": lambda world: opened(world),
    "qrconnect-en": lambda world: opened(world, lang="en"),
    "authorize": lambda world: opened(world, AUTHORIZE),
    "authorize-en": lambda world: opened(world, AUTHORIZE, lang="en"),
    "in-its-own-frame": lambda world: opened(world, self_redirect="true"),
    "cancelled": lambda world: opened(world) and press(world, act="cancel"),
    "cancelled-en": lambda world: opened(world, lang="en") and press(world, act="cancel"),
    "expired": lambda world: opened(world) and press(world, act="expire"),
    "on-the-phone": lambda world: (
        opened(world) and door_pages.scanned(world, call(f"uuid={visit(world).uuid}"))
    ),
    "confirmed-on-the-phone": lambda world: (
        opened(world) and press(world, user="alice", where="phone")
    ),
    "refused": lambda world: opened(world, redirect_uri="javascript:alert(1)//<b>"),
}


@pytest.mark.parametrize("name", PAGES)
def test_each_page_is_as_it_was_looked_at(world: WorldView, name: str) -> None:
    reply = PAGES[name](world)
    assert reply.content_type == "text/html; charset=utf-8"
    assert reply.body.decode() == (GOLDEN / f"{name}.html").read_text("utf-8"), "run `make docs`"


def freshen() -> None:
    """Write each page anew, to be looked at."""
    for name, page in PAGES.items():
        (GOLDEN / f"{name}.html").write_text(page(new_world()).body.decode(), "utf-8")


CLIENTS = {
    "Auth.js": (
        AUTHORIZE,
        "appid={0}&scope=snsapi_userinfo&response_type=code&client_id={0}&redirect_uri={1}&state=a",
    ),
    "better-auth": (
        QR,
        "scope=snsapi_login&response_type=code&appid={0}&redirect_uri={1}&state=a&lang=cn",
    ),
    "Logto": (QR, "appid={0}&redirect_uri={1}&response_type=code&scope=snsapi_login&state=a"),
    "django-allauth": (
        QR,
        "appid={0}&redirect_uri={1}&response_type=code&scope=snsapi_login&state=a",
    ),
    "social-core": (QR, "appid={0}&redirect_uri={1}&state=a&response_type=code&scope=snsapi_login"),
    "social-core weixinapp": (
        AUTHORIZE,
        "appid={0}&redirect_uri={1}&response_type=code&scope=snsapi_userinfo&state=a",
    ),
    "wechatpy": (QR, "appid={0}&redirect_uri={1}&response_type=code&scope=snsapi_login&state=a"),
    "pywe-oauth": (
        AUTHORIZE,
        "appid={0}&redirect_uri={1}&response_type=code&scope=snsapi_userinfo&state=a"
        "&forcePopup=false",
    ),
    "passport-wechat": (
        QR,
        "appid={0}&redirect_uri={1}&response_type=code&scope=snsapi_login&state=a",
    ),
    "omniauth": (QR, "appid={0}&redirect_uri={1}&response_type=code&scope=snsapi_login&state=a"),
    "socialite": (
        AUTHORIZE,
        "appid={0}&redirect_uri={1}&response_type=code&scope=snsapi_userinfo&state=a"
        "&connect_redirect=1&component_appid=wxba5fad812f8e6fb9",
    ),
    "JustAuth": (QR, "response_type=code&appid={0}&redirect_uri={1}&scope=snsapi_login&state=a"),
    "Casdoor": (
        AUTHORIZE,
        "appid={0}&redirect_uri={2}&state=a&scope=snsapi_userinfo&response_type=code",
    ),
    "Keycloak": (QR, "scope=snsapi_login&state=a&appid={0}&redirect_uri={1}&response_type=code"),
    "wxLogin.js": (
        QR,
        "appid={0}&scope=snsapi_login&redirect_uri={1}&state=a&login_type=jssdk"
        "&self_redirect=default&styletype=&sizetype=&bgcolor=&rst=",
    ),
}


@pytest.mark.parametrize("client", CLIENTS)
def test_the_link_of_every_client_opens(world: WorldView, client: str) -> None:
    door, link = CLIENTS[client]
    query = link.format(APPID, quote(BACK, safe=""), BACK)
    reply = door_pages.open_door(world, door, call(query + "&emu_user=alice"))
    assert location(reply).startswith(f"{BACK}?code=0")
    platform = f"&appid={APPID}" if "component_appid" in query else ""
    assert location(reply).endswith("&state=a" + platform)


LINKS = [
    # WeChat's page adds to the end of the text, its browser before the fragment.
    (QR, "https://h/cb", "s", "https://h/cb?code=C&state=s"),
    (QR, "https://h/cb?a=1", "", "https://h/cb?a=1&code=C&state="),
    (QR, "https://h/#/login", "s", "https://h/#/login?code=C&state=s"),
    (AUTHORIZE, "https://h/#/login", "s", "https://h/?code=C&state=s#/login"),
    (AUTHORIZE, "https://h?a=1#/x", "a b/&", "https://h?a=1&code=C&state=a%20b%2F%26#/x"),
    (AUTHORIZE, "http://h/路", "态", "http://h/%E8%B7%AF?code=C&state=%E6%80%81"),
    (QR, "https://h/%2f'x", "\r\nX: 1", "https://h/%2f%27x?code=C&state=%0D%0AX%3A%201"),
]


@pytest.mark.parametrize(("door", "redirect_uri", "state", "expected"), LINKS)
def test_a_login_leads_back(door: Door, redirect_uri: str, state: str, expected: str) -> None:
    link = Link(door, App(APPID), redirect_uri, door.scopes[0], state)
    assert doors.location(link, "C") == expected


HOSTILE = [
    "javascript:alert(1)",
    "JavaScript://site.example/%0aalert(1)",
    "data:text/html,<script>alert(1)</script>",
    "//site.example/cb",
    "/cb",
    "site.example/cb",
    "https:///cb",
    "https://",
    "https://site.example/cb\r\nSet-Cookie: a=1",
    "https://user:word@site.example/cb",
    "https://site.example@evil.example/cb",
    "https://site.example\\@evil.example/cb",
    "https://сайт.example/cb",
    "https://site.example:99999/cb",
    "https://[::1/cb",
    'https://site.example/"><script>',
    " https://site.example/cb",
    "",
]


@pytest.mark.parametrize("redirect_uri", HOSTILE)
@pytest.mark.parametrize("door", [QR, AUTHORIZE], ids=lambda door: door.path)
def test_what_is_no_web_page_is_no_redirect_uri(
    world: WorldView, door: Door, redirect_uri: str
) -> None:
    reply = opened(world, door, redirect_uri=redirect_uri, emu_user="alice")
    assert (reply.status, location(reply)) == (200, "")
    assert '<h4 class="weui_msg_title">redirect_uri 参数错误</h4>' in reply.body.decode()
    assert b"<script>" not in reply.body


DECLARED = App(
    APPID, kind="website", callback_domain="site.example", oauth=OAuthFields(approve="alice")
)
REFUSED = [
    (QR, {"appid": ""}, "AppID 参数错误"),
    (QR, {"appid": OTHER_APPID, "scope": "x"}, "AppID 参数错误"),
    (QR, {"scope": "snsapi_base", "redirect_uri": "x"}, "Scope 参数错误或没有 Scope 权限"),
    (QR, {"scope": "s+n+s+a+p+i"}, "Scope 参数错误或没有 Scope 权限"),
    (QR, {"scope": ""}, "Scope 参数错误或没有 Scope 权限"),
    (AUTHORIZE, {}, "Scope 参数错误或没有 Scope 权限"),
    (QR, {"redirect_uri": "https://www.site.example/"}, "redirect_uri 参数错误"),
    (QR, {"redirect_uri": "https://example/"}, "redirect_uri 参数错误"),
    (QR, {"redirect_uri": "http://localhost:3000/"}, "redirect_uri 参数错误"),
]


@pytest.mark.parametrize(("door", "changed", "title"), REFUSED)
def test_a_declared_app_is_held_to_what_it_is(
    world: WorldView, door: Door, changed: dict[str, str], title: str
) -> None:
    world.store.put(DECLARED)
    assert location(opened(world)).startswith(BACK)
    reply = opened(world, door, **changed)
    assert f'<h4 class="weui_msg_title">{title}</h4>' in reply.body.decode()
    assert reply.hint
    assert location(reply) == ""


def test_the_port_may_be_part_of_the_callback_domain(world: WorldView) -> None:
    world.store.put(App(APPID, callback_domain="127.0.0.1:3000"))
    assert not opened(world, redirect_uri="http://127.0.0.1:3000/cb").hint
    assert opened(world, redirect_uri="http://127.0.0.1:4000/cb").hint


def test_a_long_state_passes_one_door_alone(world: WorldView) -> None:
    long = "x" * 435
    assert location(opened(world, state=long, emu_user="alice")).endswith(long)
    reply = opened(world, AUTHORIZE, state=long, emu_user="alice")
    assert "state 参数过长" in reply.body.decode()
    assert "435 bytes" in reply.hint
    assert location(opened(world, AUTHORIZE, state="x" * 128, emu_user="alice"))


def test_snsapi_base_asks_nobody(world: WorldView) -> None:
    assert location(opened(world, AUTHORIZE, scope="snsapi_base")).startswith(f"{BACK}?code=")


def test_a_form_works_once(world: WorldView) -> None:
    opened(world)
    first = visit(world)
    assert location(press(world, user="alice")).startswith(f"{BACK}?code=")
    with pytest.raises(DoorError):
        press(world, nonce=first.nonce, user="alice")


def test_a_page_ends_after_five_minutes(world: WorldView) -> None:
    opened(world)
    page = visit(world)
    late = call(urlencode({"uuid": page.uuid, "nonce": page.nonce, "user": "alice"}))
    late.now += 300
    with pytest.raises(DoorError):
        door_pages.chosen(world, late)


@pytest.mark.parametrize("user", ["bob", "", "x" * 65])
def test_who_is_not_declared_cannot_agree(world: WorldView, user: str) -> None:
    opened(world)
    with pytest.raises(DoorError, match="没有该用户"):
        press(world, user=user)


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("none", ""),
        ("state_only", f"{BACK}?state=s"),
        ("authdeny", f"{BACK}?code=authdeny&state=s"),
    ],
)
def test_a_refusal_leads_where_the_switch_says(how: str, expected: str) -> None:
    world = new_world()
    world.behaviour = replace(world.behaviour, oauth_refusal=how)
    opened(world, AUTHORIZE)
    assert location(press(world, act="cancel")) == expected


def test_only_wechats_browser_gets_in_where_the_switch_says_so(world: WorldView) -> None:
    world.behaviour = replace(world.behaviour, wechat_browser_only=True)
    query = urlencode(GOOD | {"scope": "snsapi_base"})
    outside = door_pages.open_door(world, AUTHORIZE, call(query, user_agent="Mozilla/5.0"))
    assert "请在微信客户端打开链接" in outside.body.decode()
    inside = call(query, user_agent="Mozilla/5.0 MicroMessenger/8.0")
    assert location(door_pages.open_door(world, AUTHORIZE, inside))
    assert not opened(world).hint
