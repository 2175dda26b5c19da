"""The whole judge on a recorded deployment: it is right as it is, and each spoiling of a call, a grant or a reason is found."""

import base64
import copy
import json
import re
import tempfile
import unittest
from pathlib import Path

from judge import decide, grants, iam, recording, sample
from judge.__main__ import existing, told

FOLDER = Path(__file__).with_name("testdata")
ENVIRONMENT, ACCOUNT, REGION = "rehearsal", "000000000000", "us-east-1"
SERVICE = "github-mote-service-rehearsal/"
LINES = recording.read(FOLDER)


TABLE = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/"
PERMITTED = f"rehearsal=dynamodb:GetItem on {TABLE}notes"


def of_task(*calls, role="mote-rehearsal-task-8821b97", allowed=("dynamodb:GetItem",)):
    """The recorded calls with a policy of the service's own role, and behind them calls to DynamoDB that a task signs: operation, table, error."""
    lines = copy.deepcopy(LINES)
    made = next(at for at, (_, line) in enumerate(lines) if line["operation"] == "CreateRole" and line["parameters"]["RoleName"].startswith("mote-rehearsal-task"))
    policy = json.dumps({"Statement": [{"Sid": "Permission1", "Effect": "Allow", "Action": list(allowed), "Resource": [TABLE + "notes"]}]})
    lines.insert(made + 1, ("policy", lines[made][1] | {
        "operation": "PutRolePolicy", "parameters": {"RoleName": role, "PolicyName": "own", "PolicyDocument": policy}, "response": ""}))
    for number, (operation, table, error) in enumerate(calls, 1):
        key = {"Item" if operation == "PutItem" else "Key": {"id": {"S": "1"}}}
        lines.append((f"task:{number}", lines[-1][1] | {
            "service": "dynamodb", "operation": operation, "access_key": "task-" + role, "parameters": {"TableName": table} | key,
            "status": 403 if error else 200, "error": error, "response": "", "user_agent": "notes"}))
    return lines


def judged(lines=None, without=(), given=None, permissions=()) -> list[str]:
    """What the judge says of calls, with some grants left out and some roles made otherwise."""
    calls, known = recording.judged(LINES if lines is None else lines, ACCOUNT)
    account = decide.Account(ENVIRONMENT, ACCOUNT, REGION, [], known.given | (given or {}), permissions=permissions)
    account.question["without"] = list(without)
    account.judge([call for call in calls if call.environment == ENVIRONMENT])
    return told(calls)


def spoiled(operation, **changes):
    """The recorded calls, with the first of an operation changed. None takes a parameter away."""
    lines = copy.deepcopy(LINES)
    line = next(line for _, line in lines if line["operation"] == operation)
    key = changes.pop("access_key", None)
    line["access_key"] = key or line["access_key"]
    line["parameters"] = {name: value for name, value in (line["parameters"] | changes).items() if value is not None}
    return lines


def wide(action, resource):
    """A deploying role that is allowed one thing too many."""
    text = json.dumps({"Statement": [{"Sid": "Wide", "Effect": "Allow", "Action": [action], "Resource": [resource]}]})
    return {"deploy-rehearsal": {"documents": {"spoiled": text}}}


# What is changed of a recorded call, and what the judge says of it.
CALLS = [
    ("RegisterTaskDefinition", {"cpu": None, "networkMode": "nat"}, r"ecs.RegisterTaskDefinition: parameter networkMode: is 'nat': it must be one of"),
    ("CreateService", {"serviceName": None}, r"ecs.CreateService: parameter serviceName: Missing required"),
    ("CreateTargetGroup", {"Port": "70000"}, r"parameter Port: is 70000: it must be at most 65535"),
    ("CreateLoadBalancer", {"Shape": "round"}, r"parameter Shape: is unknown"),
    ("PutRetentionPolicy", {"retentionInDays": "30"}, r"parameter retentionInDays: Invalid type"),
    ("CreateRepository", {"repositoryName": "Mote"}, r"parameter repositoryName: is 'Mote': it must match"),
    ("CreateCluster", {"clusterName": "mote-prod"}, r"deploy-rehearsal is denied ecs:CreateCluster on .*cluster/mote-prod"),
    ("CreateRole", {"PermissionsBoundary": None}, r"deploy-rehearsal is denied iam:CreateRole on .*role/mote-rehearsal-"),
    ("CreateVpc", {"TagSpecification.1.Tag.1.Value": "other", "TagSpecification.1.Tag.2.Value": "other", "TagSpecification.1.Tag.3.Value": "other"},
     r"deploy-rehearsal is denied ec2:CreateVpc"),
    ("DeleteVpc", {"VpcId": "vpc-1"}, r"deploy-rehearsal is denied ec2:DeleteVpc on .*vpc/vpc-1:"),
    ("PutDashboard", {"access_key": "preview-rehearsal"}, r"a preview asks for cloudwatch:PutDashboard on .*: it must change nothing"),
    ("PutRolePolicy", {"PolicyDocument": '{"Statement": [{"Effect": "Allow", "Action": ["ecs:StopTask"], "Resource": ["*"]}]}'},
     r"mote-rehearsal-execution-\w+@0 is denied ecr:BatchGetImage on .*repository/mote-rehearsal"),
]

# Grants that are left out, and what is denied then.
GRANTS = [
    (SERVICE + "ChangeService ecs:CreateService", "ecs:CreateService"),
    (SERVICE + "PassTaskRoles iam:PassRole", "iam:PassRole"),
    ("github-mote-network-rehearsal/ChangeNetwork ec2:CreateRoute", "ec2:CreateRoute"),
    ("github-mote-network-rehearsal/ChangeNetwork ec2:DeleteVpc", "ec2:DeleteVpc"),
    ("github-mote-network-rehearsal/TagOnCreate ec2:CreateTags", "ec2:CreateTags"),
    ("github-mote-boundary-rehearsal/FetchImage ecr:BatchGetImage", "ecr:BatchGetImage"),
    ("github-mote-boundary-rehearsal/WriteLogs logs:PutLogEvents", "logs:PutLogEvents"),
]

# What a role is allowed too much, and the call that it could make of another environment.
ELSEWHERE = [
    ("ecs:DeleteCluster", "*"), ("ec2:DeleteVpc", "arn:aws:ec2:us-east-1:000000000000:vpc/*"),
    ("iam:DeleteRole", "arn:aws:iam::000000000000:role/mote-*"), ("logs:DeleteLogGroup", "arn:aws:logs:us-east-1:000000000000:log-group:*"),
    ("ecr:DeleteRepository", "arn:aws:ecr:us-east-1:000000000000:repository/mote-*"),
]


class SampleTest(unittest.TestCase):
    def test_keys_are_cut_as_text_and_as_bytes(self):
        pem = "-----BEGIN " + "PRIVATE KEY-----\nMIG\n-----END " + "PRIVATE KEY-----\n"
        for key in (pem, base64.b64encode(pem.encode()).decode()):
            self.assertEqual(sample.cut(json.dumps({"PrivateKey": key, "a": "b"})).replace("\\n", ""), '{"PrivateKey": "", "a": "b"}')


class Judge(unittest.TestCase):
    def one(self, pattern, found):
        self.assertTrue(any(re.search(pattern, line) for line in found), (pattern, found))

    def test_the_recorded_deployment_is_right(self):
        self.assertEqual([], judged())
        self.assertGreater(len(LINES), 100)

    def test_each_spoiled_call_is_found(self):
        for operation, changes, pattern in CALLS:
            with self.subTest(operation=operation):
                self.one(pattern, judged(spoiled(operation, **changes)))

    def test_each_grant_that_is_left_out_is_missed(self):
        for grant, action in GRANTS:
            with self.subTest(grant=grant):
                self.one(rf"is denied {action} on ", judged(without=[grant]))

    def test_each_grant_that_reaches_another_environment_is_found(self):
        for action, resource in ELSEWHERE:
            with self.subTest(action=action):
                self.one(rf"deploy-rehearsal is allowed {action} on .*elsewhere, by spoiled/Wide", judged(given=wide(action, resource)))

    def test_what_is_wrong_in_one_way_is_told_once(self):
        line = {"time": "2026-01-01T00:00:00Z", "service": "ecs", "operation": "No", "region": REGION, "access_key": "", "parameters": {}, "status": 400}
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "a.jsonl").write_text(f"{json.dumps(line)}\n" * 3)
            calls, _ = recording.judged(recording.read(Path(folder)), ACCOUNT)
        self.assertEqual(["a.jsonl:1 ecs.No: there is no operation No (3 calls)"], told(calls))

    def test_what_exists_is_named_whole(self):
        recorded = json.dumps({"a": "arn:aws:secretsmanager:r:1:secret:theirs-AbC", "b": "arn:aws:secretsmanager:r:1:secret:ours", "c": "/hostedzone/Z1"})
        self.assertEqual({"dev": ["arn:aws:route53:::hostedzone/Z1"]}, existing("dev=arn:aws:route53:::hostedzone/Z*", recorded))
        self.assertEqual({"dev": ["arn:aws:ecs:r:1:cluster/x", "arn:aws:secretsmanager:r:1:secret:theirs-AbC"]},
                         existing("# what\ndev=arn:aws:ecs:r:1:cluster/x\ndev=arn:aws:secretsmanager:r:1:secret:theirs*\n", recorded))

    def test_previews_are_told_from_deployments(self):
        self.assertTrue(iam.reads("ecs:DescribeServices") and iam.reads("kms:Encrypt"))
        self.assertFalse(iam.reads("s3:PutObject") or iam.reads("ecs:TagResource") or iam.reads("iam:PassRole"))


class Tasks(unittest.TestCase):
    """What a service asks for with the role that its stack made."""

    def test_a_permission_of_the_stack_that_the_boundary_has_allows(self):
        calls, _ = recording.judged(of_task(("GetItem", "notes", "")), ACCOUNT)
        self.assertEqual([("task", ENVIRONMENT, "dynamodb.GetItem")], [(call.role, call.environment, call.name) for call in calls[-1:]])
        self.assertEqual([], judged(of_task(("GetItem", "notes", ""), ("GetItem", TABLE + "notes", "")), permissions=[PERMITTED]))

    def test_what_the_role_or_its_boundary_does_not_allow_is_found(self):
        for call, permissions, pattern in (
            (("GetItem", "others", ""), [PERMITTED], rf"dynamodb.GetItem: mote-rehearsal-task-8821b97@\d+ is denied dynamodb:GetItem on {TABLE}others"),
            (("PutItem", "notes", ""), [PERMITTED], rf"is denied dynamodb:PutItem on {TABLE}notes"),
            (("GetItem", "notes", ""), [], rf"is denied dynamodb:GetItem on {TABLE}notes: the setting permissions of its stack and of infra/bootstrap"),
        ):
            with self.subTest(call=call, permissions=permissions):
                found = judged(of_task(call), permissions=permissions)
                self.assertEqual(1, len(found), found)
                self.assertRegex(found[0], pattern)

    def test_what_the_local_aws_refuses_must_be_denied_here_too(self):
        refused = "AccessDeniedException"
        self.assertEqual([], judged(of_task(("GetItem", "others", refused), ("PutItem", "notes", refused)), permissions=[PERMITTED]))
        self.assertRegex("".join(judged(of_task(("GetItem", "notes", refused)), permissions=[PERMITTED])), "is refused dynamodb:GetItem on .* its policies allow it")

    def test_a_role_that_no_stack_made_is_found(self):
        lines = of_task(("GetItem", "notes", ""))
        lines[-1][1]["access_key"] = "task-other"
        self.assertRegex("".join(told(recording.judged(lines, ACCOUNT)[0])), "dynamodb.GetItem: the role other was never made")

    def test_a_task_between_deployments_is_no_deployment(self):
        """A push that no one signs is the one of the signed call before, unless that is a task's."""
        lines = of_task(("GetItem", "notes", ""))
        push = {"time": lines[-1][1]["time"], "service": "", "user_agent": "go", "parameters": {"method": "PUT", "path": "/v2/one/manifests/two"}}
        calls, _ = recording.judged([*lines, ("push", push)], ACCOUNT)
        self.assertEqual("deploy", calls[-1].role)


class Grants(unittest.TestCase):
    GRANTED = {("network/Change", "ec2:A"), ("network/Change", "ec2:B")}

    def test_an_unused_grant_has_a_reason_and_a_used_one_none(self):
        for text in ("# statement action reason\n\nnetwork/Change ec2:B only when zones shrink\n", "network/* ec2:* of all\n"):
            self.assertEqual([], grants.violations(self.GRANTED, {("network/Change", "ec2:A")}, grants.reasons(text)))
        for used, text, says in (
            ({("network/Change", "ec2:A")}, "", "grant network/Change ec2:B: no recorded call used it"),
            (self.GRANTED, "network/Change ec2:B why", "network/Change ec2:B: there is no grant without use"),
            (self.GRANTED, "network/* ec2:* why", "network/* ec2:*: there is no grant without use"),
            (self.GRANTED, "network/Gone ec2:B why", "network/Gone ec2:B: there is no grant without use"),
        ):
            found = grants.violations(self.GRANTED, used, grants.reasons(text))
            self.assertEqual(1, len(found), found)
            self.assertIn(says, found[0])

    def test_what_only_the_workflows_use_is_used_there(self):
        given = grants.reasons("network/Change ec2:A deployments: drift\nnetwork/Change ec2:B why\n")
        self.assertEqual([], grants.of_deployments({("network/Change", "ec2:A")}, given))
        self.assertEqual(["unused-grants.txt network/Change ec2:A: the scenarios of the workflows do not use it either"],
                         grants.of_deployments(set(), given))

    def test_a_statement_is_named_without_its_environment(self):
        self.assertEqual("network/ChangeNetwork", grants.generic("github-mote-network-dev/ChangeNetwork", "dev"))
        self.assertEqual("deploy-state/WriteState", grants.generic("github-mote-deploy-dev-state/WriteState", "dev"))

    def test_every_line_has_a_reason(self):
        given = grants.reasons(grants.REASONS.read_text())
        for line in given:
            self.assertGreater(len(line.reason), 15, line)


if __name__ == "__main__":
    unittest.main()
