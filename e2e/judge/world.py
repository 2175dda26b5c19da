"""What the recorded calls have made so far, as far as later decisions depend on it: tags, boundaries and policies of roles."""

import functools
import json

from moto.iam.aws_managed_policies import aws_managed_policies_data

from judge import places

# Where an answer tells the id of what was made, and what kind it is.
MADE = {
    "ec2:AllocateAddress": ("elastic-ip", ["AllocationId"]),
    "ec2:AuthorizeSecurityGroupEgress": ("security-group-rule", ["SecurityGroupRules", "SecurityGroupRuleId"]),
    "ec2:AuthorizeSecurityGroupIngress": ("security-group-rule", ["SecurityGroupRules", "SecurityGroupRuleId"]),
    "ec2:CreateInternetGateway": ("internet-gateway", ["InternetGateway", "InternetGatewayId"]),
    "ec2:CreateNatGateway": ("natgateway", ["NatGateway", "NatGatewayId"]),
    "ec2:CreateRouteTable": ("route-table", ["RouteTable", "RouteTableId"]),
    "ec2:CreateSecurityGroup": ("security-group", ["GroupId"]),
    "ec2:CreateSubnet": ("subnet", ["Subnet", "SubnetId"]),
    "ec2:CreateVpc": ("vpc", ["Vpc", "VpcId"]),
    "ec2:CreateVpcEndpoint": ("vpc-endpoint", ["VpcEndpoint", "VpcEndpointId"]),
    "acm:ImportCertificate": ("certificate", ["CertificateArn"]),
    "acm:RequestCertificate": ("certificate", ["CertificateArn"]),
}

TAGGING = ("CreateTags", "TagResource", "AddTags", "AddTagsToCertificate", "TagRole")
UNTAGGING = ("DeleteTags", "UntagResource", "RemoveTags", "RemoveTagsFromCertificate", "UntagRole")


class World:
    def __init__(self):
        self.tags: dict[str, dict] = {}  # by ARN; targets of scaling by what is scaled, since calls name that
        self.targets: dict[str, str] = {}  # what is scaled, by the ARN of its target
        self.associations: dict[str, dict] = {}  # of route tables and of a VPC's ranges, by id
        self.boundaries: dict[str, str] = {}  # by role
        self.policies: dict[str, dict] = {}  # documents by role and name
        self.made_policies: dict[str, str] = {}  # documents by name
        self.sealed: dict[str, str] = {}  # the key that a text was encrypted with
        self.keys: dict[str, str] = {}  # ARNs of KMS's keys, by id and by alias
        self.encrypted: dict[str, str] = {}  # the ARN of the key that files of a bucket are encrypted with, by bucket

    def note(self, where, action, params, pairs, answer):
        """Takes in a call that AWS accepted."""
        verb = action.split(":")[1]
        given = tags_of(params)
        if verb in TAGGING:
            for _, arn in pairs:
                self.tags.setdefault(self.known_as(arn, params), {}).update(given)
        elif verb in UNTAGGING:
            for _, arn in pairs:
                self.untag(self.known_as(arn, params), params)
        elif action == "application-autoscaling:RegisterScalableTarget":
            self.targets[answer.get("ScalableTargetARN", "")] = params["ResourceId"]
            self.tags.setdefault(params["ResourceId"], {}).update(given)
        elif action in MADE:
            self.made(where, action, given, answer)
        elif verb == "AssociateRouteTable":
            self.associations[answer.get("AssociationId")] = params
        elif verb == "AssociateVpcCidrBlock":
            self.associations[answer["CidrBlockAssociation"]["AssociationId"]] = {"VpcId": params["VpcId"]}
        self.note_role(verb, params)
        self.note_key(verb, params, answer)

    def note_key(self, verb, params, answer):
        if verb == "CreateKey":
            made = answer["KeyMetadata"]
            self.keys |= {made["KeyId"]: made["Arn"], made["Arn"]: made["Arn"]}
        elif verb == "Encrypt":
            self.sealed[answer.get("CiphertextBlob", "")] = params["KeyId"]
        elif verb == "CreateAlias":
            self.keys[params["AliasName"]] = self.keys.get(params["TargetKeyId"], params["TargetKeyId"])
        elif verb == "PutBucketEncryption":
            rule = params["ServerSideEncryptionConfiguration"]["Rules"][0]["ApplyServerSideEncryptionByDefault"]
            self.encrypted[params["Bucket"]] = rule.get("KMSMasterKeyID", "")

    def made(self, where, action, given, answer):
        kind, path = MADE[action]
        for value in dig(answer, path):
            arn = value if value.startswith("arn:") else where.arn(action.split(":")[0], kind, value)
            self.tags[arn] = dict(given)

    def untag(self, known, params):
        names = [one["Key"] if isinstance(one, dict) else one for one in params.get("Tags") or params.get("TagKeys") or params.get("tagKeys") or []]
        for name in names:
            self.tags.get(known, {}).pop(name, None)

    def note_role(self, verb, params):
        role = params.get("RoleName")
        if verb in ("CreateRole", "PutRolePermissionsBoundary"):
            self.boundaries[role] = params.get("PermissionsBoundary", "")
            self.policies.setdefault(role, {})
        elif verb == "PutRolePolicy":
            self.policies.setdefault(role, {})[params["PolicyName"]] = document(json.loads(params["PolicyDocument"]))
        elif verb == "AttachRolePolicy":
            self.policies.setdefault(role, {})[places.last(params["PolicyArn"])] = self.managed(params["PolicyArn"])
        elif verb == "CreatePolicy":
            self.made_policies[params["PolicyName"]] = document(json.loads(params["PolicyDocument"]))

    def managed(self, arn: str) -> str:
        """A policy that is attached: one that was made here, or AWS's own, as moto has them from AWS."""
        name = places.last(arn)
        return self.made_policies.get(name) or document(aws_policies()[name]["Document"])

    def known_as(self, arn, params):
        """Under what the tags of a resource are kept."""
        if ":scalable-target/" in arn:
            return params.get("ResourceId") or self.targets.get(params.get("ResourceARN"), arn)
        return arn

    def resolved(self, params):
        """The parameters, with what the id of an association and the name of a key stand for."""
        known = {**self.associations.get(params.get("AssociationId"), {}), **params}
        if params.get("CiphertextBlob") in self.sealed:  # It tells KMS its key.
            known["KeyId"] = self.sealed[params["CiphertextBlob"]]
        elif params.get("KeyId") in self.keys:
            known["KeyId"] = self.keys[params["KeyId"]]
        return known


@functools.cache
def aws_policies() -> dict:
    return json.loads(aws_managed_policies_data)


def dig(value, path):
    """The texts at a path, through lists."""
    for name in path:
        value = [one.get(name) for one in places.listed(value) if isinstance(one, dict)]
        value = [inner for one in value if one for inner in places.listed(one)]
    return [one for one in places.listed(value) if isinstance(one, str)]


def tags_of(params) -> dict:
    """The tags that a call brings, in whichever of AWS's forms."""
    given = params.get("Tags") or params.get("tags") or [
        tag for spec in params.get("TagSpecifications") or [] for tag in spec.get("Tags") or []]
    if isinstance(given, dict):
        return given
    return {tag.get("Key", tag.get("key")): tag.get("Value", tag.get("value", "")) for tag in given}


def document(policy: dict) -> str:
    """A policy in which what may be a text is a list."""
    statements = [{**one, "Sid": one.get("Sid", ""), **{part: places.listed(one[part]) for part in ("Action", "Resource") if part in one}}
                  for one in places.listed(policy["Statement"])]
    return json.dumps({**policy, "Statement": statements})
