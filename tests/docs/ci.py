"""The recipes of docs/howto/ci as jobs: which emulator they start, what they run beside it."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import yaml

from tests.docs.pages import HOWTO, ROOT, Section, sections

IMAGE = "wechat-emulator:latest"
NOT_HERE = ("docker ", "pip install", "cp wechat-ca.pem")
"""Commands that need a container engine, the network, or write into the machine."""


class Job(NamedTuple):
    """One job: the emulator's container, and the steps beside it."""

    service: Mapping[str, Any] | None
    """The image, its variables, arguments and volumes; None if the steps start the emulator."""
    names: list[str]
    """The host names that lead to the container."""
    ports: list[str]
    """The ports published to the job, `HOST:CONTAINER`."""
    variables: Mapping[str, str]
    """The steps' environment."""
    steps: list[str]
    volumes: list[str]
    """What the steps see, `SOURCE:TARGET`."""


def jobs() -> Iterator[tuple[str, Job]]:
    """Every recipe, by the page and the section it stands in."""
    for page in sorted((HOWTO / "ci").glob("*.md")):
        for section in sections(page):
            for number, job in enumerate(_jobs(section), 1):
                yield f"{page.stem}: {section.title} {number}", job
        if steps := [step for section in sections(page) for step in _loose_steps(section)]:
            yield f"{page.stem}: commands", Job({"image": IMAGE}, [], ["8480:8480"], {}, steps, [])


def _jobs(section: Section) -> Iterator[Job]:
    for document in map(yaml.safe_load, section.blocks("yaml")):
        if isinstance(document, dict):
            yield from _from_yaml(document)
    for block in section.blocks("groovy"):
        yield _jenkins(block)


def _loose_steps(section: Section) -> Iterator[str]:
    """Commands that stand outside of a whole job, for a service at localhost:8480."""
    yield from section.blocks("sh")
    for document in map(yaml.safe_load, section.blocks("yaml")):
        if isinstance(document, list):
            yield from (step["run"] for step in document)


def _from_yaml(document: dict[str, Any]) -> Iterator[Job]:
    if "jobs" in document:
        yield from (_github(job) for job in document["jobs"].values())
    elif "services" in document:
        yield _compose(document["services"])
    else:
        yield from (_gitlab(job) for job in document.values())


def _github(job: dict[str, Any]) -> Job:
    [(label, service)] = job["services"].items()
    names = re.findall(r"--network-alias (\S+)", service.get("options", ""))
    if "container" in job:
        names.append(label)
    steps = [step["run"] for step in job["steps"] if "run" in step]
    return Job(service, names, service.get("ports", []), job.get("env", {}), steps, [])


def _gitlab(job: dict[str, Any]) -> Job:
    [service] = job["services"]
    about = {"image": service["name"], "env": service.get("variables", {})}
    steps = ["\n".join([*job["script"], *job.get("after_script", [])])]
    return Job(about, [service["alias"]], [], job["variables"], steps, [])


def _compose(services: dict[str, Any]) -> Job:
    wechat, tests = services["wechat"], services["tests"]
    names = ["wechat", *wechat.get("networks", {}).get("default", {}).get("aliases", [])]
    assert tests["depends_on"] == {"wechat": {"condition": "service_healthy"}}
    return Job(wechat, names, [], tests["environment"], [tests["command"]], tests["volumes"])


def _jenkins(script: str) -> Job:
    steps = [a or b for a, b in re.findall(r"sh (?:'''(.*?)'''|'([^'].*?)'\n)", script, re.DOTALL)]
    images = re.findall(r"docker\.image\('([^']+)'\)\.withRun\('([^']*)'\)", script)
    if not images:
        return Job(None, [], [], {}, steps, [])
    [(image, options)] = images
    variables = dict(re.findall(r"-e (\w+)=(\S+)", options))
    environment = dict(re.findall(r'withEnv\(\["(\w+)=([^"]+)"\]', script))
    names = re.findall(r"--link \$\{wechat\.id\}:([\w.]+)", script)
    return Job({"image": image, "env": variables}, names, [], environment, steps, [])


def settings(service: Mapping[str, Any]) -> dict[str, str]:
    """The container's variables that are ours: the image's, then the recipe's."""
    own: dict[str, str] = service.get("env", service.get("environment", {}))
    return image_settings() | own


def image_settings() -> dict[str, str]:
    """What the Dockerfile sets."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    return dict(re.findall(r"^ +(WECHAT_EMULATOR_\w+)=(\S+)", text, re.MULTILINE))


def health_command() -> str:
    """The image's health check."""
    [command] = re.findall(
        r"^HEALTHCHECK .*CMD (.*)$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE
    )
    return shlex.join(json.loads(command))
