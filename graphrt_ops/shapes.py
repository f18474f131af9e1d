"""Shape functions that many ops share: each takes the Operation that is being made and returns its output shapes."""

from __future__ import annotations

from typing import Any

from graphrt.dtypes import COMPLEX as COMPLEX
from graphrt.dtypes import FLOATS as FLOATS
from graphrt.dtypes import NUMBERS as NUMBERS
from graphrt.dtypes import REALS as REALS
from graphrt.graph import Operation
from graphrt.opdef import static_dims as static_dims
from graphrt.opdef import static_value as static_value
from graphrt.shapes import SCALAR, UNKNOWN, TensorShape
from graphrt.shapes import broadcast as broadcast_shapes


def unchanged(op: Operation) -> TensorShape:
    """The shape of the first input."""
    return op.inputs[0].shape


def broadcast(op: Operation) -> TensorShape:
    """The two inputs' shapes, broadcast against each other."""
    return broadcast_shapes(op.inputs[0].shape, op.inputs[1].shape)


def scalar(op: Operation) -> TensorShape:
    """No dimensions."""
    return SCALAR


def unknown(op: Operation) -> list[TensorShape]:
    """Nothing is known of any output."""
    return [UNKNOWN for _ in op.outputs]


def check_equal_shapes(*arrays: Any) -> None:
    """For kernels of ops whose shape function is ``merged``: NumPy would broadcast.

    Raises:
      ValueError: if the arrays do not all have one shape.
    """
    first = arrays[0].shape
    for i, array in enumerate(arrays):
        if array.shape != first:
            raise ValueError(
                f"Inputs must have the same size and shape.  Input 0: {list(first)} != input {i}: {list(array.shape)}"
            )


def merged(op: Operation) -> TensorShape:
    """All inputs have one shape, and so has the output."""
    shape = op.inputs[0].shape
    for tensor in op.inputs[1:]:
        shape = shape.merge_with(tensor.shape)
    return shape
