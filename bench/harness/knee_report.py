"""Writes bench/KNEE.json, which other programs read, and bench/KNEE.md from it."""

import json
import os
import sys
import time
from statistics import median

from .cgroup import CPU_SHARE, MEMORY_BYTES
from .ladder import BOUNDS_MS, CONNECTIONS, STEP_SECONDS, Ladder
from .peers import ROOT
from .report import machine
from .tasks import SHARE

_MIDDLE = str(BOUNDS_MS[1])
_DATA = ROOT / "bench/KNEE.json"
_TEXT = ROOT / "bench/KNEE.md"


class Report:
    """The sections of the file; a section that is measured again takes the place of what was there."""

    def __init__(self, whole: bool):
        self._whole = whole
        kept = json.loads(_DATA.read_text())["sections"] if whole and _DATA.exists() else {}
        self._sections: dict[str, dict] = kept

    def put(self, name: str, about: str, rows: dict[str, list[Ladder]], rounds: int) -> None:
        """One section, by server or number of tasks."""
        when = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
        section = {"about": about, "measured": when, "rounds": rounds, "load_average": round(os.getloadavg()[1], 1), "machine": machine()}
        self._sections[name] = section | {"rows": {row: _figures(ladders) for row, ladders in rows.items()}}

    def write(self) -> None:
        """Prints the report; writes it when all peers were measured."""
        text = _document(self._sections)
        print(text)
        if self._whole:
            data = {"cpu": CPU_SHARE, "tasks_cpu": SHARE, "step_seconds": STEP_SECONDS, "connections": CONNECTIONS, "sections": self._sections}
            _DATA.write_text(json.dumps(data, indent=1) + "\n")
            _TEXT.write_text(text)
            print(f"==> written: {_TEXT} and {_DATA.name}", file=sys.stderr)


def _figures(ladders: list[Ladder]) -> dict:
    """Medians of the rounds; `steps` are those of the round with the median knee, `rounds_rps` each round's knee at the middle bound."""
    middle = BOUNDS_MS[1]
    kept = [step for ladder in ladders if (step := ladder.at(middle))]
    typical = sorted(ladders, key=lambda ladder: ladder.knee(middle) or 0)[len(ladders) // 2]
    each = [ladder.knee(middle) for ladder in ladders]
    return {
        "knee_rps": {str(bound): _rounded(_knee(ladders, bound), 0) for bound in BOUNDS_MS},
        "rounds_rps": [_rounded(knee, 0) for knee in each],
        "cpu_us": _rounded(median(step.cpu_us for step in kept), 2) if kept else None,
        "p50_ms": _rounded(median(step.p50_ms for step in kept), 2) if kept else None,
        "memory_mb": _rounded(median(max(step.memory for step in ladder.steps) for ladder in ladders) / 1e6, 2),
        "throttled_below": _rounded(median(step.throttled for step in kept), 3) if kept else None,
        "throttled_above": _rounded(median(ladder.steps[-1].throttled for ladder in ladders), 3),
        "failed": _rounded(median(max(step.failed for step in ladder.steps) for ladder in ladders), 4),
        "steps": [{"rps": round(step.rate), "p50_ms": round(step.p50_ms, 2), "p99_ms": round(step.p99_ms, 2)} for step in typical.steps],
    }


def _knee(ladders: list[Ladder], bound_ms: float) -> float | None:
    """Of most of the rounds, or none."""
    knees = [knee for ladder in ladders if (knee := ladder.knee(bound_ms)) is not None]
    return median(knees) if 2 * len(knees) > len(ladders) else None


def _rounded(number: float | None, digits: int) -> float | None:
    return None if number is None else round(number, digits)


def _document(sections: dict[str, dict]) -> str:
    last = sorted(sections.items(), key=lambda item: item[0] == "tasks")
    tables = [line for name, section in last for line in (_tasks(section) if name == "tasks" else _table(section))]
    return "\n".join(
        [
            "# One task at its limit",
            "",
            "By `make bench PART=knee`, in rounds in which the servers take turns; every figure is the median. Read ratios, not absolute numbers: the machine is"
            " a virtual one and shared.",
            "",
            f"- Each server: {CPU_SHARE} CPU and {MEMORY_BYTES >> 20} MiB by a control group, user 65532 without a capability, a root that is read-only, on one"
            " core; within its quota it goes before other work. The load has the other core.",
            f"- Load: `oha`, {CONNECTIONS} connections. Requests are sent when they are due and their latency counts from then, so that one that waits for its turn"
            f" counts too. Steps of {STEP_SECONDS} s rise from seven tenths of what a closed loop gets through, by a tenth at first, until p99 passes"
            f" {BOUNDS_MS[-1]} ms. A step below the closed loop's rate that passes {BOUNDS_MS[0]} ms is taken twice and the lower p99 counts.",
            "- The knee is the rate at which p99 passes a bound, between two steps by the logarithm of p99. So short a step flatters all alike: a queue that"
            f" grows for {STEP_SECONDS} s only reaches 100 ms when 5 % too many come.",
            "- Throttled: periods of 100 ms in which the quota was used up (`nr_throttled`), at the last step that keeps 100 ms, and at the last of all.",
            "- mote logs one request in 10,000 and podinfo errors; the others log none. mote has no route of 16 KB and none that takes a body, so its library serves"
            " them in a program of the bench; podinfo's 16 KB are its environment as JSON.",
            "",
            "![p99 by requests a second, and the knee at 100 ms](KNEE.svg)",
            "",
            *_bars(sections.get("kept", {"rows": {}})["rows"]),
            *tables,
        ]
    )


def _measured(section: dict) -> str:
    return (
        f"Measured on {section['measured']}, {section['rounds']} {'round' if section['rounds'] == 1 else 'rounds'}, {section['machine']}; {section['load_average']:g} programs ran or waited for a"
        " processor on average when it ended."
    )


def _table(section: dict) -> list[str]:
    bounds = [f"knee at {bound} ms" for bound in BOUNDS_MS]
    titles = ["server", *bounds, "CPU µs a request", "memory under load", "throttled below / above", "failed"]
    rows = [_row(name, row) for name, row in section["rows"].items()]
    return [f"## {section['about']}", "", _measured(section), "", f"| {' | '.join(titles)} |", "|---|" + "---:|" * (len(titles) - 1), *rows, ""]


def _row(name: str, row: dict) -> str:
    knees = [_number(row["knee_rps"][str(bound)], ",.0f") for bound in BOUNDS_MS]
    throttled = f"{_number(row['throttled_below'], '.0%')} / {row['throttled_above']:.0%}"
    cells = [f"**{name}**", *knees, _number(row["cpu_us"], ".1f"), f"{row['memory_mb']:.1f} MB", throttled, f"{row['failed']:.1%}"]
    return f"| {' | '.join(cells)} |"


def _number(number: float | None, form: str) -> str:
    return "none" if number is None else format(number, form)


def _tasks(section: dict) -> list[str]:
    """What so many hold, to the same number times one behind the balancer."""
    lines = [
        f"## {section['about']}",
        "",
        _measured(section),
        "",
        f"HAProxy with one thread stands in for the Application Load Balancer, in turn to each task. A task has {SHARE:g} CPU here, so that eight, the balancer and the"
        " load fit on two cores; the balancer is outside the quota, on the servers' core. The sum is that of as many tasks as one holds behind it. All tasks"
        " share one core here, and a request costs more processor time the more of them there are; tasks on Fargate share none. The last column is what the quotas"
        " of all gave at the knee, to that of one.",
        "",
        f"| tasks | knee at {_MIDDLE} ms | of the sum | CPU µs a request | p50 below it | processor time, of the sum |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    one = section["rows"]["1"]
    for name, row in section["rows"].items():
        share = _ratio(row, one)
        costs = row["cpu_us"] / one["cpu_us"] if row["cpu_us"] and one["cpu_us"] else None
        of_sum, of_time = "", ""
        if name.isdigit() and share and costs:
            of_sum, of_time = f"{share / int(name):.2f}×", f"{share * costs / int(name):.2f}×"
        cells = [name, _number(row["knee_rps"][_MIDDLE], ",.0f"), of_sum, _number(row["cpu_us"], ".1f"), f"{_number(row['p50_ms'], '.2f')} ms", of_time]
        lines.append(f"| {' | '.join(cells)} |")
    return [*lines, ""]


def _bars(rows: dict[str, dict]) -> list[str]:
    if "mote" not in rows:
        return []
    lines = ["| promise | bar | measured | |", "|---|---:|---:|---|"]

    def bar(text: str, peer: str, limit: float, most: bool, value: float | None) -> None:
        met = value is not None and (value <= limit if most else value >= limit)
        sign = "at most" if most else "at least"
        lines.append(f"| {text} {peer} | {sign} {limit:g}× | {_number(value, '.2f')}× | {'met' if met else '**missed**'} |")

    for peer, limit in (("flask", 15), ("podinfo", 1.8), ("go", 0.8)):
        if peer in rows:
            bar(f"knee at {_MIDDLE} ms, to", peer, limit, False, _ratio(rows["mote"], rows[peer]))
    if "axum" in rows:
        bar("memory under load, to", "axum", 0.5, True, rows["mote"]["memory_mb"] / rows["axum"]["memory_mb"])
    return [*lines, ""]


def _ratio(ours: dict, theirs: dict) -> float | None:
    """The median of each round's own ratio: what slowed a round slowed both."""
    pairs = zip(ours["rounds_rps"], theirs["rounds_rps"], strict=False)
    ratios = [mine / other for mine, other in pairs if mine and other]
    return median(ratios) if ratios else None
