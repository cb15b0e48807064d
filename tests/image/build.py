"""Builds the image where no container engine can run: buildah in a chroot, on a Debian of our own.

No registry of images is asked: debootstrap makes the base, from the mirror this machine's apt uses.
pip inside the build gets its wheels from a folder that the machine's own pip filled, so no setting,
address or credential of this machine can end up in a layer.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).parents[2]
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "wechat-emulator", "image")
IMAGE = "localhost/wechat-emulator:test"
BASE_PACKAGES = "python3,python3-venv"
TOOLS = ("buildah", "debootstrap", "curl", "unshare")


def project() -> dict[str, Any]:
    """What pyproject.toml says."""
    return tomllib.loads((CHECKOUT / "pyproject.toml").read_text())


def say(line: str) -> None:
    """Prints at once, also into a pipe: some steps take a minute."""
    print(line, flush=True)


def run(*command: str, timeout: float = 900) -> str:
    """The command's output; when it fails, everything it said is in the error."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)
    if done.returncode:
        raise RuntimeError(
            f"{' '.join(command)}: exit {done.returncode}\n{done.stdout}{done.stderr}"
        )
    return done.stdout


def buildah(*arguments: str) -> str:
    """Runs buildah on a store of our own: the machine's images are none of our business."""
    store = ("--root", str(CACHE / "storage"), "--runroot", str(CACHE / "run"))
    return run("buildah", *store, "--storage-driver", "vfs", *arguments)


def config(image: str) -> dict[str, Any]:
    """The image's configuration as Docker reads it."""
    inspected = json.loads(buildah("inspect", "--type", "image", image))
    found: dict[str, Any] = inspected["Docker"]["config"]
    return found


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Keeps a second run on this machine out of the store until this one is done."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def build() -> None:
    """Builds IMAGE from the checkout; only the first time on a machine needs the network."""
    buildah("rm", "--all")  # what a killed run left would hold its image for ever
    base, python = base_image()
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as pip_conf:
        pip_conf.write("[global]\nno-index = true\nfind-links = /wheels\n")
        pip_conf.flush()
        buildah(
            *("bud", "--isolation", "chroot", "--pull-never", "--build-arg", f"BASE={base}"),
            *("--format", "docker"),  # the OCI format has no HEALTHCHECK
            *("--volume", f"{wheels(python)}:/wheels:ro"),
            *("--volume", f"{pip_conf.name}:/etc/pip.conf:ro"),
            *("--tag", IMAGE, str(CHECKOUT)),
        )
    buildah("rmi", "--prune")  # what the last build left untagged


def base_image() -> tuple[str, str]:
    """A Debian with Python in the store, made on first use, and its Python's version."""
    suite, mirror = apt_source()
    name = f"localhost/wechat-emulator-base:{suite}"
    try:
        return name, str(config(name)["Labels"]["python"])
    except RuntimeError:
        say(f"making the base: Debian {suite} by debootstrap")
    with tempfile.TemporaryDirectory(dir=CACHE) as root:
        run("debootstrap", "--variant=minbase", f"--include={BASE_PACKAGES}", suite, root, mirror)
        for folder in ("var/cache/apt", "var/lib/apt/lists", "usr/share/doc", "usr/share/locale"):
            shutil.rmtree(Path(root, folder))  # every stage of a build copies the base whole
        version = "import sys; print('%d.%d' % sys.version_info[:2])"
        python = run("chroot", root, "python3", "-c", version).strip()
        container = buildah("from", "scratch").strip()
        buildah("copy", container, root, "/")
        buildah("config", "--label", f"python={python}", container)
        buildah("commit", "--rm", "--format", "docker", container, name)
    return name, python


def apt_source() -> tuple[str, str]:
    """The release this machine runs and the mirror its apt asks."""
    columns = "$(CODENAME) $(REPO_URI)"
    targets = run("apt-get", "indextargets", "--format", columns, "Created-By: Packages")
    suite, mirror = targets.split()[:2]
    return suite, mirror


def wheels(python: str) -> Path:
    """A folder with every wheel the build installs, for the base's Python."""
    about = project()
    wanted = [*about["build-system"]["requires"], *about["project"]["dependencies"]]
    # Without markers: pip judges them by the Python it runs on, which is not the base's.
    locked = re.sub(" ;.*", "", (CHECKOUT / "constraints.txt").read_text())
    key = hashlib.sha256(repr((python, wanted, locked)).encode()).hexdigest()[:16]
    folder = CACHE / f"wheels-{key}"
    if not folder.exists():
        say("fetching the wheels the image needs")
        for outdated in CACHE.glob("wheels-*"):
            shutil.rmtree(outdated)
        with tempfile.TemporaryDirectory(dir=CACHE) as fetched:
            Path(fetched, "constraints.txt").write_text(locked)
            pip = (sys.executable, "-m", "pip", "download", "--quiet", "--only-binary=:all:")
            to = ("--python-version", python, "--dest", fetched)
            run(*pip, *to, "--constraint", f"{fetched}/constraints.txt", *wanted)
            shutil.copytree(fetched, folder.with_suffix(".part"), dirs_exist_ok=True)
            folder.with_suffix(".part").rename(folder)
    return folder
