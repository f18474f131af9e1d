"""diag and diag_part: a tensor on the diagonal of one of twice the rank, and back."""

from __future__ import annotations

import math

import graphrt_ops as F
from graphrt.dtypes import COMPLEX, bfloat16, float16, float32, float64, int32, int64
from graphrt.graph import Operation, Tensor
from graphrt.opdef import OpDef, export
from graphrt.shapes import UNKNOWN, TensorShape
from graphrt_ops.array.movement import copied, spread

_TYPES = (bfloat16, float16, float32, float64, int32, int64, *COMPLEX)


def _doubled(op: Operation) -> TensorShape:
    shape = op.inputs[0].shape
    return shape.concatenate(shape)


def _halved(op: Operation) -> TensorShape:
    shape = op.inputs[0].shape
    if shape.rank is None:
        return UNKNOWN
    if shape.rank % 2 or shape.rank == 0:
        raise ValueError(f"Input must have even and non-zero rank, input rank is {shape.rank}")
    half = shape.rank // 2
    return shape[:half].merge_with(shape[half:])


diag_opdef = OpDef("Diag", "diagonal", "output", dtypes=_TYPES, infer=_doubled)
part_opdef = OpDef("DiagPart", "input", "diagonal", dtypes=_TYPES, infer=_halved)


@diag_opdef.kernel
def diag_kernel(xp, diagonal):
    output = xp.zeros((diagonal.size, diagonal.size), diagonal.dtype)
    output.reshape(-1)[:: diagonal.size + 1] = diagonal.reshape(-1)
    return output.reshape(diagonal.shape * 2)


@part_opdef.kernel
def part_kernel(xp, input):
    half = input.shape[: input.ndim // 2]
    if input.ndim == 0 or input.shape != half * 2:
        raise ValueError(f"The first half of the dimensions must equal the second half, got {list(input.shape)}")
    size = math.prod(half)
    return input.reshape(size, size).diagonal().copy().reshape(half)


@diag_opdef.lower
def diag_lower(op: Operation):
    return spread(op, _along_both_halves(op.outputs[0].shape.values))


@part_opdef.lower
def part_lower(op: Operation):
    shape = op.inputs[0].shape.values
    half = len(shape) // 2
    if not shape or shape[:half] != shape[half:]:
        return None  # the kernel says what is wrong
    return copied(op, _along_both_halves(shape))


def _along_both_halves(shape: tuple[int, ...]) -> list[int]:
    """The strides of a walk along both halves of the dimensions at once."""
    from graphrt.native.records import contiguous_strides

    half, strides = len(shape) // 2, contiguous_strides(shape)
    return [x + y for x, y in zip(strides[:half], strides[half:], strict=True)]


@diag_opdef.gradient
def diag_gradient(op: Operation, dy: Tensor) -> Tensor:
    return F.diag_part(dy)


@part_opdef.gradient
def part_gradient(op: Operation, dy: Tensor) -> Tensor:
    return F.diag(dy)


@export("diag", "linalg.tensor_diag")
def diag(diagonal, name=None):
    """The tensor of twice the rank that has ``diagonal`` on its diagonal, and zeros elsewhere.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.diag([1, 2])))
    [[1 0]
     [0 2]]
    """
    return diag_opdef(diagonal, name=name)


@export("diag_part", "linalg.tensor_diag_part")
def diag_part(input, name=None):
    """The diagonal of a tensor of even rank, the second half of whose dimensions equals the first half."""
    return part_opdef(input, name=name)
