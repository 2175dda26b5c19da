"""What is asked of a server at its limit."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from .peers import Peer

BODY_BYTES = 1024
_OCTETS = "application/octet-stream"


@dataclass(frozen=True)
class Shape:
    """One kind of request: the path that a peer has for it, if any, and what oha is told."""

    name: str
    about: str
    path: Callable[[Peer], str | None]
    options: list[str] = field(default_factory=list)


def all_shapes(folder: Path) -> list[Shape]:
    """Every shape; the body is a file in this folder."""
    body = folder / "body"
    body.write_bytes(b"x" * BODY_BYTES)
    post = ["-m", "POST", "-T", _OCTETS, "-D", str(body)]
    return [
        Shape("kept", "`GET /health`, connections kept", lambda peer: peer.path),
        Shape("closed", "`GET /health`, a connection for each request", lambda peer: peer.path, ["--disable-keepalive"]),
        Shape("body", "`POST /echo`, 1 KB there and back, connections kept", lambda peer: peer.echo, post),
        Shape("large", "`GET /large`, answers of 16 KB, connections kept", lambda peer: peer.large),
    ]
