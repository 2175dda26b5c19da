"""Turns what was measured into bench/RESULTS.md."""

import json
import os
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from . import load
from .cgroup import CPU_SHARE, MEMORY_BYTES
from .measured import Measured

_FOLDER = Path(__file__).resolve().parents[1]
# What follows it in the report stays.
_BY_HAND = "\n<!-- Written by hand from here on. -->\n"


def write(results: list[Measured], rounds: int, whole: bool) -> None:
    """Prints the report; writes it when all peers were measured."""
    text = _document(results, rounds)
    print(text)
    if whole:
        path = _FOLDER / "RESULTS.md"
        path.write_text(text + "".join(path.read_text().partition(_BY_HAND)[1:]))
        print(f"==> written: {_FOLDER / 'RESULTS.md'}", file=sys.stderr)


def _document(results: list[Measured], rounds: int) -> str:
    return "\n".join(
        [
            "# mote beside its peers",
            "",
            f"Measured on {time.strftime('%Y-%m-%d %H:%M UTC', time.gmtime())} by `make bench`, {rounds} rounds in which the servers take turns;"
            " every figure is the median. Read ratios, not absolute numbers: the machine is a virtual one and shared. [KNEE.md](KNEE.md) has the rate at which"
            " answers get slow.",
            "",
            f"- Machine: {machine()}",
            f"- Limits of each server: {CPU_SHARE} CPU, {MEMORY_BYTES >> 20} MiB, by a control group; one core for the server, another for the load.",
            f"- Load: `wrk`, one thread, {load.CONNECTIONS} keep-alive connections, as fast as it goes; and `vegeta` at {load.FIXED_RATE} requests a second"
            " without waiting for answers, so that its p99 counts what a stall delays. `GET /health`, or what the peer calls it.",
            "- Memory: resident bytes; of a server with several processes, what they share counts once. Disk: the program without interpreter and"
            " system libraries.",
            "",
            *_chart(results),
            "",
            *_table(results),
            "",
            "axum is there twice: as `cargo build --release` makes it, which the promise about memory is measured against, and static like mote.",
            "",
            "Idle connections: clients that made one request each and then said nothing. *Open* are those still connected; the answer is the median time"
            " of a new client's request meanwhile.",
            "",
            *_bars({one.peer.name: one for one in results}),
            "",
        ]
    )


def _chart(results: list[Measured]) -> list[str]:
    """Bars in Mermaid, which GitHub draws; the fastest first."""
    ordered = sorted(results, key=lambda one: one.cpu_us)
    return [
        "```mermaid",
        "xychart-beta horizontal",
        '  title "Requests per second of processor time"',
        f"  x-axis {json.dumps([one.peer.name for one in ordered])}",
        f"  bar {json.dumps([round(1e6 / one.cpu_us) for one in ordered])}",
        "```",
    ]


def _table(results: list[Measured]) -> list[str]:
    rows = [
        "| server | requests per CPU second | CPU µs a request | … free to use all cores | requests/s at the quota | p50 / p99 at fixed load |"
        " memory idle / under load | with idle connections: open, memory, answer | start to first answer | disk |",
        "|---|" + "---:|" * 9,
    ]
    return rows + [_row(one) for one in results]


def _row(one: Measured) -> str:
    rates = f"{1e6 / one.cpu_us:,.0f} | {one.cpu_us:.1f} | {median(full.cpu_us for full in one.spread):.1f} | {median(full.rate for full in one.full):,.0f}"
    p50, p99 = (median(getattr(fixed, name) for fixed in one.fixed) for name in ("p50", "p99"))
    errors = max(fixed.errors for fixed in one.fixed)
    latency = f"{_ms(p50)} / {_ms(p99)}" + (f" ({errors:.1%} failed)" if errors else "")
    memory = f"{_mb(median(one.idle_memory))} / {_mb(_loaded(one))}"
    idle = one.idle
    after_idle = f"{idle.open:,}, {_mb(idle.memory)}, {_ms(idle.answer)}" if idle.answer is not None else "answers no more"
    disk = _mb(one.peer.disk_bytes)
    return (
        f"| **{one.peer.name}** ({one.peer.about}) | {rates} | {latency} | {memory} | {after_idle}"
        f" | {_ms(median(one.starts))} | {disk} |"
    )


def _bars(by_name: dict[str, Measured]) -> list[str]:
    """What mote promises, compared with this run; a peer that was left out leaves its bars out."""
    mote = by_name.get("mote")
    if mote is None:
        return []
    lines = ["| promise | bar | measured | |", "|---|---:|---:|---|"]

    def bar(text: str, peer: str | None, limit: float, most: bool, unit: str, value: Callable[[], float]) -> None:
        if peer is None or peer in by_name:
            number = value()
            met = number <= limit if most else number >= limit
            sign = "at most" if most else "at least"
            lines.append(f"| {text} | {sign} {limit:g}{unit} | {number:.2f}{unit} | {'met' if met else '**missed**'} |")

    def cpu_ratio(peer: str) -> Callable[[], float]:
        return lambda: _paired([full.cpu_us for full in mote.full], [full.cpu_us for full in by_name[peer].full])

    bar("CPU a request, to tiny_http alone", "tiny_http", 1.25, True, "×", cpu_ratio("tiny_http"))
    bar("CPU a request, to Go's net/http (the aim)", "go", 1.0, True, "×", cpu_ratio("go"))
    bar("requests per CPU second, to Flask", "flask", 15, False, "×", lambda: 1 / cpu_ratio("flask")())
    bar("requests per CPU second, to podinfo", "podinfo", 1.4, False, "×", lambda: 1 / cpu_ratio("podinfo")())
    bar("memory under load, to axum", "axum", 0.5, True, "×", lambda: _loaded(mote) / _loaded(by_name["axum"]))
    bar("CPU a request, to mote of BASE", "before", 1.03, True, "×", cpu_ratio("before"))
    bar("memory under load, to mote of BASE", "before", 1.03, True, "×", lambda: _loaded(mote) / _loaded(by_name["before"]))
    bar("memory idle, to mote of BASE", "before", 1.03, True, "×", lambda: median(mote.idle_memory) / median(by_name["before"].idle_memory))
    bar("memory idle", None, 1.5, True, " MB", lambda: median(mote.idle_memory) / 1e6)
    bar("start to first answer", None, 5, True, " ms", lambda: median(mote.starts) * 1e3)
    return lines


def _paired(ours: list[float], theirs: list[float]) -> float:
    """The median of each round's own ratio: what slowed a round slowed both."""
    return median(mine / other for mine, other in zip(ours, theirs, strict=True))


def _loaded(one: Measured) -> float:
    return median(full.memory for full in one.full)


def machine() -> str:
    """Cores, memory and kernel."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return f"{os.cpu_count()} cores ({model}), {memory:.0f} GiB, Linux {platform.release()}"


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:.2f} ms" if seconds < 0.1 else f"{seconds * 1e3:,.0f} ms"


def _mb(count: float) -> str:
    return f"{count / 1e6:.1f} MB"
