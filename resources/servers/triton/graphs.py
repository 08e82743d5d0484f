"""Graph surgery: the same network with other inputs. The exported FP32 network takes `image` N x 3 x H x W and gives `embedding`."""

import tempfile

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def _shape(value: onnx.ValueInfoProto) -> list[int | str]:
    return [d.dim_param or d.dim_value for d in value.type.tensor_type.shape.dim]


def _with_front(model: onnx.ModelProto, image: onnx.ValueInfoProto, nodes: list, constants: list) -> onnx.ModelProto:
    """The network behind `nodes`, which make `normalised` out of the new `image`."""
    graph = model.graph
    for node in graph.node:
        node.input[:] = ["normalised" if name == "image" else name for name in node.input]
    rest = list(graph.node)
    del graph.node[:]
    graph.node.extend([*nodes, *rest])
    graph.initializer.extend(constants)
    del graph.input[:]
    graph.input.append(image)
    return model


def uint8_input(model: onnx.ModelProto, mean: list[float], std: list[float]) -> onnx.ModelProto:
    """`image` becomes N x H x W x 3 bytes; (x / 255 - mean) / std is computed in the graph. Changes `model`."""
    batch, channels, height, width = _shape(model.graph.input[0])
    constants = [
        numpy_helper.from_array(np.float32(255), "pixel_range"),
        numpy_helper.from_array(np.array(mean, np.float32).reshape(1, 3, 1, 1), "pixel_mean"),
        numpy_helper.from_array(np.array(std, np.float32).reshape(1, 3, 1, 1), "pixel_std"),
    ]
    nodes = [
        helper.make_node("Transpose", ["image"], ["pixels_nchw"], perm=[0, 3, 1, 2]),
        helper.make_node("Cast", ["pixels_nchw"], ["pixels_float"], to=TensorProto.FLOAT),
        helper.make_node("Div", ["pixels_float", "pixel_range"], ["pixels_unit"]),
        helper.make_node("Sub", ["pixels_unit", "pixel_mean"], ["pixels_centred"]),
        helper.make_node("Div", ["pixels_centred", "pixel_std"], ["normalised"]),
    ]
    image = helper.make_tensor_value_info("image", TensorProto.UINT8, [batch, height, width, channels])
    return _with_front(model, image, nodes, constants)


def fp16_wire(model: onnx.ModelProto) -> onnx.ModelProto:
    """`image` becomes FP16, everything else stays FP32: for CPUs, which gain nothing from FP16 arithmetic. Changes `model`."""
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT16, _shape(model.graph.input[0]))
    cast = helper.make_node("Cast", ["image"], ["normalised"], to=TensorProto.FLOAT)
    return _with_front(model, image, [cast], [])


def fp16_compute(model: onnx.ModelProto) -> onnx.ModelProto:
    """Input, weights and arithmetic FP16, for GPUs; the last step, to unit length, and the output stay FP32."""
    from onnxruntime.transformers.float16 import convert_float_to_float16

    half = convert_float_to_float16(_without_unit_length(_folded(model)))
    raw, output = half.graph.output[0].name, model.graph.output[0]
    half.graph.initializer.append(numpy_helper.from_array(np.float32(1e-12), "least_length"))
    half.graph.node.extend(
        [
            helper.make_node("Cast", [raw], ["raw_float"], to=TensorProto.FLOAT),
            helper.make_node("ReduceL2", ["raw_float"], ["length"], axes=[-1], keepdims=1),
            helper.make_node("Max", ["length", "least_length"], ["safe_length"]),
            helper.make_node("Div", ["raw_float", "safe_length"], [output.name]),
        ]
    )
    half.graph.output[0].CopyFrom(output)
    onnx.checker.check_model(half)
    return half


def _folded(model: onnx.ModelProto) -> onnx.ModelProto:
    """Constants computed and casts between equal types gone: what is left of the exporter's casts would clash with FP16."""
    import onnxruntime as ort

    with tempfile.TemporaryDirectory() as folder:
        source, target = f"{folder}/source.onnx", f"{folder}/folded.onnx"
        onnx.save(model, source)
        options = ort.SessionOptions()
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.optimized_model_filepath = target
        ort.InferenceSession(source, options, providers=["CPUExecutionProvider"])
        folded = onnx.load(target)
    # Only standard operators are in it; the runtime's own domains would be unknown to an older one.
    standard = [opset for opset in folded.opset_import if opset.domain in ("", "ai.onnx")]
    del folded.opset_import[:]
    folded.opset_import.extend(standard)
    folded.ir_version = model.ir_version
    return folded


def _without_unit_length(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same network up to the vector whose length is taken last. Changes `model`."""
    norm = [node for node in model.graph.node if node.op_type in ("ReduceL2", "LpNormalization")][-1]
    makers = {output: node for node in model.graph.node for output in node.output}
    needed: set[str] = set()
    ahead = [norm.input[0]]
    while ahead:
        node = makers.get(ahead.pop())
        if node is not None and node.output[0] not in needed:
            needed.add(node.output[0])
            ahead += node.input
    kept = [node for node in model.graph.node if node.output[0] in needed]
    batch, dimension = _shape(model.graph.output[0])
    del model.graph.node[:]
    model.graph.node.extend(kept)
    model.graph.output[0].CopyFrom(helper.make_tensor_value_info(norm.input[0], TensorProto.FLOAT, [batch, dimension]))
    return model
