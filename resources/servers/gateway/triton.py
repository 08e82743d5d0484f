"""Triton's HTTP protocol (KServe v2, binary tensors), as much of it as the gateway speaks."""

import json
from typing import Any

import httpx
import numpy as np
from embedding_server.app import BackendUnavailable

MAX_BATCH = 32
_ENDED = (httpx.ConnectError, httpx.ReadError, httpx.RemoteProtocolError, httpx.PoolTimeout, httpx.TimeoutException)


class Triton:
    """One model of one Triton. Safe for concurrent use; its dynamic batching lives on requests side by side."""

    def __init__(self, url: str, model: str) -> None:
        self.url, self.model = url.rstrip("/"), model
        limits = httpx.Limits(max_connections=64, max_keepalive_connections=64, keepalive_expiry=4)
        # No proxy of the environment stands between two processes of one machine; no gzip for numbers that do not shrink.
        self._http = httpx.AsyncClient(
            base_url=self.url, limits=limits, timeout=httpx.Timeout(30, pool=10), trust_env=False, headers={"Accept-Encoding": "identity"}
        )

    async def is_ready(self) -> bool:
        try:
            return (await self._http.get(f"/v2/models/{self.model}/ready", timeout=2)).status_code == 200
        except httpx.HTTPError:
            return False

    async def embed(self, pixels: np.ndarray) -> np.ndarray:
        """At most 32 x size x size x 3 bytes -> as many vectors. Raises BackendUnavailable, or RuntimeError with Triton's words."""
        head = json.dumps(
            {
                "inputs": [
                    {
                        "name": "image",
                        "shape": pixels.shape,
                        "datatype": "UINT8",
                        "parameters": {"binary_data_size": pixels.nbytes},
                    }
                ],
                "outputs": [{"name": "embedding", "parameters": {"binary_data": True}}],
            }
        ).encode()
        headers = {"Content-Type": "application/octet-stream", "Inference-Header-Content-Length": str(len(head))}
        try:
            reply = await self._http.post(f"/v2/models/{self.model}/infer", content=head + pixels.tobytes(), headers=headers)
        except _ENDED as error:
            raise BackendUnavailable(f"Triton at {self.url} does not answer ({type(error).__name__})") from error
        if reply.status_code in (404, 503) or (reply.status_code == 400 and not reply.content):
            raise BackendUnavailable(f"Triton's model {self.model} is not ready: {reply.text[:300]}")
        if reply.status_code != 200:
            raise RuntimeError(f"Triton answered {reply.status_code}: {reply.text[:300]}")
        length = int(reply.headers["Inference-Header-Content-Length"])
        shape = json.loads(reply.content[:length])["outputs"][0]["shape"]
        return np.frombuffer(reply.content[length:], np.float32).reshape(shape)


def read_model(url: str, model: str, timeout_s: float = 5) -> dict[str, Any]:
    """The model's configuration as Triton tells it, and Triton's own version under `triton`."""
    with httpx.Client(base_url=url, trust_env=False, timeout=timeout_s) as http:
        config = http.get(f"/v2/models/{model}/config").raise_for_status().json()
        config["triton"] = http.get("/v2").raise_for_status().json()["version"]
    return config


def device_of(config: dict[str, Any]) -> str:
    kinds = {group["kind"] for group in config.get("instance_group", [])}
    return "cuda" if "KIND_GPU" in kinds else "cpu" if "KIND_CPU" in kinds else "not told"


def parameters_of(config: dict[str, Any]) -> dict[str, str]:
    return {key: value["string_value"] for key, value in config.get("parameters", {}).items()}
