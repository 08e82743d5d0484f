"""What stands before every route: bearer token, size of the body, counting."""

import hmac
import time

import orjson
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .metrics import Metrics

# Health is what load balancers ask for; it tells nothing about photos or models.
_OPEN = ("/health", "/healthz")


def _header(scope: Scope, name: bytes) -> bytes | None:
    return next((value for key, value in scope["headers"] if key == name), None)


async def _refuse(send: Send, status: int, detail: str, extra: list[tuple[bytes, bytes]] | None = None) -> None:
    body = orjson.dumps({"detail": detail})
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), *(extra or [])]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class RequireToken:
    """401 without `Authorization: Bearer TOKEN`, before any of the body is read; compared in constant time."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app, self._expected = app, b"bearer " + token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] not in _OPEN:
            scheme, _, token = (_header(scope, b"authorization") or b"").partition(b" ")
            if not hmac.compare_digest(scheme.lower() + b" " + token.strip(), self._expected):
                detail = "This server wants a bearer token (Authorization: Bearer …); none or another one was sent."
                return await _refuse(send, 401, detail, [(b"www-authenticate", b"Bearer")])
        await self._app(scope, receive, send)


class LimitBody:
    """413 for a body over the limit: at once where its length is told, else as soon as it has grown past it."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app, self._max_bytes = app, max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        detail = f"The request is larger than the {self._max_bytes:,} bytes allowed here; send fewer or smaller pictures."
        told = _header(scope, b"content-length")
        if told is not None and told.isdigit() and int(told) > self._max_bytes:
            return await _refuse(send, 413, detail)
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._max_bytes:
                raise HTTPException(413, detail)
            return message

        await self._app(scope, counted, send)


class CountRequests:
    """Requests by route and status, and how long they took. Unknown paths share one label, so that nobody can invent labels."""

    def __init__(self, app: ASGIApp, metrics: Metrics, routes: frozenset[str]) -> None:
        self._app, self._metrics, self._routes = app, metrics, routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        route = scope["path"] if scope["path"] in self._routes else "other"
        started, status = time.perf_counter(), 500

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            self._metrics.requests.labels(route, str(status)).inc()
            self._metrics.request_seconds.labels(route).observe(time.perf_counter() - started)
