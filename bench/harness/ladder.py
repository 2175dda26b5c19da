"""Load that rises in steps: oha sends each request when it is due, and counts its latency from then, whatever becomes of the ones before."""

import json
import math
import os
from dataclasses import dataclass, field

from .load import MemoryWatch, run
from .server import Server

STEP_SECONDS = 2
CONNECTIONS = 64
BOUNDS_MS = (50, 100, 250)
# Of what the closed loop got through just before; the last one is for a closed loop that other work disturbed.
_FACTORS = (0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0)
_LOWEST = 0.1


@dataclass(frozen=True)
class Step:
    """One rate: milliseconds, the shares of requests that failed and of the quota's periods that were used up, processor time a request, bytes."""

    rate: float
    p50_ms: float
    p99_ms: float
    failed: float
    throttled: float
    cpu_us: float
    memory: int


@dataclass
class Ladder:
    """The steps of one round, by rate."""

    steps: list[Step] = field(default_factory=list)

    def knee(self, bound_ms: float) -> float | None:
        """Requests a second at which p99 passes the bound, between two steps by their logarithms; nothing if it did so at the first."""
        for below, above in zip(self.steps, self.steps[1:], strict=False):
            if below.p99_ms <= bound_ms < above.p99_ms:
                part = math.log(bound_ms / below.p99_ms) / math.log(above.p99_ms / below.p99_ms)
                return below.rate + part * (above.rate - below.rate)
        return None

    def at(self, bound_ms: float) -> Step | None:
        """The last step that keeps the bound."""
        kept = [step for step in self.steps if step.p99_ms <= bound_ms]
        return kept[-1] if kept else None


def climb(url: str, options: list[str], servers: list[Server]) -> Ladder:
    """Steps up from seven tenths of what a closed loop gets through until p99 passes the last bound, and down until it keeps the first."""
    most = _oha(url, [*options, "-z", "1s"])["summary"]["requestsPerSec"]
    steps = []
    for factor in _FACTORS:
        steps.append(_step(url, options, servers, most * factor, most))
        if steps[-1].p99_ms > BOUNDS_MS[-1]:
            break
    factor = _FACTORS[0]
    while steps[0].p99_ms > BOUNDS_MS[0] and factor > _LOWEST:
        factor *= 0.75
        steps.insert(0, _step(url, options, servers, most * factor, most))
    return Ladder(steps)


def _step(url: str, options: list[str], servers: list[Server], rate: float, most: float) -> Step:
    """A step below what a closed loop gets through that passes the first bound is taken twice, and the lower p99 counts: what other work
    delayed is no limit of the server."""
    step = _once(url, options, servers, rate)
    if step.p99_ms <= BOUNDS_MS[0] or rate > most:
        return step
    return min(step, _once(url, options, servers, rate), key=lambda one: one.p99_ms)


def _once(url: str, options: list[str], servers: list[Server], rate: float) -> Step:
    count = max(1, round(rate * STEP_SECONDS))
    with MemoryWatch(servers[0]) as watch:
        before = [_meter(server) for server in servers]
        found = _oha(url, [*options, "-n", str(count), "-q", str(max(1, round(rate))), "--latency-correction"])
        used = [[late - early for late, early in zip(_meter(server), was, strict=True)] for server, was in zip(servers, before, strict=True)]
    cpu, periods, throttled = (sum(column) for column in zip(*used, strict=True))
    latency = found["latencyPercentiles"]
    good = _good(found)
    share = throttled / periods if periods else 0.0
    return Step(rate, latency["p50"] * 1e3, latency["p99"] * 1e3, 1 - good / count, share, cpu * 1e6 / count, watch.peak)


def _meter(server: Server) -> tuple[float, int, int]:
    return (server.cgroup.cpu_seconds(), *server.cgroup.throttled())


def _oha(url: str, options: list[str]) -> dict:
    command = [os.environ["MOTE_BENCH_OHA"], "--no-tui", "--output-format", "json", "-c", str(CONNECTIONS), "-t", "10s", *options, url]
    found = json.loads(run(command))
    if _good(found) == 0:
        raise SystemExit(f"error: {url} answered no request with success: {found['statusCodeDistribution']} {found['errorDistribution']}")
    return found


def _good(found: dict) -> int:
    """Answers with success; podinfo's echo says 202."""
    return sum(number for status, number in found["statusCodeDistribution"].items() if status.startswith("2"))
