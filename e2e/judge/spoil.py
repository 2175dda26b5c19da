"""Spoils a recorded deployment, one call, grant or value after another, and prints for each what the judge says: python -m judge.spoil

Ends with 1 if one is not found. The tests do the same; this is to be read."""

import re
import sys

from judge import test_judge, test_validate


def rows():
    """For each spoiling its kind, what is spoiled, what the judge has to say, and what it says."""
    for operation, changes, pattern in test_judge.CALLS:
        yield "call", f"{operation} {changes}", pattern, test_judge.judged(test_judge.spoiled(operation, **changes))
    for grant, action in test_judge.GRANTS:
        yield "grant", f"without {grant}", rf"is denied {action} on ", test_judge.judged(without=[grant])
    for action, resource in test_judge.ELSEWHERE:
        yield "reach", f"{action} on {resource}", rf"is allowed {action} on ", test_judge.judged(given=test_judge.wide(action, resource))
    for service, operation, sent, name, why in test_validate.PLANTED:
        found = [f"{where}: {what}" for where, what in test_validate.judged(service, operation, sent)]
        yield "value", f"{service} {operation or sent['path']} {name}", re.escape(why), found


def main() -> int:
    tried = survived = 0
    for kind, what, pattern, found in rows():
        tried += 1
        by = next((line for line in found if re.search(pattern, line)), "")
        survived += not by
        print(f"{'caught' if by else 'SURVIVED'} {kind} {what[:110]}: {by[:150]}")
    print(f"{tried} spoilings of recorded calls, {survived} survived")
    return 1 if survived or not tried else 0


if __name__ == "__main__":
    sys.exit(main())
