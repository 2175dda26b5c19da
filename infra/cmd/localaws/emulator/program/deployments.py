"""The deployments of a service, as AWS lists and describes them. MiniStack knows them and answers with none.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceDeploymentBrief.html
"""

from ministack.core.responses import json_response
from ministack.services import ecs

STATES = {"COMPLETED": "SUCCESSFUL", "IN_PROGRESS": "IN_PROGRESS", "FAILED": "ROLLBACK_SUCCESSFUL"}


def brief(service, deployment):
    arn = service["serviceArn"]
    return {
        "serviceDeploymentArn": f"{arn.replace(':service/', ':service-deployment/')}/{deployment['id'].rsplit('/', 1)[-1]}",
        "serviceArn": arn, "clusterArn": service["clusterArn"], "createdAt": deployment["createdAt"],
        "status": STATES[deployment["rolloutState"]], "statusReason": deployment.get("rolloutStateReason", ""),
    }


def known():
    return [brief(service, deployment) for service in ecs._services.values() for deployment in service.get("deployments", [])]


def listed(data):
    named = str(data.get("service", "")).rsplit("/", 1)[-1]
    wanted = set(data.get("status") or STATES.values())
    return json_response({"serviceDeployments": [
        one for one in known() if one["serviceArn"].rsplit("/", 1)[-1] == named and one["status"] in wanted]})


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
