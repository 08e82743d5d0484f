"""Encoded pictures in, embeddings out: decodes, preprocesses, and asks the UINT8 model of the same server."""

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor

# Where Triton runs outside a container its Python process sees no virtual environment: packages are shown to it by path.
sys.path[:0] = filter(None, [os.environ.get("TRITON_MODEL_SITE")])
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import numpy as np
import triton_python_backend_utils as pb_utils
from preprocessing import Preprocessing, TooManyPixels, UnreadablePicture, decode, to_pixels  # put beside this file by prepare.py

MAX_BATCH = 32


class TritonPythonModel:
    def initialize(self, args: dict[str, str]) -> None:
        parameters = json.loads(args["model_config"])["parameters"]
        self.pixel_model = parameters["pixel_model"]["string_value"]
        self.max_pixels = int(float(parameters["max_megapixels"]["string_value"]) * 1e6)
        self.size = Preprocessing().size
        self.pool = ThreadPoolExecutor(min(8, os.cpu_count() or 2))

    def _pixels(self, data: bytes) -> np.ndarray | str:
        try:
            return to_pixels(decode(data, self.max_pixels), self.size)
        except (UnreadablePicture, TooManyPixels, OSError, ValueError) as error:
            return str(error)

    def _embed(self, pixels: np.ndarray) -> np.ndarray:
        request = pb_utils.InferenceRequest(
            model_name=self.pixel_model,
            requested_output_names=["embedding"],
            inputs=[pb_utils.Tensor("image", pixels)],
        )
        response = request.exec()
        if response.has_error():
            raise pb_utils.TritonModelException(response.error().message())
        return pb_utils.get_output_tensor_by_name(response, "embedding").as_numpy()

    def execute(self, requests: list) -> list:
        """One response a request, in order; a picture that cannot be read fails its own request and no other."""
        blobs = [pb_utils.get_input_tensor_by_name(r, "image").as_numpy().reshape(-1) for r in requests]
        decoded = [list(self.pool.map(self._pixels, items)) for items in blobs]
        errors = [
            next((f"image {i}: {p}" for i, p in enumerate(pictures) if isinstance(p, str)), None) for pictures in decoded
        ]
        good = [picture for pictures, error in zip(decoded, errors) if error is None for picture in pictures]
        vectors: list[np.ndarray] = []
        for start in range(0, len(good), MAX_BATCH):
            vectors.extend(self._embed(np.stack(good[start : start + MAX_BATCH])))
        responses, used = [], 0
        for pictures, error in zip(decoded, errors):
            if error is not None:
                responses.append(pb_utils.InferenceResponse(error=pb_utils.TritonError(error, pb_utils.TritonError.INVALID_ARG)))
                continue
            part = np.stack(vectors[used : used + len(pictures)])
            used += len(pictures)
            responses.append(pb_utils.InferenceResponse([pb_utils.Tensor("embedding", part)]))
        return responses
