#!/usr/bin/env python3
"""Counts the user instructions a request: bench/instructions.py BINARY ... with valgrind in PATH.

Unlike time they do not depend on what else the machine does, so that two binaries can be compared on a busy one.
callgrind counts a run of some requests and one of twice as many; the difference leaves start and end out.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import time

CONNECTIONS = 16
ROUNDS = 125
PORT = 18431
REQUEST = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n"


def connect() -> socket.socket:
    """Connects once the service listens; under callgrind it starts slowly."""
    for _ in range(300):
        try:
            return socket.create_connection(("127.0.0.1", PORT))
        except ConnectionRefusedError:
            time.sleep(0.1)
    raise SystemExit("error: bench/instructions.py: the service does not listen")


def ask(connections: list[socket.socket]) -> None:
    """Sends a request on each connection, then reads all responses."""
    for connection in connections:
        connection.sendall(REQUEST)
    for connection in connections:
        response = b""
        while not response.endswith(b"}"):
            piece = connection.recv(4096)
            if not piece:
                raise SystemExit("error: bench/instructions.py: the service closed a connection")
            response += piece


def count(binary: str, rounds: int) -> int:
    """Counts the instructions of one run."""
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", binary]
    environment = os.environ | {"MOTE_ADDRESS": "127.0.0.1", "MOTE_PORT": str(PORT), "MOTE_METRICS_PORT": "0"}
    pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env=environment, **pipes) as service:
        connections = [connect() for _ in range(CONNECTIONS)]
        for _ in range(rounds):
            ask(connections)
        for connection in connections:
            connection.close()
        service.send_signal(signal.SIGTERM)
        said = service.communicate()[1]
    found = re.search(r"Collected : (\d+)", said)
    if found is None:
        raise SystemExit(f"error: bench/instructions.py: callgrind counted nothing: {said}")
    return int(found[1])


for path in sys.argv[1:]:
    once, twice = count(path, ROUNDS), count(path, 2 * ROUNDS)
    print(f"{path}: {(twice - once) // (ROUNDS * CONNECTIONS)} instructions a request")
