"""Faults that are planted into calls, one of each kind and protocol: the judge finds each, and nothing in the calls without them."""

import unittest

from judge import models, validate

TASKS = {
    "family": "mote", "cpu": "256", "memory": "512", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"],
    "containerDefinitions": [{"name": "mote", "image": "mote@sha256:0", "essential": True, "portMappings": [{"containerPort": 8080}]}],
}
SCALING = {"ServiceNamespace": "ecs", "ResourceId": "service/a/b", "ScalableDimension": "ecs:service:DesiredCount", "MinCapacity": 1}
BALANCER = {"Name": "mote", "Type": "application", "Subnets.member.1": "subnet-1", "Tags.member.1.Key": "stack", "Tags.member.1.Value": "dev"}
ROLE = {"RoleName": "mote-dev-task", "AssumeRolePolicyDocument": "{}", "MaxSessionDuration": "3600"}
ENDPOINT = {"VpcId": "vpc-1", "ServiceName": "s3", "VpcEndpointType": "Interface", "SubnetId.1": "subnet-1"}
LIST = {"method": "GET", "path": "/bucket", "query": {"list-type": ["2"], "max-keys": ["10"]}, "headers": {}, "body": ""}
ZONE = {
    "method": "POST", "path": "/2013-04-01/hostedzone/Z1/rrset/", "query": {}, "headers": {},
    "body": '<ChangeResourceRecordSetsRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><ChangeBatch><Changes><Change>'
            "<Action>UPSERT</Action><ResourceRecordSet><Name>a.example.com</Name><Type>A</Type><TTL>60</TTL></ResourceRecordSet>"
            "</Change></Changes></ChangeBatch></ChangeResourceRecordSetsRequest>",
}
RIGHT = [
    ("ecs", "RegisterTaskDefinition", TASKS), ("application-autoscaling", "RegisterScalableTarget", SCALING),
    ("elasticloadbalancing", "CreateLoadBalancer", BALANCER), ("iam", "CreateRole", ROLE), ("ec2", "CreateVpcEndpoint", ENDPOINT),
    ("s3", "", LIST), ("route53", "", ZONE), ("logs", "PutRetentionPolicy", {"logGroupName": "/ecs/mote", "retentionInDays": 30}),
    ("monitoring", "DeleteDashboards", {"DashboardNames.member.1": "mote"}),
]


def container(**changes):
    return TASKS | {"containerDefinitions": [TASKS["containerDefinitions"][0] | changes]}


def without(sent, name):
    return {key: value for key, value in sent.items() if key != name}


# A service, its operation, what is sent, the parameter that is wrong, and what is said of it.
PLANTED = [
    ("ecs", "RegisterTaskDefinition", without(TASKS, "family"), "family", "Missing required"),  # JSON
    ("ecs", "RegisterTaskDefinition", container(user="0", sysctl=1), "containerDefinitions[0].sysctl", "Unknown parameter"),
    ("ecs", "RegisterTaskDefinition", TASKS | {"cpu": 256}, "cpu", "Invalid type"),
    ("ecs", "RegisterTaskDefinition", TASKS | {"networkMode": "nat"}, "networkMode", "must be one of bridge"),
    ("ecs", "RegisterTaskDefinition", TASKS | {"tags": [{"key": "a", "value": "{}"}]}, "tags[0].value", "must match"),
    ("ecs", "RegisterTaskDefinition", TASKS | {"tags": [{"key": f"k{i}", "value": ""} for i in range(51)]}, "tags", "at most 50"),
    ("application-autoscaling", "RegisterScalableTarget", SCALING | {"ResourceId": ""}, "ResourceId", "valid min length: 1"),
    ("application-autoscaling", "RegisterScalableTarget", SCALING | {"ResourceId": "a" * 1601}, "ResourceId", "at most 1600"),
    ("logs", "PutRetentionPolicy", {"logGroupName": "a b", "retentionInDays": 30}, "logGroupName", "must match"),
    ("logs", "TestMetricFilter", {"filterPattern": "", "logEventMessages": []}, "logEventMessages", "valid min length: 1"),
    ("elasticloadbalancing", "CreateLoadBalancer", without(BALANCER, "Name"), "Name", "Missing required"),  # query
    ("elasticloadbalancing", "CreateLoadBalancer", BALANCER | {"Kind": "x"}, "Kind", "unknown"),
    ("elasticloadbalancing", "CreateLoadBalancer", BALANCER | {"Subnets.1": "x"}, "Subnets.1", "unknown"),
    ("elasticloadbalancing", "CreateLoadBalancer", BALANCER | {"Type": "classic"}, "Type", "must be one of application"),
    ("elasticloadbalancing", "CreateTargetGroup", {"Name": "a", "HealthCheckIntervalSeconds": "301"}, "HealthCheckIntervalSeconds", "at most 300"),
    ("elasticloadbalancing", "CreateTargetGroup", {"Name": "a", "Port": "0"}, "Port", "valid min value: 1"),
    ("elasticloadbalancing", "CreateTargetGroup", {"Name": "a", "Port": "http"}, "", "another type"),
    ("elasticloadbalancing", "AddTags", {"ResourceArns.member.1": "a", "Tags.member.1.Key": "a" * 129}, "Tags[0].Key", "at most 128"),
    ("iam", "CreateRole", ROLE | {"RoleName": "a b"}, "RoleName", "must match"),
    ("iam", "CreateRole", ROLE | {"MaxSessionDuration": "60"}, "MaxSessionDuration", "valid min value: 3600"),
    ("ec2", "CreateVpcEndpoint", without(ENDPOINT, "VpcId"), "VpcId", "Missing required"),  # EC2's own
    ("ec2", "CreateVpcEndpoint", ENDPOINT | {"VpcEndpointType": "Bridge"}, "VpcEndpointType", "must be one of Interface"),
    ("ec2", "CreateVpcEndpoint", ENDPOINT | {"SubnetIds.1": "x"}, "SubnetIds.1", "unknown"),
    ("ec2", "DescribeRouteTables", {"MaxResults": "4"}, "MaxResults", "valid min value: 5"),
    ("s3", "", LIST | {"query": {"list-type": ["2"], "encoding-type": ["uri"]}}, "EncodingType", "must be one of url"),  # REST
    ("s3", "", LIST | {"query": {"list-type": ["2"], "max-keys": ["many"]}}, "", "another type"),
    ("route53", "", ZONE | {"body": ZONE["body"].replace("UPSERT", "REPLACE")}, "ChangeBatch.Changes[0].Action", "must be one of CREATE"),
    ("route53", "", ZONE | {"body": ZONE["body"].replace("<Name>a.example.com</Name>", "")}, "ResourceRecordSet.Name", "Missing required"),
    ("route53", "", ZONE | {"path": "/2013-04-01/zone"}, "", "there is no operation"),
    ("ecs", "CreateTask", {}, "", "there is no operation"),
]


def judged(service, operation, sent):
    try:
        model = models.operation(service, {"operation": operation, "parameters": sent})
        return validate.violations(service, model, sent)
    except models.Unreadable as error:
        return [("", str(error))]


class Validation(unittest.TestCase):
    def test_right_calls_have_no_violation(self):
        for service, operation, sent in RIGHT:
            self.assertEqual([], judged(service, operation, sent), operation)

    def test_each_planted_fault_is_found_alone(self):
        for service, operation, sent, name, why in PLANTED:
            with self.subTest(service=service, operation=operation, name=name):
                found = judged(service, operation, sent)
                self.assertEqual(1, len(found), found)
                self.assertTrue(found[0][0].endswith(name), found)
                self.assertIn(why, found[0][1])

    def test_every_pattern_of_the_services_in_use_can_be_read(self):
        for name in ("ec2", "ecs", "ecr", "elasticloadbalancing", "logs", "iam", "events", "monitoring", "sns", "application-autoscaling",
                     "acm", "route53", "kms", "s3", "tagging", "sts"):
            model = models.service(name)
            for shape in model.shape_names:
                if pattern := model.shape_for(shape).metadata.get("pattern"):
                    validate.compiled(pattern)


if __name__ == "__main__":
    unittest.main()
