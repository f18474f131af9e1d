"""What all reductions share: their axes, their static shape, and the spellings that TF1 has deprecated."""

from __future__ import annotations

import math
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

import graphrt_ops as F
from graphrt.dtypes import int32
from graphrt.graph import Operation, Tensor, get_default_graph
from graphrt.shapes import SCALAR, UNKNOWN, TensorShape
from graphrt_ops.shapes import static_value

SIGNATURE = "input reduction_indices:Tidx@host"


def axes_of(input: Any, indices: np.ndarray) -> tuple[int, ...]:
    """The axes a kernel reduces over, as NumPy takes them: each once, though it may be given twice.

    Raises:
      ValueError: for an axis that ``input`` does not have.
    """
    axes = indices.tolist()
    rank = input.ndim
    if indices.ndim != 1:
        axes = indices.reshape(-1).tolist()
    for axis in axes:
        if not -rank <= axis < rank:
            raise ValueError(f"Invalid reduction dimension ({axis} for input with {rank} dimension(s)")
    if len(axes) > 1:
        return tuple(dict.fromkeys([axis % rank for axis in axes]))
    return tuple(axes)


def constant_axes(op: Operation, indices: Any) -> tuple[int, ...] | None:
    """Axes that a plan may check once and for all: those of a constant, for an input of known rank."""
    rank = op.inputs[0].shape.rank
    if indices is None or rank is None:
        return None
    axes = indices.ravel().tolist()
    if any(not -rank <= axis < rank for axis in axes):
        return None  # the kernel says what is wrong
    return tuple(dict.fromkeys([axis % rank for axis in axes]))


def known_axis(op: Operation) -> int | None:
    """The axis that input 1 names, from the front; None if it is not known or wrong (the kernel says what is)."""
    axis, rank = static_value(op.inputs[1]), op.inputs[0].shape.rank
    return None if axis is None or not -rank <= int(axis) < rank else int(axis) % rank


def lowered(op: Operation, how: str, mean: bool = False):
    """What a reduction by ``how`` (see graphrt.native.records.Reduce) is to the native tier."""
    from graphrt.native.records import Reduce

    indices, dims = op.inputs[1].op, op.inputs[0].shape.values
    axes = constant_axes(op, indices.attrs["value"] if indices.opdef.role == "constant" else None)
    if axes is None or (mean and not op.inputs[0].dtype.is_floating):
        return None
    return Reduce(how, axes, math.prod(dims[axis] for axis in axes) if mean else 1)


def reduced(op: Operation) -> TensorShape:
    """The shape of the first input without the axes that the second one names (or with ones in their place)."""
    dims = op.inputs[0].shape.values
    keep_dims = op.attrs["keep_dims"]
    if dims is None:
        return UNKNOWN
    indices = static_value(op.inputs[1])
    if indices is None:
        return TensorShape.of((None,) * len(dims)) if keep_dims else UNKNOWN
    if op.inputs[1].shape.rank > 1:
        raise ValueError(f"Shape must be at most rank 1 but is rank {op.inputs[1].shape.rank}")
    axes = set()
    for axis in indices.ravel().tolist():
        if not -len(dims) <= axis < len(dims):
            raise ValueError(f"Invalid reduction dimension {axis} for input with {len(dims)} dimensions")
        axes.add(axis % len(dims))
    if keep_dims:
        return TensorShape.of(tuple([1 if i in axes else d for i, d in enumerate(dims)]))
    return TensorShape.of(tuple([d for i, d in enumerate(dims) if i not in axes]))


def axes_or_all(input: Any, axis: Any) -> Any:
    """``axis``, or all axes of ``input`` where it is None; makes the nodes that TF1 makes for that."""
    if axis is not None:
        return axis
    if isinstance(input, Tensor) and input.shape.rank is not None:
        return F.constant(np.arange(input.shape.rank, dtype=np.int32))
    return F.range(0, F.rank(input))


def to_scalar(output: Tensor, axis: Any, keepdims: bool) -> Tensor:
    """``output``, of which it is known that it is a scalar when everything was reduced."""
    if output.shape.values is None and axis is None and not keepdims:
        output.set_shape(SCALAR)
    return output


def one_of(new_name: str, new: Any, old_name: str, old: Any) -> Any:
    """The value of an argument that has an old and a new name, of which one may be given."""
    if old is None:
        return new
    if new is not None:
        raise ValueError(f"Cannot specify both '{old_name}' and '{new_name}'")
    return old


def reduce_with(opdef, input, axis, keepdims, name, reduction_indices=None, keep_dims=None) -> Tensor:
    """A reduction node with TF1's arguments, old and new."""
    axis = one_of("axis", axis, "reduction_indices", reduction_indices)
    keepdims = bool(one_of("keepdims", keepdims, "keep_dims", keep_dims))
    return to_scalar(opdef(input, axes_or_all(input, axis), keep_dims=keepdims, name=name), axis, keepdims)


def kept_shape(shape: Any, axes: Any) -> Tensor:
    """The value of ``shape`` with ones at ``axes``: what a reduction that keeps its axes would give."""
    shape = F.cast(shape, int32)
    axes = F.cast(axes, int32)
    rank = F.size(shape)
    axes = (axes + rank) % rank
    axes_shape = F.shape(axes)
    return F.dynamic_stitch([F.range(rank), axes], [shape, F.fill(axes_shape, 1)])


def divided_safely(x: Any, y: Any) -> Tensor:
    """x // y for shapes, where a zero in ``y`` counts as one."""
    return x // F.maximum(y, 1)


_KNOWN_SHAPES: WeakKeyDictionary[Any, dict[Any, tuple[Any, Any]]] = WeakKeyDictionary()


def known_shapes(dims: tuple[int, ...], axes: tuple[int, ...]) -> tuple[Any, Any]:
    """(kept shape, how often to tile it) for known dimensions.

    TF1 makes nodes for this arithmetic, once in a graph for the same dimensions and axes, and goes on with the values.
    """
    cache = _KNOWN_SHAPES.setdefault(get_default_graph(), {})
    if (dims, axes) not in cache:
        kept = tuple(static_value(kept_shape(dims, axes)).tolist())
        cache[dims, axes] = kept, tuple(static_value(divided_safely(dims, kept)).tolist())
    return cache[dims, axes]
