"""The HTTP contract, the same whichever backend computes the vectors."""

import asyncio
import base64
import binascii
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import orjson
from fastapi import FastAPI, Request, UploadFile
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from .batching import Overloaded
from .guards import CountRequests, LimitBody, RequireToken
from .metrics import TEXT_FORMAT, Metrics
from .preprocessing import Preprocessing, TooManyPixels, UnreadablePicture, decode, to_pixels
from .settings import Settings


@dataclass(frozen=True)
class Embedded:
    # N x dimension floats, unit length.
    vectors: np.ndarray
    queue_ms: float
    inference_ms: float


@dataclass(frozen=True)
class ModelFile:
    path: Path
    sha256: str

    def describe(self) -> dict[str, object]:
        return {"path": "/model.onnx", "sha256": self.sha256, "bytes": self.path.stat().st_size}


class Backend(Protocol):
    """What computes vectors. `info` and `gpu_info` tell the truth of the moment, nothing assumed."""

    preprocessing: Preprocessing
    model_file: ModelFile | None

    def info(self) -> dict[str, object]: ...
    def gpu_info(self) -> dict[str, object]: ...
    async def ready(self) -> bool: ...
    def announced(self, count: int) -> AbstractContextManager[None]: ...
    def waiting(self) -> int: ...
    def embed(self, pictures: list[np.ndarray]) -> Awaitable[Embedded]:
        """N times size x size x 3 bytes. What can be queued is queued before it returns."""
        ...



class BackendUnavailable(RuntimeError):
    """The backend cannot answer now, but may later."""


class Base64Pictures(BaseModel):
    images: list[str] = Field(min_length=1)
    model_name: str | None = None
    pretrained: str | None = None


def _json(content: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    body = orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)
    return Response(body, status, headers, media_type="application/json")


class _Service:
    """Decodes, hands to the backend, keeps count."""

    def __init__(self, backend: Backend, settings: Settings, metrics: Metrics) -> None:
        self.backend, self.settings, self.metrics = backend, settings, metrics
        self.pool = ThreadPoolExecutor(settings.workers, thread_name_prefix="decode")

    def _prepare(self, index: int, data: bytes) -> tuple[np.ndarray, float, float]:
        started = time.perf_counter()
        try:
            image = decode(data, self.settings.max_pixels)
            decoded = time.perf_counter()
            pixels = to_pixels(image, self.backend.preprocessing.size)
        except TooManyPixels as error:
            raise HTTPException(422, f"image {index}: {error}") from error
        except (UnreadablePicture, OSError, ValueError) as error:
            raise HTTPException(400, f"image {index}: {error}") from error
        return pixels, decoded - started, time.perf_counter() - decoded

    async def embed(self, blobs: list[bytes]) -> Response:
        loop, started = asyncio.get_running_loop(), time.perf_counter()
        with self.backend.announced(len(blobs)):
            jobs = [loop.run_in_executor(self.pool, self._prepare, i, blob) for i, blob in enumerate(blobs)]
            prepared = await asyncio.gather(*jobs)
            answer = self.backend.embed([pixels for pixels, _, _ in prepared])
        ready = time.perf_counter()
        result = await answer
        # Pictures are decoded side by side: the wall clock is shared out as the work was.
        work = sum(d + p for _, d, p in prepared) or 1e-9
        decode_ms = (ready - started) * 1e3 * sum(d for _, d, _ in prepared) / work
        timing = {
            "decode": decode_ms,
            "preprocess": (ready - started) * 1e3 - decode_ms,
            "queue": result.queue_ms,
            "inference": result.inference_ms,
        }
        for stage, ms in timing.items():
            self.metrics.stage_seconds.labels(stage).observe(ms / 1e3)
        self.metrics.images.inc(len(blobs))
        body = {"embeddings": result.vectors, "model_info": self.backend.info(), "count": len(blobs)}
        return _json(body, headers={"Server-Timing": ", ".join(f"{k};dur={v:.3f}" for k, v in timing.items())})

    def check(self, count: int, model_name: str | None, pretrained: str | None) -> None:
        if count == 0:
            raise HTTPException(422, "The request holds no picture.")
        if count > self.settings.max_images:
            raise HTTPException(422, f"{count} pictures are more than the {self.settings.max_images} allowed in one request.")
        info = self.backend.info()
        for field, wanted in (("model_name", model_name), ("pretrained", pretrained)):
            if wanted and wanted != info.get(field):
                raise HTTPException(404, f"{field} {wanted[:200]!r} is not loaded here; {info.get(field)!r} is.")


def create_app(backend: Backend, settings: Settings, metrics: Metrics, title: str) -> FastAPI:
    """The app with all routes, errors as {"detail": …} and the guards in place."""
    app = FastAPI(title=title, docs_url=None, redoc_url=None)  # the documentation pages would load scripts from elsewhere
    service = _Service(backend, settings, metrics)
    _add_questions(app, backend, metrics)
    _add_embedding(app, service)
    _add_errors(app, metrics)
    app.add_middleware(LimitBody, max_bytes=settings.max_body_bytes)
    if settings.token is not None:
        app.add_middleware(RequireToken, token=settings.token)
    app.add_middleware(CountRequests, metrics=metrics, routes=frozenset(app.openapi()["paths"]))
    return app


def _add_questions(app: FastAPI, backend: Backend, metrics: Metrics) -> None:
    @app.get("/health")
    @app.get("/healthz")
    async def health() -> Response:
        ready = await backend.ready()
        return _json({"status": "ok" if ready else "unavailable", "model_loaded": ready}, 200 if ready else 503)

    @app.get("/model-info")
    def model_info() -> Response:
        return _json(backend.info())

    @app.get("/gpu-info")
    def gpu_info() -> Response:
        return _json(backend.gpu_info())

    @app.get("/metrics")
    def show_metrics() -> Response:
        metrics.waiting.set(backend.waiting())
        return Response(metrics.text(), media_type=TEXT_FORMAT)

    @app.head("/model.onnx", include_in_schema=False)
    @app.get("/model.onnx")
    def model_file() -> Response:
        """The network itself, for a client that wants to compute the same locally. Ranges are answered."""
        file = backend.model_file
        if file is None or not file.path.is_file():
            raise HTTPException(404, "This server has no ONNX export of its network.")
        headers = {"ETag": f'"{file.sha256}"', "X-Content-SHA256": file.sha256}
        return FileResponse(file.path, media_type="application/octet-stream", headers=headers)


def _add_embedding(app: FastAPI, service: _Service) -> None:
    @app.post("/embed/base64")
    async def embed_base64(request: Base64Pictures) -> Response:
        service.check(len(request.images), request.model_name, request.pretrained)
        blobs = []
        for index, text in enumerate(request.images):
            try:
                # A data URL is taken too: what stands before the comma is not looked at.
                blobs.append(base64.b64decode(text.rsplit(",", 1)[-1], validate=True))
            except (binascii.Error, ValueError) as error:
                raise HTTPException(400, f"image {index}: bad base64: {error}") from error
        return await service.embed(blobs)

    @app.post("/embed/batch")
    async def embed_batch(files: list[UploadFile]) -> Response:
        service.check(len(files), None, None)
        return await service.embed([await file.read() for file in files])


def _add_errors(app: FastAPI, metrics: Metrics) -> None:
    def counted(handler: Callable[[Exception], tuple[str, Response]]) -> Callable[[Request, Exception], Awaitable[Response]]:
        async def handle(request: Request, error: Exception) -> Response:
            reason, response = handler(error)
            if request.url.path.startswith("/embed/"):
                metrics.failures.labels(reason).inc()
            return response

        return handle

    def invalid(error: Exception) -> tuple[str, Response]:
        assert isinstance(error, RequestValidationError)
        # Without `input`: an answer must not send the pictures back.
        detail = [{key: e[key] for key in ("type", "loc", "msg") if key in e} for e in error.errors()[:10]]
        return "invalid", _json({"detail": detail}, 422)

    def refused(error: Exception) -> tuple[str, Response]:
        assert isinstance(error, HTTPException)
        return "refused", _json({"detail": error.detail}, error.status_code, dict(error.headers or {}))

    def busy(error: Exception) -> tuple[str, Response]:
        return "busy", _json({"detail": f"Not now: {error}. Try again."}, 503, {"Retry-After": "1"})

    def broken(error: Exception) -> tuple[str, Response]:
        return "failed", _json({"detail": f"Computing the embeddings failed: {type(error).__name__}: {error}"[:2000]}, 500)

    app.add_exception_handler(RequestValidationError, counted(invalid))
    app.add_exception_handler(HTTPException, counted(refused))
    app.add_exception_handler(Overloaded, counted(busy))
    app.add_exception_handler(BackendUnavailable, counted(busy))
    app.add_exception_handler(Exception, counted(broken))
