"""The servers that are compared: how each is started, where it answers, and what of it lies on disk."""

import os
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_MOTE = {"MOTE_ADDRESS": "127.0.0.1", "MOTE_PORT": "18081", "MOTE_METRICS_PORT": "18091"}


@dataclass(frozen=True)
class Peer:
    """One server: `command` starts it in the foreground, `GET path` on `port` of 127.0.0.1 is what is asked of it."""

    name: str
    about: str
    command: list[str]
    port: int
    disk: list[Path]
    path: str = "/health"
    environment: dict[str, str] = field(default_factory=dict)
    # Where it takes a body and gives it back, and where it answers 16 KB; nothing where it does neither.
    echo: str | None = "/echo"
    large: str | None = "/large"
    # The same library in a program that has those two, where the deployed one has not.
    with_routes: Path | None = None

    @property
    def url(self) -> str:
        """What a load generator asks for."""
        return f"http://127.0.0.1:{self.port}{self.path}"

    def serving(self, path: str) -> "Peer":
        """The same server in the program that has this path."""
        return self if path == self.path or self.with_routes is None else replace(self, command=[str(self.with_routes)])

    @property
    def disk_bytes(self) -> int:
        """Size of the program without the system's own libraries and interpreter."""
        files = [entry for path in self.disk for entry in (path.rglob("*") if path.is_dir() else [path])]
        return sum(entry.stat().st_size for entry in files if entry.is_file() and not entry.is_symlink())


def all_peers() -> list[Peer]:
    """Every peer, or those that ONLY names; mote comes first."""
    only = os.environ.get("ONLY")
    names = only.split(",") if only else None
    peers = [peer for peer in _peers() if names is None or peer.name in names]
    if not peers:
        raise SystemExit(f"error: ONLY is {only!r}, but has to be of {', '.join(peer.name for peer in _peers())}")
    return peers


def _peers() -> list[Peer]:
    rust = Path(os.environ["MOTE_BENCH_RUST"])
    plain = Path(os.environ["MOTE_BENCH_RUST_PLAIN"])
    venv = Path(os.environ["MOTE_BENCH_VENV"])
    mote = ROOT / "target/dist/mote-x86_64"
    go = Path(os.environ["MOTE_BENCH_TOOLS"]) / "go-peer"
    podinfo = Path(os.environ["MOTE_BENCH_PODINFO"])
    nginx = Path(shutil.which("nginx") or "/usr/sbin/nginx")
    flask = ["--workers", "2", "--threads", "4", "--chdir", str(ROOT / "bench/peers/flask"), "--worker-tmp-dir", "/dev/shm", "--bind", "127.0.0.1:18086"]
    # The settings of the task definition, but for the ports. A person who wants 10,000 requests a second logs one in so many.
    sampled = _MOTE | {"MOTE_TRUSTED_HOPS": "1", "MOTE_KEEPALIVE_TIMEOUT_SECONDS": "75", "MOTE_ACCESS_LOG_SAMPLE": "10000"}
    motes = [("mote", "as it is deployed", mote)]
    if base := os.environ.get("MOTE_BENCH_BASE"):
        motes.append(("before", "mote of BASE", Path(base)))
    return [
        *(Peer(name, about, [str(path)], 18081, [path], environment=sampled, with_routes=rust / "mote") for name, about, path in motes),
        Peer("tiny_http", "alone, one worker, musl", [str(rust / "tiny_http")], 18082, [rust / "tiny_http"]),
        Peer("go", "net/http", [str(go)], 18083, [go]),
        Peer(
            "podinfo",
            "as released, logging errors",
            [str(podinfo), "--host=127.0.0.1", "--port=18084", "--level=error"],
            18084,
            [podinfo],
            path="/healthz",
            # All of the environment as JSON; its own routes have no answer of that size.
            large="/env",
            environment={"LARGE": "x" * 16000},
        ),
        Peer("axum", "as cargo builds it", [str(plain / "axum")], 18085, [plain / "axum"]),
        Peer("axum-musl", "static, as mote is built", [str(rust / "axum")], 18085, [rust / "axum"]),
        Peer("flask", "gunicorn, 2 processes of 4 threads", [str(venv / "bin/python"), "-m", "gunicorn", *flask, "app:app"], 18086, [venv / "lib"]),
        Peer("nginx", "Debian's, one worker, no log", [str(nginx), "-c", str(ROOT / "bench/peers/nginx.conf")], 18087, [nginx], echo=None, large=None),
    ]
