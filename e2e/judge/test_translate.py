"""What AWS documents of the actions, resources and keys of calls, each as one right value."""

import unittest

from judge import effects, iam, models, places, recording, registry
from judge.translate import Translator

ACCOUNT, REGION = "123456789012", "eu-central-1"


class Recorder:
    """Makes calls one after another, as a deployment would."""

    def __init__(self):
        self.translator = Translator(ACCOUNT)

    def asks(self, service, operation, sent, response="", status=200, role="deploy-dev"):
        """What IAM decides about a call: for each decision the action, what the ARN ends in, and the keys."""
        line = {"operation": operation, "parameters": sent, "region": REGION, "status": status, "response": response}
        model = models.operation(service, line)
        requests = self.translator.requests(service, model, line, role)
        return [(one.action, one.resource.split(f"{ACCOUNT}:")[-1], one.keys) for one in requests]


TABLE = "table/notes"


def tagging(kind, *tags):
    sent = {"TagSpecification.1.ResourceType": kind}
    for number, (key, value) in enumerate(tags, 1):
        sent |= {f"TagSpecification.1.Tag.{number}.Key": key, f"TagSpecification.1.Tag.{number}.Value": value}
    return sent


VPC = '<CreateVpcResponse><vpc><vpcId>vpc-1</vpcId></vpc></CreateVpcResponse>'
BALANCER = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/app/mote-dev-1/50dc"


class Images(unittest.TestCase):
    def test_docker_hub_asks_for_nothing_and_ecr_for_three_actions(self):
        where = places.Where(ACCOUNT, REGION)
        for image in ("prom/prometheus@sha256:0", "grafana/grafana:1", "busybox", "docker.io/library/busybox", "localhost:5000/docker.io/prom/prometheus@sha256:0"):
            self.assertEqual([], effects.pulled(where, image), image)
        for image in (f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/team/mote@sha256:0", "localhost:5000/team/mote@sha256:0", "localhost:5000/team/mote:1"):
            self.assertEqual([("ecr:GetAuthorizationToken", "*"), ("ecr:BatchGetImage", f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/team/mote"),
                              ("ecr:GetDownloadUrlForLayer", f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/team/mote")],
                             [(action, arn) for action, _, arn, _ in effects.pulled(where, image)], image)

    def test_only_a_service_with_sessions_opens_them(self):
        self.assertEqual([], effects.of_sessions({}))
        self.assertEqual(["ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel"],
                         [action for action, *_ in effects.of_sessions({"enableExecuteCommand": True})])


def recorded(service, access_key="", second="00", sent=None, agent="go-containerregistry/v0", operation="GetCallerIdentity"):
    """A line of a recording. Without a service it is a request to the registry."""
    return "", {"service": service, "operation": operation, "access_key": access_key, "region": REGION, "status": 200,
                "user_agent": agent, "parameters": sent or {}, "time": f"2026-01-01T00:00:{second}Z"}


class Translation(unittest.TestCase):
    def setUp(self):
        self.recorder = Recorder()

    def test_what_is_made_with_tags_takes_the_action_that_tags(self):
        made = self.recorder.asks("ec2", "CreateVpc", {"CidrBlock": "10.0.0.0/16"} | tagging("vpc", ("stack", "dev")), VPC)
        self.assertEqual([
            ("ec2:CreateVpc", "vpc/*", {"aws:RequestTag/stack": "dev"}),
            ("ec2:CreateTags", "vpc/*", {"aws:RequestTag/stack": "dev", "ec2:CreateAction": "CreateVpc"}),
        ], made)

    def test_tables_and_their_indexes(self):
        key = {"id": {"S": "1"}}
        for operation, sent, found in (
            ("GetItem", {"TableName": "notes", "Key": key}, [("GetItem", TABLE)]),
            ("GetItem", {"TableName": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/notes", "Key": key}, [("GetItem", TABLE)]),
            ("Query", {"TableName": "notes", "IndexName": "by"}, [("Query", TABLE + "/index/by")]),
            ("BatchGetItem", {"RequestItems": {"notes": {"Keys": [key]}, "more": {"Keys": [key]}}}, [("BatchGetItem", TABLE), ("BatchGetItem", "table/more")]),
            ("TransactWriteItems", {"TransactItems": [{"Put": {"TableName": "notes", "Item": key}}, {"Delete": {"TableName": "more", "Key": key}}]},
             [("PutItem", TABLE), ("DeleteItem", "table/more")]),
            ("ListTables", {}, [("ListTables", "*")]),
        ):
            with self.subTest(operation=operation):
                asked = self.recorder.asks("dynamodb", operation, sent, role="mote-dev-task-1@0")
                self.assertEqual([(f"dynamodb:{action}", arn) for action, arn in found], [one[:2] for one in asked])

    def test_what_has_tags_tells_them_and_what_is_made_in_it_does_not(self):
        self.test_what_is_made_with_tags_takes_the_action_that_tags()
        made = self.recorder.asks("ec2", "CreateSubnet", {"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/24"})
        self.assertEqual([("ec2:CreateSubnet", "subnet/*", {}), ("ec2:CreateSubnet", "vpc/vpc-1", {"aws:ResourceTag/stack": "dev"})], sorted(made))

    def test_tags_that_were_taken_away_or_of_a_call_that_failed_are_none(self):
        self.recorder.asks("ec2", "CreateTags", {"ResourceId.1": "sg-1", "Tag.1.Key": "stack", "Tag.1.Value": "dev"}, status=400)
        delete = ("ec2", "DeleteSecurityGroup", {"GroupId": "sg-1"})
        self.assertEqual([("ec2:DeleteSecurityGroup", "security-group/sg-1", {})], self.recorder.asks(*delete))
        self.recorder.asks("ec2", "CreateTags", {"ResourceId.1": "sg-1", "Tag.1.Key": "stack", "Tag.1.Value": "dev"})
        self.assertEqual([("ec2:DeleteSecurityGroup", "security-group/sg-1", {"aws:ResourceTag/stack": "dev"})], self.recorder.asks(*delete))
        self.recorder.asks("ec2", "DeleteTags", {"ResourceId.1": "sg-1", "Tag.1.Key": "stack"})
        self.assertEqual([("ec2:DeleteSecurityGroup", "security-group/sg-1", {})], self.recorder.asks(*delete))

    def test_an_association_stands_for_its_table_and_subnet(self):
        answer = "<AssociateRouteTableResponse><associationId>rtbassoc-1</associationId></AssociateRouteTableResponse>"
        self.recorder.asks("ec2", "AssociateRouteTable", {"RouteTableId": "rtb-1", "SubnetId": "subnet-1"}, answer)
        self.assertEqual(["route-table/rtb-1", "subnet/subnet-1"],
                         sorted(arn for _, arn, _ in self.recorder.asks("ec2", "DisassociateRouteTable", {"AssociationId": "rtbassoc-1"})))

    def test_an_association_stands_for_the_vpc_whose_range_it_is(self):
        answer = ("<AssociateVpcCidrBlockResponse><cidrBlockAssociation><associationId>vpc-cidr-assoc-1</associationId></cidrBlockAssociation>"
                  "</AssociateVpcCidrBlockResponse>")
        self.recorder.asks("ec2", "AssociateVpcCidrBlock", {"VpcId": "vpc-1", "CidrBlock": "10.128.0.0/16"}, answer)
        self.assertEqual(["vpc/vpc-1"], [arn for _, arn, _ in self.recorder.asks("ec2", "DisassociateVpcCidrBlock", {"AssociationId": "vpc-cidr-assoc-1"})])

    def test_an_interface_endpoint_takes_a_zone_for_its_names(self):
        asked = self.recorder.asks("ec2", "CreateVpcEndpoint", {
            "VpcId": "vpc-1", "ServiceName": "s", "VpcEndpointType": "Interface", "PrivateDnsEnabled": "true", "SubnetId.1": "subnet-1",
            "SecurityGroupId.1": "sg-1"})
        self.assertEqual({"vpc-endpoint/*", "vpc/vpc-1", "subnet/subnet-1", "security-group/sg-1", "arn:aws:route53:::hostedzone/*"},
                         {arn for _, arn, _ in asked})

    def test_roles_are_passed_to_who_takes_them(self):
        self.recorder.asks("iam", "CreateRole", {"RoleName": "execution", "AssumeRolePolicyDocument": "{}"})
        role = f"arn:aws:iam::{ACCOUNT}:role/"
        asked = self.recorder.asks("ecs", "RegisterTaskDefinition", {
            "family": "mote-dev", "executionRoleArn": role + "execution", "taskRoleArn": role + "task", "containerDefinitions": []})
        self.assertEqual([
            ("ecs:RegisterTaskDefinition", "task-definition/mote-dev:*", {}),
            ("iam:PassRole", "role/execution", {"iam:PassedToService": "ecs-tasks.amazonaws.com"}),
            ("iam:PassRole", "role/task", {"iam:PassedToService": "ecs-tasks.amazonaws.com"}),
        ], asked)

    def test_a_task_is_fetched_logged_and_told_secrets_by_its_execution_role(self):
        self.recorder.asks("iam", "CreateRole", {"RoleName": "execution", "AssumeRolePolicyDocument": "{}", "PermissionsBoundary": "arn:aws:iam::1:policy/b"})
        self.recorder.asks("iam", "PutRolePolicy", {"RoleName": "execution", "PolicyName": "own", "PolicyDocument": '{"Statement": {"Action": "a:B"}}'})
        self.recorder.asks("ecs", "RegisterTaskDefinition", {
            "family": "mote-dev", "executionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/execution", "containerDefinitions": [{
                "name": "mote", "image": "localhost:4566/team/mote@sha256:0",
                "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/ecs/mote-dev", "awslogs-stream-prefix": "mote"}},
                "secrets": [
                    {"name": "A", "valueFrom": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:mote/dev/a-AbCdEf:key::"},
                    {"name": "B", "valueFrom": "/mote/dev/b"},
                ]}]})
        asked = self.recorder.asks("ecs", "UpdateService", {
            "service": "mote-dev", "taskDefinition": f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/mote-dev:7"})
        self.assertEqual([
            ("ecr:BatchGetImage", "repository/team/mote"), ("ecr:GetAuthorizationToken", "*"), ("ecr:GetDownloadUrlForLayer", "repository/team/mote"),
            ("logs:CreateLogStream", "log-group:/ecs/mote-dev:log-stream:mote/mote/0"),
            ("logs:PutLogEvents", "log-group:/ecs/mote-dev:log-stream:mote/mote/0"),
            ("secretsmanager:GetSecretValue", "secret:mote/dev/a-AbCdEf"), ("ssm:GetParameters", "parameter/mote/dev/b"),
        ], sorted((action, arn) for action, arn, _ in asked if action.split(":")[0] not in ("ecs", "iam")))
        self.assertEqual({"execution@0": {"boundary": "b", "documents": {"own": '{"Statement": [{"Action": ["a:B"], "Sid": ""}]}'}}},
                         self.recorder.translator.given)

    def test_a_task_whose_role_nobody_made_cannot_be_decided_about(self):
        self.recorder.asks("ecs", "RegisterTaskDefinition", {"family": "a", "executionRoleArn": "execution", "containerDefinitions": []})
        with self.assertRaisesRegex(models.Unreadable, "role execution was never made"):
            self.recorder.asks("ecs", "UpdateService", {"service": "a", "taskDefinition": "a:1"})

    def test_traffic_is_moved_by_the_infrastructure_role(self):
        self.recorder.asks("iam", "CreateRole", {"RoleName": "balancer", "AssumeRolePolicyDocument": "{}"})
        self.recorder.asks("iam", "AttachRolePolicy", {
            "RoleName": "balancer", "PolicyArn": "arn:aws:iam::aws:policy/AmazonECSInfrastructureRolePolicyForLoadBalancers"})
        group, rule = "arn:aws:elasticloadbalancing:r:1:targetgroup/a/1", "arn:aws:elasticloadbalancing:r:1:listener-rule/app/a/1/2/3"
        asked = self.recorder.asks("ecs", "UpdateService", {"cluster": "mote-dev", "service": "mote-dev-1", "loadBalancers": [{
            "targetGroupArn": group, "advancedConfiguration": {
                "alternateTargetGroupArn": group + "b", "productionListenerRule": rule, "roleArn": f"arn:aws:iam::{ACCOUNT}:role/balancer"}}]})
        self.assertIn(("iam:PassRole", "role/balancer", {"iam:PassedToService": "ecs.amazonaws.com"}), asked)
        self.assertEqual({group, group + "b", rule}, {arn for action, arn, _ in asked if "Targets" in action or "Modify" in action})

    def test_services_are_named_with_their_cluster(self):
        cluster = f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/mote-dev"
        self.assertEqual([("ecs:DescribeServices", "service/mote-dev/a", {"ecs:cluster": cluster})],
                         self.recorder.asks("ecs", "DescribeServices", {"cluster": "mote-dev", "services": ["a"]}))
        self.assertEqual([{"ecs:cluster": cluster}], [
            keys for _, _, keys in self.recorder.asks("ecs", "ListTasks", {"cluster": "mote-dev", "desiredStatus": "STOPPED"})])
        deployment = f"arn:aws:ecs:{REGION}:{ACCOUNT}:service-deployment/mote-dev/a/x"
        self.assertEqual([("service-deployment/mote-dev/a/x", {}), ("service/mote-dev/a", {})], [
            (arn, keys) for _, arn, keys in self.recorder.asks("ecs", "DescribeServiceDeployments", {"serviceDeploymentArns": [deployment]})])

    def test_listeners_and_rules_are_tagged_below_what_they_are_of(self):
        asked = self.recorder.asks("elasticloadbalancing", "CreateListener", {
            "LoadBalancerArn": BALANCER, "DefaultActions.member.1.Type": "forward", "Tags.member.1.Key": "a", "Tags.member.1.Value": "b"})
        self.assertEqual([("elasticloadbalancing:CreateListener", "loadbalancer/app/mote-dev-1/50dc"),
                          ("elasticloadbalancing:AddTags", "listener/app/mote-dev-1/50dc/*")], [(action, arn) for action, arn, _ in asked])

    def test_a_boundary_is_told_with_each_change_of_its_role(self):
        bound = f"arn:aws:iam::{ACCOUNT}:policy/bound"
        self.recorder.asks("iam", "CreateRole", {"RoleName": "a", "AssumeRolePolicyDocument": "{}", "PermissionsBoundary": bound})
        asked = self.recorder.asks("iam", "PutRolePolicy", {"RoleName": "a", "PolicyName": "own", "PolicyDocument": '{"Statement": []}'})
        self.assertEqual([("iam:PutRolePolicy", "role/a", {"iam:PermissionsBoundary": bound})], asked)

    def test_a_target_of_scaling_is_known_by_what_is_scaled(self):
        target = {"ServiceNamespace": "ecs", "ResourceId": "service/c/s", "ScalableDimension": "ecs:service:DesiredCount"}
        self.recorder.asks("application-autoscaling", "RegisterScalableTarget", target | {"Tags": {"stack": "dev"}}, '{"ScalableTargetARN": "arn:aws:x:scalable-target/1"}')
        asked = self.recorder.asks("application-autoscaling", "PutScalingPolicy", target | {"PolicyName": "cpu", "PolicyType": "TargetTrackingScaling"})
        self.assertEqual([
            ("application-autoscaling:PutScalingPolicy", "scalable-target/*", {"aws:ResourceTag/stack": "dev"}),
            ("cloudwatch:PutMetricAlarm", "alarm:TargetTracking-service/c/s-AlarmHigh-1", {}),
        ], asked)

    def test_state_is_read_in_its_bucket_and_its_secrets_with_their_context(self):
        get = {"method": "GET", "path": "/state/dev/.pulumi/meta.yaml", "query": {}, "headers": {}, "body": ""}
        self.assertEqual([("s3:GetObject", "arn:aws:s3:::state/dev/.pulumi/meta.yaml", {})], self.recorder.asks("s3", "", get))
        self.assertEqual([("s3:ListBucket", "arn:aws:s3:::state", {})],
                         self.recorder.asks("s3", "", get | {"path": "/state", "query": {"list-type": ["2"]}}))
        self.assertEqual([("kms:Encrypt", "key/1", {"kms:EncryptionContext:environment": "dev"})], self.recorder.asks(
            "kms", "Encrypt", {"KeyId": "1", "Plaintext": "YQ==", "EncryptionContext": {"environment": "dev"}}))

    def test_a_file_that_is_encrypted_takes_its_key_by_way_of_s3(self):
        key = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1"
        self.recorder.asks("kms", "CreateKey", {}, '{"KeyMetadata": {"KeyId": "1", "Arn": "' + key + '"}}')
        self.recorder.asks("kms", "CreateAlias", {"AliasName": "alias/mote-state", "TargetKeyId": "1"})
        self.assertEqual([("kms:Encrypt", "key/1", {})], self.recorder.asks("kms", "Encrypt", {"KeyId": "alias/mote-state", "Plaintext": "YQ=="}))
        put = {"method": "PUT", "query": {}, "headers": {}}
        self.recorder.asks("s3", "", put | {"path": "/state", "query": {"encryption": [""]}, "body": (
            '<ServerSideEncryptionConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Rule><ApplyServerSideEncryptionByDefault>'
            f"<SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>{key}</KMSMasterKeyID></ApplyServerSideEncryptionByDefault></Rule>"
            "</ServerSideEncryptionConfiguration>")}, role="")
        self.assertEqual([
            ("s3:PutObject", "arn:aws:s3:::state/dev/x", {}),
            ("kms:GenerateDataKey", "key/1", {"kms:ViaService": f"s3.{REGION}.amazonaws.com", "kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::state"}),
        ], self.recorder.asks("s3", "", put | {"path": "/state/dev/x", "body": "x"}))

    def test_a_log_group_is_named_with_its_streams_save_for_tagging(self):
        self.assertEqual(["log-group:/ecs/mote-dev:*", "log-group:/ecs/mote-dev"], [arn for _, arn, _ in self.recorder.asks(
            "logs", "CreateLogGroup", {"logGroupName": "/ecs/mote-dev", "tags": {"stack": "dev"}})])

    def test_nobody_needs_leave_to_ask_who_one_is(self):
        self.assertEqual([], self.recorder.asks("sts", "GetCallerIdentity", {}))

    def test_what_names_no_resource_and_changes_one_cannot_be_decided_about(self):
        with self.assertRaisesRegex(models.Unreadable, "on which resource ec2:ModifyVpcTenancy is asked for is not known"):
            self.recorder.asks("ec2", "ModifyVpcTenancy", {"InstanceTenancy": "default"})

    def test_an_operation_that_iam_calls_otherwise_cannot_be_decided_about(self):
        with self.assertRaisesRegex(models.Unreadable, "IAM has no action s3:GetBucketEncryption"):
            self.recorder.asks("s3", "", {"method": "GET", "path": "/state", "query": {"encryption": [""]}, "headers": {}, "body": ""})

    def test_a_push_is_what_ecr_calls_it(self):
        self.assertEqual(("ecr:PutImage", "team/mote"), registry.action("PUT", "/v2/team/mote/manifests/sha256:0"))
        self.assertEqual(("ecr:InitiateLayerUpload", "mote"), registry.action("POST", "/v2/mote/blobs/uploads/"))
        self.assertEqual(("ecr:BatchCheckLayerAvailability", "mote"), registry.action("HEAD", "/v2/mote/blobs/sha256:0"))
        self.assertEqual(("ecr:GetAuthorizationToken", ""), registry.action("GET", "/v2/"))
        self.assertIsNone(registry.action("GET", "/v2/mote/tags/list"))

    def test_a_push_is_by_the_deployment_before_and_crane_fetches_for_the_one_behind(self):
        fetched = {"method": "GET", "path": "/v2/mote-dev/manifests/sha256:0"}
        calls, _ = recording.judged([
            recorded("", sent=fetched), recorded("sts", "deploy-dev"), recorded("", sent=fetched),
            recorded("", sent=fetched, agent="crane/v0"), recorded("", sent=fetched, agent="docker/29"), recorded("sts", "deploy-prod"),
        ], ACCOUNT)
        self.assertEqual([("registry.GET", ""), ("sts.GetCallerIdentity", "dev"), ("registry.GET", "dev"), ("registry.GET", "prod"),
                          ("sts.GetCallerIdentity", "prod")], [(call.name, call.environment) for call in calls])

    def test_of_several_deployments_that_go_on_the_one_that_made_the_repository_pushes(self):
        push = {"method": "PUT", "path": "/v2/mote-dev/manifests/sha256:0"}
        calls, _ = recording.judged([
            recorded("ecr", "deploy-dev", "00", {"repositoryName": "mote-dev"}, operation="CreateRepository"), recorded("sts", "deploy-prod", "01"),
            recorded("", second="02", sent=push), recorded("", second="40", sent=push),
        ], ACCOUNT)
        self.assertEqual(["dev", "prod", "dev", "prod"], [call.environment for call in calls], "dev's deployment is over in the end")

    def test_a_preview_beside_a_deployment_pushes_nothing(self):
        ping = {"method": "GET", "path": "/v2/"}
        calls, _ = recording.judged([
            recorded("sts", "deploy-dev", "00"), recorded("sts", "preview-prod", "01"), recorded("", second="02", sent=ping), recorded("", second="40", sent=ping),
        ], ACCOUNT)
        self.assertEqual(["deploy-dev", "preview-prod", "deploy-dev", "preview-prod"], [f"{call.role}-{call.environment}" for call in calls],
                         "what a preview fetches while nothing is deployed is its own")

    def test_what_is_sent_as_json_is_read_as_json_whatever_else_a_service_speaks(self):
        tagged = {"TagFilters": [{"Key": "project", "Values": ["mote"]}]}
        self.assertEqual([("tag:GetResources", "*", {})], self.recorder.asks("tagging", "GetResources", tagged))

    def test_a_key_of_no_role_gets_no_decision(self):
        line = {"service": "sts", "operation": "GetCallerIdentity", "parameters": {}, "region": REGION, "status": 200, "time": ""}
        for key, role in {"deploy-dev": "deploy", "preview-prod": "preview", "rehearsal": "", "deploy-": ""}.items():
            self.assertEqual(role, recording.signed(self.recorder.translator, "", line | {"access_key": key}).role, key)


class Tables(unittest.TestCase):
    def test_each_name_in_the_tables_is_one_that_aws_has(self):
        for service, kinds in places.NAMES.items():
            for kind in kinds:
                self.assertTrue(iam.arn(service, kind))
        for action, kinds in places.MAKES.items():
            self.assertTrue(iam.knows(action), action)
        for kind in places.IDS.values():
            self.assertTrue(iam.arn("ec2", kind))


if __name__ == "__main__":
    unittest.main()
