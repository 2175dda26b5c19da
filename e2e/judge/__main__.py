"""Judges recordings: python -m judge [-of rehearsal|deployments] FOLDER

Prints a line for each violation, as a test that fails, and ends with 1 if there is one. -of says that the folder has all scenarios of that
stage, so that grants that were not used are violations too, unless unused-grants.txt has a reason."""

import argparse
import fnmatch
import json
import re
import sys
from collections import Counter
from pathlib import Path

from judge import decide, grants, recording

# The alias of the key for the state, as infra/bootstrap names it.
STATE_KEY = "alias/mote-state"

# What scenarios' stacks use and do not own, and what their services may do.
EXISTING = Path(__file__).with_name("existing.txt")
PERMISSIONS = Path(__file__).with_name("permissions.txt")


def main() -> int:
    options = arguments()
    lines = recording.read(options.folder)
    if not lines:
        raise SystemExit(f"judge: there is no call below {options.folder}")
    account = options.account
    calls, known = recording.judged(lines, account)
    granted, used = set(), set()
    others = existing(EXISTING.read_text(), "".join(json.dumps(line) for _, line in lines))
    for environment in sorted({call.environment for call in calls if call.environment}):
        of = [call for call in calls if call.environment == environment]
        theirs = [f"{environment}={arn}" for arn in others.get(environment, [])]
        permitted = [line for line in PERMISSIONS.read_text().splitlines() if line.startswith(environment + "=")]
        judge = decide.Account(environment, account, known.region, theirs, known.given, known.world.keys.get(STATE_KEY, ""), permitted)
        used |= {(grants.generic(statement, environment), action) for statement, action in judge.judge(of)}
        granted |= {(grants.generic(grant["statement"], environment), grant["action"]) for grant in judge.grants}
    found = told(calls)
    reasons = grants.reasons(grants.REASONS.read_text())
    if options.of == "rehearsal":
        found += grants.violations(granted, used, reasons)
    elif options.of == "deployments":
        found += grants.of_deployments(used, reasons)
    print("\n".join([f"FAIL: {violation}" for violation in found] + [summary(calls, found)]))
    return 1 if found else 0


def arguments():
    parser = argparse.ArgumentParser(prog="judge", description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("-of", choices=["rehearsal", "deployments"])
    parser.add_argument("-account", default="000000000000")
    return parser.parse_args()


def existing(text: str, recorded: str) -> dict[str, list[str]]:
    """The ARNs that an environment uses without owning them. Those with a star are whatever was recorded that fits."""
    # Route 53 names its zones by ids alone.
    zones = [f"arn:aws:route53:::hostedzone/{zone}" for zone in re.findall(r"/hostedzone/(Z\w+)", recorded)]
    arns = sorted({*re.findall(r"arn:aws:[\w:/.-]+", recorded), *zones})
    found = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            environment, _, pattern = line.partition("=")
            found.setdefault(environment, []).extend(fnmatch.filter(arns, pattern) if "*" in pattern else [pattern])
    return found


def told(calls) -> list[str]:
    """A line for each violation; what is wrong in the same way with several calls is told once."""
    times = Counter((call.name, wrong) for call in calls for wrong in call.wrong)
    first = {}
    for call in calls:
        for wrong in call.wrong:
            first.setdefault((call.name, wrong), call.at)
    return [f"{at} {name}: {wrong}" + (f" ({times[name, wrong]} calls)" if times[name, wrong] > 1 else "") for (name, wrong), at in first.items()]


def summary(calls, found) -> str:
    decided = sum(len(call.requests) for call in calls if call.environment)
    return f"judge: {len(calls)} calls, {decided} decisions of IAM's, {len(found)} violations"


if __name__ == "__main__":
    sys.exit(main())
