"""The deployments of a service, as AWS lists and describes them."""

import json
import unittest
from unittest import mock

import deployments
from ministack.services import ecs

ARN = "arn:aws:ecs:us-east-1:000000000000"


def made(number, state):
    return {"id": f"ecs-svc/{number}", "createdAt": number, "rolloutState": state, "rolloutStateReason": f"reason {number}"}


class Deployments(unittest.TestCase):
    def setUp(self):
        services = {
            name: {"serviceArn": f"{ARN}:service/c/{name}", "clusterArn": f"{ARN}:cluster/c", "deployments": found}
            for name, found in (("s", [made(2, "FAILED"), made(1, "COMPLETED")]), ("other", [made(3, "IN_PROGRESS")]))}
        self.enterContext(mock.patch.object(ecs, "_services", services))
        self.enterContext(mock.patch.object(ecs, "_ACTION_MAP", dict(ecs._ACTION_MAP)))
        deployments.install()

    def ask(self, operation, **data):
        return json.loads(ecs._ACTION_MAP[operation](data)[2])

    def test_a_service_has_its_own_by_name_and_by_arn(self):
        for name in ("s", f"{ARN}:service/c/s"):
            found = self.ask("ListServiceDeployments", cluster="c", service=name)["serviceDeployments"]
            self.assertEqual([(f"{ARN}:service-deployment/c/s/2", "ROLLBACK_SUCCESSFUL", "reason 2"), (f"{ARN}:service-deployment/c/s/1", "SUCCESSFUL", "reason 1")],
                             [(one["serviceDeploymentArn"], one["status"], one["statusReason"]) for one in found])

    def test_they_are_listed_by_status(self):
        found = self.ask("ListServiceDeployments", service="s", status=["SUCCESSFUL"])["serviceDeployments"]
        self.assertEqual([1], [one["createdAt"] for one in found])

    def test_they_are_described_and_what_is_missing_is_named(self):
        told = self.ask("DescribeServiceDeployments", serviceDeploymentArns=[f"{ARN}:service-deployment/c/other/3", "no"])
        self.assertEqual(["IN_PROGRESS"], [one["status"] for one in told["serviceDeployments"]])
        self.assertEqual([{"arn": "no", "reason": "MISSING"}], told["failures"])


if __name__ == "__main__":
    unittest.main()
