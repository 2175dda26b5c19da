"""Draws bench/KNEE.json: python3 -m harness.chart KNEE.json KNEE.svg, with matplotlib."""

import json
import sys

import matplotlib
from matplotlib import pyplot

_BOUND = "100"
# Text stays text, and the same figures give the same file.
matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "mote", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False})


def main(source: str, target: str) -> None:
    """Curves of p99 on the left, knees on the right."""
    with open(source) as file:
        data = json.load(file)
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4.5), layout="constrained")
    sections = {name: section for name, section in data["sections"].items() if name != "tasks"}
    first = sections["kept"]
    _curves(left, first["rows"])
    _bars(right, sections)
    figure.suptitle(f"One task of {data['cpu']} vCPU at its limit, {first['measured']}, {first['rounds']} rounds")
    figure.savefig(target, metadata={"Date": None})


def _curves(axes: pyplot.Axes, rows: dict[str, dict]) -> None:
    for name, row in rows.items():
        rates, delays = [step["rps"] for step in row["steps"]], [step["p99_ms"] for step in row["steps"]]
        axes.plot(rates, delays, marker=".", linewidth=2.5 if name == "mote" else 1, label=name)
    axes.axhline(float(_BOUND), color="grey", linestyle=":", linewidth=1)
    axes.set(xscale="log", yscale="log", xlabel="requests a second", ylabel="p99 from when a request was due, ms", title="GET /health, connections kept")
    axes.legend(fontsize=8)


def _bars(axes: pyplot.Axes, sections: dict[str, dict]) -> None:
    """A group for each shape of request, a bar for each server."""
    peers = list(sections["kept"]["rows"])
    height = 0.8 / len(peers)
    for number, peer in enumerate(peers):
        found = {place: section["rows"][peer] for place, section in enumerate(sections.values()) if peer in section["rows"]}
        axes.barh([place + number * height for place in found], [row["knee_rps"][_BOUND] or 0 for row in found.values()], height, label=peer)
    axes.set_yticks([place + 0.4 for place in range(len(sections))], list(sections))
    axes.invert_yaxis()
    axes.set(xlabel=f"requests a second at p99 of {_BOUND} ms", title="the knee")


if __name__ == "__main__":
    main(*sys.argv[1:])
