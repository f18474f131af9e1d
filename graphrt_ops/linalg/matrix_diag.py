"""matrix_diag, matrix_diag_part and matrix_set_diag: the main diagonals of a batch of matrices."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import colocate_with
from graphrt.opdef import OpDef, export
from graphrt.shapes import UNKNOWN, TensorShape
from graphrt_ops.array.movement import copied, spread


def _with_columns(op: Operation) -> TensorShape:
    shape = op.inputs[0].shape.with_rank_at_least(1)
    return UNKNOWN if shape.rank is None else TensorShape.of((*shape.values, shape.values[-1]))


def _diagonal_shape(shape: TensorShape) -> TensorShape:
    shape = shape.with_rank_at_least(2)
    if shape.rank is None:
        return UNKNOWN
    *batch, rows, columns = shape.values
    shorter = None if rows is None or columns is None else min(rows, columns)
    return TensorShape.of((*batch, 0 if 0 in (rows, columns) else shorter))


def _matrices(op: Operation) -> TensorShape:
    matrices, diagonals = op.inputs[0].shape, op.inputs[1].shape.with_rank_at_least(1)
    _diagonal_shape(matrices).merge_with(diagonals)
    if matrices.rank is None and diagonals.rank is not None:
        return TensorShape.of((*diagonals.values[:-1], None, None))
    return matrices


diag_opdef = OpDef("MatrixDiag", "diagonal", "output", infer=_with_columns)
part_opdef = OpDef("MatrixDiagPart", "input", "diagonal", infer=lambda op: _diagonal_shape(op.inputs[0].shape))
set_opdef = OpDef("MatrixSetDiag", "input diagonal", "output", infer=_matrices)


@diag_opdef.kernel
def diag_kernel(xp, diagonal):
    size = diagonal.shape[-1]
    output = xp.zeros((*diagonal.shape, size), diagonal.dtype)
    output.reshape(*diagonal.shape[:-1], size * size)[..., :: size + 1] = diagonal
    return output


@part_opdef.kernel
def part_kernel(xp, input):
    return xp.diagonal(input, axis1=-2, axis2=-1).copy()


@set_opdef.kernel
def set_kernel(xp, input, diagonal):
    size = min(input.shape[-2:])
    if diagonal.shape != (*input.shape[:-2], size):
        raise ValueError(
            f"must have diagonal.shape == input.shape[:-2] + min(input.shape[-2:]), got {list(diagonal.shape)} for "
            f"{list(input.shape)}"
        )
    output = xp.array(input, order="C")
    *batch, rows, columns = input.shape
    places = slice(0, size * columns, columns + 1)
    output.reshape(*batch, rows * columns)[..., places] = diagonal
    return output


@diag_opdef.lower
def diag_lower(op: Operation):
    return spread(op, _diagonal_strides(op.outputs[0].shape.values))


@part_opdef.lower
def part_lower(op: Operation):
    return copied(op, _diagonal_strides(op.inputs[0].shape.values))


@set_opdef.lower
def set_lower(op: Operation):
    from graphrt.native.records import Copies, Part, axes_of, contiguous_strides, shown, title

    whole, shape = (tensor.shape.values for tensor in op.inputs)
    if shape != (*whole[:-2], min(whole[-2:])):
        return None  # the kernel says what is wrong
    over = Part(axes_of(shape, contiguous_strides(shape), _diagonal_strides(whole)), 1)
    return Copies(title("set_diag", whole), (shown(whole, contiguous_strides(whole)), over))


def _diagonal_strides(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The strides of the main diagonals of the matrices in the last two dimensions."""
    from graphrt.native.records import contiguous_strides

    strides = contiguous_strides(shape)
    return (*strides[:-2], strides[-2] + strides[-1])


@diag_opdef.gradient
def diag_gradient(op: Operation, dy: Tensor) -> Tensor:
    return F.matrix_diag_part(dy)


@part_opdef.gradient
def part_gradient(op: Operation, dy: Tensor) -> Tensor:
    rows, columns = op.inputs[0].shape.with_rank_at_least(2)[-2:].as_list() if op.inputs[0].shape.rank else (None, None)
    if rows is not None and rows == columns:
        return F.matrix_diag(dy)
    return F.matrix_set_diag(F.zeros_like(op.inputs[0]), dy)


@set_opdef.gradient
def set_gradient(op: Operation, dy: Tensor) -> tuple[Tensor, Tensor]:
    """What was replaced had no effect; what replaced it, all."""
    diagonal = _diagonal_shape(op.inputs[0].shape.merge_with(dy.shape)).merge_with(op.inputs[1].shape)
    if diagonal.is_fully_defined():
        zeros = F.zeros(diagonal, dtype=dy.dtype)
    else:
        with colocate_with(dy):
            shape = F.shape(dy)
            rank = F.rank(dy)
            batch = F.slice(shape, [0], [rank - 2])
            matrix = F.slice(shape, [rank - 2], [2])
            length = F.reduce_min(matrix)
            diagonal_shape = F.concat([batch, [length]], 0)
        zeros = F.zeros(diagonal_shape, dtype=dy.dtype)
    return F.matrix_set_diag(dy, zeros), F.matrix_diag_part(dy)


def _only_main_diagonal(k, **others) -> None:
    """TensorFlow 1.15 has the arguments, but ignores them."""
    given = [name for name, (value, default) in {"k": (k, 0), **others}.items() if value != default]
    if given:
        raise ValueError(
            f"{', '.join(given)}: only the main diagonal is supported (TensorFlow 1.15 ignores the argument)"
        )


@export("matrix_diag", "linalg.diag")
def matrix_diag(diagonal, name="diag", k=0, num_rows=-1, num_cols=-1, padding_value=0):
    """Square matrices with the last dimension of ``diagonal`` on their diagonals, and zeros elsewhere.

    Args:
      diagonal: tensor [..., n]. name: a name for the node.
      k, num_rows, num_cols, padding_value: only their defaults are supported.

    Returns:
      Tensor [..., n, n].
    """
    _only_main_diagonal(k, num_rows=(num_rows, -1), num_cols=(num_cols, -1), padding_value=(padding_value, 0))
    return diag_opdef(diagonal, name=name)


@export("matrix_diag_part", "linalg.diag_part")
def matrix_diag_part(input, name="diag_part", k=0, padding_value=0):
    """The diagonals of the matrices in the last two dimensions of ``input``: [..., m, n] to [..., min(m, n)].

    ``k`` and ``padding_value``: only their defaults are supported.
    """
    _only_main_diagonal(k, padding_value=(padding_value, 0))
    return part_opdef(input, name=name)


@export("matrix_set_diag", "linalg.set_diag")
def matrix_set_diag(input, diagonal, name="set_diag", k=0):
    """``input`` [..., m, n] with ``diagonal`` [..., min(m, n)] on its diagonals; ``k``: only 0 is supported.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.matrix_set_diag(tf.zeros([2, 3]), [1., 2.])))
    [[1. 0. 0.]
     [0. 2. 0.]]
    """
    _only_main_diagonal(k)
    return set_opdef(input, diagonal, name=name)
