"""A recorded call as what IAM decides about: who asks, for which action, on what, and with which condition keys."""

from dataclasses import dataclass, field

from judge import effects, iam, models, places
from judge.world import World, tags_of


@dataclass
class Request:
    """One decision of IAM's."""

    role: str
    action: str
    resource: str
    keys: dict = field(default_factory=dict)


@dataclass
class Translator:
    """Follows the calls of one recording in their order."""

    account: str
    region: str = ""  # of the last call
    world: World = field(default_factory=World)
    tasks: dict[str, tuple] = field(default_factory=dict)  # by family, the two roles of the newest task definition and what the first does
    makers: dict[str, str] = field(default_factory=dict)  # the environments that made roles, by name
    given: dict[str, dict] = field(default_factory=dict)  # roles of the stack's own, as authorize takes them

    def requests(self, service: str, model, call: dict, role: str) -> list[Request]:
        """What IAM decides about before AWS does what a call asks for. Notes what the call makes, if AWS took it."""
        params, _ = models.parameters(service, model, call["parameters"])
        params = self.world.resolved(params)
        self.region = call["region"]
        where = places.Where(self.account, self.region)
        operation = f"{iam.prefix(service)}:{model.name}"
        asked, pairs = [], []
        for action in effects.INSTEAD.get(operation, [operation]):
            found = resources(where, action, params, role) if known_to_iam(action, role) else []
            pairs += found
            asked += [(action, kind, arn, {}) for kind, arn in found]
        asked += effects.of(where, operation, params, pairs) + effects.encrypted(where, self.world, operation, params)
        found = [self.request(role, params, *one) for one in asked] + self.by_aws(where, operation, params)
        if call["status"] < 300:
            if operation == "iam:CreateRole":
                self.makers[params["RoleName"]] = role.partition("-")[2]
            self.world.note(where, operation, params, pairs, models.answer(model, call["parameters"], call.get("response", "")))
        return found

    def request(self, role, params, action, kind, arn, told) -> Request:
        known = self.known(params, arn) | told
        allowed = iam.keys(action, kind)
        return Request(role, action, arn, {key: value for key, value in known.items() if root(key) in allowed})

    def known(self, params, arn) -> dict:
        """All condition keys that the call and what it is about have, whichever of them AWS gives with the action."""
        role = params.get("RoleName")
        keys = {f"aws:RequestTag/{key}": value for key, value in tags_of(params).items()}
        keys |= {f"aws:ResourceTag/{key}": value for key, value in self.world.tags.get(self.world.known_as(arn, params), {}).items()}
        keys |= {f"kms:EncryptionContext:{key}": value for key, value in (params.get("EncryptionContext") or {}).items()}
        for key, value in {
            "iam:PermissionsBoundary": params.get("PermissionsBoundary") or self.world.boundaries.get(role),
            "iam:PolicyARN": params.get("PolicyArn"),
            "ecs:cluster": cluster(places.Where(self.account, self.region), params),
        }.items():
            keys |= {key: value} if value else {}
        return keys

    def by_aws(self, where, operation, params) -> list[Request]:
        """What AWS does by itself afterwards, with the roles that the call names. A task is fetched when a service is to run it."""
        if operation == "ecs:RegisterTaskDefinition" and params.get("executionRoleArn"):
            self.tasks[params["family"]] = (params["executionRoleArn"], params.get("taskRoleArn", ""), effects.of_task(where, params))
        if operation not in ("ecs:CreateService", "ecs:UpdateService"):
            return []
        moved = effects.of_deployment(where, params)
        doing = [(role, moved) for role in effects.infrastructure_roles(params)]
        if task := self.tasks.get(places.last(params.get("taskDefinition", "")).split(":")[0]):
            execution, own, asked = task
            doing.append((execution, asked))
            if sessions := effects.of_sessions(params):
                doing.append((own, sessions))
        return [Request(name, action, arn, told) for role, asked in doing
                for name in [self.as_is(places.last(role))] for action, _, arn, told in asked]

    def as_is(self, role: str) -> str:
        """A name for a role with the policies that it has at this moment."""
        if role not in self.world.policies:
            raise models.Unreadable(f"the role {role} was never made in this recording")
        snapshot = {"boundary": places.last(self.world.boundaries[role]), "documents": dict(self.world.policies[role])}
        name = f"{role}@{len(self.given)}"
        self.given[name] = snapshot
        return name


def root(key: str) -> str:
    """A condition key without the part that is open, as iam.keys has it."""
    return key.split("/")[0] if key.startswith("aws:") else ":".join(key.split(":")[:2])


def cluster(where: places.Where, params: dict) -> str:
    """The cluster that an ECS request is about, as an ARN, also where the request is about no single resource."""
    given = params.get("cluster")
    if not isinstance(given, str):
        return ""
    return given if given.startswith("arn:") else where.arn("ecs", "cluster", given)


def known_to_iam(action, role) -> bool:
    """What an administrator asks for is not decided about here."""
    if role and not iam.knows(action):
        raise models.Unreadable(f"IAM has no action {action}: effects.py has to say which the operation takes")
    return iam.knows(action)


def resources(where, action, params, role) -> list[tuple[str, str]]:
    """The resources that an action is asked for on. An action that needs one and is given none cannot be decided about."""
    found = places.found(where, action, params)
    if found:
        return found
    if role and any(known["required"] for kind, known in iam.action(action)["resource_types"].items() if kind) and not iam.reads(action):
        raise models.Unreadable(f"on which resource {action} is asked for is not known: places.py has to say so")
    return [("", "*")]
