"""Whether the roles of production may do what the calls ask for, and no more. infra/cmd/authorize decides, with the policies that
infra/bootstrap makes."""

import atexit
import functools
import json
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

from judge import iam
from judge.recording import Call
from judge.translate import Request

ROOT = Path(__file__).resolve().parents[2]

# An environment beside those of the recordings, whose things none of their roles may touch.
OTHER = "elsewhere"

# Reading these gives away what is in a thing.
CONTENTS = {"ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "kms:Decrypt", "logs:FilterLogEvents", "s3:GetObject",
            "secretsmanager:GetSecretValue", "ssm:GetParameters"}


@functools.cache
def authorize() -> str:
    """The program that decides, as it is now."""
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    subprocess.run(["go", "-C", str(ROOT / "infra"), "build", "-o", folder.name, "./cmd/authorize"], check=True)
    return str(Path(folder.name, "authorize"))


class Account:
    """The account of the recordings, with the roles that bootstrap makes in it for one environment, and for the other one."""

    def __init__(self, environment: str, account: str, region: str, existing: list[str], given: dict, key: str = "", permissions: list[str] = ()):
        self.environment, self.existing = environment, [one.partition("=")[2] for one in existing] + [on(one) for one in permissions]
        self.question = {"account": account, "region": region, "key": key, "environments": [environment, OTHER], "existing": existing,
                         "permissions": list(permissions), "given": given}
        self.grants: list[dict] = []

    def decide(self, requests: list[Request]) -> list[list[str]]:
        """For each request the statements that allow it. None denies it."""
        roles = {request.role for request in requests}
        given = {name: role for name, role in self.question["given"].items() if name in roles}
        asked = json.dumps({**self.question, "given": given, "requests": [vars(request) for request in requests]})
        done = subprocess.run([authorize()], cwd=ROOT / "infra", input=asked, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"judge: {done.stderr.strip()}")
        told = json.loads(done.stdout)
        self.grants = [grant for grant in told["grants"] if not grant["role"].endswith(OTHER)]
        return told["decisions"]

    def judge(self, calls: list[Call]) -> set[tuple[str, str]]:
        """Adds to each call what is denied, and what should be. Returns the grants that were used."""
        asked = [(call, request) for call in calls for request in call.requests]
        elsewhere = [(call, moved) for call, request in asked if (moved := self.moved(request))]
        decisions = self.decide([request for _, request in asked + elsewhere])
        own, others = decisions[:len(asked)], decisions[len(asked):]
        used = set()
        for (call, request), by in zip(asked, own, strict=True):
            used |= {(statement, request.action) for statement in by}
            call.wrong += ([] if call.refused else denied(call, request, by)) + written(call, request)
        refused_wrongly(asked, own)
        allowed_elsewhere(elsewhere, others)
        return used

    def moved(self, request: Request) -> Request | None:
        """The request as it would be about the other environment's thing. None if AWS knows no resource for the action, if it reads what
        is no secret, or if the thing belongs to no environment."""
        if not iam.kinds(request.action) or (iam.reads(request.action) and request.action not in CONTENTS):
            return None
        if request.action == "iam:CreateServiceLinkedRole" or any((request.resource + ":").startswith(arn + ":") for arn in self.existing):
            return None
        keys = {key: self.rename(value, key) for key, value in request.keys.items()}
        return replace(request, resource=self.rename(request.resource), keys=keys)

    def rename(self, text: str, key: str = "") -> str:
        """Names begin with the project's and the environment's; state is in a folder of the environment's name."""
        if key.endswith(("/stack", ":environment")):
            return OTHER if text == self.environment else text
        for before in ("mote-", "mote/", "-boundary-"):
            text = text.replace(before + self.environment, before + OTHER)
        if text.startswith("arn:aws:s3:::"):
            text = text.replace(f"/{self.environment}/", f"/{OTHER}/", 1)
        return text


def on(permission: str) -> str:
    """The resource of a permission: ENVIRONMENT=ACTION ... on ARN."""
    return permission.partition(" on ")[2].split()[0]


def denied(call: Call, request: Request, by: list[str]) -> list[str]:
    if by:
        return []
    keys = ", ".join(f"{key}={value}" for key, value in sorted(request.keys.items()) if not key.endswith("/Name"))
    return [f"{request.role} is denied {request.action} on {request.resource}" + (f" with {keys}" if keys else "")
            + (": the setting permissions of its stack and of infra/bootstrap has to allow it" if call.role == "task" else
               ": a grant in infra/bootstrap/account has to allow it, or the call has to go")]


def refused_wrongly(asked: list[tuple[Call, Request]], decisions: list[list[str]]) -> None:
    """What the local AWS refuses a task has a part at least that is denied here, too."""
    parts: dict[int, list] = {}
    for (call, request), by in zip(asked, decisions, strict=True):
        parts.setdefault(id(call), []).append((call, request, by))
    for all_of in parts.values():
        call, request, _ = all_of[0]
        if call.refused and all(by for _, _, by in all_of):
            call.wrong.append(f"{request.role} is refused {request.action} on {request.resource} by the local AWS, and its policies allow it")


def written(call: Call, request: Request) -> list[str]:
    if call.role != "preview" or iam.reads(request.action):
        return []
    return [f"a preview asks for {request.action} on {request.resource}: it must change nothing"]


def allowed_elsewhere(requests: list[tuple[Call, Request]], decisions: list[list[str]]) -> None:
    """AWS refuses a call of which it denies one part. What it does by itself with a role of a stack's own, it does part by part."""
    parts: dict[tuple, list] = {}
    for (call, request), by in zip(requests, decisions, strict=True):
        part = request.action + request.resource if "@" in request.role else ""
        parts.setdefault((id(call), request.role, part), []).append((call, request, by))
    for all_of in parts.values():
        if all(by for _, _, by in all_of):
            call, request, by = all_of[0]
            call.wrong.append(f"{request.role} is allowed {request.action} on {request.resource}, which is of the environment {OTHER}, "
                              f"by {', '.join(by)}: the grant has to name its own things, or ask for their tags")
