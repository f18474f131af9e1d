"""The kinds of node that pictures tell apart; each one has its own colour in every exporter (look.py)."""

from __future__ import annotations

import re

from graphrt.view.records import OpRecord

PLACEHOLDER, VARIABLE, CONSTANT, OP = "placeholder", "variable", "constant", "op"
GRADIENT, UPDATE, CONTROL, SCOPE = "gradient", "update", "control", "scope"

GRADIENTS = re.compile(r"(^|/)gradients(_\d+)?(/|$)")
_UPDATE_TYPE = re.compile(r"^(Resource)?(Sparse)?Apply[A-Z]|^Assign|^(Resource)?Scatter(?!Nd$)")


def is_variable(op: OpRecord) -> bool:
    """Whether the op holds state: TF1's reference variables, or a resource handle."""
    return op.type == "VarHandleOp" or (not op.inputs and bool(op.outputs) and op.outputs[0].is_reference)


def kind_of(op: OpRecord) -> str:
    """The kind of one op, wherever it stands."""
    if op.role in ("placeholder", "feed"):
        return PLACEHOLDER
    if op.role == "constant":
        return CONSTANT
    if is_variable(op):
        return VARIABLE
    if GRADIENTS.search(op.name.rpartition("/")[0]):
        return GRADIENT
    if _UPDATE_TYPE.match(op.type):
        return UPDATE
    return OP if op.outputs else CONTROL
