"""The kinds of node that pictures tell apart; each one has its own colour in every exporter (look.py)."""

from __future__ import annotations

import re

from graphrt.view.records import OpRecord

PLACEHOLDER, VARIABLE, CONSTANT, OP = "placeholder", "variable", "constant", "op"
GRADIENT, UPDATE, CONTROL, SCOPE = "gradient", "update", "control", "scope"

GRADIENTS = re.compile(r"(^|/)gradients(_\d+)?(/|$)")


def is_variable(op: OpRecord) -> bool:
    """Whether the op holds a variable's value."""
    return op.role == "variable"


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
    if op.writes:
        return UPDATE
    return OP if op.outputs else CONTROL
