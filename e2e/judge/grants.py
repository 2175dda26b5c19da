"""Grants that no recorded call used: each has a reason in unused-grants.txt, and a reason without such a grant is a mistake."""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

REASONS = Path(__file__).with_name("unused-grants.txt")

# How a reason begins that names no grant without use: the scenarios of the workflows use it, and their judge sees to it.
DEPLOYMENTS = "deployments: "


@dataclass(frozen=True)
class Line:
    """One reason, for all grants that fit: a star stands for any text."""

    statement: str
    action: str
    reason: str

    def fits(self, grant: tuple[str, str]) -> bool:
        return fnmatchcase(grant[0], self.statement) and fnmatchcase(grant[1], self.action)

    def __str__(self):
        return f"{self.statement} {self.action}"


def generic(statement: str, environment: str) -> str:
    """A statement's name without that of the environment: github-mote-network-dev/ChangeNetwork is network/ChangeNetwork."""
    policy, _, sid = statement.partition("/")
    return policy.removeprefix("github-mote-").replace(f"-{environment}", "") + "/" + sid


def reasons(text: str) -> list[Line]:
    """Each line is a statement, an action and a reason. Lines that begin with # are none."""
    return [Line(*line.split(maxsplit=2)) for line in text.splitlines() if line.strip() and not line.startswith("#")]


def violations(granted: set[tuple[str, str]], used: set[tuple[str, str]], given: list[Line]) -> list[str]:
    """Of the rehearsal's scenarios, which are those that use nearly all."""
    unused = granted - used
    return [
        *(f"grant {statement} {action}: no recorded call used it; take it away, or write a reason into unused-grants.txt"
          for statement, action in sorted(unused) if not any(line.fits((statement, action)) for line in given)),
        *(f"unused-grants.txt {line}: there is no grant without use that it fits; take the line away"
          for line in given if not any(line.fits(grant) for grant in unused)),
    ]


def of_deployments(used: set[tuple[str, str]], given: list[Line]) -> list[str]:
    """Of the workflows' scenarios."""
    return [f"unused-grants.txt {line}: the scenarios of the workflows do not use it either"
            for line in given if line.reason.startswith(DEPLOYMENTS) and not any(line.fits(grant) for grant in used)]
