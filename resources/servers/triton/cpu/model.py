"""Any ONNX file of the repository on the CPU, for Tritons without the onnxruntime backend: same names, types and numbers."""

import json
import os
import sys

# Triton's Python process sees no virtual environment: packages are shown to it by path, ahead of any others (numpy 2 would
# make every output come back empty).
sys.path.insert(0, os.environ["TRITON_MODEL_SITE"])

import numpy as np
import onnxruntime as ort
import triton_python_backend_utils as pb_utils


class TritonPythonModel:
    def initialize(self, args: dict[str, str]) -> None:
        config = json.loads(args["model_config"])
        self.input, self.output = config["input"][0]["name"], config["output"][0]["name"]
        options = ort.SessionOptions()
        options.intra_op_num_threads = int(os.environ.get("ORT_THREADS") or 0)
        file = os.path.join(args["model_repository"], args["model_version"], "model.onnx")
        self.session = ort.InferenceSession(file, options, providers=["CPUExecutionProvider"])

    def execute(self, requests: list) -> list:
        """The requests that the server put together, as one batch."""
        inputs = [pb_utils.get_input_tensor_by_name(request, self.input).as_numpy() for request in requests]
        batch = np.concatenate(inputs) if len(inputs) > 1 else inputs[0]
        vectors = self.session.run([self.output], {self.input: batch})[0]
        ends = np.cumsum([len(each) for each in inputs])[:-1]
        return [
            pb_utils.InferenceResponse([pb_utils.Tensor(self.output, np.ascontiguousarray(part))])
            for part in np.split(vectors, ends)
        ]
