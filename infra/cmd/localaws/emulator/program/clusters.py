"""EKS as a cluster in Auto Mode has it. MiniStack would run its own Kubernetes in a container, and forgets what it has no use for; here the API server is
the rehearsal's own, at EKS_ENDPOINT and known by EKS_AUTHORITY. Without them a cluster has none, and none is waited for.

https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateCluster.html
"""

import os

from ministack.services import eks

# What MiniStack takes and does not tell.
TOLD = ("computeConfig", "storageConfig", "upgradePolicy", "deletionProtection")


def create(original):
    def created(body, creator_arn=None):
        answer = original(body, creator_arn)
        cluster = eks._clusters.get(body.get("name", ""))
        if answer[0] == 200 and cluster:
            cluster.update({name: body[name] for name in TOLD if name in body})
            cluster["kubernetesNetworkConfig"].update(body.get("kubernetesNetworkConfig", {}))
        return answer
    return created


def describe(original):
    """Tells where the rehearsal's own API server is."""
    def described(cluster):
        told = original(cluster)
        if os.environ.get("EKS_ENDPOINT"):
            told |= {"endpoint": os.environ["EKS_ENDPOINT"], "certificateAuthority": {"data": os.environ["EKS_AUTHORITY"]}}
        return told
    return described


def associate(original):
    """Nodes of Auto Mode are entries of the type EC2, which have a policy too: https://docs.aws.amazon.com/eks/latest/userguide/auto-create-node-class.html"""
    def associated(cluster_name, principal_arn, body):
        entry = eks._access_entries.get(eks._ae_key(cluster_name, principal_arn))
        if not entry or entry["type"] != "EC2":
            return original(cluster_name, principal_arn, body)
        entry["type"] = "STANDARD"
        try:
            return original(cluster_name, principal_arn, body)
        finally:
            entry["type"] = "EC2"
    return associated


def install():
    eks._get_docker = lambda: None
    eks._VALID_ACCESS_ENTRY_TYPES += ("EC2",)
    eks._create_cluster = create(eks._create_cluster)
    eks._sanitize = describe(eks._sanitize)
    eks._associate_access_policy = associate(eks._associate_access_policy)
