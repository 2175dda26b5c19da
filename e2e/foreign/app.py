"""A service as other projects have it: Flask under gunicorn, which keeps its workers' heartbeats in /tmp."""

import os

from flask import Flask

app = Flask(__name__)
version = os.environ["VERSION"]


@app.get("/")
def page():
    """Tells which version answers."""
    return f"flask, the {version} version\n"


@app.get("/health")
def health():
    """Is content, unless the version is called unhealthy."""
    if version == "unhealthy":
        return {"status": "no database"}, 503
    return {"status": "ok"}
