"""In which regions a service is missing that tasks could reach by an endpoint, by botocore's list of endpoints. The Pulumi program refuses a permission there:
e2e/judge/judge.sh partitions writes the regions anew into infra/components/network/endpoints.json. The names of the endpoints themselves are no part of botocore."""

import json
import pathlib

import botocore.session

FILE = pathlib.Path(__file__).parents[2] / "infra/components/network/endpoints.json"
PARTITIONS = ("aws", "aws-us-gov", "aws-cn")
# The part of a service that requests go to has no endpoints of its own in the list.
LISTED_AS = {"execute-api": "apigateway"}


def partitions() -> list[dict]:
    found = botocore.session.get_session().get_data("endpoints")["partitions"]
    return [one for one in found if one["partition"] in PARTITIONS]


def missing(prefix: str, endpoint: str) -> list[str]:
    """The regions that lack a service. In the list it has the name of its endpoint, or IAM's prefix, or the former the other way round."""
    names = (LISTED_AS.get(prefix, endpoint), prefix, ".".join(reversed(endpoint.split("."))))
    regions = []
    for partition in partitions():
        listed = next((partition["services"][name] for name in names if name in partition["services"]), {"endpoints": {}})
        # A service without regions is one for the whole partition.
        if listed.get("isRegionalized", True):
            regions += [region for region in partition["regions"] if region not in listed["endpoints"]]
    return sorted(regions)


def text() -> str:
    """The file as it is to be: a line for each service."""
    services = json.loads(FILE.read_text())
    lines = [f'{json.dumps(prefix)}: {json.dumps({"endpoint": one["endpoint"], "missing": missing(prefix, one["endpoint"])})}'
             for prefix, one in sorted(services.items())]
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    FILE.write_text(text())
