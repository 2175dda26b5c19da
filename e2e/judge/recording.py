"""Recordings: JSON lines that the proxy in front of the emulator writes, one a call."""

import json
import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path

from judge import models, registry, validate
from judge.places import Where
from judge.translate import Request, Translator

# The proxy's clients sign with the name of the role that they have in production. A caller that signs otherwise is an administrator or a test.
ROLE = re.compile(r"(deploy|preview)-([a-z][a-z0-9-]{0,19})")

# A task signs with the name of the role that its stack made for it.
TASK = re.compile(r"task-(.+)")

# A deployment without a call for that long does not go on. The provider asks at least so often.
WITHIN = timedelta(seconds=30)


@dataclass
class Call:
    """A recorded call, and what is wrong with it by itself."""

    at: str
    name: str
    role: str = ""  # deploy, preview or task
    environment: str = ""
    requests: list[Request] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    refused: bool = False  # by the local AWS, which decides about the calls of tasks


def read(folder: Path) -> list[tuple[str, dict]]:
    """All calls below a folder in the order in which they were made, each with where it is."""
    calls = [
        (f"{file.relative_to(folder)}:{number}", json.loads(line))
        for file in sorted(folder.rglob("*.jsonl"))
        for number, line in enumerate(file.read_text().splitlines(), 1)
    ]
    return sorted(calls, key=lambda call: datetime.fromisoformat(call[1]["time"]))


def judged(lines: list[tuple[str, dict]], account: str) -> tuple[list[Call], Translator]:
    """The calls with their violations of AWS's models and what IAM decides about, and what is known of the account after them."""
    translator, calls, under_way, fetches = Translator(account), [], UnderWay(), []
    for at, line in lines:
        if not line["service"]:
            call = pushed(translator, at, line)
            if call and line["user_agent"].startswith("crane/"):
                fetches.append(call)
            elif call:
                under_way.push(call, line)
        else:
            call = signed(translator, at, line)
            if call.environment and call.role != "task":
                under_way.note(call, line)
                for fetch in fetches:
                    asked_by(fetch, call)
                fetches = []
        calls += [call] if call else []
    return calls, translator


class UnderWay:
    """Which deployments go on. No client signs what it asks a registry for: Pulumi's program pushes in a deployment and in no preview, so the call
    before that a deploying role signed tells who it is. Where several go on at once, it is the one that made the repository, if that is among them."""

    def __init__(self):
        self.last: Call | None = None
        self.deploying: tuple[datetime, Call] | None = None
        self.recent: dict[str, tuple[datetime, Call]] = {}  # the last call of its deployment, by environment
        self.makers: dict[str, str] = {}  # the environments that made repositories, by name

    def note(self, call: Call, line: dict) -> None:
        self.last = call
        if call.role == "deploy":
            self.deploying = self.recent[call.environment] = (datetime.fromisoformat(line["time"]), call)
        if line["operation"] == "CreateRepository" and line["status"] == HTTPStatus.OK:
            self.makers[line["parameters"]["repositoryName"]] = call.environment

    def push(self, call: Call, line: dict) -> None:
        now, repository = datetime.fromisoformat(line["time"]), call.requests[0].resource.split("repository/")[-1]
        theirs = [self.recent.get(self.makers.get(repository, "")), self.deploying]
        by = next((known[1] for known in theirs if known and now - known[0] < WITHIN), self.last)
        if by:
            asked_by(call, by)


def signed(translator: Translator, at: str, line: dict) -> Call:
    """A call of AWS's, whose signature tells who makes it."""
    call = Call(at, f"{line['service']}.{line['operation']}")
    if match := ROLE.fullmatch(line["access_key"]):
        call.role, call.environment = match[1], match[2]
    task = TASK.fullmatch(line["access_key"])
    if task:
        call.role, call.environment = "task", translator.makers.get(task[1], "")
        call.refused = line["error"].startswith("AccessDenied")
    try:
        role = translator.as_is(task[1]) if task else f"{call.role}-{call.environment}".strip("-")
        model = models.operation(line["service"], line)
        call.name = f"{line['service']}.{model.name}"
        call.wrong = [f"parameter {name}: {why}" for name, why in validate.violations(line["service"], model, line["parameters"])]
        call.requests = translator.requests(line["service"], model, line, role)
    except (models.Unreadable, KeyError) as error:
        # A parameter that is not there has been told of already.
        call.wrong += [] if call.wrong else [str(error)]
    return call


def pushed(translator: Translator, at: str, line: dict) -> Call | None:
    """A request to the registry, unless Docker fetches for a task. Others are to the emulator itself, or to a load balancer."""
    sent = line["parameters"]
    found = registry.action(sent["method"], sent["path"])
    if not found or line["user_agent"].startswith("docker/"):
        return None
    resource = Where(translator.account, translator.region).arn("ecr", "repository", found[1]) if found[1] else "*"
    return Call(at, f"registry.{sent['method']}", requests=[Request("", found[0], resource)])


def asked_by(call: Call, other: Call) -> None:
    """Takes the role of a signed call. crane fetches an image before a deployment, so for it the call behind tells who it is."""
    call.role, call.environment = other.role, other.environment
    call.requests = [replace(request, role=f"{other.role}-{other.environment}") for request in call.requests]
