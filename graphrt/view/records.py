"""What a picture needs to know of a graph, as plain data.

Pictures are made of a user's Graph, of a rewritten Program's graph, or of two graphs laid one over the other, so every
exporter starts from these records and none of them touches the engine's own objects.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from graphrt.view.printable import printable, printable_name

UNKNOWN_RANK = "any rank"
KEPT, REMOVED, ADDED = "kept", "removed", "added"

# Longer values say nothing more to a person who looks at a picture.
_LONGEST_TEXT = 120
_LARGEST_CONSTANT = 6


@dataclass(frozen=True)
class TensorRecord:
    """One output of an op: dtype name ('float32', '_ref' taken off) and shape ('(?, 30)', '<unknown>')."""

    dtype: str
    shape: str
    is_reference: bool = False

    @property
    def text(self) -> str:
        """'?×30' for float32, 'int32 ?×30' for any other dtype: short enough to stand beside an edge.

        '?' is a vector of unknown length; a tensor of which not even the rank is known has 'any rank'.
        """
        shape = self.shape.strip("()").rstrip(",").replace(", ", "×")
        if self.shape == "()":
            shape = "scalar"
        elif "unknown" in self.shape:
            shape = UNKNOWN_RANK
        return shape if self.dtype == "float32" else f"{self.dtype} {shape}"


@dataclass(frozen=True)
class SourceRecord:
    """The user's line that made an op."""

    filename: str
    lineno: int
    function: str
    text: str


@dataclass(frozen=True)
class OpRecord:
    """One op: inputs are (op name, output index) pairs, control inputs are op names, attrs are texts.

    All texts are printable (see printable.py): exporters quote them as their format asks, and nothing more.

    `role` is what the op's definition says it is for ('placeholder', 'constant', ...; '' for most); a `stateful` op
    gives other values each time (it draws, reads or calls); one that `writes` changes variables.
    """

    name: str
    type: str
    inputs: tuple[tuple[str, int], ...] = ()
    outputs: tuple[TensorRecord, ...] = ()
    control: tuple[str, ...] = ()
    device: str = ""
    attrs: tuple[tuple[str, str], ...] = ()
    source: SourceRecord | None = None
    role: str = ""
    value: str = ""
    state: str = KEPT
    stateful: bool = False
    writes: bool = False


def records_of(graph: Any) -> list[OpRecord]:
    """The ops of a Graph in creation order, those that a Program runs in the order of running, or a list of ops.

    Inputs that come from outside of a list are left out.
    """
    if isinstance(graph, Sequence):
        names = {printable_name(op.name) for op in graph}
        return [_within(_record(op), names) for op in graph]
    operations = graph.get_operations() if hasattr(graph, "get_operations") else graph.operations()
    return [_record(op) for op in operations]


def _within(record: OpRecord, names: set[str]) -> OpRecord:
    inputs = tuple(pair for pair in record.inputs if pair[0] in names)
    return replace(record, inputs=inputs, control=tuple(name for name in record.control if name in names))


def compare(before: Sequence[OpRecord], after: Sequence[OpRecord]) -> list[OpRecord]:
    """One list for a picture of both: ops only in `before` are REMOVED, ops only in `after` ADDED, others as after."""
    remaining = {op.name: op for op in after}
    merged = [remaining.pop(op.name) if op.name in remaining else replace(op, state=REMOVED) for op in before]
    return merged + [replace(op, state=ADDED) for op in remaining.values()]


def by_name(records: Iterable[OpRecord]) -> dict[str, OpRecord]:
    """The records under their names."""
    return {op.name: op for op in records}


def _record(op: Any) -> OpRecord:
    role = op.opdef.role
    value = op.attrs.get("value") if role == "constant" else None
    return OpRecord(
        name=printable_name(op.name),
        type=printable(op.type),
        inputs=tuple((printable_name(tensor.op.name), tensor.value_index) for tensor in op.inputs),
        outputs=tuple(_tensor(tensor) for tensor in op.outputs),
        control=tuple(printable_name(other.name) for other in op.control_inputs),
        device=printable(op.device or ""),
        attrs=tuple((printable(name), text_of(attr)) for name, attr in op.attrs.items()),
        source=_source(op.source),
        role=role,
        value="" if value is None else _constant_text(value),
        stateful=bool(op.opdef.stateful),
        writes=bool(op.opdef.writes),
    )


def _tensor(tensor: Any) -> TensorRecord:
    dtype = tensor.dtype.name
    return TensorRecord(dtype.removesuffix("_ref"), str(tensor.shape), dtype.endswith("_ref"))


def _source(source: Any) -> SourceRecord | None:
    if source is None:
        return None
    text = printable(source.text().strip())
    return SourceRecord(printable(str(source.filename)), int(source.lineno), printable(str(source.function)), text)


def _constant_text(value: Any) -> str:
    """The value of a constant in a few characters, or its shape where it is large."""
    array = np.asarray(value)
    if array.size > _LARGEST_CONSTANT:
        return f"{array.dtype} {'×'.join(map(str, array.shape))}"
    text = np.array2string(array, separator=", ", precision=6, floatmode="maxprec")
    return shorten(printable(" ".join(text.split())), 24)


def text_of(attr: Any) -> str:
    """An attribute as one short line: a dtype by its name, an array by its value where it is small."""
    if isinstance(attr, np.ndarray):
        return _constant_text(attr)
    name = getattr(attr, "name", None)
    return shorten(printable(name if isinstance(name, str) and name else " ".join(str(attr).split())))


def shorten(text: str, longest: int = _LONGEST_TEXT) -> str:
    """`text`, its middle left out where it is longer than `longest` characters."""
    if len(text) <= longest:
        return text
    half = (longest - 1) // 2
    return f"{text[:half]}…{text[-half:]}"
