"""The environment a command gets, and the files it points at."""

import asyncio
import json
import os
import signal
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from emulator.cli import launch, node
from emulator.tls import trust
from tests.tls.support import authority

PROXY, URL = "http://127.0.0.1:8482", "http://127.0.0.1:8480"
TLS_URL = "https://127.0.0.1:8481"


@pytest.fixture(scope="module")
def pem() -> bytes:
    return authority().pem


def by_proxy(inherited: dict[str, str], folder: Path, pem: bytes) -> dict[str, str]:
    more = {"url": URL, "secured_url": TLS_URL, "proxy": PROXY}
    return launch.variables(inherited, folder=folder, pem=pem, **more)


def by_name(inherited: dict[str, str], folder: Path, pem: bytes) -> dict[str, str]:
    return launch.variables(inherited, folder=folder, pem=pem, url="http://127.84.0.1:8480")


def test_both_cases_of_the_proxy_variables_are_set(tmp_path: Path, pem: bytes) -> None:
    given = by_proxy({"HOME": "/"}, tmp_path, pem)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        assert given[name] == PROXY
    assert given["NO_PROXY"] == given["no_proxy"] == "localhost,127.0.0.1,::1"
    assert given["WECHAT_API_BASE_URL"] == given["WECHAT_EMULATOR_URL"] == URL
    assert given["NODE_USE_ENV_PROXY"] == "1"
    assert given["HOME"] == "/"


@pytest.mark.parametrize(
    ("before", "kept"),
    [
        ("db.internal, .corp", ",db.internal,.corp"),
        ("*", ""),
        (".qq.com,10.0.0.0/8", ",10.0.0.0/8"),
        ("API.weixin.QQ.com.:443,[::1]:80", ",[::1]:80"),
        ("weixin.qq.com,*.qq.com,api.weixin.qq.com,eixin.qq.com", ",eixin.qq.com"),
    ],
)
def test_exceptions_stay_unless_they_lead_past_us(
    before: str, kept: str, tmp_path: Path, pem: bytes
) -> None:
    given = by_proxy({"no_proxy": before}, tmp_path, pem)
    assert given["NO_PROXY"] == "localhost,127.0.0.1,::1" + kept


def test_with_hosts_another_proxy_is_told_to_stay_out(tmp_path: Path, pem: bytes) -> None:
    given = by_name({"HTTPS_PROXY": "http://corp:3128"}, tmp_path, pem)
    assert given["HTTPS_PROXY"] == "http://corp:3128"
    assert {"api.weixin.qq.com", "127.84.0.1"} <= set(given["NO_PROXY"].split(","))
    assert "proxyHost" not in given["JAVA_TOOL_OPTIONS"]


def test_a_proxy_for_all_protocols_is_cleared_where_ours_takes_its_place(
    tmp_path: Path, pem: bytes
) -> None:
    """httpx refuses a SOCKS URL there, and some clients prefer it."""
    before = {"ALL_PROXY": "socks5://corp:1080", "all_proxy": "socks5://corp:1080"}
    assert not before.keys() & by_proxy(before, tmp_path, pem).keys()
    assert before.keys() <= by_name(before, tmp_path, pem).keys()


def test_node_gets_a_preload_and_where_it_leads(tmp_path: Path, pem: bytes) -> None:
    given = by_proxy({"NODE_OPTIONS": "--max-old-space-size=4096"}, tmp_path, pem)
    assert given["NODE_OPTIONS"].startswith("--max-old-space-size=4096 --require ")
    targets = json.loads(given[node.TARGETS])
    assert targets["api.weixin.qq.com:443"] == ["127.0.0.1", 8481]
    assert targets["open.weixin.qq.com:80"] == ["127.0.0.1", 8480]


def test_with_hosts_node_is_not_led_to_an_outer_emulator(tmp_path: Path, pem: bytes) -> None:
    assert node.TARGETS not in by_name({node.TARGETS: "{}"}, tmp_path, pem)


def test_the_bundle_holds_the_callers_cas_the_systems_and_ours(tmp_path: Path, pem: bytes) -> None:
    own = authority().pem
    (tmp_path / "own.pem").write_bytes(own)
    variables = trust.write(tmp_path, pem, {"REQUESTS_CA_BUNDLE": str(tmp_path / "own.pem")})
    bundle = Path(variables["SSL_CERT_FILE"])
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "HTTPLIB2_CA_CERTS"):
        assert variables[name] == str(bundle)
    subjects = ssl.create_default_context(cafile=str(bundle)).get_ca_certs()
    assert bundle.read_bytes().startswith(own.strip())
    assert bundle.read_bytes().endswith(pem)
    assert len(subjects) > 2 or not trust._system()
    assert Path(variables["NODE_EXTRA_CA_CERTS"]).read_bytes() == pem


def test_a_bundle_named_twice_is_read_once(tmp_path: Path, pem: bytes) -> None:
    (tmp_path / "own.pem").write_bytes(authority().pem)
    own = str(tmp_path / "own.pem")
    trust.write(tmp_path, pem, {"SSL_CERT_FILE": own, "CURL_CA_BUNDLE": own})
    text = (tmp_path / trust.BUNDLE).read_bytes()
    assert text.count((tmp_path / "own.pem").read_bytes()) == 1


def test_a_variable_that_names_no_file_does_no_harm(tmp_path: Path, pem: bytes) -> None:
    trust.write(tmp_path, pem, {"SSL_CERT_FILE": "/no/such", "REQUESTS_CA_BUNDLE": str(tmp_path)})
    assert (tmp_path / trust.BUNDLE).read_bytes().endswith(pem)


@pytest.mark.parametrize("before", ["", "/etc/php/more"])
def test_php_reads_a_folder_beside_its_own(before: str, tmp_path: Path, pem: bytes) -> None:
    """An empty first part is PHP's own folder. Checked with PHP 8.2: its curl needs this."""
    variables = trust.write(tmp_path, pem, {"PHP_INI_SCAN_DIR": before} if before else {})
    assert variables["PHP_INI_SCAN_DIR"] == f"{before}:{tmp_path}/php"
    [ini] = (tmp_path / "php").iterdir()
    bundle = tmp_path / trust.BUNDLE
    assert ini.read_text() == f'curl.cainfo = "{bundle}"\nopenssl.cafile = "{bundle}"\n'


def test_java_options_keep_what_was_there() -> None:
    options = trust.java_options("-Xmx1g", {"a.b": "/with blank/x", "c": "d"})
    assert options == '-Xmx1g "-Da.b=/with blank/x" -Dc=d'


def test_wechats_names_move_and_all_others_stay() -> None:
    before = "127.0.0.1 localhost # api.weixin.qq.com\n1.2.3.4 API.weixin.QQ.com.\n::1 db"
    lines = launch.hosts_file("127.84.0.1", before).splitlines()
    assert lines[:2] == ["127.0.0.1 localhost # api.weixin.qq.com", "::1 db"]
    assert lines[2].startswith("127.84.0.1 api.weixin.qq.com api2.weixin.qq.com ")
    assert len(lines) == 3


CHILD = """
import signal, sys
wanted = [signal.SIGINT, signal.SIGTERM]
signal.pthread_sigmask(signal.SIG_BLOCK, wanted)
open(sys.argv[1], "w").write("ready")
sys.exit(signal.sigwait(wanted))
"""


@pytest.mark.parametrize(("typed", "code"), [(True, 15), (False, 2)])
async def test_ctrl_c_is_not_passed_on_where_the_terminal_does_it(
    typed: bool, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "_at_the_terminal", lambda: typed)
    ready = tmp_path / "ready"
    os.mkfifo(ready)
    command = [sys.executable, "-c", CHILD, str(ready)]
    running = asyncio.create_task(launch.run(command, os.environ))
    assert await asyncio.to_thread(ready.read_text) == "ready"
    os.kill(os.getpid(), signal.SIGINT)
    os.kill(os.getpid(), signal.SIGTERM)
    assert await running == code


def test_a_terminal_is_noticed() -> None:
    ask = "from emulator.cli.launch import _at_the_terminal; print(_at_the_terminal())"
    spawn = f"import pty, sys; pty.spawn([sys.executable, '-c', {ask!r}])"
    for program, said in ((spawn, b"True\r\n"), (ask, b"False\n")):
        command = [sys.executable, "-c", program]
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, start_new_session=True
        )
        assert done.stdout == said, done.stderr
