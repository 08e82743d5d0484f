"""Makes block-product.onnx: all pairs of two sets of vectors whose dot product reaches a floor.

    pip install onnx==1.23.2 && python make-block-product.py

Gemm with transB keeps the vectors as they lie in memory; a Transpose before a MatMul took 2.5 times as long.
"""

from pathlib import Path

import onnx
from onnx import TensorProto, helper

nodes = [
    helper.make_node("Gemm", ["rows", "columns"], ["product"], transB=1),
    helper.make_node("GreaterOrEqual", ["product", "floor"], ["above"]),
    helper.make_node("NonZero", ["above"], ["at"]),
    helper.make_node("Transpose", ["at"], ["at_pairs"], perm=[1, 0]),
    helper.make_node("GatherND", ["product", "at_pairs"], ["scores"]),
    helper.make_node("Cast", ["at"], ["pairs"], to=TensorProto.INT32),
]
graph = helper.make_graph(
    nodes,
    "block-product",
    inputs=[
        helper.make_tensor_value_info("rows", TensorProto.FLOAT, ["R", "D"]),
        helper.make_tensor_value_info("columns", TensorProto.FLOAT, ["C", "D"]),
        helper.make_tensor_value_info("floor", TensorProto.FLOAT, []),
    ],
    outputs=[
        helper.make_tensor_value_info("pairs", TensorProto.INT32, [2, "P"]),
        helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["P"]),
    ],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="twinlens")
onnx.checker.check_model(model, full_check=True)
onnx.save(model, Path(__file__).with_name("block-product.onnx"))
