"""What ops that only move elements say of themselves to native code: parts of memory that is there, or copies.

Lowerings are asked for them when a plan is compiled; what they need is imported then.
"""

from __future__ import annotations

from collections.abc import Sequence

from graphrt.graph import Operation
from graphrt.graph.accesses import root


def same_elements(op: Operation):
    """Reshape, ExpandDims, Squeeze, Identity...: the same elements in the same order, if there are as many."""
    from graphrt.native.records import View, contiguous_strides

    shape = op.outputs[0].shape
    return View(contiguous_strides(shape.values)) if shape.num_elements() == op.inputs[0].shape.num_elements() else None


def repeated(op: Operation, strides: Sequence[int], source: int):
    """Output 0 as what a View of these strides shows of an input. Of a variable it is copied: that these ops have no
    memory of their own, only we know."""
    from graphrt.native.records import View

    if root(op.inputs[source]).dtype.is_ref:
        return copied(op, strides, source)
    return View(tuple(strides), input=source)


def copied(op: Operation, strides: Sequence[int], source: int = 0):
    """Output 0 as a copy of what a View of these strides shows of an input."""
    from graphrt.native.records import Copies, shown, title

    shape = op.outputs[0].shape.values
    return Copies(title("repeat", shape), (shown(shape, strides, source),))


def following(op: Operation, source: int, axis: int):
    """The outputs as parts of an input that follow each other along an axis."""
    from graphrt.native.records import View, contiguous_strides

    whole = op.inputs[source].shape.values
    at, strides = axis % len(whole), contiguous_strides(whole)
    views, first = [], 0
    for tensor in op.outputs:
        views.append(View(strides, first * strides[at], source))
        first += tensor.shape.values[at]
    return tuple(views) if first == whole[at] else None  # if not, the ordinary kernel says what is wrong


def spread(op: Operation, strides: Sequence[int]):
    """Output 0 as zeros, and input 0 in what a View of these strides shows of it."""
    from graphrt.native.records import Copies, Part, axes_of, contiguous_strides, title

    shape, whole = op.inputs[0].shape.values, op.outputs[0].shape.values
    part = Part(axes_of(shape, contiguous_strides(shape), strides))
    return Copies(title("diagonal", shape, whole), (part,), zeros=True)
