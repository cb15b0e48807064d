"""Every CI recipe runs: its emulator with its variables, its steps beside it, under its host names.

Each runs in a network and with a hosts file of its own, so ports and names are those of the recipe;
and among processes of its own, as the health check looks for the server beside it.
"""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from emulator.core.hosts import WECHAT_HOSTS
from emulator.core.settings import all_settings, read_settings
from tests.docs.ci import (
    IMAGE,
    NOT_HERE,
    Job,
    health_command,
    image_settings,
    jobs,
    settings,
)
from tests.docs.pages import HOWTO, ROOT, sections
from tests.docs.toolbox import program, tools
from tests.reach.support import clean, need, need_namespaces, run

JOBS = dict(jobs())
PROJECT = Path(__file__).with_name("project")
LOGGED_IN = "alice is o"
CA_DIR = "WECHAT_EMULATOR_CA_DIR"

each_job = pytest.mark.parametrize("job", JOBS.values(), ids=JOBS.keys())


@each_job
def test_the_recipe_starts_the_image_with_settings_that_exist(job: Job) -> None:
    if job.service is None:
        return
    assert job.service["image"] == IMAGE
    given = settings(job.service)
    assert given.keys() <= {setting.variable for setting in all_settings()}
    chosen = read_settings({}, environ=given)
    for published in job.ports:
        outside, inside = map(int, published.split(":"))
        assert outside == inside
        assert inside in (*chosen.port, *chosen.tls_port, *chosen.proxy_port)


@each_job
def test_the_names_of_the_recipe_may_drive_the_emulator(job: Job) -> None:
    for name in job.names:
        assert "." not in name or name in WECHAT_HOSTS


@each_job
def test_ports_that_the_steps_call_are_published(job: Job) -> None:
    """A network of one machine would not notice: there, every port is open to the steps."""
    called = re.findall(
        r"https?://[\w.]+(?::\d+)?", "\n".join([*job.steps, *job.variables.values()])
    )
    if "npm test" in job.steps and "WECHAT_API_BASE_URL" not in job.variables:
        called.append("https://api.weixin.qq.com")
    split = [urlsplit(url) for url in called]
    needed = {str(url.port or {"http": 80, "https": 443}[url.scheme]) for url in split}
    assert not job.ports or needed <= {port.partition(":")[0] for port in job.ports}


@each_job
def test_the_steps_of_the_recipe_pass(job: Job, tmp_path: Path) -> None:
    need("node")
    need("ip")
    need_namespaces()
    project = tmp_path / "project"
    shutil.copytree(PROJECT, project)
    write(job, tmp_path)
    alone = ("unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc")
    done = run(*alone, "bash", tmp_path / "run.sh", env=clean())
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(LOGGED_IN) == "\n".join(job.steps).count("npm test"), done.stdout


def write(job: Job, folder: Path) -> None:
    """The scripts that stand in for the CI system: the container, its health check, each step."""
    path = tools(folder / "tools")
    # What `npm test` does is the project's business, and npm takes longer to start than all else.
    program(folder / "tools" / "npm", "exec node login.mjs")
    program(folder / "container", container(job, folder))
    program(folder / "health", variables(job, folder) + health_command())
    names = " ".join(["localhost", *job.names])
    (folder / "hosts").write_text(f"127.0.0.1 {names}\n", encoding="ascii")
    for number, step in enumerate(steps(job)):
        (folder / f"step-{number:02}").write_text(step, encoding="utf-8")
    (folder / "run.sh").write_text(script(job, folder, path), encoding="utf-8")


def variables(job: Job, folder: Path) -> str:
    if job.service is None:
        return ""
    given = settings(job.service)
    if CA_DIR in given:
        given[CA_DIR] = mapped(given[CA_DIR] + "/", job.service["volumes"], folder)
        assert given[CA_DIR].startswith(str(folder)), "a folder that no volume covers"
    return exports(given)


def exports(given: dict[str, str]) -> str:
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in given.items())


def container(job: Job, folder: Path) -> str:
    if job.service is None:
        return ""
    arguments = mapped(job.service.get("command", ""), job.service.get("volumes", []), folder)
    return variables(job, folder) + f"exec wechat-emulator {arguments}"


def mapped(text: str, volumes: list[str], folder: Path) -> str:
    """Paths of a container as paths here."""
    for volume in volumes:
        source, target = volume.split(":")[:2]
        here = folder / "ca" if source == "wechat-ca" else folder / "project" / source
        text = text.replace(f"{target}/", f"{here}/")
    return text


def steps(job: Job) -> Iterator[str]:
    """What the job runs, without the commands this machine has no engine or network for."""
    for step in job.steps:
        yield "\n".join(line for line in step.split("\n") if not line.startswith(NOT_HERE))


RUN = """
set -euo pipefail
ip link set lo up
mount --bind {folder}/hosts /etc/hosts
cd {folder}/project
touch {folder}/github-env
{tools}
{container}
{variables}
for step in {folder}/step-*; do
    bash -eo pipefail "$step"
    set -a; . {folder}/github-env; set +a
done
"""
CONTAINER = """
{folder}/container &
trap 'kill $!' EXIT
timeout 20 bash -c 'until curl -s -o /dev/null localhost/readyz; do :; done'
{folder}/health
"""


def script(job: Job, folder: Path, path: str) -> str:
    project = str(folder / "project")
    own = {"PATH": path, "PYTHONPATH": str(ROOT), "GITHUB_ENV": str(folder / "github-env")}
    variables = {
        name: mapped(value, job.volumes, folder)
        .replace("$CI_PROJECT_DIR", project)
        .replace("${pwd()}", project)
        for name, value in job.variables.items()
    }
    return RUN.format(
        folder=folder,
        tools=exports(own),
        container=CONTAINER.format(folder=folder) if job.service else "",
        variables=exports(variables),
    )


def test_the_compose_file_at_the_top_opens_the_image_to_this_machine_only() -> None:
    [wechat] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))[
        "services"
    ].values()
    assert (wechat["build"], wechat["image"]) == (".", IMAGE.partition(":")[0])
    assert wechat["ports"] == ["127.0.0.1:8480:8480"]
    assert set(wechat["networks"]["default"]["aliases"]) <= set(WECHAT_HOSTS)
    assert 8480 in read_settings({}, environ=image_settings()).port


def test_testcontainers_snippets_parse(tmp_path: Path) -> None:
    need("node")
    page = sections(HOWTO / "ci" / "testcontainers.md")
    for section in page:
        assert all(IMAGE in block for block in section.blocks("python", "js", "java", "go"))
        for code in section.blocks("python"):
            compile(code, section.title, "exec")
        for code in section.blocks("js"):
            file = tmp_path / "snippet.mjs"
            file.write_text(code, encoding="utf-8")
            assert run("node", "--check", file).returncode == 0
