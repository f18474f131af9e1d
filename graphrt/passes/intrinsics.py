"""The three node types that only programs have."""

from __future__ import annotations

from typing import Any

from graphrt.opdef import REQUIRED, OpDef

FEED = OpDef("_Feed", outputs="output:dtype", role="feed", differentiable=False)
"""A tensor whose value the caller gives."""

CHOOSE = OpDef("_Choose", "predicate:bool if_false if_true", "output", role="choose", differentiable=False)
"""One of two tensors, only one of which has been computed: how a ``cond`` ends."""

CONSTANT = OpDef("_Constant", outputs="output:dtype", attrs={"value": REQUIRED}, role="constant", differentiable=False)
"""A value that a pass computed ahead of time."""


@CONSTANT.static
def _constant_value(op: Any) -> Any:
    return op.attrs["value"]
