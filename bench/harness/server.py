"""Runs one peer: in a control group and on one core, or free of both to see how fast it starts."""

import os
import signal
import socket
import subprocess
import time

from .cgroup import CPU_SHARE, Cgroup
from .peers import Peer

SERVER_CORE = 0
LOAD_CORE = 1

_START_SECONDS = 20

# User 65532 as the image says, the root read-only as the task definition says, and a /tmp that is a volume of its own, which gunicorn and
# nginx want.
_CONFINED = ["bwrap", "--unshare-user", "--uid", "65532", "--gid", "65532", "--cap-drop", "ALL"]
_CONFINED += ["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp", "--"]


class Server:
    """A running peer. Its processes end with the control group. `confined` is how a task runs: no root, no capability, nothing to write to."""

    def __init__(self, peer: Peer, core: int | None = SERVER_CORE, confined: bool = False, share: float = CPU_SHARE):
        self.peer = peer
        # bwrap waits for the server; its memory is not the server's.
        self._wrapper: int | None = None
        self._require_free_port()
        self.cgroup = Cgroup(f"{peer.name}-{peer.port}", share)
        try:
            self._process = subprocess.Popen(
                [*_CONFINED, *peer.command] if confined else peer.command,
                env={"PATH": os.environ["PATH"], **peer.environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                preexec_fn=lambda: self._prepare(core),
            )
            if confined:
                self._wrapper = self._process.pid
            self.wait_for_answer()
        except BaseException:
            self.close()
            raise

    def _prepare(self, core: int | None) -> None:
        self.cgroup.enter()
        if core is not None:
            os.sched_setaffinity(0, {core})

    def _require_free_port(self) -> None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", self.peer.port)) == 0:
                raise SystemExit(f"error: port {self.peer.port} is taken, but {self.peer.name} needs it; end what listens there")

    def wait_for_answer(self) -> None:
        """Asks without a pause until the first good answer; raises SystemExit when none comes in time."""
        end = time.monotonic() + _START_SECONDS
        while time.monotonic() < end:
            if self._process.poll() is not None:
                raise SystemExit(f"error: {self.peer.name} ended with {self._process.returncode}: {' '.join(self.peer.command)}")
            if ask_once(self.peer) is not None:
                return
            time.sleep(0.0002)
        raise SystemExit(f"error: {self.peer.name} gave no answer within {_START_SECONDS} s")

    def memory(self) -> int:
        """Resident bytes: of one process all (RSS), of several what they share only once (PSS)."""
        pids = [pid for pid in self.cgroup.pids() if pid != self._wrapper]
        kind = "Rss:" if len(pids) == 1 else "Pss:"
        return sum(_resident(pid, kind) for pid in pids)

    def close(self) -> None:
        """Ends it and removes its control group."""
        self.cgroup.close()
        if hasattr(self, "_process"):
            self._process.wait()

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def request(peer: Peer) -> bytes:
    """The request that every figure is about."""
    return f"GET {peer.path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()


def ask_once(peer: Peer) -> float | None:
    """Seconds to an answer of 200 on a new connection, or None when there is none."""
    begin = time.perf_counter()
    try:
        with socket.create_connection(("127.0.0.1", peer.port), timeout=5) as stream:
            stream.sendall(request(peer))
            if not stream.recv(4096).startswith(b"HTTP/1.1 200"):
                return None
    except OSError:
        return None
    return time.perf_counter() - begin


def start_once(peer: Peer) -> float:
    """Seconds from exec to the first answer, with neither limits nor a core of its own. Ends it again."""
    # posix_spawn costs a tenth of a millisecond, subprocess.Popen with preparations in the child some thirty.
    begin = time.perf_counter()
    environment = {"PATH": os.environ["PATH"], **peer.environment}
    null = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in range(3)]
    pid = os.posix_spawn(peer.command[0], peer.command, environment, file_actions=null, setpgroup=0)
    try:
        while ask_once(peer) is None:
            if time.perf_counter() - begin > _START_SECONDS:
                raise SystemExit(f"error: {peer.name} gave no answer within {_START_SECONDS} s")
            time.sleep(0.0001)
        return time.perf_counter() - begin
    finally:
        # The group has its helpers too, which a killed parent would leave behind.
        os.killpg(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        _wait_until_free(peer)


def _wait_until_free(peer: Peer) -> None:
    end = time.monotonic() + 5
    while ask_once(peer) is not None and time.monotonic() < end:
        time.sleep(0.01)


def _resident(pid: int, kind: str) -> int:
    try:
        with open(f"/proc/{pid}/smaps_rollup") as rollup:
            return next(int(line.split()[1]) * 1024 for line in rollup if line.startswith(kind))
    except (FileNotFoundError, ProcessLookupError, StopIteration):
        return 0
