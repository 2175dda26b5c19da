"""Recordings: JSON lines that the proxy in front of the emulator writes, one a call."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from judge import models, validate
from judge.translate import Request, Translator

# The proxy's clients sign with the name of the role that they have in production. Whoever signs otherwise is an administrator or a test.
ROLE = re.compile(r"(deploy|preview)-([a-z][a-z0-9-]{0,19})")


@dataclass
class Call:
    """A recorded call, and what is wrong with it by itself."""

    at: str
    name: str
    role: str = ""  # deploy or preview
    environment: str = ""
    requests: list[Request] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def read(folder: Path) -> list[tuple[str, dict]]:
    """All calls below a folder in the order of their times, each with where it is."""
    calls = [
        (f"{file.relative_to(folder)}:{number}", json.loads(line))
        for file in sorted(folder.rglob("*.jsonl"))
        for number, line in enumerate(file.read_text().splitlines(), 1)
    ]
    return sorted(calls, key=lambda call: call[1]["time"])


def judged(lines: list[tuple[str, dict]], account: str) -> tuple[list[Call], dict]:
    """The calls with their violations of AWS's models and what IAM decides about, and the roles that the stacks made."""
    translator = Translator(account)
    return [one(translator, at, line) for at, line in lines], translator.given


def one(translator: Translator, at: str, line: dict) -> Call:
    call = Call(at, f"{line['service']}.{line['operation']}")
    if match := ROLE.fullmatch(line.get("access_key") or ""):
        call.role, call.environment = match[1], match[2]
    try:
        model = models.operation(line["service"], line)
        call.name = f"{line['service']}.{model.name}"
        call.wrong = [f"parameter {name}: {why}" for name, why in validate.violations(line["service"], model, line["parameters"])]
        call.requests = translator.requests(line["service"], model, line, f"{call.role}-{call.environment}")
    except models.Unreadable as error:
        call.wrong.append(str(error))
    return call
