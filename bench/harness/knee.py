"""One task at its limit, and many: every peer in turns within a round, for each shape of request."""

import os
import signal
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from . import cgroup, tasks
from .__main__ import ROUNDS, say
from .knee_report import Report
from .ladder import Ladder, climb
from .peers import Peer, all_peers
from .server import Server
from .shapes import Shape, all_shapes

_TASKS = "tasks"


def main() -> None:
    """Measures and writes one section after the other, and leaves nothing running, however it ends."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("error: ended by a signal"))
    cgroup.remove_stale()
    peers = all_peers()
    report = Report(whole=not {"ONLY", "BASE"} & os.environ.keys())
    with tempfile.TemporaryDirectory() as name:
        shapes = all_shapes(Path(name))
        wanted = os.environ.get("SHAPES", ",".join([*(shape.name for shape in shapes), _TASKS])).split(",")
        for shape in shapes:
            if shape.name in wanted:
                report.put(shape.name, shape.about, _peers_in_turns(peers, shape), ROUNDS)
                report.write()
        if _TASKS in wanted and peers[0].name == "mote":
            report.put(_TASKS, "Many tasks behind one balancer", _many(peers[0], Path(name)), ROUNDS)
            report.write()


def _peers_in_turns(peers: list[Peer], shape: Shape) -> dict[str, list[Ladder]]:
    found: dict[str, list[Ladder]] = defaultdict(list)
    for number in range(ROUNDS):
        for peer in peers:
            if (path := shape.path(peer)) is None:
                continue
            with Server(peer.serving(path), confined=True) as server:
                found[peer.name].append(climb(f"http://127.0.0.1:{peer.port}{path}", shape.options, [server]))
            knee = found[peer.name][-1].knee(100)
            say(f"round {number + 1} of {ROUNDS}: {shape.name}, {peer.name}: {knee and round(knee)} requests a second at 100 ms")
    return found


def _many(peer: Peer, folder: Path) -> dict[str, list[Ladder]]:
    found: dict[str, list[Ladder]] = defaultdict(list)
    for number in range(ROUNDS):
        found["1, without it"].append(tasks.alone(peer))
        for count in tasks.COUNTS:
            found[str(count)].append(tasks.behind(peer, count, folder))
        say(f"round {number + 1} of {ROUNDS}: 1 to {tasks.COUNTS[-1]} tasks")
    return found


if __name__ == "__main__":
    main()
