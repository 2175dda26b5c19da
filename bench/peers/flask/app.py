"""Flask as most people write it; gunicorn runs it with two processes of four threads."""

from flask import Flask

app = Flask(__name__)


@app.get("/health")
def health():
    """One JSON object, as every peer answers."""
    return {"status": "ok"}
