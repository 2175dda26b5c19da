"""AWS's own models of its services, as botocore has them, and a call's parameters and answer read by them."""

import functools
import json
from urllib.parse import urlencode

import botocore.parsers
import botocore.serialize
from moto.core.loaders import create_loader
from moto.core.model import OperationModel, ServiceModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request
from moto.core.routing import get_service_router
from werkzeug.datastructures import Headers, MultiDict

# Signatures name a service otherwise than botocore does in these cases.
MODELS = {"elasticloadbalancing": "elbv2", "monitoring": "cloudwatch", "tagging": "resourcegroupstaggingapi"}


class Unreadable(Exception):
    """What was sent is no request that AWS's models know."""


@functools.cache
def service(name: str) -> ServiceModel:
    """The model of a service by the name that signatures have, such as elasticloadbalancing."""
    name = MODELS.get(name, name)
    return ServiceModel(create_loader().load_service_model(name, "service-2"), name)


def operation(service_name: str, call: dict) -> OperationModel:
    """The model of the operation that a recorded call asks for."""
    model = service(service_name)
    if protocol(model, call["parameters"]).startswith("rest"):
        return routed(service_name, call["parameters"])[0]
    if call["operation"] not in model.operation_names:
        raise Unreadable(f"there is no operation {call['operation']}")
    return model.operation_model(call["operation"])


def protocol(model: ServiceModel, sent: dict) -> str:
    """The one that a call was sent by. Some services speak several: the query protocol knows nothing but texts, and what is recorded as an
    object was JSON."""
    spoken = model.metadata.get("protocols", [model.protocol])
    if "query" in spoken and all(isinstance(value, str) for value in sent.values()):
        return "query"
    return "json" if "json" in spoken else model.protocol


def routed(service_name: str, sent: dict) -> tuple[OperationModel, dict, Request]:
    """The operation of a REST request, and what its path says."""
    url = "http://localhost" + sent["path"] + ("?" + query(sent) if query(sent) else "")
    request = Request.from_primitives(sent["method"], url, sent.get("headers") or {}, (sent.get("body") or "").encode())
    try:
        found, labels = get_service_router(MODELS.get(service_name, service_name)).match(request)
    except Exception as error:  # werkzeug raises several, none of them of ours
        raise Unreadable(f"there is no operation {sent['method']} {sent['path']}") from error
    return found, labels, request


def query(sent: dict) -> str:
    """The query of a REST request, which recordings have as a text or as a map."""
    given = sent.get("query") or ""
    return given if isinstance(given, str) else urlencode(given, doseq=True)


def parameters(service_name: str, model: OperationModel, sent: dict) -> tuple[dict, list[str]]:
    """A call's parameters, and the names that were sent and that the model does not have."""
    spoken = protocol(model.service_model, sent)
    if spoken == "json":
        return sent, []  # The validator finds unknown names by itself.
    reader = PROTOCOL_PARSERS[spoken](model, timestamp_parser=str)
    try:
        if spoken in ("query", "ec2"):
            values = {name: value for name, value in sent.items() if name not in ("Action", "Version")}
            read = reader.parse({"values": MultiDict(values), "headers": Headers(), "body": "", "url_params": {}})
            return read, unread(spoken, model, read, values)
        _, labels, request = routed(service_name, sent)
        read = reader.parse({"values": request.args, "headers": request.headers, "body": request.data, "url_params": labels})
    except (ValueError, TypeError) as error:
        raise Unreadable(f"a value is of another type: {error}") from error
    return {name: value for name, value in read.items() if value is not None}, []


def unread(spoken: str, model: OperationModel, read: dict, values: dict) -> list[str]:
    """The names that get lost when what was read is written again."""
    written = botocore.serialize.create_serializer(spoken, include_validation=False).serialize_to_request(read, model)["body"]
    return [name for name, value in values.items() if name not in written and value != ""]


def answer(model: OperationModel, sent: dict, text: str) -> dict:
    """What AWS answered, read by its model. An empty one is none."""
    if not text or model.output_shape is None:
        return {}
    spoken = protocol(model.service_model, sent)
    if spoken == "json":
        return json.loads(text)
    parser = botocore.parsers.create_parser(spoken)
    return parser.parse({"body": text.encode(), "headers": {}, "status_code": 200}, model.output_shape)
