"""What a task has of AWS: the address of the local one, and the credentials of its task role, with which it may what the role's policies say.

A task reaches the proxy of the rehearsal at an address on the containers' network, TASKS_ENDPOINT. Its credentials are given in the SDKs'
standard variables: ECS's own way, an address of the link, would need a change of the machine's network. The access key is the role's name,
so that recorded calls tell who made them. The secret one is not checked.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
"""

import json
import os
from urllib.parse import urlsplit

from ministack import app
from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.core.router import extract_access_key_id, extract_region
from ministack.services import ecs, iam

# What the access keys of tasks begin with. infra/cmd/localaws/awsconfig has it too.
TASK = "task-"


def register_metadata(original):
    """Gives a container the address of the local AWS and the role's credentials, unless its definition gives it others."""
    def registered(task_arn, cluster_arn, td, cdef, launch_type, env, *rest):
        token = original(task_arn, cluster_arn, td, cdef, launch_type, env, *rest)
        for name in ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN"):
            env.pop(name, None)
        env["AWS_ENDPOINT_URL"] = os.environ["TASKS_ENDPOINT"]
        env["ECS_CONTAINER_METADATA_URI_V4"] = os.environ["TASKS_ENDPOINT"] + urlsplit(env["ECS_CONTAINER_METADATA_URI_V4"]).path
        given = {"AWS_REGION": get_region(), "AWS_DEFAULT_REGION": get_region(), "AWS_EXECUTION_ENV": "AWS_ECS_" + launch_type}
        role = td.get("taskRoleArn")
        if role and "AWS_ACCESS_KEY_ID" not in env:
            given |= {"AWS_ACCESS_KEY_ID": TASK + role.rsplit("/", 1)[-1], "AWS_SECRET_ACCESS_KEY": "rehearsal"}
        env |= {name: value for name, value in given.items() if name not in env}
        return token
    return registered


def dispatch(original):
    """Refuses what the policies of a task's role do not allow. Other callers are as free as MiniStack leaves them."""
    async def dispatched(method, path, headers, body, query_params, request_id):
        key = extract_access_key_id(headers, query_params) or ""
        if key.startswith(TASK):
            refused = refusal(key.removeprefix(TASK), method, path, headers, body, query_params, request_id)
            if refused:
                return refused
        return await original(method, path, headers, body, query_params, request_id)
    return dispatched


def refusal(role, method, path, headers, body, query_params, request_id):
    """AWS's answer to a request that is denied, or nothing."""
    params = app._routing_params(method, path, headers, body, query_params)
    service, region = app.detect_service(method, path, headers, params), extract_region(headers, query_params)
    action = iam_actions.extract_iam_action(service, method, path, headers, body, params)
    if action is None or action in iam_evaluator._ALWAYS_ALLOWED_ACTIONS:
        return None
    account = get_account_id()
    whole = [(action, iam_actions.extract_resource_arn(service, method, path, headers, body, params, region, account))]
    told = {"ecs:cluster": cluster_of(body, region, account)} if action.startswith("ecs:") else {}
    caller = f"arn:aws:sts::{account}:assumed-role/{role}/task"
    for one, arn in of_tables(action, body, region, account) or of_ecs(action, body, region, account) or whole:
        result = decide(role, iam_evaluator.EvalContext(
            principal_arn=caller, principal_type="AssumedRole", principal_account=account, action=one, resource_arn=arn, region=region,
            service_context=told))
        if result.decision != "Allow":
            return iam_actions.access_denied_response(
                service, one, caller, request_id, headers=headers, resource_arn=arn, explicit_deny=result.decision == "Deny",
                message=iam_actions.identity_denial_message(one, caller, arn, result.decision == "Deny"))
    return None


def of_tables(action, body, region, account):
    """A request to DynamoDB may be about several tables, and a transaction is decided about by what it does with each."""
    if not action.startswith("dynamodb:"):
        return []
    return iam_actions.dynamodb_transaction_checks(action, body, region, account) or [
        (action, arn) for arn in iam_actions.dynamodb_resource_arns(body, region, account)]


# What IAM knows of ECS's reading actions: the parameter that names resources, and their kind. MiniStack takes the cluster for all of them.
DESCRIBED = {"ecs:DescribeClusters": ("clusters", "cluster"), "ecs:DescribeServices": ("services", "service"), "ecs:DescribeTasks": ("tasks", "task")}


def of_ecs(action, body, region, account):
    """A request to ECS may be about several resources, by names or ARNs. Lists are of no resource that IAM knows."""
    if action in ("ecs:ListServices", "ecs:ListTasks"):
        return [(action, "*")]
    if action not in DESCRIBED:
        return []
    (parameter, kind), prefix = DESCRIBED[action], f"arn:aws:ecs:{region}:{account}:"
    cluster = "" if kind == "cluster" else cluster_of(body, region, account).rsplit("/", 1)[-1] + "/"
    names = json.loads(body or b"{}").get(parameter) or ["default"]
    return [(action, name if name.startswith("arn:") else f"{prefix}{kind}/{cluster}{name}") for name in names]


def cluster_of(body, region, account):
    """The ARN of the cluster that a request to ECS is about."""
    cluster = json.loads(body or b"{}").get("cluster") or "default"
    return cluster if cluster.startswith("arn:") else f"arn:aws:ecs:{region}:{account}:cluster/{cluster}"


def decide(role, context):
    """The role's policies within its boundary. A stack may name one that the account of a rehearsal does not have: the judge of calls has it."""
    account = context.principal_account
    boundary = (iam._roles.get_scoped(account, None, role) or {}).get("PermissionsBoundary")
    limits = []
    if boundary and iam_evaluator._resolve_managed_policy_document(boundary, account):
        limits = iam_evaluator._permissions_boundary(iam._roles, role, account)
    return iam_evaluator.evaluate(context, iam_evaluator._gather_role_policies(role, account), *limits)


def install():
    for module, name, around in ((ecs, "_register_metadata", register_metadata), (app, "_dispatch_service_request", dispatch)):
        setattr(module, name, around(getattr(module, name)))
