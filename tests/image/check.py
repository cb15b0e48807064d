"""Builds the container image, starts it as CI would, and logs a user in: `make image-test`.

The container runs as Docker would run it with `--read-only --user 12345:0`: its root file system
mounted read-only, as process 1 of its own process namespace, as a user nobody has heard of. Only
the network is the machine's own.
"""

import contextlib
import http.client
import json
import os
import re
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.image.build import (
    CHECKOUT,
    IMAGE,
    TOOLS,
    alone,
    build,
    buildah,
    config,
    project,
    run,
    say,
)

NOBODY = "12345:0"
CONTROL = "/_emulator/v1"
APP = "wx0000000000000001"

ISOLATE = ("unshare", "--mount", "--pid", "--fork")

# Prints the process id as the machine sees it, then becomes the container's process 1.
ENTER = """
set -e
read -r pid rest </proc/self/stat
mount --bind "$1" "$1"
mount -o remount,ro,bind "$1"
mount --bind /dev "$1/dev"
mount -t proc proc "$1/proc"
echo "$pid"
user=$2 root=$1
shift 2
exec chroot --userspec="$user" "$root" /usr/bin/env -i "$@"
"""


class Container:
    """A process started in the image, gone when the block ends."""

    def __init__(self, root: str, user: str, environment: Mapping[str, str], *command: str) -> None:
        settings = [f"{key}={value}" for key, value in environment.items()]
        self.process = subprocess.Popen(
            [*ISOLATE, "sh", "-c", ENTER, "sh", root, user, *settings, *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,  # a line read ahead would hide the next one from select
        )
        self.pid = 0
        self.pid = int(self.line())

    def __enter__(self) -> "Container":
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def line(self, timeout: float = 20) -> str:
        """The next line on standard output."""
        assert self.process.stdout
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            if selector.select(timeout) and (line := self.process.stdout.readline()):
                return line.decode().strip()
        raise AssertionError(f"no line within {timeout} s; stderr: {self.kill()}")

    def kill(self) -> str:
        """Ends whatever still runs; what it wrote on standard error."""
        # Not through unshare: its "kill my child" is forgotten once the child changes its user.
        if self.pid and self.process.poll() is None:
            os.kill(self.pid, signal.SIGKILL)
        self.process.kill()
        return self.process.communicate()[1].decode()

    def wait(self, timeout: float = 20) -> int:
        """The exit code."""
        return self.process.wait(timeout)


class Image:
    """The built image: its configuration, its files, and how to start it."""

    def __init__(self, container: str) -> None:
        self.container = container
        self.root = buildah("mount", container).strip()
        self.config = config(IMAGE)
        self.environment = dict(pair.split("=", 1) for pair in self.config["Env"])

    def start(self, *arguments: str, user: str = NOBODY, **environment: str) -> Container:
        """The entrypoint, running with these arguments."""
        settings = self.environment | environment
        return Container(self.root, user, settings, *self.config["Entrypoint"], *arguments)

    def healthcheck(self, **environment: str) -> int:
        """The exit code of the health check a container engine would run."""
        kind, *command = self.config["Healthcheck"]["Test"]
        assert kind == "CMD", f"not exec form: {kind}"
        with Container(self.root, NOBODY, self.environment | environment, *command) as check:
            return check.wait()

    def files(self, pattern: str) -> list[Path]:
        """The image's files that match."""
        return list(Path(self.root).glob(pattern))


@contextlib.contextmanager
def built_image() -> Iterator[Image]:
    """The image of this checkout, with its file system mounted."""
    build()
    container = buildah("from", "--pull-never", IMAGE).strip()
    try:
        yield Image(container)
    finally:
        buildah("rm", container)


def check_labels(image: Image) -> str:
    """The labels say what pyproject.toml says."""
    labels = image.config["Labels"]
    about = project()["project"]
    for key, value in (
        ("title", about["name"]),
        ("description", about["description"]),
        ("version", about["version"]),
        ("licenses", about["license"]),
    ):
        assert labels[f"org.opencontainers.image.{key}"] == value, (key, labels)
    return f"{about['name']} {about['version']}"


def check_configuration(image: Image) -> str:
    """Exec form, one port, and a user that is a number and not root."""
    found = image.config
    assert found["Entrypoint"] == ["wechat-emulator"], found["Entrypoint"]
    assert list(found["ExposedPorts"]) == ["8480/tcp"], found["ExposedPorts"]
    assert int(found["User"].partition(":")[0]) > 0, found["User"]
    return f"entrypoint {found['Entrypoint']}, user {found['User']}, port 8480"


def check_bytecode(image: Image) -> str:
    """Nothing is compiled at the start: not ours, not aiohttp's, not Python's own."""
    counts = []
    for package in ("emulator", "aiohttp", "asyncio"):
        folders = [path.parent for path in image.files(f"**/python3*/**/{package}/__init__.py")]
        assert folders, f"no package {package}"
        for source in (source for folder in folders for source in folder.rglob("*.py")):
            compiled = source.parent.glob(f"__pycache__/{source.stem}.cpython-3*.pyc")
            assert any(compiled), f"not compiled: {source}"
        counts.append(f"{package} {len(list(folders[0].rglob('*.pyc')))}")
    return ", ".join(counts)


def check_leftovers(image: Image) -> str:
    """Neither the build's folders nor this machine's pip settings are in the image."""
    for pattern in ("src", "dist", "pip", "wheels/*", "opt/wechat-emulator/**/pip"):
        assert not image.files(pattern), image.files(pattern)
    assert not any(path.stat().st_size for path in image.files("etc/pip.conf"))
    return "no pip, no sources, no wheels"


def check_releases(image: Image) -> str:
    """What is installed beside the emulator is what was tested."""
    locked = re.findall(r"^\S+", (CHECKOUT / "constraints.txt").read_text(), re.MULTILINE)
    folders = (path.stem for path in image.files("opt/wechat-emulator/**/*.dist-info"))
    found = {"==".join(each.lower().replace("_", "-").rsplit("-", 1)) for each in folders}
    others = found - set(locked) - {f"wechat-emulator=={project()['project']['version']}"}
    assert not others, f"not in constraints.txt: {others}"
    return f"{len(found) - 1} from constraints.txt"


def check_engine(image: Image) -> str:
    """The engine's own way to run a command in it works too."""
    command = ("wechat-emulator", "--version")
    isolation = ("--isolation", "chroot", "--user", NOBODY)
    said = buildah("run", *isolation, image.container, "--", *command)
    assert project()["project"]["version"] in said, said
    return said.strip()


def check_default_port(image: Image) -> str:
    """With port 0, as the image's own user, it prints the port it got and answers there."""
    with image.start(user=image.config["User"], WECHAT_EMULATOR_PORT="0") as container:
        url = ready(container)
        health = curl(f"{url}{CONTROL}/health")
        assert health["status"] == "ok", health
    return f"{url} {health['status']}"


def check_login(image: Image) -> str:
    """Any user id, read-only root, process 1: a backend logs in, and SIGTERM ends it at once."""
    port = free_port()
    with image.start(WECHAT_EMULATOR_PORT=str(port)) as container:
        url = ready(container)
        assert url == f"http://127.0.0.1:{port}", url
        session = login(url)
        assert image.healthcheck(WECHAT_EMULATOR_PORT=str(port)) == 0, "unhealthy, yet it answers"
        other = str(free_port())
        assert image.healthcheck(WECHAT_EMULATOR_PORT=other), "healthy on a port nobody listens on"
        took = stop(container, port)
    return (
        f"openid {session['openid']}, health check follows the port, SIGTERM {took * 1000:.0f} ms"
    )


def check_certificate_folder(image: Image) -> str:
    """Any user id in group 0 can keep its CA in a volume at /ca."""
    folder = Path(image.root, "ca").stat()
    assert (folder.st_gid, folder.st_mode & 0o777) == (0, 0o775), folder
    return "/ca"


def check_real_name(image: Image) -> str:
    """TLS for WeChat's host and the proxy are open, though no file can be written."""
    tls, proxy = free_port(), free_port()
    ports = {"TLS_PORT": f"{tls},443", "PROXY_PORT": str(proxy), "PORT": f"{free_port()},80"}
    settings = {f"WECHAT_EMULATOR_{name}": value for name, value in ports.items()}
    with image.start(**settings) as container, TemporaryDirectory() as folder:
        pem = run("curl", "--silent", "--show-error", f"{ready(container)}{CONTROL}/certificate")
        Path(folder, "ca.pem").write_text(pem)
        trust = ("--cacert", f"{folder}/ca.pem")
        real = "https://api.weixin.qq.com"
        alias = ("--connect-to", f"api.weixin.qq.com:443:127.0.0.1:{tls}")
        for way in (alias, ("--proxy", f"http://127.0.0.1:{proxy}")):
            assert curl(f"{real}{CONTROL}/health", *trust, *way)["status"] == "ok"
    return f"{real} by alias and by proxy"


def ready(container: Container) -> str:
    """The address of the frozen ready line."""
    line = container.line()
    start, _, url = line.partition(": ")
    assert start == "wechat-emulator ready", line
    return url


def login(url: str) -> Any:
    """The session of a user who logged in through the phone's side and WeChat's side."""
    body = json.dumps({"appid": APP, "user": "alice"})
    minted = curl(f"{url}{CONTROL}/wx/login", "--json", body)
    assert minted["errMsg"] == "login:ok", minted
    query = f"appid={APP}&secret={'0' * 32}&grant_type=authorization_code"
    session = curl(f"{url}/sns/jscode2session?{query}&js_code={minted['code']}")
    assert session.keys() >= {"openid", "session_key"}, session
    return session


def stop(container: Container, port: int) -> float:
    """Sends SIGTERM while a client keeps its connection open; the seconds until the end."""
    idle = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    idle.request("GET", "/livez")
    idle.getresponse().read()
    before = time.monotonic()
    os.kill(container.pid, signal.SIGTERM)
    code = container.wait()
    took = time.monotonic() - before
    idle.close()
    assert code == 0, f"exit code {code}"
    assert took < 5, f"{took:.2f} s"  # after 10 s Docker kills, whatever is still to be said
    return took


def curl(url: str, *arguments: str) -> Any:
    """The JSON behind the address, asked from outside the container."""
    return json.loads(run("curl", "--silent", "--show-error", "--max-time", "5", *arguments, url))


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


CHECKS = (
    check_labels,
    check_configuration,
    check_bytecode,
    check_leftovers,
    check_releases,
    check_engine,
    check_default_port,
    check_login,
    check_certificate_folder,
    check_real_name,
)


def main() -> int:
    """One line per check; exit code 1 when one failed."""
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    if os.geteuid() or missing:
        say(f"IMAGE NOT TESTED: needs root and {', '.join(missing or TOOLS)}")
        return 1 if os.environ.get("CI") else 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that nothing stays behind
    failures = 0
    with alone(), built_image() as image:
        for check in CHECKS:
            name = check.__name__.removeprefix("check_").replace("_", " ")
            try:
                say(f"ok    {name}: {check(image)}")
            except Exception as error:  # whatever it is, the other checks still have their say
                failures += 1
                say(f"FAIL  {name}: {error!r}")
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
