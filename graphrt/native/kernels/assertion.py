"""A check of one bool: its native kernel."""

from __future__ import annotations

from collections.abc import Sequence

from graphrt.native.builder import I8, I64, Builder, Value, constant
from graphrt.native.kernel import Kernel, Lowering, one
from graphrt.native.kernels.operands import Operands
from graphrt.native.records import Assertion


def holds(record: Assertion, inputs: Operands, outputs: Operands) -> Lowering:
    """Raises the flag if the bool is false."""

    def emit(b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        with b.when(b.compare("eq", b.load(I8, pointers[record.condition]), constant(I8, 0))):
            b.store(constant(I64, 1), pointers[-1])

    return one(Kernel("assertion", emit, bytes=1.0, checks=True))
