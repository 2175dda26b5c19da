"""The deployments of a service, as AWS lists and describes them."""

import json
import threading
import unittest
from unittest import mock

import deployments
from ministack.core.concurrency import resource_lock
from ministack.services import ecs

ARN = "arn:aws:ecs:us-east-1:000000000000"


def made(number, state, status="ACTIVE", **more):
    return {"id": f"ecs-svc/{number}", "createdAt": f"2026-11-27T10:00:0{number}.250Z", "rolloutState": state, "status": status, **more}


def at(number):
    return 1795773600.25 + number


class Deployments(unittest.TestCase):
    def setUp(self):
        services = {
            name: {"serviceArn": f"{ARN}:service/c/{name}", "clusterArn": f"{ARN}:cluster/c", "deployments": found}
            for name, found in (("s", [made(2, "FAILED"), made(1, "COMPLETED", "PRIMARY")]), ("other", [made(3, "IN_PROGRESS", "PRIMARY")]))}
        self.enterContext(mock.patch.object(ecs, "_services", services))
        self.enterContext(mock.patch.object(ecs, "_ACTION_MAP", dict(ecs._ACTION_MAP)))
        self.enterContext(mock.patch.object(ecs, "_ts_to_epoch"))
        deployments.install()

    def ask(self, operation, **data):
        return json.loads(ecs._ACTION_MAP[operation](data)[2])

    def test_a_service_has_its_own_by_name_and_by_arn(self):
        for name in ("s", f"{ARN}:service/c/s"):
            found = self.ask("ListServiceDeployments", cluster="c", service=name)["serviceDeployments"]
            self.assertEqual([(f"{ARN}:service-deployment/c/s/2", f"{ARN}:service-revision/c/s/2"), (f"{ARN}:service-deployment/c/s/1", f"{ARN}:service-revision/c/s/1")],
                             [(one["serviceDeploymentArn"], one["targetServiceRevisionArn"]) for one in found])

    def test_they_are_listed_by_status(self):
        found = self.ask("ListServiceDeployments", service="s", status=["SUCCESSFUL"])["serviceDeployments"]
        self.assertEqual([f"{ARN}:service-deployment/c/s/1"], [one["serviceDeploymentArn"] for one in found])

    def test_they_are_listed_by_the_time_when_they_began(self):
        for after, count in ((at(0), 2), (at(1), 1), (at(2) - 0.001, 1), (at(2), 0)):
            self.assertEqual(count, len(self.ask("ListServiceDeployments", service="s", createdAt={"after": after})["serviceDeployments"]), after)

    def test_times_have_their_fractions(self):
        self.assertEqual(at(1), ecs._ts_to_epoch("2026-11-27T10:00:01.250Z"))
        self.assertEqual(7, ecs._ts_to_epoch(7))

    def test_the_end_of_a_deployment_is_told_as_aws_tells_it(self):
        for status, reason, found in (
            ("SUCCESSFUL", None, [made(1, "COMPLETED", "PRIMARY")]),
            ("IN_PROGRESS", None, [made(2, "IN_PROGRESS", "PRIMARY"), made(1, "COMPLETED")]),
            ("ROLLBACK_IN_PROGRESS", None, [made(2, "FAILED", runningCount=1), made(1, "COMPLETED", "PRIMARY")]),
            ("ROLLBACK_IN_PROGRESS", None, [made(2, "FAILED"), made(1, "IN_PROGRESS", "PRIMARY")]),
            ("ROLLBACK_SUCCESSFUL", deployments.ROLLED_BACK, [made(2, "FAILED"), made(1, "COMPLETED", "PRIMARY")]),
            ("ROLLBACK_SUCCESSFUL", deployments.ROLLED_BACK, [made(2, "FAILED"), made(3, "IN_PROGRESS", "PRIMARY")]),
            ("ROLLBACK_IN_PROGRESS", None, [made(2, "FAILED"), made(1, "COMPLETED")]),  # an update has just begun
            ("ROLLBACK_FAILED", deployments.NO_CANDIDATE, [made(1, "FAILED", "PRIMARY", runningCount=1)]),
        ):
            ecs._services["s"]["deployments"] = found
            one = self.ask("ListServiceDeployments", service="s")["serviceDeployments"][0]
            self.assertEqual((status, reason), (one["status"], one.get("statusReason")))

    def test_a_deployment_is_not_read_while_it_is_put_back(self):
        ecs._services["s"]["deployments"] = [made(2, "FAILED", "PRIMARY"), made(1, "COMPLETED")]
        told = []
        reader = threading.Thread(target=lambda: told.append(self.ask("ListServiceDeployments", service="s")["serviceDeployments"][0]["status"]))
        with resource_lock("ecs-service", "s"):
            reader.start()
            reader.join(0.2)
            ecs._services["s"]["deployments"] = [made(2, "FAILED"), made(1, "COMPLETED", "PRIMARY")]
        reader.join(10)
        self.assertEqual(["ROLLBACK_SUCCESSFUL"], told)

    def test_they_are_described_and_what_is_missing_is_named(self):
        told = self.ask("DescribeServiceDeployments", serviceDeploymentArns=[f"{ARN}:service-deployment/c/other/3", "no"])
        self.assertEqual(["IN_PROGRESS"], [one["status"] for one in told["serviceDeployments"]])
        self.assertEqual([{"arn": "no", "reason": "MISSING"}], told["failures"])


if __name__ == "__main__":
    unittest.main()
