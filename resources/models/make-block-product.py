"""Makes block-product.onnx and block-nearest.onnx: two questions about all pairs of two sets of vectors.

    pip install onnx==1.23.2 && python make-block-product.py

block-product: the pairs whose dot product reaches a floor. Gemm with transB keeps the vectors as they lie in memory; a
Transpose before a MatMul took 2.5 times as long.

block-nearest: for each vector those of the other set with the greatest dot products, in both directions. Vectors are rounded
to seven bits first, which makes the product about half as dear; the results are whole numbers, to be multiplied by both
steps. Seven bits, since the kernels of processors without VNNI add two products in 16 bits: 2 × 127 × 127 fits, 2 × 255 × 127
does not. TopK along the first axis takes five times as long as a Transpose and TopK along the second.
"""

from pathlib import Path

import onnx
from onnx import TensorProto, helper

here = Path(__file__)


def vectors():
    return [
        helper.make_tensor_value_info("rows", TensorProto.FLOAT, ["R", "D"]),
        helper.make_tensor_value_info("columns", TensorProto.FLOAT, ["C", "D"]),
    ]


def save(name, nodes, inputs, outputs):
    graph = helper.make_graph(nodes, name, inputs=[*vectors(), *inputs], outputs=outputs)
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="twinlens"
    )
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, here.with_name(f"{name}.onnx"))


save(
    "block-product",
    [
        helper.make_node("Gemm", ["rows", "columns"], ["product"], transB=1),
        helper.make_node("GreaterOrEqual", ["product", "floor"], ["above"]),
        helper.make_node("NonZero", ["above"], ["at"]),
        helper.make_node("Transpose", ["at"], ["at_pairs"], perm=[1, 0]),
        helper.make_node("GatherND", ["product", "at_pairs"], ["scores"]),
        helper.make_node("Cast", ["at"], ["pairs"], to=TensorProto.INT32),
    ],
    [helper.make_tensor_value_info("floor", TensorProto.FLOAT, [])],
    [
        helper.make_tensor_value_info("pairs", TensorProto.INT32, [2, "P"]),
        helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["P"]),
    ],
)

save(
    "block-nearest",
    [
        helper.make_node("QuantizeLinear", ["rows", "row_step", "row_zero"], ["row_levels"]),
        helper.make_node("QuantizeLinear", ["columns", "column_step", "column_zero"], ["column_levels"]),
        helper.make_node("Transpose", ["column_levels"], ["column_levels_across"], perm=[1, 0]),
        helper.make_node("MatMulInteger", ["row_levels", "column_levels_across", "row_zero"], ["product"]),
        helper.make_node("TopK", ["product", "per_row"], ["of_rows", "of_rows_at_long"], axis=1, sorted=0),
        helper.make_node("Cast", ["of_rows_at_long"], ["of_rows_at"], to=TensorProto.INT32),
        helper.make_node("Transpose", ["product"], ["product_across"], perm=[1, 0]),
        helper.make_node("TopK", ["product_across", "per_column"], ["of_columns", "of_columns_at_long"], axis=1, sorted=0),
        helper.make_node("Cast", ["of_columns_at_long"], ["of_columns_at"], to=TensorProto.INT32),
    ],
    [
        helper.make_tensor_value_info("row_step", TensorProto.FLOAT, []),
        helper.make_tensor_value_info("row_zero", TensorProto.UINT8, []),
        helper.make_tensor_value_info("column_step", TensorProto.FLOAT, []),
        helper.make_tensor_value_info("column_zero", TensorProto.INT8, []),
        helper.make_tensor_value_info("per_row", TensorProto.INT64, [1]),
        helper.make_tensor_value_info("per_column", TensorProto.INT64, [1]),
    ],
    [
        helper.make_tensor_value_info("of_rows", TensorProto.INT32, ["R", "K"]),
        helper.make_tensor_value_info("of_rows_at", TensorProto.INT32, ["R", "K"]),
        helper.make_tensor_value_info("of_columns", TensorProto.INT32, ["C", "L"]),
        helper.make_tensor_value_info("of_columns_at", TensorProto.INT32, ["C", "L"]),
    ],
)
