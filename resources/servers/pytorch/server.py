"""PyTorch + open_clip behind the embedding contract. Settings: README.md."""

import asyncio
import logging
import os
import sys
from collections.abc import Awaitable
from contextlib import AbstractContextManager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "common"))

import numpy as np
import torch
from embedding_server.app import Embedded, ModelFile, create_app
from embedding_server.batching import Batcher
from embedding_server.gpus import nvidia_gpus
from embedding_server.metrics import Metrics
from embedding_server.serve import serve
from embedding_server.settings import Settings
from export_onnx import cached_export
from network import Choice, Network, device_name


class TorchBackend:
    def __init__(self, network: Network, model_file: ModelFile | None, settings: Settings, metrics: Metrics) -> None:
        self.network, self.model_file = network, model_file
        self.preprocessing = network.preprocessing
        self.batcher = Batcher(
            network.embed,
            max_batch=settings.max_batch,
            max_delay_s=settings.max_delay_s,
            max_waiting=settings.max_waiting,
            on_batch=metrics.batch_size.observe,
        )
        self._info: dict[str, object] = {
            "model_name": network.model_name,
            "pretrained": network.pretrained,
            "seed": network.seed,
            "embedding_dim": network.dimension,
            "device": network.device.type,
            "device_name": device_name(network.device),
            "normalized": True,
            "weights_sha256": network.weights_sha256,
            "preprocessing": network.preprocessing.describe(),
            "max_images": settings.max_images,
            "max_batch": settings.max_batch,
            "onnx": None if model_file is None else model_file.describe(),
        }

    def info(self) -> dict[str, object]:
        return self._info

    def gpu_info(self) -> dict[str, object]:
        devices = nvidia_gpus()
        return {
            "cuda_available": torch.cuda.is_available(),
            "device_count": len(devices),
            "devices": devices,
            "torch": torch.__version__,
            "cuda": torch.version.cuda,
        }

    async def ready(self) -> bool:
        return True

    def announced(self, count: int) -> AbstractContextManager[None]:
        return self.batcher.announced(count)

    def waiting(self) -> int:
        return self.batcher.waiting

    def embed(self, pictures: list[np.ndarray]) -> Awaitable[Embedded]:
        futures = self.batcher.submit(pictures)

        async def collect() -> Embedded:
            answers = await asyncio.gather(*map(asyncio.wrap_future, futures))
            first, last = min(a.started for a in answers), max(a.finished for a in answers)
            queue_ms = (first - answers[0].submitted) * 1e3
            return Embedded(np.stack([a.vector for a in answers]), queue_ms, (last - first) * 1e3)

        return collect()


def load(settings: Settings) -> tuple[Network, ModelFile | None]:
    """The network and its export (EXPORT_ONNX=0: none)."""
    network = Network(Choice.from_environment()).eval()
    if os.environ.get("EXPORT_ONNX", "1") == "0":
        return network, None
    weights = network.pretrained or f"seed{network.seed}"
    return network, ModelFile(*cached_export(settings.cache, network.model_name, weights, network.weights_sha256))


def main() -> None:
    logging.basicConfig(format="%(levelname)s: %(message)s")
    settings, metrics = Settings.from_environment(default_port=8002), Metrics()
    threads = os.environ.get("TORCH_THREADS")
    if threads:
        torch.set_num_threads(int(threads))
    network, model_file = load(settings)
    # The first run of a network sets it up; nobody's request should wait for that.
    network.embed(np.zeros((1, network.preprocessing.size, network.preprocessing.size, 3), np.uint8))
    app = create_app(TorchBackend(network, model_file, settings, metrics), settings, metrics, "Twinlens PyTorch server")
    serve(app, settings, f"{network.model_name} on {device_name(network.device)}")


if __name__ == "__main__":
    main()
