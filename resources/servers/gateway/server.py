"""Pictures in front, Triton behind on the same machine: the embedding contract over Triton's UINT8 model. Settings: README.md."""

import asyncio
import hashlib
import logging
import os
import sys
import time
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "common"))

import httpx
import numpy as np
from embedding_server.app import BackendUnavailable, Embedded, ModelFile, create_app
from embedding_server.batching import Overloaded
from embedding_server.gpus import nvidia_gpus
from embedding_server.metrics import Metrics
from embedding_server.preprocessing import Preprocessing
from embedding_server.serve import serve
from embedding_server.settings import Settings
from triton import MAX_BATCH, Triton, device_of, parameters_of, read_model


class TritonBackend:
    def __init__(self, triton: Triton, model_file: ModelFile | None, settings: Settings, metrics: Metrics) -> None:
        self.triton, self.model_file, self.settings, self.metrics = triton, model_file, settings, metrics
        self.preprocessing = Preprocessing()
        self._under_way = 0
        self._info: dict[str, object] | None = None

    def info(self) -> dict[str, object]:
        """As Triton tells it; asked until it has answered once."""
        if self._info is None:
            try:
                config = read_model(self.triton.url, self.triton.model)
            except httpx.HTTPError as error:
                raise BackendUnavailable(f"Triton at {self.triton.url} does not tell its model") from error
            told = parameters_of(config)
            size = self.preprocessing.size
            if config["input"][0]["data_type"] != "TYPE_UINT8" or [int(d) for d in config["input"][0]["dims"]] != [size, size, 3]:
                raise RuntimeError(f"{self.triton.model} does not take UINT8 [{size}, {size}, 3]; name one that does in TRITON_MODEL")
            self._info = {
                "model_name": told.get("model") or self.triton.model,
                "pretrained": told.get("pretrained"),
                "seed": int(told["seed"]) if "seed" in told else None,
                "embedding_dim": int(config["output"][0]["dims"][-1]),
                "device": device_of(config),
                "normalized": True,
                "weights_sha256": told.get("weights_sha256"),
                "preprocessing": self.preprocessing.describe(),
                "max_images": self.settings.max_images,
                "max_batch": int(config["max_batch_size"]),
                "backend": {"server": "triton", "version": config["triton"], "model": self.triton.model},
                "onnx": None if self.model_file is None else self.model_file.describe(),
            }
        return self._info

    def gpu_info(self) -> dict[str, object]:
        devices = nvidia_gpus()
        return {"cuda_available": len(devices) > 0, "device_count": len(devices), "devices": devices}

    async def ready(self) -> bool:
        return await self.triton.is_ready()

    def announced(self, count: int) -> AbstractContextManager[None]:
        if self._under_way + count > self.settings.max_waiting:
            raise Overloaded(f"{self._under_way} pictures are waiting already")
        return nullcontext()

    def waiting(self) -> int:
        return self._under_way

    async def _part(self, pixels: np.ndarray) -> np.ndarray:
        self.metrics.batch_size.observe(len(pixels))
        return await self.triton.embed(pixels)

    async def embed(self, pictures: list[np.ndarray]) -> Embedded:
        """In parts that Triton takes, side by side. Its own queue is part of the inference time: it does not tell them apart."""
        started = time.perf_counter()
        self._under_way += len(pictures)
        try:
            parts = [np.stack(pictures[at : at + MAX_BATCH]) for at in range(0, len(pictures), MAX_BATCH)]
            vectors = np.concatenate(await asyncio.gather(*map(self._part, parts)))
        finally:
            self._under_way -= len(pictures)
        return Embedded(vectors, 0.0, (time.perf_counter() - started) * 1e3)


def _model_file() -> ModelFile | None:
    """The FP32 network that Triton's repository was made from; `GET /model.onnx` sends it where it is named."""
    name = os.environ.get("MODEL_ONNX")
    if not name:
        return None
    path = Path(name)
    with path.open("rb") as stream:
        return ModelFile(path, hashlib.file_digest(stream, "sha256").hexdigest())


def main() -> None:
    logging.basicConfig(format="%(levelname)s: %(message)s")
    settings, metrics = Settings.from_environment(default_port=8006), Metrics()
    triton = Triton(
        os.environ.get("TRITON_URL") or "http://127.0.0.1:8003", os.environ.get("TRITON_MODEL") or "openclip_vit_b32_u8"
    )
    app = create_app(TritonBackend(triton, _model_file(), settings, metrics), settings, metrics, "Twinlens gateway")
    serve(app, settings, f"Gateway to {triton.url}")


if __name__ == "__main__":
    main()
