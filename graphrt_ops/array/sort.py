"""top_k, sort, argsort, searchsorted: the order of elements."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

import graphrt_ops as F
from graphrt.dtypes import REALS, int32, int64
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import OpDef, convert_to_tensor, export, static_value
from graphrt.shapes import UNKNOWN, TensorShape


def _top(op: Operation):
    """The input's shape with ``k`` as the last dimension."""
    shape, k = op.inputs[0].shape, op.inputs[1]
    if k.shape.rank not in (None, 0):
        raise ValueError(f"Shape must be rank 0 but is rank {k.shape.rank}")
    if shape.rank == 0:
        raise ValueError("Shape must be at least rank 1 but is rank 0")
    count = static_value(k)
    if count is not None and count < 0:
        raise ValueError(f"Dimension size, given by scalar input 1, must be non-negative but is {int(count)}")
    if shape.rank is None:
        return [UNKNOWN] * 2
    if count is not None and shape.values[-1] is not None and shape.values[-1] < count:
        raise ValueError(f"input must have last dimension >= k = {int(count)} but is {shape.values[-1]}")
    return [TensorShape.of((*shape.values[:-1], None if count is None else int(count)))] * 2


class TopKV2(NamedTuple):
    """What ``top_k`` returns."""

    values: Any
    indices: Any


opdef = OpDef(
    "TopKV2",
    "input k:int32@host",
    "values indices:int32",
    dtypes=REALS,
    attrs={"sorted": True},
    infer=_top,
)


@opdef.kernel
def kernel(xp, input, k):
    count = int(k)
    if count < 0 or not input.ndim:
        raise ValueError(f"Need k >= 0, got {count}, and an input of rank 1 or more, got {list(input.shape)}")
    if input.shape[-1] < count:
        raise ValueError(f"input must have at least k columns. Had {input.shape[-1]}, needed {count}")
    # A stable sort of the reversed order puts the lower index first among equals.
    order = _descending(xp, input)[..., :count]
    return xp.take_along_axis(input, order, -1), order.astype(xp.int32)


def _descending(xp, values):
    """Indices of a descending order; of equal elements the first one comes first."""
    backwards = xp.argsort(values[..., ::-1], axis=-1, kind="stable")[..., ::-1]
    return values.shape[-1] - 1 - backwards


@opdef.gradient
def gradient(op: Operation, dy: Tensor, _: Tensor):
    """The gradient goes to where each value came from, by its place in the flattened input."""
    shape, index_shape = F.shape(op.inputs[0]), F.shape(op.outputs[1])
    width = F.gather(F.cast(index_shape, int64), F.size(index_shape) - 1)
    rows = F.reshape(op.outputs[1], F.stack([-1, width]))
    row_length = F.gather(F.cast(shape, int64), F.size(shape) - 1)
    count = F.shape(rows)[0]
    starts = F.range(0, F.cast(count, int64) * row_length, row_length)
    places = F.reshape(rows + F.cast(F.expand_dims(starts, -1), int32), [-1])
    flat = F.scatter_nd(F.expand_dims(places, -1), F.reshape(dy, [-1]), [F.reduce_prod(shape)])
    return [F.reshape(flat, shape), F.zeros([], int32)]


@export("nn.top_k", "math.top_k")
def top_k(input, k=1, sorted=True, name=None):  # noqa: A002 (the name is TF1's)
    """The ``k`` largest elements along the last dimension, and their indices (int32); of equals the first one wins.

    Raises:
      ValueError: if the last dimension is known to be shorter than ``k`` (``InvalidArgumentError`` when it runs).

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.nn.top_k([1., 3., 2.], 2)))
    TopKV2(values=array([3., 2.], dtype=float32), indices=array([1, 2], dtype=int32))
    """
    return TopKV2(*opdef(input, k, sorted=sorted, name=name))


_DIRECTIONS = ("ASCENDING", "DESCENDING")


@export("sort")
def sort(values, axis=-1, direction="ASCENDING", name=None):
    """The elements of ``values`` in order along a dimension.

    Raises:
      ValueError: if ``axis`` is no constant scalar, or ``direction`` neither "ASCENDING" nor "DESCENDING".
    """
    with name_scope(name, "sort"):
        return _ordered(values, axis, direction, 0)


@export("argsort")
def argsort(values, axis=-1, direction="ASCENDING", stable=False, name=None):
    """The int32 indices that put ``values`` in order along a dimension; always stable."""
    del stable
    with name_scope(name, "argsort"):
        return _ordered(values, axis, direction, 1)


def _ordered(values, axis, direction: str, wanted: int) -> Tensor:
    if direction not in _DIRECTIONS:
        raise ValueError(f"{direction} should be one of {', '.join(_DIRECTIONS)}")
    axis = convert_to_tensor(axis, name="axis")
    at = static_value(axis)
    if axis.shape.rank != 0 or at is None:
        raise ValueError("axis must be a constant scalar")
    values = convert_to_tensor(values, name="values")
    if direction == "DESCENDING":
        return _by_top_k(values, int(at), wanted)
    result = _by_top_k(-values, int(at), wanted)
    return result if wanted == 1 else -result


def _by_top_k(values: Tensor, axis: int, wanted: int) -> Tensor:
    """Sorting is taking all of the largest, along the last dimension."""
    length = F.shape(values)[axis]
    rank = F.rank(values)
    static_rank = values.shape.rank
    if axis == -1 or axis + 1 == static_rank:
        return top_k(values, length)[wanted]
    if static_rank is not None:
        axis = axis % static_rank
        order = [*range(axis), static_rank - 1, *range(axis + 1, static_rank - 1), axis]
        swap = F.constant(np.array(order), name="transposition")
    else:
        axis = axis + rank if axis < 0 else axis
        swap = F.concat([F.range(axis), [rank - 1], F.range(axis + 1, rank - 1), [axis]], axis=0)
    return F.transpose(top_k(F.transpose(values, swap), length)[wanted], swap)


def _bound(type_name: str, side: str) -> OpDef:
    bound = OpDef(
        type_name,
        "sorted_inputs values",
        "output:out_type",
        attrs={"out_type": int32},
        infer=lambda op: op.inputs[1].shape,
        differentiable=False,
    )

    @bound.kernel
    def bound_kernel(xp, sorted_inputs, values, out_type):
        rows = [xp.searchsorted(row, wanted, side) for row, wanted in zip(sorted_inputs, values, strict=True)]
        return xp.stack(rows).astype(out_type.as_numpy_dtype) if rows else xp.zeros(values.shape, out_type.numpy)

    return bound


lower = _bound("LowerBound", "left")
upper = _bound("UpperBound", "right")


@export("searchsorted")
def searchsorted(sorted_sequence, values, side="left", out_type=int32, name=None):
    """Where ``values`` would go in each (sorted) last dimension of ``sorted_sequence``: "left" of equals or after.

    Raises:
      ValueError: if ``side`` is neither "left" nor "right".
    """
    width = F.shape(sorted_sequence)[-1]
    count = F.shape(values)[-1]
    sequences = F.reshape(sorted_sequence, [-1, width])
    wanted = F.reshape(values, [-1, count])
    if side not in ("left", "right"):
        raise ValueError(f"side must be either 'right' or 'left'.  Saw: {side}.")
    made = lower if side == "left" else upper
    return F.reshape(made(sequences, wanted, out_type=out_type, name=name), F.shape(values))
