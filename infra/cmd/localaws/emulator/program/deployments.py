"""The deployments of a service, as AWS lists and describes them. MiniStack knows them and answers with none.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceDeploymentBrief.html
"""

from datetime import datetime

from ministack.core.concurrency import resource_lock
from ministack.core.responses import json_response
from ministack.services import ecs

# What AWS says of a deployment whose circuit breaker opened, the second of a service's first one. The acceptance tests of version 6 of the provider
# expect both: https://github.com/hashicorp/terraform-provider-aws/blob/v6.21.0/internal/service/ecs/service_test.go
ROLLED_BACK = "Service deployment rolled back because the circuit breaker threshold was exceeded."
NO_CANDIDATE = "No rollback candidate was found to run the rollback."


def ended(service, deployment):
    """The status of a deployment and the reason of it."""
    if deployment["rolloutState"] != "FAILED":
        return {"COMPLETED": "SUCCESSFUL"}.get(deployment["rolloutState"], "IN_PROGRESS"), ""
    # An update that begins takes the place of the primary one in two steps.
    primary = next((one for one in service["deployments"] if one["status"] == "PRIMARY"), None)
    if primary is deployment:
        return "ROLLBACK_FAILED", NO_CANDIDATE
    if not primary or tasks(deployment) or primary["rolloutState"] != "COMPLETED" and seconds(primary["createdAt"]) < seconds(deployment["createdAt"]):
        return "ROLLBACK_IN_PROGRESS", ""
    return "ROLLBACK_SUCCESSFUL", ROLLED_BACK


def tasks(deployment):
    return deployment.get("runningCount", 0) + deployment.get("pendingCount", 0)


def seconds(value):
    """A time as AWS's JSON has it, with its fraction: the provider tells by it which deployment is younger than its call."""
    return datetime.fromisoformat(value.replace("Z", "+00:00")).timestamp() if isinstance(value, str) else value


def brief(service, deployment):
    arn, number = service["serviceArn"], deployment["id"].rsplit("/", 1)[-1]
    status, reason = ended(service, deployment)
    return {
        "serviceDeploymentArn": f"{arn.replace(':service/', ':service-deployment/')}/{number}",
        "targetServiceRevisionArn": f"{arn.replace(':service/', ':service-revision/')}/{number}",
        "serviceArn": arn, "clusterArn": service["clusterArn"], "createdAt": deployment["createdAt"],
        "status": status, **({"statusReason": reason} if reason else {}),
    }


def known():
    """Each service is read under its lock: a deployment that fails is for a moment one without a candidate for the rollback."""
    found = []
    for key, service in list(ecs._services.items()):
        with resource_lock("ecs-service", key):
            found += [brief(service, deployment) for deployment in service.get("deployments", [])]
    return found


def listed(data):
    named = str(data.get("service", "")).rsplit("/", 1)[-1]
    wanted, after = set(data.get("status") or ()), (data.get("createdAt") or {}).get("after", 0)
    return json_response({"serviceDeployments": [
        one for one in known()
        if one["serviceArn"].rsplit("/", 1)[-1] == named and (not wanted or one["status"] in wanted) and seconds(one["createdAt"]) > after]})


def described(data):
    wanted = data.get("serviceDeploymentArns", [])
    found = [one for one in known() if one["serviceDeploymentArn"] in wanted]
    missing = set(wanted) - {one["serviceDeploymentArn"] for one in found}
    return json_response({"serviceDeployments": found, "failures": [{"arn": arn, "reason": "MISSING"} for arn in sorted(missing)]})


def install():
    for operation, run in (("ListServiceDeployments", listed), ("DescribeServiceDeployments", described)):
        if operation not in ecs._ACTION_MAP:
            raise RuntimeError(f"MiniStack has no {operation} any more")
        ecs._ACTION_MAP[operation] = run
    ecs._ts_to_epoch = seconds
