"""What a task is given and may do, against MiniStack's own IAM: no container runs here."""

import asyncio
import json
import os
import unittest
from unittest import mock

import tasks
from ministack.core.responses import request_scope
from ministack.services import iam

ACCOUNT, REGION = "000000000000", "us-east-1"
TABLE = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/"


def statement(*actions, resource=TABLE + "notes", effect="Allow"):
    return {"Effect": effect, "Action": list(actions), "Resource": [resource]}


class Given(unittest.TestCase):
    def given(self, environment, **definition):
        def original(*arguments):
            arguments[5].update({
                "ECS_CONTAINER_METADATA_URI_V4": "http://host.docker.internal:1/v4/token", "AWS_ENDPOINT_URL": "http://host.docker.internal:1",
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://host.docker.internal:1/v2/credentials/1", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "t"})
            return "token"
        with mock.patch.dict(os.environ, {"TASKS_ENDPOINT": "http://172.30.0.1:2"}), request_scope(ACCOUNT, REGION):
            token = tasks.register_metadata(original)("task", "cluster", definition, {}, "FARGATE", environment, False, None)
        self.assertEqual("token", token)
        return environment

    def test_a_task_has_the_address_and_its_role(self):
        self.assertEqual({
            "A": "b", "ECS_CONTAINER_METADATA_URI_V4": "http://172.30.0.1:2/v4/token", "AWS_ENDPOINT_URL": "http://172.30.0.1:2",
            "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION, "AWS_EXECUTION_ENV": "AWS_ECS_FARGATE",
            "AWS_ACCESS_KEY_ID": "task-mote-dev-task-1", "AWS_SECRET_ACCESS_KEY": "rehearsal",
        }, self.given({"A": "b"}, taskRoleArn=f"arn:aws:iam::{ACCOUNT}:role/mote-dev-task-1"))

    def test_without_a_role_it_has_no_credentials(self):
        self.assertNotIn("AWS_ACCESS_KEY_ID", self.given({}))

    def test_what_its_definition_gives_it_stays_except_where_aws_is(self):
        own = {"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "own", "AWS_ENDPOINT_URL": "https://amazonaws.com"}
        given = self.given(dict(own), taskRoleArn=f"arn:aws:iam::{ACCOUNT}:role/r")
        self.assertEqual(("eu-west-1", "own", "http://172.30.0.1:2"), tuple(given[name] for name in own))
        self.assertNotIn("AWS_SECRET_ACCESS_KEY", given)


class Allowed(unittest.TestCase):
    service = ("DynamoDB_20120810", "dynamodb")

    def setUp(self):
        self.role = {"InlinePolicies": {}, "AttachedPolicies": []}
        scope = request_scope(ACCOUNT, REGION)
        scope.__enter__()
        self.addCleanup(scope.__exit__, None, None, None)
        self.addCleanup(iam._roles.pop, "r", None)
        iam._roles["r"] = self.role

    def allow(self, *statements):
        self.role["InlinePolicies"]["own"] = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})

    def asked(self, operation, key="task-r", **body):
        """What is answered: what MiniStack says of a request that it is asked for, or the refusal's code and message."""
        async def original(*_):
            return 200, {}, b"done"
        target, service = self.service
        headers = {"x-amz-target": f"{target}.{operation}", "content-type": "application/x-amz-json-1.0", "host": "172.30.0.1:2",
                   "authorization": f"AWS4-HMAC-SHA256 Credential={key}/20260101/{REGION}/{service}/aws4_request, SignedHeaders=host, Signature=0"}
        status, _, answer = asyncio.run(tasks.dispatch(original)("POST", "/", headers, json.dumps(body).encode(), {}, "id"))
        return "done" if status == 200 else f"{status} {json.loads(answer)}"

    def test_a_role_without_policies_may_nothing(self):
        self.assertRegex(self.asked("GetItem", TableName="notes"), f"403.*AccessDeniedException.*assumed-role/r/task is not authorized.*GetItem.*{TABLE}notes")
        self.assertIn("403", self.asked("GetItem", key="task-unknown", TableName="notes"))

    def test_it_may_what_its_policies_name_and_on_nothing_else(self):
        self.allow(statement("dynamodb:GetItem", "dynamodb:PutItem"))
        self.assertEqual("done", self.asked("PutItem", TableName="notes"))
        self.assertEqual("done", self.asked("GetItem", TableName=TABLE + "notes"))
        for operation, body in (
            ("GetItem", {"TableName": "others"}), ("DeleteItem", {"TableName": "notes"}), ("ListTables", {}),
            ("Query", {"TableName": "notes", "IndexName": "by-author"}),
        ):
            self.assertIn("AccessDenied", self.asked(operation, **body), operation)

    def test_each_table_of_a_request_is_decided_about(self):
        self.allow(statement("dynamodb:BatchGetItem", "dynamodb:PutItem"))
        self.assertEqual("done", self.asked("BatchGetItem", RequestItems={"notes": {}}))
        self.assertIn("others", self.asked("BatchGetItem", RequestItems={"notes": {}, "others": {}}))
        put, delete = {"Put": {"TableName": "notes"}}, {"Delete": {"TableName": "notes"}}
        self.assertEqual("done", self.asked("TransactWriteItems", TransactItems=[put]))
        self.assertIn("DeleteItem", self.asked("TransactWriteItems", TransactItems=[put, delete]))

    def test_ecs_is_decided_about_by_the_kind_of_resource_and_its_cluster(self):
        ecs = f"arn:aws:ecs:{REGION}:{ACCOUNT}:"
        self.allow(
            statement("ecs:DescribeClusters", resource=ecs + "cluster/one"), statement("ecs:DescribeServices", resource=ecs + "service/one/*"),
            statement("ecs:DescribeTasks", resource=ecs + "task/one/*"),
            statement("ecs:ListTasks", resource="*") | {"Condition": {"ArnEquals": {"ecs:cluster": [ecs + "cluster/one"]}}})
        self.service = ("AmazonEC2ContainerServiceV20141113", "ecs")
        for operation, body in (
            ("DescribeClusters", {"clusters": ["one"]}), ("DescribeServices", {"cluster": "one", "services": ["web"]}), ("ListTasks", {"cluster": "one"}),
            ("DescribeTasks", {"cluster": ecs + "cluster/one", "tasks": [ecs + "task/one/1", "2"]}),
        ):
            self.assertEqual("done", self.asked(operation, **body), operation)
        for operation, body in (
            ("DescribeClusters", {}), ("DescribeClusters", {"clusters": ["one", "two"]}), ("DescribeServices", {"cluster": "two", "services": ["web"]}),
            ("ListTasks", {"cluster": "two"}), ("ListTasks", {}), ("DescribeTasks", {"cluster": "one", "tasks": [ecs + "task/two/1"]}),
            ("ListServices", {"cluster": "one"}), ("StopTask", {"cluster": "one", "task": "1"}),
        ):
            self.assertIn("AccessDenied", self.asked(operation, **body), operation)

    def test_a_denial_is_stronger(self):
        self.allow(statement("dynamodb:GetItem"), statement("dynamodb:*", effect="Deny"))
        self.assertIn("explicit deny", self.asked("GetItem", TableName="notes"))

    def test_a_boundary_that_is_there_bounds(self):
        self.allow(statement("dynamodb:GetItem"))
        arn = f"arn:aws:iam::{ACCOUNT}:policy/bounds"
        self.role["PermissionsBoundary"] = arn
        self.assertEqual("done", self.asked("GetItem", TableName="notes"), "there is none, and the judge of calls knows it")
        for document, answer in ((statement("dynamodb:PutItem"), "403"), (statement("dynamodb:GetItem"), "done")):
            with mock.patch.object(tasks.iam_evaluator, "_resolve_managed_policy_document", return_value={"Statement": [document]}):
                self.assertIn(answer, self.asked("GetItem", TableName="notes"))

    def test_others_are_not_decided_about(self):
        for key in ("rehearsal", "deploy-dev"):
            self.assertEqual("done", self.asked("DeleteTable", key=key, TableName="notes"))


if __name__ == "__main__":
    unittest.main()
