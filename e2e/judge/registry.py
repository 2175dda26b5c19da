"""What IAM decides about when an image is pushed or fetched. The registry's own protocol is no call of AWS's, but each of its requests
stands for one: https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html and image-pull.html"""

import re

# https://github.com/opencontainers/distribution-spec/blob/main/spec.md#endpoints
ENDPOINTS = [
    ("POST", r"blobs/uploads/?", "ecr:InitiateLayerUpload"),
    ("PATCH", r"blobs/uploads/.+", "ecr:UploadLayerPart"),
    ("PUT", r"blobs/uploads/.+", "ecr:CompleteLayerUpload"),
    ("HEAD", r"blobs/[^/]+", "ecr:BatchCheckLayerAvailability"),
    ("GET", r"blobs/[^/]+", "ecr:GetDownloadUrlForLayer"),
    ("HEAD", r"manifests/[^/]+", "ecr:BatchGetImage"),
    ("GET", r"manifests/[^/]+", "ecr:BatchGetImage"),
    ("PUT", r"manifests/[^/]+", "ecr:PutImage"),
]


# How a client asks whether it has to log in, which it does with a token of AWS's.
LOGIN = "ecr:GetAuthorizationToken"


def action(method: str, path: str) -> tuple[str, str] | None:
    """The action and the repository of a request to a registry, which is empty for a login. None if it is no such request."""
    if (method, path) == ("GET", "/v2/"):
        return LOGIN, ""
    for its, pattern, name in ENDPOINTS:
        if method == its and (match := re.fullmatch(rf"/v2/(.+?)/{pattern}", path)):
            return name, match[1]
    return None
