"""Ports 443 and 80 and a real hosts file, in a network of the test's own."""

import sys
from pathlib import Path

from tests.reach.support import EMULATOR, LOGIN_URL, PROGRAMS, clean, need, need_namespaces, run

_ALIAS = """
set -e
ip link set lo up
mount --bind "$HOSTS" /etc/hosts
"$@" serve --port 0 --port 80 --tls-port 443 --ca-dir "$CA_DIR" --port-file "$CA_DIR/port" &
"$@" wait --url http://127.0.0.1 >&2
SSL_CERT_FILE=$CA_DIR/ca.pem "$PYTHON" "$PROGRAM" "$URL"
curl -sS --cacert "$CA_DIR/ca.pem" "$URL"
curl -sS "http${URL#https}"
kill $!
wait $! || true
"""


def test_a_network_alias_is_all_a_backend_needs(tmp_path: Path) -> None:
    """As in Docker Compose or a GitLab service: the name resolves here, the ports are WeChat's."""
    for tool in ("ip", "curl"):
        need(tool)
    need_namespaces()
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.1 localhost api.weixin.qq.com\n")
    environment = clean(
        HOSTS=str(hosts),
        CA_DIR=str(tmp_path),
        URL=LOGIN_URL,
        PROGRAM=str(PROGRAMS / "with_httpx.py"),
        PYTHON=sys.executable,
    )
    done = run(
        *("unshare", "--net", "--mount", "sh", "-c", _ALIAS, "sh"), *EMULATOR, env=environment
    )
    assert done.stdout.count('"openid":"o') == 3, done.stderr


_UNPRIVILEGED = """
ip link set lo up
echo {start} > /proc/sys/net/ipv4/ip_unprivileged_port_start
exec unshare --user --map-user=1234 --map-group=1234 \\
    "$@" exec --hosts -- sh -c 'id -u; curl -sS "$URL"'
"""


def unprivileged(first_free_port: int) -> tuple[int, str, str]:
    """`exec --hosts` by a user without rights who may listen from this port on."""
    need("ip")
    need_namespaces()
    script = _UNPRIVILEGED.format(start=first_free_port)
    done = run(*("unshare", "--net", "sh", "-c", script, "sh"), *EMULATOR, env=clean(URL=LOGIN_URL))
    return done.returncode, done.stdout, done.stderr


def test_hosts_needs_no_root_where_port_443_is_free_for_all() -> None:
    code, stdout, stderr = unprivileged(80)
    assert code == 0, stderr
    assert stdout.startswith("1234\n"), "the command runs as the same user"
    assert '"openid":"o' in stdout


def test_hosts_without_the_right_to_443_says_what_to_run() -> None:
    code, stdout, stderr = unprivileged(1024)
    assert (code, stdout) == (2, "")
    assert "sudo sysctl -w net.ipv4.ip_unprivileged_port_start=80" in stderr
