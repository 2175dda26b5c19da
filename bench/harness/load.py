"""Load: as fast as the quota lets a server answer (wrk), and at a fixed rate that waits for no answer (vegeta)."""

import json
import os
import re
import socket
import subprocess
import threading
import time
from dataclasses import dataclass

from .cgroup import Cgroup
from .peers import Peer
from .server import LOAD_CORE, Server, ask_once, request

CONNECTIONS = 16
FULL_SECONDS = 3
FIXED_SECONDS = 4
# The slowest peer can just do this within its quota, so that every p99 is that of a server with room to spare.
FIXED_RATE = 400
IDLE_CONNECTIONS = 10_000
# A server that takes no more connections makes each further client wait; there is no use in waiting for all of them.
IDLE_SECONDS = 30


@dataclass(frozen=True)
class Full:
    """A closed loop on keep-alive connections: requests a second, processor microseconds a request, peak bytes."""

    rate: float
    cpu_us: float
    memory: int


@dataclass(frozen=True)
class Fixed:
    """An open loop: latencies from when a request was due, so a stall counts for all it delayed. Seconds; errors are a share."""

    p50: float
    p99: float
    errors: float


@dataclass(frozen=True)
class Idle:
    """After clients came, sent one request each and fell silent: how many are still connected, bytes, seconds to an answer."""

    open: int
    memory: int
    answer: float | None


def full(server: Server, seconds: int = FULL_SECONDS) -> Full:
    """As many requests as 16 connections get through."""
    with MemoryWatch(server) as watch:
        cpu = server.cgroup.cpu_seconds()
        output = run(["wrk", "--threads", "1", "--connections", str(CONNECTIONS), "--duration", f"{seconds}s", server.peer.url])
        cpu = server.cgroup.cpu_seconds() - cpu
    requests, took = re.search(r"(\d+) requests in ([\d.]+)s", output).groups()
    if "Non-2xx" in output or "Socket errors" in output:
        raise SystemExit(f"error: {server.peer.name} did not answer all with 200:\n{output}")
    return Full(int(requests) / float(took), cpu * 1e6 / int(requests), watch.peak)


def fixed(server: Server) -> Fixed:
    """A constant number of requests a second, whatever becomes of the ones before."""
    vegeta = os.environ["MOTE_BENCH_VEGETA"]
    attack = [vegeta, "attack", f"-rate={FIXED_RATE}/s", f"-duration={FIXED_SECONDS}s", f"-connections={CONNECTIONS}", "-timeout=5s"]
    results = run(attack, f"GET {server.peer.url}\n".encode(), text=False)
    report = json.loads(run([vegeta, "report", "-type=json"], results))
    latencies = report["latencies"]
    return Fixed(latencies["50th"] / 1e9, latencies["99th"] / 1e9, 1 - report["success"])


def idle(server: Server, count: int = IDLE_CONNECTIONS) -> Idle:
    """Keep-alive clients that made one request and wait."""
    streams = []
    try:
        end = time.monotonic() + IDLE_SECONDS
        while len(streams) < count and time.monotonic() < end:
            stream = _connect(server.peer)
            if stream is not None:
                streams.append(stream)
        time.sleep(1)
        answers = sorted(filter(None, (ask_once(server.peer) for _ in range(20))))
        still_open = sum(_is_open(stream) for stream in streams)
        return Idle(still_open, server.memory(), answers[len(answers) // 2] if answers else None)
    finally:
        for stream in streams:
            stream.close()


def _connect(peer: Peer) -> socket.socket | None:
    try:
        stream = socket.create_connection(("127.0.0.1", peer.port), timeout=2)
        stream.sendall(request(peer))
        stream.recv(4096)
        return stream
    except OSError:
        return None


def _is_open(stream: socket.socket) -> bool:
    stream.setblocking(False)
    try:
        while data := stream.recv(4096):
            del data
        return False
    except BlockingIOError:
        return True
    except OSError:
        return False


class MemoryWatch:
    """Samples a server's memory ten times a second; `peak` is the most that was seen."""

    def __init__(self, server: Server):
        self.peak = 0
        self._server = server
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def _sample(self) -> None:
        while not self._stop.wait(0.1):
            self.peak = max(self.peak, self._server.memory())

    def __enter__(self) -> "MemoryWatch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()


def run(command: list[str], data: bytes | None = None, text: bool = True):
    """Runs a program on the core that is kept for load, and gives its output."""
    pinned = ["taskset", "--cpu-list", str(LOAD_CORE), *command]
    # A group without a bound, which goes before other work: what waits for a processor here would be counted as the server's.
    with Cgroup("load", os.cpu_count()) as group:
        done = subprocess.run(pinned, input=data, capture_output=True, timeout=120, check=False, preexec_fn=group.enter)
    if done.returncode != 0:
        raise SystemExit(f"error: {command[0]} failed: {done.stderr.decode().strip()}")
    return done.stdout.decode() if text else done.stdout
