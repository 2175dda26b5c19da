"""Grants that no recorded call used: each has a reason in unused-grants.txt, and a reason whose grant is used is a mistake."""

from pathlib import Path

REASONS = Path(__file__).with_name("unused-grants.txt")


def generic(statement: str, environment: str) -> str:
    """A statement's name without that of the environment: github-mote-network-dev/ChangeNetwork is network/ChangeNetwork."""
    policy, _, sid = statement.partition("/")
    return policy.removeprefix("github-mote-").replace(f"-{environment}", "") + "/" + sid


def reasons(text: str) -> dict[tuple[str, str], str]:
    """Each line is a statement, an action and a reason. Lines that begin with # are none."""
    found = {}
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            statement, action, reason = line.split(maxsplit=2)
            found[statement, action] = reason
    return found


def violations(granted: set[tuple[str, str]], used: set[tuple[str, str]], given: dict[tuple[str, str], str]) -> list[str]:
    unused = granted - used
    return [
        *(f"grant {statement} {action}: no recorded call used it; take it away, or write a reason into unused-grants.txt"
          for statement, action in sorted(unused - given.keys())),
        *(f"grant {statement} {action}: unused-grants.txt gives a reason, but a recorded call used it; take the line away"
          for statement, action in sorted(given.keys() & used)),
        *(f"grant {statement} {action}: unused-grants.txt gives a reason, but there is no such grant; take the line away"
          for statement, action in sorted(given.keys() - granted)),
    ]
