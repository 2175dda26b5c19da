"""A control group with the limits of one Fargate task, under version 1 or 2 of the kernel's interface."""

import os
import signal
import time
from pathlib import Path

CPU_SHARE = 0.25
MEMORY_BYTES = 512 * 1024 * 1024
PERIOD_US = 100_000

_ROOT = Path("/sys/fs/cgroup")
_PREFIX = "mote-bench-"


class Cgroup:
    """Limits and meters the processes that are put in it; ends all of them when it is closed."""

    def __init__(self, name: str, share: float = CPU_SHARE):
        self._unified = (_ROOT / "cgroup.controllers").exists()
        folder = f"{_PREFIX}{os.getpid()}-{name}"
        parents = [_ROOT] if self._unified else [_ROOT / "cpu", _ROOT / "cpuacct", _ROOT / "memory"]
        # Several controllers may be mounted in one place; the resolved path tells.
        self._folders = list(dict.fromkeys((parent.resolve() / folder) for parent in parents))
        for path in self._folders:
            path.mkdir()
        self._limit(int(share * PERIOD_US))

    def _limit(self, quota: int) -> None:
        if self._unified:
            (_ROOT / "cgroup.subtree_control").write_text("+cpu +memory")
            self._write("cpu.max", f"{quota} {PERIOD_US}")
            self._write("memory.max", str(MEMORY_BYTES))
            self._write("cpu.weight", "10000")
        else:
            self._write("cpu.cfs_period_us", str(PERIOD_US))
            self._write("cpu.cfs_quota_us", str(quota))
            self._write("memory.limit_in_bytes", str(MEMORY_BYTES))
            # Within its quota it goes before other work on the machine, as it would on Fargate, which shares no quota.
            self._write("cpu.shares", "262144")

    def enter(self) -> None:
        """Puts the calling process in; made for the moment between fork and exec."""
        for path in self._folders:
            (path / "cgroup.procs").write_text(str(os.getpid()))

    def pids(self) -> list[int]:
        """All processes inside, children included."""
        return [int(line) for line in (self._folders[0] / "cgroup.procs").read_text().split()]

    def cpu_seconds(self) -> float:
        """Processor time that all of them used so far, the system's work for them included."""
        if self._unified:
            usage = self._find("cpu.stat").read_text().split()
            return int(usage[usage.index("usage_usec") + 1]) / 1e6
        return int(self._find("cpuacct.usage").read_text()) / 1e9

    def throttled(self) -> tuple[int, int]:
        """Periods of the quota so far, and how many of them it was used up in (nr_periods and nr_throttled, the same in both versions)."""
        stat = self._find("cpu.stat").read_text().split()
        return int(stat[stat.index("nr_periods") + 1]), int(stat[stat.index("nr_throttled") + 1])

    def close(self) -> None:
        """Ends every process inside and removes the group."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            _signal_all(self.pids(), number)
            deadline = time.monotonic() + 3
            while self.pids() and time.monotonic() < deadline:
                time.sleep(0.02)
        for path in self._folders:
            _remove(path)

    def __enter__(self) -> "Cgroup":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _find(self, file: str) -> Path:
        return next(path / file for path in self._folders if (path / file).exists())

    def _write(self, file: str, value: str) -> None:
        self._find(file).write_text(value)


def remove_stale() -> None:
    """Removes what a killed run left behind: groups whose run is over, with the processes in them."""
    for path in {entry.resolve() for parent in (_ROOT, *_ROOT.glob("*")) for entry in parent.glob(f"{_PREFIX}*")}:
        owner = int(path.name.removeprefix(_PREFIX).split("-")[0])
        if not Path(f"/proc/{owner}").exists():
            _signal_all([int(line) for line in (path / "cgroup.procs").read_text().split()], signal.SIGKILL)
            _remove(path)


def _signal_all(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


def _remove(path: Path) -> None:
    # The kernel takes a moment to forget the last process.
    for _ in range(100):
        try:
            path.rmdir()
            return
        except OSError:
            time.sleep(0.02)
    raise SystemExit(f"error: the control group {path} is busy; remove it by: rmdir {path}")
