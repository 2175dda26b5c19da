"""A VPC's further ranges and a region's further zones, as AWS answers about them."""

import re
import unittest
from unittest import mock

import ranges
from ministack.services import ec2

TRIED = {"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16", "State": "available", "DhcpOptionsId": "d", "InstanceTenancy": "default", "IsDefault": False, "OwnerId": "1"}


class Ranges(unittest.TestCase):
    def setUp(self):
        self.enterContext(mock.patch.object(ec2, "_vpcs", {"vpc-1": dict(TRIED)}))
        self.enterContext(mock.patch.object(ec2, "_ACTION_MAP", dict(ec2._ACTION_MAP)))
        for name in ("_vpc_fields_xml", "_matches_vpc_filters"):
            self.enterContext(mock.patch.object(ec2, name, getattr(ec2, name)))
        ranges.install()

    def ask(self, operation, **params):
        status, _, body = ec2._ACTION_MAP[operation]({name.replace("_", "."): [value] for name, value in params.items()})
        text = body.decode() if isinstance(body, bytes) else body
        return status, text, re.findall(r"<associationId>([^<]+)<", text)

    def test_a_range_is_told_until_it_is_taken_away(self):
        status, text, (made,) = self.ask("AssociateVpcCidrBlock", VpcId="vpc-1", CidrBlock="10.128.0.0/16")
        self.assertEqual(200, status)
        self.assertIn("<state>associating</state>", text)
        _, text, ids = self.ask("DescribeVpcs", Filter_1_Name="cidr-block-association.association-id", Filter_1_Value_1=made)
        self.assertEqual(["vpc-cidr-assoc-1", made], ids)
        self.assertIn("<cidrBlock>10.128.0.0/16</cidrBlock>", text)
        self.assertEqual(200, self.ask("DisassociateVpcCidrBlock", AssociationId=made)[0])
        self.assertEqual([], self.ask("DescribeVpcs", Filter_1_Name="cidr-block-association.association-id", Filter_1_Value_1=made)[2])
        self.assertEqual(["vpc-cidr-assoc-1"], self.ask("DescribeVpcs")[2])

    def test_what_is_not_there_is_an_error(self):
        self.assertIn("InvalidVpcID.NotFound", self.ask("AssociateVpcCidrBlock", VpcId="vpc-2", CidrBlock="10.1.0.0/16")[1])
        self.assertIn("InvalidVpcCidrBlockAssociationID.NotFound", self.ask("DisassociateVpcCidrBlock", AssociationId="no")[1])

    def test_there_are_four_zones(self):
        _, text, _ = self.ask("DescribeAvailabilityZones")
        self.assertEqual([f"us-east-1{letter}" for letter in "abcd"], re.findall("<zoneName>([^<]+)<", text))
        self.assertEqual([f"use1-az{number}" for number in range(1, 5)], re.findall("<zoneId>([^<]+)<", text))


if __name__ == "__main__":
    unittest.main()
