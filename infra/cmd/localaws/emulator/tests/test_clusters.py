"""Clusters of EKS in Auto Mode, as AWS tells of them."""

import json
import unittest
from unittest import mock

import clusters
from ministack.services import eks

ASKED = {
    "name": "c", "version": "1.36", "roleArn": "arn:aws:iam::000000000000:role/c", "computeConfig": {"enabled": True},
    "storageConfig": {"blockStorage": {"enabled": True}}, "upgradePolicy": {"supportType": "STANDARD"}, "deletionProtection": False,
    "kubernetesNetworkConfig": {"elasticLoadBalancing": {"enabled": True}},
    "accessConfig": {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False},
}
NODE = "arn:aws:iam::000000000000:role/node"
POLICY = {"policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSAutoNodePolicy", "accessScope": {"type": "cluster"}}


class Clusters(unittest.TestCase):
    def setUp(self):
        for name in ("_get_docker", "_create_cluster", "_sanitize", "_associate_access_policy", "_VALID_ACCESS_ENTRY_TYPES"):
            self.enterContext(mock.patch.object(eks, name, getattr(eks, name)))
        self.addCleanup(eks.reset)
        clusters.install()

    def ask(self, answer):
        status, _, body = answer
        return status, json.loads(body)

    def test_auto_mode_is_told_as_it_was_asked_for(self):
        self.assertEqual(200, eks._create_cluster(dict(ASKED))[0])
        _, told = self.ask(eks._describe_cluster("c"))
        for name in clusters.TOLD:
            self.assertEqual(ASKED[name], told["cluster"][name])
        self.assertEqual({"enabled": True}, told["cluster"]["kubernetesNetworkConfig"]["elasticLoadBalancing"])
        self.assertEqual("ipv4", told["cluster"]["kubernetesNetworkConfig"]["ipFamily"], "what was not asked for stays")

    def test_the_api_server_is_the_one_that_runs(self):
        eks._create_cluster(dict(ASKED))
        with mock.patch.dict("os.environ", {"EKS_ENDPOINT": "https://172.30.0.2", "EKS_AUTHORITY": "Q0E="}):
            _, told = self.ask(eks._describe_cluster("c"))
        self.assertEqual(("https://172.30.0.2", {"data": "Q0E="}), (told["cluster"]["endpoint"], told["cluster"]["certificateAuthority"]))

    def test_nodes_have_an_entry_with_a_policy(self):
        eks._create_cluster(dict(ASKED))
        self.assertEqual(200, eks._create_access_entry("c", {"principalArn": NODE, "type": "EC2"})[0])
        self.assertEqual(200, eks._associate_access_policy("c", NODE, POLICY)[0])
        _, told = self.ask(eks._describe_access_entry("c", NODE))
        self.assertEqual("EC2", told["accessEntry"]["type"])
        eks._create_access_entry("c", {"principalArn": NODE + "2", "type": "EC2_LINUX"})
        self.assertEqual(400, eks._associate_access_policy("c", NODE + "2", POLICY)[0], "other nodes have none")


if __name__ == "__main__":
    unittest.main()
