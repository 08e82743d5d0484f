"""tiny_network.py FILE.onnx: a deterministic stand-in with the same input and output (3 MB instead of 351), for tests of the
protocol. A patch convolution, a linear layer and unit length; random numbers from one seed."""

import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def tiny_network() -> onnx.ModelProto:
    numbers = np.random.default_rng(0)
    patches = (numbers.standard_normal((32, 3, 32, 32)) / 55).astype(np.float32)
    linear = (numbers.standard_normal((32 * 49, 512)) / 40).astype(np.float32)
    nodes = [
        helper.make_node("Conv", ["image", "patches"], ["seen"], kernel_shape=[32, 32], strides=[32, 32]),
        helper.make_node("Tanh", ["seen"], ["bounded"]),
        helper.make_node("Flatten", ["bounded"], ["flat"], axis=1),
        helper.make_node("MatMul", ["flat", "linear"], ["raw"]),
        helper.make_node("LpNormalization", ["raw"], ["embedding"], axis=-1, p=2),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 3, 224, 224])],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["N", 512])],
        [numpy_helper.from_array(patches, "patches"), numpy_helper.from_array(linear, "linear")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 9
    onnx.checker.check_model(model)
    return model


if __name__ == "__main__":
    onnx.save(tiny_network(), sys.argv[1])
