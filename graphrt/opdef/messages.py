"""Words for what goes wrong while a graph is being declared: always with the user's lines, shapes and types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from graphrt.graph.operation import Tensor
from graphrt.shapes import brackets
from graphrt.source import user_line

if TYPE_CHECKING:
    from graphrt.opdef.opdef import OpDef


def at_call() -> str:
    """The lines that say where the user's code is now."""
    line = user_line()
    if line is None:
        return ""
    text = line.text()
    return f"\n  declared at {line}" + (f"\n      {text}" if text else "")


def described(tensor: Tensor) -> str:
    """A tensor in one phrase: ``'x:0' float32[?,784], made at model.py:12``."""
    source = tensor.op.source
    where = f", made at {source}" if source is not None else ""
    return f"{tensor.name!r} {tensor.dtype.name}{brackets(tensor.shape)}{where}"


def declaration_error(
    opdef: OpDef, name: str, inputs: Sequence[Tensor], error: Exception, with_shapes: bool = True
) -> Exception:
    """The error of a call whose inputs do not fit: TF1's words first, then where it was and what came."""
    text = str(error)
    if with_shapes:
        shapes = ", ".join(brackets(tensor.shape) for tensor in inputs)
        text = f"{text.rstrip('.')} for '{name}' (op: '{opdef.type}') with input shapes: {shapes}."
    lines = [text + at_call()]
    for label, tensor in zip(_labels(opdef, len(inputs)), inputs, strict=False):
        lines.append(f"  {label}: {described(tensor)}")
    return type(error)("\n".join(lines)) if type(error) in (ValueError, TypeError) else ValueError("\n".join(lines))


def _labels(opdef: OpDef, count: int) -> list[str]:
    labels: list[str] = []
    for slot in opdef.inputs:
        if slot.is_list:
            extra = count - len(opdef.inputs) + 1
            labels.extend(f"{slot.name}[{i}]" for i in range(extra))
        else:
            labels.append(slot.name)
    return labels


def out_of_memory(error: MemoryError) -> str:
    """What a ResourceExhaustedError says in the place of Python's error: in TF1's words, if NumPy tells the array."""
    shape, dtype = getattr(error, "shape", None), getattr(error, "dtype", None)
    if shape is None or dtype is None:
        return f"OOM: out of memory {error}".strip()
    return f"OOM when allocating tensor with shape[{','.join(map(str, shape))}] and type {dtype}"
