"""The node types that only programs have."""

from __future__ import annotations

from typing import Any

from graphrt.opdef import REQUIRED, OpDef
from graphrt.shapes import UNKNOWN, TensorShape

FEED = OpDef("_Feed", outputs="output:dtype", role="feed", differentiable=False)
"""A tensor whose value the caller gives."""

CHOOSE = OpDef(
    "_Choose",
    "predicate:bool if_false if_true",
    "output",
    role="choose",
    infer=lambda op: _chosen(op),
    differentiable=False,
)
"""One of two tensors, only one of which has been computed: how a ``cond`` ends."""

JOIN = OpDef(
    "_Join",
    "before:&T written:&T",
    "output:&T",
    role="join",
    infer=lambda op: _common(*op.inputs),
    differentiable=False,
)
"""A variable after a write under a condition: the version that it made if it ran, else the one before."""

CONSTANT = OpDef("_Constant", outputs="output:dtype", attrs={"value": REQUIRED}, role="constant", differentiable=False)
"""A value that a pass computed ahead of time."""


def _chosen(op: Any) -> TensorShape:
    """What is known of both shapes; that of the one which is taken, if the predicate is known."""
    predicate, *sides = op.inputs
    if predicate.op.opdef is CONSTANT:
        shape: TensorShape = sides[bool(predicate.op.attrs["value"])].shape
        return shape
    return _common(*sides)


def _common(first: Any, second: Any) -> TensorShape:
    """What is true of the shapes of both."""
    one, other = first.shape.values, second.shape.values
    if one is None or other is None or len(one) != len(other):
        return UNKNOWN
    return TensorShape.of(tuple([m if m == n else None for m, n in zip(one, other, strict=True)]))


@CONSTANT.static
def _constant_value(op: Any) -> Any:
    return op.attrs["value"]
