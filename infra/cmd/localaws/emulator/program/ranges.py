"""A VPC's further ranges and a region's further zones, which MiniStack lacks: without them there is no private subnet and no third zone
that has Fargate.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateVpcCidrBlock.html
"""

import re
import uuid

from ministack.core.responses import get_region
from ministack.services import ec2

# The zones of a region. The default of the setting excludedZoneIds leaves one of MiniStack's three out.
ZONES = "abcd"
END = "</cidrBlockAssociationSet>"


def associate(params):
    vpc = ec2._vpcs.get(ec2._p(params, "VpcId"))
    if not vpc:
        return ec2._error("InvalidVpcID.NotFound", f"The vpc ID '{ec2._p(params, 'VpcId')}' does not exist", 400)
    made = {"id": f"vpc-cidr-assoc-{uuid.uuid4().hex[:17]}", "block": ec2._p(params, "CidrBlock")}
    vpc.setdefault("_ranges", []).append(made)
    return answer("AssociateVpcCidrBlock", vpc, made, "associating")


def disassociate(params):
    wanted = ec2._p(params, "AssociationId")
    for vpc in ec2._vpcs.values():
        for one in vpc.get("_ranges", []):
            if one["id"] == wanted:
                vpc["_ranges"].remove(one)
                return answer("DisassociateVpcCidrBlock", vpc, one, "disassociating")
    return ec2._error("InvalidVpcCidrBlockAssociationID.NotFound", f"The association ID '{wanted}' does not exist", 400)


def answer(operation, vpc, one, state):
    return ec2._xml(200, f"{operation}Response", f"<vpcId>{vpc['VpcId']}</vpcId>" + written(one, "cidrBlockAssociation", state))


def written(one, tag, state):
    return (f"<{tag}><associationId>{one['id']}</associationId><cidrBlock>{one['block']}</cidrBlock>"
            f"<cidrBlockState><state>{state}</state></cidrBlockState></{tag}>")


def vpc_xml(original):
    """Tells the further ranges behind the first one."""
    def told(vpc, tag="item"):
        more = "".join(written(one, "item", "associated") for one in vpc.get("_ranges", []))
        return original(vpc, tag).replace(END, more + END)
    return told


def matches(original):
    """Finds a VPC by an association of its ranges, as the provider does."""
    def matched(vpc, filters):
        wanted = filters.get("cidr-block-association.association-id")
        ids = {one["id"] for one in vpc.get("_ranges", [])} | {vpc.get("_cidr_assoc_id", f"vpc-cidr-assoc-{vpc['VpcId'][4:]}")}
        return (wanted is None or bool(ids & set(wanted))) and original(vpc, filters)
    return matched


def zones(original):
    """Repeats the last zone for those that are missing, with the letter and number of each."""
    def described(params):
        status, headers, body = original(params)
        text = body.decode()
        items = re.findall(r"<item>.*?</item>", text, re.DOTALL)
        region, last = get_region(), items[-1]
        more = [last.replace(f"{region}c<", f"{region}{letter}<").replace("-az3<", f"-az{number}<")
                for number, letter in enumerate(ZONES, 1) if number > len(items)]
        return status, headers, text.replace(last, last + "".join(more)).encode()
    return described


def install():
    for name, around in (("_vpc_fields_xml", vpc_xml), ("_matches_vpc_filters", matches)):
        setattr(ec2, name, around(getattr(ec2, name)))
    ec2._ACTION_MAP["DescribeAvailabilityZones"] = zones(ec2._ACTION_MAP["DescribeAvailabilityZones"])
    for operation, run in (("AssociateVpcCidrBlock", associate), ("DisassociateVpcCidrBlock", disassociate)):
        if operation in ec2._ACTION_MAP:
            raise RuntimeError(f"MiniStack has {operation} now: take it out of ranges.py")
        ec2._ACTION_MAP[operation] = run
