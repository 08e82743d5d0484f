"""Runs an app with uvicorn the way these servers want it."""

import ipaddress
import sys

import uvicorn
from fastapi import FastAPI

from .settings import Settings


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def serve(app: FastAPI, settings: Settings, what: str) -> None:
    """Returns when the server was told to end (SIGTERM, Ctrl-C)."""
    if settings.token is None and not _is_loopback(settings.host):
        print(
            f"WARNING: listening on {settings.host} without a token: whoever reaches this port may use it. Set TWINLENS_TOKEN.",
            file=sys.stderr,
        )
    print(f"{what}: http://{settings.host}:{settings.port}", flush=True)
    # Longer than clients keep an idle connection, so that they close it first and never write into one just closed.
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        log_level="warning",
        timeout_keep_alive=75,
        timeout_graceful_shutdown=5,
        server_header=False,
    )
