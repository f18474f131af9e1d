"""Programs as text: one node a line, for tests, for ``explain`` and for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from graphrt.graph.operation import Operation, Tensor
from graphrt.shapes import brackets

if TYPE_CHECKING:
    from graphrt.graph.program import Program


def printed(program: Program) -> str:
    """The program, such as

    y:0 float32[?,3] = Mul(x:0, c:0)
    return y:0
    """
    lines = [_line(program, op) for op in program.operations()]
    results = [_short(tensor) for tensor in program.fetches] + [f"^{op.name}" for op in program.targets]
    return "\n".join([*lines, "return " + ", ".join(results)])


def _line(program: Program, op: Operation) -> str:
    outputs = ", ".join(f"{_short(t)} {t.dtype.name}{brackets(t.shape)}" for t in op.outputs) or f"^{op.name}"
    arguments = [_short(tensor) for tensor in op.inputs] + [f"^{control.name}" for control in op.control_inputs]
    attrs = [f"{key}={_value(value)}" for key, value in sorted(op.attrs.items()) if _is_worth_printing(key, value)]
    guard = "".join(
        f" if {_short(predicate)}" if taken else f" if not {_short(predicate)}"
        for predicate, taken in program.guard(op)
    )
    return f"{outputs} = {op.type}({', '.join(arguments + attrs)}){guard}"


def _short(tensor: Tensor) -> str:
    return tensor.op.name if len(tensor.op.outputs) == 1 else tensor.name


def _is_worth_printing(key: str, value: Any) -> bool:
    if key.startswith("_") or key in ("T", "dtype", "Tidx", "N"):
        return False
    return value not in (None, "", False) if isinstance(value, (str, bool, type(None))) else True


def _value(value: Any) -> str:
    if isinstance(value, np.ndarray):
        flat = value.ravel()
        text = ", ".join(str(item) for item in flat[:4].tolist()) + (", ..." if flat.size > 4 else "")
        return text if value.ndim == 0 else f"[{text}]"
    return str(value)
