#!/usr/bin/env python3
"""Measures the processor time of a scrape: scripts/dev/scrape-cost.py BINARY [SCRAPES].

It starts the service, has a request of each kind answered, asks for /metrics as Prometheus does, on one connection, and counts what the kernel
bills the process, which depends little on what else the machine does. It fails if the share of a task's quarter core is more than MAX_SHARE.
"""

import http.client
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

QUARTER_CORE = 0.25
# The interval is that of infra/components/observability.
INTERVAL_SECONDS = 10
MAX_SHARE = 0.001


def free_port() -> int:
    """Finds a port that nothing listens on at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def connect(port: int) -> http.client.HTTPConnection:
    """Connects once the service listens."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for _ in range(300):
        try:
            connection.connect()
        except ConnectionRefusedError:
            time.sleep(0.1)
        else:
            return connection
    raise SystemExit("error: the service does not listen")


def ask(connection: http.client.HTTPConnection, path: str) -> bytes:
    """Sends a request and reads the response."""
    connection.request("GET", path)
    return connection.getresponse().read()


def processor_seconds(process: int) -> float:
    """Reads user and system time of all threads: proc_pid_stat(5), fields 14 and 15, counted behind the name."""
    fields = pathlib.Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(binary: str, scrapes: int) -> tuple[float, bytes]:
    """Returns the seconds of a scrape and the text of the last one."""
    port, metrics_port = free_port(), free_port()
    environment = {"MOTE_ADDRESS": "127.0.0.1", "MOTE_PORT": str(port), "MOTE_METRICS_PORT": str(metrics_port)}
    with subprocess.Popen([binary], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as service:
        try:
            clients = connect(port)
            for path in ("/", "/health", "/ready", "/nowhere"):
                ask(clients, path)
            metrics = connect(metrics_port)
            text = ask(metrics, "/metrics")
            before = processor_seconds(service.pid)
            for _ in range(scrapes):
                text = ask(metrics, "/metrics")
            spent = processor_seconds(service.pid) - before
        finally:
            service.send_signal(signal.SIGTERM)
    return spent / scrapes, text


def main() -> None:
    """Measures, prints and judges."""
    binary, scrapes = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 20_000
    seconds, text = measure(binary, scrapes)
    samples = sum(not line.startswith(b"#") for line in text.splitlines())
    share = seconds / INTERVAL_SECONDS / QUARTER_CORE
    print(
        f"{scrapes} scrapes of {len(text)} bytes and {samples} samples: {seconds * 1e6:.0f} microseconds of processor time each; "
        f"one in {INTERVAL_SECONDS} seconds is {share:.4%} of a quarter core"
    )
    if samples == 0 or share > MAX_SHARE:
        raise SystemExit(f"error: a scrape may take {MAX_SHARE:.1%} of a quarter core")


main()
