"""What TF1's Python layer knows of a value while a graph is being built.

Shape inference knows more (``static_value``). But which nodes a gradient makes depends in TF1 on what Python knows, so
functions that choose between nodes must ask this, and nothing else.
"""

from __future__ import annotations

from typing import Any

from graphrt.graph import Tensor
from graphrt.opdef import static_value

_OF_SHAPES = frozenset(("Shape", "Size", "Rank"))
_EVALUATED = frozenset(
    ("Const", "Range", "Cast", "Concat", "ConcatV2", "ConcatOffset", "Pack", "Fill", "Equal", "NotEqual")
)


def declared_value(tensor: Tensor) -> Any:
    """The tensor's value as a NumPy array if it is made of constants and shapes by a few simple ops, else None."""
    pending = [tensor.op]
    while pending:
        op = pending.pop()
        if op.type in _OF_SHAPES:
            continue
        if op.type not in _EVALUATED:
            return None
        pending.extend(source.op for source in op.inputs)
    return static_value(tensor)
