"""The node types that only programs have."""

from __future__ import annotations

from typing import Any

from graphrt.opdef import REQUIRED, OpDef
from graphrt.shapes import UNKNOWN, TensorShape

FEED = OpDef("_Feed", outputs="output:dtype", role="feed", differentiable=False)
"""A tensor whose value the caller gives."""

CHOOSE = OpDef("_Choose", "predicate:bool if_false if_true", "output", role="choose", differentiable=False)
"""One of two tensors, only one of which has been computed: how a ``cond`` ends."""

JOIN = OpDef(
    "_Join", "before:&T written:&T", "output:&T", role="join", infer=lambda op: _common(op), differentiable=False
)
"""A variable after a write under a condition: the version that it made if it ran, else the one before."""

CONSTANT = OpDef("_Constant", outputs="output:dtype", attrs={"value": REQUIRED}, role="constant", differentiable=False)
"""A value that a pass computed ahead of time."""


def _common(op: Any) -> TensorShape:
    before, written = (tensor.shape for tensor in op.inputs)
    return before if before.values == written.values else UNKNOWN


@CONSTANT.static
def _constant_value(op: Any) -> Any:
    return op.attrs["value"]
