"""Where in a call's parameters the resources are that it is about."""

import re

from judge import iam

# NEW stands for what AWS numbers when it makes a thing.
NEW = "*"

# By service and kind of resource, the parameters that name one or several, without those of the form of an ARN, which are found anyway.
NAMES = {
    "application-autoscaling": {},
    "cloudwatch": {"alarm": ["AlarmName", "AlarmNames"], "dashboard": ["DashboardName", "DashboardNames"]},
    "ec2": {
        "elastic-ip": ["AllocationId", "AllocationIds"],
        "internet-gateway": ["InternetGatewayId"],
        "natgateway": ["NatGatewayId"],
        "route-table": ["RouteTableId", "RouteTableIds", "AddRouteTableIds", "RemoveRouteTableIds"],
        "security-group": ["GroupId", "SecurityGroupIds", "AddSecurityGroupIds", "RemoveSecurityGroupIds"],
        "security-group-rule": [],
        "subnet": ["SubnetId", "SubnetIds", "AddSubnetIds", "RemoveSubnetIds"],
        "vpc": ["VpcId"],
        "vpc-endpoint": ["VpcEndpointId", "VpcEndpointIds"],
    },
    "ecr": {"repository": ["repositoryName", "repositoryNames"]},
    "elasticloadbalancing": {"loadbalancer/app/": [], "targetgroup": []},
    "events": {"rule-on-default-event-bus": ["Rule", "Name"]},
    "iam": {
        "role": ["RoleName"],
        "policy": ["PolicyName"],
        "oidc-provider": [],
    },
    "logs": {"log-group": ["logGroupName", "logGroupIdentifier"]},
    "route53": {"hostedzone": ["HostedZoneId"], "change": []},
    "secretsmanager": {"Secret": ["SecretId", "Name"]},
    "sns": {"topic": ["Name"]},
    "ssm": {"parameter": ["Name", "Names"]},
}

# The kinds that a call makes, which AWS numbers or names itself.
MAKES = {
    "ec2:AllocateAddress": ["elastic-ip"],
    "ec2:AuthorizeSecurityGroupEgress": ["security-group-rule"],
    "ec2:AuthorizeSecurityGroupIngress": ["security-group-rule"],
    "ec2:CreateInternetGateway": ["internet-gateway"],
    "ec2:CreateNatGateway": ["natgateway"],
    "ec2:CreateRouteTable": ["route-table"],
    "ec2:CreateSecurityGroup": ["security-group"],
    "ec2:CreateSubnet": ["subnet"],
    "ec2:CreateVpc": ["vpc"],
    "ec2:CreateVpcEndpoint": ["vpc-endpoint"],
    "acm:ImportCertificate": ["certificate"],
    "acm:RequestCertificate": ["certificate"],
    "application-autoscaling:RegisterScalableTarget": ["ScalableTarget"],
    "route53:CreateHostedZone": ["hostedzone"],
}

# How the ids of EC2 begin, by which tags say what they are for.
IDS = {
    "eipalloc": "elastic-ip", "igw": "internet-gateway", "nat": "natgateway", "rtb": "route-table", "sg": "security-group",
    "sgr": "security-group-rule", "subnet": "subnet", "vpc": "vpc", "vpce": "vpc-endpoint",
}


class Where:
    """The account and region of a call, in which names become ARNs."""

    def __init__(self, account: str, region: str):
        self.account, self.region = account, region

    def arn(self, service: str, kind: str, *values: str) -> str:
        """The ARN of a resource. What its values leave open ends it with a star, as AWS decides about what is not there yet."""
        fixed = {"Partition": "aws", "Region": self.region, "Account": self.account}
        rest = iter(values)
        return re.sub(r"\$\{(\w+)\}", lambda m: fixed.get(m[1]) or next(rest, NEW), iam.arn(service, kind))


def texts(value) -> list[str]:
    """All texts in a value, however deep."""
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [text for one in inner for text in texts(one)]


def listed(value) -> list:
    return value if isinstance(value, list) else [value]


def found(where: Where, action: str, params: dict) -> list[tuple[str, str]]:
    """The resources that an action is asked for on, as pairs of a kind and an ARN."""
    service = action.split(":")[0]
    own = OWN.get(action) or OWN.get(service)
    pairs = own(where, action, params) if own else []
    if not pairs:
        pairs = by_arn(service, action, params) or by_name(where, service, action, params)
    return list(dict.fromkeys(pairs))


def by_arn(service: str, action: str, params: dict) -> list[tuple[str, str]]:
    """What parameters name by an ARN of a kind that the action is about: only those beside others, since deeper ones are told of."""
    top = [text for value in params.values() for text in listed(value) if isinstance(text, str) and text.startswith("arn:")]
    kinds = sorted(iam.kinds(action), key=lambda kind: -len(iam.arn(service, kind)))
    pairs = []
    for text in top:
        match = next((kind for kind in kinds if iam.pattern(service, kind).fullmatch(text.removesuffix(":*"))), None)
        pairs += [(match, text)] if match else []
    return pairs


def by_name(where: Where, service: str, action: str, params: dict) -> list[tuple[str, str]]:
    """What parameters name, and what the call makes."""
    pairs = []
    for kind in iam.kinds(action):
        for name in NAMES.get(service, {}).get(kind, []):
            pairs += [(kind, where.arn(service, kind, value)) for value in listed(params.get(name, []))]
    return pairs + [(kind, where.arn(service, kind)) for kind in MAKES.get(action, []) if not any(k == kind for k, _ in pairs)]


def ec2(where, action, params):
    if action not in ("ec2:CreateTags", "ec2:DeleteTags"):
        return []
    kinds = [(IDS.get(name.split("-")[0]), name) for name in params["Resources"]]
    return [(kind, where.arn("ec2", kind, name)) for kind, name in kinds]


def last(text: str) -> str:
    return text.rsplit("/", 1)[-1]


def ecs(where, action, params):
    """ECS names a service with its cluster, and takes names as well as ARNs."""
    cluster = last(params.get("clusterName") or params.get("cluster") or "default")
    verb = action.split(":")[1]
    if verb == "RegisterTaskDefinition":
        return [("task-definition", where.arn("ecs", "task-definition", params["family"]))]
    if verb == "DescribeClusters":
        return [("cluster", where.arn("ecs", "cluster", last(name))) for name in params.get("clusters", ["default"])]
    if verb == "DescribeTasks" and all(task.startswith("arn:") for task in params["tasks"]):
        return [("task", task) for task in params["tasks"]]
    if verb in ("ListTasks", "DescribeTasks"):  # Which task is asked for is not known beforehand.
        return [("task" if verb == "DescribeTasks" else "container-instance", NEW)]
    if "service-deployment" in iam.kinds(action):
        arns = params["serviceDeploymentArns"]
        return [("service-deployment", arn) for arn in arns] + [("service", of_service(arn)) for arn in arns]
    if "service-revision" in iam.kinds(action):
        arns = params["serviceRevisionArns"]
        return [("service-revision", arn) for arn in arns] + [("service", of_service(arn)) for arn in arns]
    if "service" in iam.kinds(action) and "resourceArn" not in params:
        services = params.get("services") or listed(params.get("serviceName") or params["service"])
        return [("service", one if one.startswith("arn:") else where.arn("ecs", "service", cluster, one)) for one in services]
    return [("cluster", where.arn("ecs", "cluster", cluster))] if "cluster" in iam.kinds(action) and "resourceArn" not in params else []


def of_service(arn: str) -> str:
    """The service of a deployment or revision: arn:...:service-deployment/CLUSTER/SERVICE/ID."""
    return re.sub(r":service-\w+/([^/]+)/([^/]+)/.*", r":service/\1/\2", arn)


def balancers(where, action, params):
    kind = {"CreateLoadBalancer": "loadbalancer/app/", "CreateTargetGroup": "targetgroup"}.get(action.split(":")[1])
    return [(kind, where.arn("elasticloadbalancing", kind, params["Name"]))] if kind else []


def logs(where, action, params):
    """Policies name a group with all of its streams, save for tagging: https://docs.aws.amazon.com/service-authorization/latest/
    reference/list_amazoncloudwatchlogs.html, below the table of resources."""
    if "log-group" not in iam.kinds(action):
        return []
    end = "" if "Tag" in action else ":*"
    pairs = by_arn("logs", action, params) or by_name(where, "logs", action, params)
    return [(kind, arn.removesuffix(":*") + end) for kind, arn in pairs]


def s3(where, action, params):
    bucket, key = params.get("Bucket", NEW), params.get("Key", NEW)
    return [("object", where.arn("s3", "object", bucket, key)) if "object" in iam.kinds(action) else ("bucket", where.arn("s3", "bucket", bucket))]


def zones(where, action, params):
    """A zone's id is Id in some calls, and comes with a path before it from others."""
    value = params.get("HostedZoneId") or params.get("Id") or params.get("ResourceId")
    kind = next((kind for kind in ("change", "hostedzone") if kind in iam.kinds(action)), None)
    return [(kind, where.arn("route53", kind, last(value)))] if value and kind else []


def keys(where, action, params):
    value = params.get("KeyId", NEW)
    if "key" not in iam.kinds(action):
        return []
    return [("key", value if value.startswith("arn:") else where.arn("kms", "key", value))]


def tables(where, action, params):
    """A table is named by its name or ARN, and an index behind its table. A batch has a map of tables."""
    names = [params["TableName"]] if "TableName" in params else list(params.get("RequestItems") or {})
    if "table" not in iam.kinds(action):
        return []
    arns = [name if name.startswith("arn:") else where.arn("dynamodb", "table", name) for name in names]
    index = params.get("IndexName")
    return [("index", f"{arn}/index/{index}") if index else ("table", arn) for arn in arns]


def scalable(where, action, params):
    """Targets are numbered, and calls name what is scaled instead."""
    return [("ScalableTarget", where.arn("application-autoscaling", "ScalableTarget", params.get("ResourceARN", NEW).rpartition("/")[2]))
            ] if iam.kinds(action) else []


OWN = {
    "application-autoscaling": scalable, "dynamodb": tables, "ec2": ec2, "ecs": ecs, "elasticloadbalancing": balancers, "kms": keys, "logs": logs,
    "route53": zones, "s3": s3,
}
