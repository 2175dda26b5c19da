"""The whole measurement: every peer in turns, so that what disturbs the machine disturbs all of them alike."""

import os
import signal
import sys
import time

from . import cgroup, load, report
from .measured import Measured
from .peers import all_peers
from .server import Server, start_once

ROUNDS = int(os.environ.get("ROUNDS", "5"))
STARTS = 15


def main() -> None:
    """Measures, reports, and leaves nothing running, however it ends."""
    # A signal has to unwind, so that servers end and control groups go.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("error: ended by a signal"))
    cgroup.remove_stale()
    results = [Measured(peer) for peer in all_peers()]
    for number in range(ROUNDS):
        for result in results:
            say(f"round {number + 1} of {ROUNDS}: {result.peer.name}")
            measure_round(result)
    for result in results:
        say(f"starts and {load.IDLE_CONNECTIONS} idle connections: {result.peer.name}")
        measure_starts(result)
        with Server(result.peer) as server:
            result.idle = load.idle(server)
    report.write(results, ROUNDS, whole=not {"ONLY", "BASE"} & os.environ.keys())


def measure_round(result: Measured) -> None:
    """Memory at rest, full load, and a fixed rate, on one core; then full load where the scheduler likes."""
    with Server(result.peer) as server:
        time.sleep(0.5)
        result.idle_memory.append(server.memory())
        load.full(server, seconds=1)
        result.full.append(load.full(server))
        # A quota that was used up is no part of what follows.
        time.sleep(0.3)
        result.fixed.append(load.fixed(server))
    with Server(result.peer, core=None) as server:
        load.full(server, seconds=1)
        result.spread.append(load.full(server, seconds=2))


def measure_starts(result: Measured) -> None:
    """From exec to the first answer, with the whole machine to itself."""
    for _ in range(STARTS):
        result.starts.append(start_once(result.peer))


def say(text: str) -> None:
    """What happens now, for the person who is watching."""
    print(f"==> {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
