"""What is known of a tensor's value before anything runs: shape functions ask for it."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from graphrt.export import export
from graphrt.graph.operation import _NOT_ASKED, Operation, Tensor
from graphrt.shapes import UNKNOWN, TensorShape

_LARGEST = 1 << 16  # elements; larger values are not worth computing ahead of time
_MOST_DIMENSIONS = 254  # TensorFlow's
_LARGEST_MADE = 1 << 20  # elements that are made of few: zeros, a range


def static_value(tensor: Tensor) -> Any:
    """The tensor's value as a NumPy array if the declaration alone decides it, else None.

    The answer is kept; the walk down the graph is a loop, so that a chain of any length can be asked.
    """
    if tensor._static is not _NOT_ASKED:
        return tensor._static
    pending = [tensor]
    while pending:
        current = pending[-1]
        if current._static is not _NOT_ASKED:
            pending.pop()
            continue
        missing = [t for t in _needed(current.op) if t._static is _NOT_ASKED]
        if missing:
            pending.extend(missing)
            continue
        pending.pop()
        _evaluate(current)
    return tensor._static


def _computable(op: Operation) -> bool:
    opdef = op.opdef
    return opdef.pure and (opdef.kernel_function is not None or opdef.ufunc is not None) and bool(op.inputs)


def _needed(op: Operation) -> tuple[Tensor, ...]:
    """The tensors whose values decide the value of the op."""
    if op.opdef.static_rule is not None or not _computable(op):
        return ()
    # One input without a value settles it, and asking it first keeps the walk short.
    for tensor in op.inputs:
        if tensor._static is None:
            return ()
    return op.inputs


def _evaluate(tensor: Tensor) -> None:
    op = tensor.op
    if op.opdef.static_rule is not None:
        decided = decided_outputs(op, op.opdef.static_rule)
        for i, output in enumerate(op.outputs):
            output._static = None if decided is None else decided[i]
        return
    values = None
    if _computable(op) and all(t._static is not None for t in op.inputs):
        values = evaluated(op, [t._static for t in op.inputs])
        if values is not None and not op.graph._keep_static(sum(value.nbytes for value in values)):
            values = None
    for i, output in enumerate(op.outputs):
        output._static = None if values is None else values[i]


def decided_outputs(op: Operation, rule: Callable[[Operation], Any]) -> list[Any] | None:
    """The outputs of an op that has a static (or fold) rule, as far as the declaration alone decides them."""
    value = rule(op)
    if value is None:
        return None
    return [np.asarray(v) for v in (value if isinstance(value, tuple) else (value,))]


def evaluated(op: Operation, inputs: list[Any]) -> list[Any] | None:
    """The outputs of a pure op on NumPy arrays; None where it fails or is too large (it will run, and fail, later)."""
    if _too_large(op, inputs):
        return None
    function = op.opdef.bind(op, np, None)
    try:
        with np.errstate(all="ignore"):
            result = function(*op.opdef.grouped(inputs, op.attrs))
    except Exception:
        return None
    results = list(result) if len(op.outputs) != 1 or op.opdef.outputs[0].is_list else [result]
    return [np.asarray(value) for value in results]


def _too_large(op: Operation, inputs: list[Any]) -> bool:
    """True if the op may make more of its inputs than is worth computing: asked before anything is computed."""
    given = [np.size(value) for value in inputs]
    large = any(size > _LARGEST for size in given)
    for output in op.outputs:
        size: float | None = output.shape.num_elements()
        if size is None:
            size = sum(given) if op.opdef.small else math.prod(map(partial(_most, op), range(len(inputs)), inputs))
        if size > (_LARGEST if large else _LARGEST_MADE):
            return True
    return False


def _most(op: Operation, index: int, value: Any) -> float:
    """How many times more elements an input lets the op make: as many as it has, or as the numbers say that the kernel
    reads. (As a float, which grows beyond all bounds at no cost.)"""
    size = float(max(1, np.size(value)))
    if not op.opdef.slot_of(op, index).host or np.asarray(value).dtype.kind not in "iuf":
        return size
    with np.errstate(all="ignore"):
        told = float(np.prod(np.maximum(1.0, np.abs(np.asarray(value, np.float64)))))
    return size * told


def static_dims(tensor: Tensor) -> tuple[int | None, ...] | None:
    """A vector tensor read as a shape, as far as it is known: entries are ints, or None where unknown (or -1).

    None where nothing is known, and for a vector that is longer than any shape.
    """
    length = tensor.shape.values
    if length is not None and (len(length) != 1 or (length[0] or 0) > _MOST_DIMENSIONS):
        return None
    value = static_value(tensor)
    if value is not None:
        if value.ndim != 1:
            return None
        return tuple([None if d < 0 else int(d) for d in value])
    rule = tensor.op.opdef.static_dims_rule
    if rule is not None:
        dims = rule(tensor.op)
        if dims is not None and len(tensor.op.outputs) > 1:
            dims = dims[tensor.value_index]
        if dims is not None:
            return tuple(dims) if len(dims) <= _MOST_DIMENSIONS else None
    if length is not None and length[0] is not None:
        return (None,) * length[0]
    return None


def check_used_for_shape(value: Any) -> None:
    """Raises TF1's ValueError for a known vector of sizes that has entries below -1."""
    if value is not None and value.ndim == 1 and value.size and (value < -1).any():
        raise ValueError(f"Invalid value in tensor used for shape: {value[value < -1][0]}")


def static_shape(tensor: Tensor) -> TensorShape:
    """``static_dims`` as a TensorShape.

    Raises:
      ValueError: the value is known, and has entries below -1.
    """
    check_used_for_shape(static_value(tensor))
    dims = static_dims(tensor)
    return UNKNOWN if dims is None else TensorShape.of(dims)


@export("get_static_value", "contrib.util.constant_value")
def constant_value(tensor: Any, partial: bool = False) -> Any:
    """The value of a tensor as a NumPy array of the caller's own if it is known without running anything, else None."""
    if partial:
        raise NotImplementedError("constant_value(partial=True) is not supported; use tensor.shape for partial shapes")
    value = static_value(tensor)
    return None if value is None else value.copy()
