"""Flask as most people write it; gunicorn runs it with two processes of four threads."""

from flask import Flask, Response, request

LARGE = "x" * 16384

app = Flask(__name__)


@app.get("/health")
def health():
    """One JSON object, as every peer answers."""
    return {"status": "ok"}


@app.post("/echo")
def echo():
    """The body that came."""
    return Response(request.get_data(), mimetype="application/octet-stream")


@app.get("/large")
def large():
    """16 KB."""
    return Response(LARGE, mimetype="text/plain")
