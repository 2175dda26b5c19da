"""Many tasks behind HAProxy, which stands in for the Application Load Balancer: what so many hold against the sum of each."""

import contextlib
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from .cgroup import Cgroup
from .ladder import Ladder, climb
from .peers import Peer
from .server import SERVER_CORE, Server, ask_once

COUNTS = (1, 2, 4, 8)
# So that eight of them, the balancer and the load fit on two cores.
SHARE = 0.04
_FIRST_PORT = 18100
_BALANCER_PORT = 18099


def alone(peer: Peer) -> Ladder:
    """One such task without a balancer."""
    with _task(peer, 0) as server:
        return climb(server.peer.url, [], [server])


def behind(peer: Peer, count: int, folder: Path) -> Ladder:
    """So many tasks that get requests in turn."""
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(_task(peer, number)) for number in range(count)]
        front = stack.enter_context(_balancer(peer, servers, folder))
        return climb(front.url, [], servers)


def _task(peer: Peer, number: int) -> Server:
    port = _FIRST_PORT + 2 * number
    ports = {"MOTE_PORT": str(port), "MOTE_METRICS_PORT": str(port + 1)}
    return Server(replace(peer, port=port, environment=peer.environment | ports), confined=True, share=SHARE)


@contextlib.contextmanager
def _balancer(peer: Peer, servers: list[Server], folder: Path) -> Iterator[Peer]:
    """HAProxy on the servers' core, outside their quota."""
    config = folder / "haproxy.cfg"
    config.write_text(_config(servers))
    haproxy = shutil.which("haproxy") or "/usr/sbin/haproxy"
    front = replace(peer, port=_BALANCER_PORT)
    command = ["taskset", "--cpu-list", str(SERVER_CORE), haproxy, "-db", "-f", str(config)]
    with Cgroup("balancer", 1) as group, subprocess.Popen(command, preexec_fn=group.enter) as process:
        try:
            end = time.monotonic() + 10
            while ask_once(front) is None:
                if process.poll() is not None or time.monotonic() > end:
                    raise SystemExit("error: HAProxy gave no answer within 10 s")
                time.sleep(0.05)
            yield front
        finally:
            process.kill()


def _config(servers: list[Server]) -> str:
    lines = [
        "global",
        "  nbthread 1",
        "defaults",
        "  mode http",
        "  timeout connect 5s",
        "  timeout client 60s",
        "  timeout server 60s",
        "listen front",
        f"  bind 127.0.0.1:{_BALANCER_PORT}",
        "  balance roundrobin",
        "  http-reuse always",
        *(f"  server task{number} 127.0.0.1:{server.peer.port}" for number, server in enumerate(servers)),
    ]
    return "\n".join(lines) + "\n"
