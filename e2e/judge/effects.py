"""The actions that an operation takes beside the one of its name: the table of exceptions, with where AWS says so (pages below
docs.aws.amazon.com)."""

import re

from judge import iam, places, world

# By operation, the actions that are decided about instead of the one of its name. Empty asks for none.
INSTEAD = {
    # S3 has operations and actions of its own names: AmazonS3/latest/userguide/using-with-s3-policy-actions.html
    "s3:CompleteMultipartUpload": ["s3:PutObject"],
    "s3:CopyObject": ["s3:PutObject", "s3:GetObject"],
    "s3:CreateMultipartUpload": ["s3:PutObject"],
    "s3:DeleteObjects": ["s3:DeleteObject"],
    "s3:HeadBucket": ["s3:ListBucket"],
    "s3:HeadObject": ["s3:GetObject"],
    "s3:ListObjects": ["s3:ListBucket"],
    "s3:ListObjectsV2": ["s3:ListBucket"],
    "s3:ListObjectVersions": ["s3:ListBucketVersions"],
    "s3:UploadPart": ["s3:PutObject"],
    # A transaction is decided about by what it does with each item, in BESIDE.
    "dynamodb:TransactGetItems": [],
    "dynamodb:TransactWriteItems": [],
    # No caller needs leave to ask who one is: STS/latest/APIReference/API_GetCallerIdentity.html
    "sts:GetCallerIdentity": [],
}

# What is tagged while it is made takes the action that tags as well. Each service names its own.
# EC2: AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html; ELB: elasticloadbalancing/latest/userguide/tagging-resources-during-creation.html
# ECS: AmazonECS/latest/developerguide/supported-iam-actions-tagging.html; IAM: IAM/latest/UserGuide/id_tags.html; the others alike.
TAGGING = {"acm": "AddTagsToCertificate", "ec2": "CreateTags", "elasticloadbalancing": "AddTags", "iam": "TagRole"}

# AWS tells with them, in a key, by which operation something is tagged.
TELL_CREATE_ACTION = {"ec2", "ecs", "elasticloadbalancing"}

# The roles of AWS's own that it makes when a call first needs one, with the caller's leave:
# IAM/latest/UserGuide/using-service-linked-roles.html and the service's own page.
SERVICE_LINKED = {
    "ecs:CreateCluster": ("ecs.amazonaws.com", "AWSServiceRoleForECS"),
    "ecs:CreateService": ("ecs.amazonaws.com", "AWSServiceRoleForECS"),
    "elasticloadbalancing:CreateLoadBalancer": ("elasticloadbalancing.amazonaws.com", "AWSServiceRoleForElasticLoadBalancing"),
    "application-autoscaling:RegisterScalableTarget": (
        "ecs.application-autoscaling.amazonaws.com", "AWSServiceRoleForApplicationAutoScaling_ECSService"),
}


def of(where, operation: str, params: dict, pairs: list) -> list[tuple[str, str, str, dict]]:
    """Further requests of an operation, each as an action, a kind, an ARN and keys of its own."""
    return [*tags(operation, params, pairs), *linked_role(where, operation), *passed_roles(operation, params), *BESIDE.get(operation, nothing)(where, params)]


def nothing(_where, _params):
    return []


def tags(operation, params, pairs):
    service, verb = operation.split(":")
    action = f"{service}:{TAGGING.get(service, 'TagResource')}"
    if verb in (*world.TAGGING, *world.UNTAGGING) or not world.tags_of(params) or not iam.knows(action):
        return []
    told = {f"{service}:CreateAction": verb} if service in TELL_CREATE_ACTION else {}
    made = places.MAKES.get(operation)
    return [(action, kind, plain(below(operation, arn)), told) for kind, arn in pairs if not made or kind in made]


def plain(arn):
    """A log group is tagged without its streams."""
    return arn.removesuffix(":*") if ":logs:" in arn else arn


def below(operation, arn):
    """What is made of a load balancer or listener has an ARN that goes on from theirs."""
    old, new = {
        "elasticloadbalancing:CreateListener": (":loadbalancer/", ":listener/"), "elasticloadbalancing:CreateRule": (":listener/", ":listener-rule/"),
    }.get(operation, ("", ""))
    return arn.replace(old, new) + "/*" if old else arn


def linked_role(where, operation):
    if operation not in SERVICE_LINKED:
        return []
    principal, name = SERVICE_LINKED[operation]
    arn = where.arn("iam", "role", f"aws-service-role/{principal}/{name}")
    return [("iam:CreateServiceLinkedRole", "role", arn, {"iam:AWSServiceName": principal})]


def passed_roles(operation, params):
    """AmazonECS/latest/developerguide/security_iam_id-based-policy-examples.html, IAM/latest/UserGuide/id_roles_use_passrole.html"""
    passed = []
    if operation == "ecs:RegisterTaskDefinition":
        passed = [(params.get(name), "ecs-tasks.amazonaws.com") for name in ("executionRoleArn", "taskRoleArn")]
    if operation in ("ecs:CreateService", "ecs:UpdateService"):
        passed = [(arn, "ecs.amazonaws.com") for arn in infrastructure_roles(params)]
    if operation == "events:PutTargets":
        passed = [(target.get("RoleArn"), "events.amazonaws.com") for target in params["Targets"]]
    return [("iam:PassRole", "role", arn, {"iam:PassedToService": to}) for arn, to in passed if arn]


def infrastructure_roles(params) -> list[str]:
    """The roles by which ECS moves traffic in a deployment."""
    found = [balancer.get("advancedConfiguration", {}).get("roleArn") for balancer in params.get("loadBalancers") or []]
    return [arn for arn in dict.fromkeys(found) if arn]


def private_names(where, params):
    """vpc/latest/privatelink/vpc-endpoints-iam.html: an interface's names are a zone of Route 53's that AWS makes."""
    if params.get("VpcEndpointType") != "Interface" or not params.get("PrivateDnsEnabled"):
        return []
    return [("route53:AssociateVPCWithHostedZone", "hostedzone", where.arn("route53", "hostedzone"), {})]


def tracked(action):
    """autoscaling/application/userguide/security_iam_id-based-policy-examples.html: a policy that tracks a metric has alarms."""
    def beside(where, params):
        if params.get("PolicyType", "TargetTrackingScaling") != "TargetTrackingScaling":
            return []
        return [(action, "alarm", where.arn("cloudwatch", "alarm", f"TargetTracking-{params['ResourceId']}-AlarmHigh-1"), {})]
    return beside


def items(where, params):
    """amazondynamodb/latest/developerguide/transaction-apis-iam.html"""
    actions = {"ConditionCheck": "ConditionCheckItem", "Delete": "DeleteItem", "Get": "GetItem", "Put": "PutItem", "Update": "UpdateItem"}
    asked = [(f"dynamodb:{actions[kind]}", of) for one in params["TransactItems"] for kind, of in one.items()]
    return [(action, kind, arn, {}) for action, of in asked for kind, arn in places.tables(where, action, of)]


BESIDE = {
    "application-autoscaling:DeleteScalingPolicy": tracked("cloudwatch:DeleteAlarms"),
    "application-autoscaling:PutScalingPolicy": tracked("cloudwatch:PutMetricAlarm"),
    "dynamodb:TransactGetItems": items,
    "dynamodb:TransactWriteItems": items,
    "ec2:CreateVpcEndpoint": private_names,
}


def encrypted(where, world, operation, params) -> list[tuple[str, str, str, dict]]:
    """AmazonS3/latest/userguide/UsingKMSEncryption.html, and bucket-key.html for the context: a file that is encrypted takes its key."""
    action = {"s3:PutObject": "kms:GenerateDataKey", "s3:GetObject": "kms:Decrypt"}.get(operation)
    key, bucket = world.encrypted.get(params.get("Bucket")), where.arn("s3", "bucket", params.get("Bucket", ""))
    if not action or not key:
        return []
    return [(action, "key", key, {"kms:ViaService": f"s3.{where.region}.amazonaws.com", "kms:EncryptionContext:aws:s3:arn": bucket})]


def of_task(where, params) -> list[tuple[str, str, str, dict]]:
    """What ECS does with a task definition's execution role: AmazonECS/latest/developerguide/task_execution_IAM_role.html"""
    asked = []
    for container in params["containerDefinitions"]:
        asked += pulled(where, container["image"])
        log = container.get("logConfiguration", {})
        if log.get("logDriver") == "awslogs":
            options = log["options"]
            stream = f"{options.get('awslogs-stream-prefix', '')}/{container['name']}/0"
            arn = where.arn("logs", "log-stream", options["awslogs-group"], stream)
            asked += [(f"logs:{verb}", "log-stream", arn, {}) for verb in ("CreateLogStream", "PutLogEvents")]
        asked += [secret(where, one["valueFrom"]) for one in container.get("secrets", [])]
    return asked


# A reference without a host is Docker Hub's. A registry of a test that stands for it has its name before that of the repository.
DOCKER_HUB = re.compile(r"(?:localhost:\d+/)?docker\.io/|[^/.:]+(?:/|$)")


def pulled(where, image):
    """AmazonECR/latest/userguide/repository-policy-examples.html: what a pull from ECR takes. Docker Hub asks for nothing of AWS's."""
    if DOCKER_HUB.match(image):
        return []
    repository = where.arn("ecr", "repository", re.sub(r"[@:][^/]*$", "", image).split("/", 1)[-1])
    return [("ecr:GetAuthorizationToken", "", "*", {})] + [
        (f"ecr:{verb}", "repository", repository, {}) for verb in ("BatchGetImage", "GetDownloadUrlForLayer")]


def of_sessions(params) -> list[tuple[str, str, str, dict]]:
    """What the agent of ECS does with the task role of a service with sessions: AmazonECS/latest/developerguide/ecs-exec.html"""
    if not params.get("enableExecuteCommand"):
        return []
    return [(f"ssmmessages:{verb}{kind}Channel", "", "*", {}) for verb in ("Create", "Open") for kind in ("Control", "Data")]


def secret(where, name):
    """A parameter's name or ARN, or a secret's ARN with what is wanted of it behind that: a key, a stage, a version."""
    if ":secretsmanager:" in name:
        return ("secretsmanager:GetSecretValue", "Secret", ":".join(name.split(":")[:7]), {})
    arn = name if name.startswith("arn:") else where.arn("ssm", "parameter", name.lstrip("/"))
    return ("ssm:GetParameters", "parameter", arn, {})


def of_deployment(where, params) -> list[tuple[str, str, str, dict]]:
    """What ECS does with a service's infrastructure role: AmazonECS/latest/developerguide/AmazonECSInfrastructureRolePolicyForLoadBalancers.html"""
    asked = [(f"elasticloadbalancing:{verb}", "", "*", {}) for verb in (
        "DescribeListeners", "DescribeRules", "DescribeTargetGroups", "DescribeTargetHealth")]
    for balancer in params.get("loadBalancers") or []:
        more = balancer.get("advancedConfiguration", {})
        groups = [arn for arn in (balancer.get("targetGroupArn"), more.get("alternateTargetGroupArn")) if arn]
        asked += [(f"elasticloadbalancing:{verb}", "targetgroup", arn, {}) for arn in groups for verb in ("RegisterTargets", "DeregisterTargets")]
        rules = [more[name] for name in ("productionListenerRule", "testListenerRule") if more.get(name)]
        asked += [("elasticloadbalancing:ModifyRule", "listener-rule/app", arn, {}) if ":listener-rule/" in arn
                  else ("elasticloadbalancing:ModifyListener", "listener/app", arn, {}) for arn in rules]
    return asked
