"""Takes from a recording what the judge's tests need of it: python -m judge.sample FILE ENVIRONMENT >testdata/deployment.jsonl

Of one environment's calls all that make something, and the first of each other operation, by status and role. Where there is something secret
or long, it is cut."""

import json
import re
import sys
from pathlib import Path

MAKES = re.compile(r"(?:Create|Put|Register|Attach|Associate|Authorize|Allocate|Import|Request|Modify|Add|Tag|Set)")
LONG = re.compile(r"-----BEGIN [^-]+-----.*?-----END [^-]+-----\s*", re.DOTALL)
# Parameters of bytes are written as base64; this is what "-----BEGIN" begins with.
ENCODED = re.compile(r"LS0tLS1CRUdJTi[A-Za-z0-9+/=]*")


def kept(lines: list[dict], environment: str) -> list[dict]:
    seen, found = set(), []
    for line in lines:
        role, _, of = line["access_key"].partition("-")
        if of != environment or role not in ("deploy", "preview"):
            continue
        name = (role, line["service"], line["operation"] or str(line["parameters"].get("method")) + shape(line), line["status"])
        if MAKES.match(line["operation"]) or name not in seen:
            found.append(line)
        seen.add(name)
    return found


def shape(line: dict) -> str:
    """The path of a REST request without its ids."""
    return re.sub(r"/[A-Z0-9]{8,}", "/ID", line["parameters"].get("path", ""))


def cut(text: str) -> str:
    """Keys and certificates do not belong into a repository, not even those that a rehearsal made for itself."""
    return ENCODED.sub("", LONG.sub("", text))


def main() -> None:
    file, environment = sys.argv[1:]
    for line in kept([json.loads(text) for text in Path(file).read_text().splitlines()], environment):
        print(cut(json.dumps(line)))


if __name__ == "__main__":
    main()
