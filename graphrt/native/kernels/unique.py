"""Which numbers of a vector are different, in the order in which they first come: by a table of hashes."""

from __future__ import annotations

from collections.abc import Sequence

from graphrt.native.builder import I32, I64, Builder, Type, Value, constant
from graphrt.native.kernel import Kernel, Lowering, one
from graphrt.native.kernels.gathers import load_index
from graphrt.native.kernels.operands import Operands, index_type
from graphrt.native.kernels.strided import fill_run
from graphrt.native.records import Unique, title

_MOST = 1 << 28  # numbers: the table takes eight times as many bytes
_MULTIPLIERS = (-0x00AE502812AA7333, -0x3B314601E57A13AD)  # of MurmurHash3's last step: all bits depend on all


def first_occurrences(record: Unique, inputs: Operands, outputs: Operands) -> Lowering | None:
    """Of integers."""
    length = inputs[0].shape[0]
    if not 0 < length <= _MOST or inputs[0].dtype.kind != "i":
        return None
    number, place = index_type(inputs[0]), index_type(outputs[1])
    slots = 1 << length.bit_length() + 1  # a power of two; at least half of them stay free

    def emit(b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        x, y, places, count, table = pointers
        with b.loop(begin, end):
            fill_run(b, constant(I32, 0), table, slots)
            b.store(constant(I64, 0), count)
            with b.loop(0, length) as loop:
                found = _found(b, number, x, y, count, table, slots, loop.index)
                b.store(b.convert(found, place), b.element(places, place, loop.index))
            first = b.load(number, x)
            with b.loop(b.load(I64, count), length) as rest:
                b.store(first, b.element(y, number, rest.index))

    kernel = Kernel(title("unique", [length]), emit, flops=8.0 * length, bytes=float(4 * slots + 24 * length))
    return one(kernel, scratch=(4 * slots,))


def _found(b: Builder, number: Type, x: Value, y: Value, count: Value, table: Value, slots: int, at: Value) -> Value:
    """Which of the different numbers x[at] is (i64); it becomes the next one if it has not come yet.

    The table has, at the hash of each of the different numbers or (where others are) behind that, its place from 1 on.
    """
    value = load_index(b, number, x, at)
    known = b.stack(I64, 1)
    probe, taken, new, again, done = (b.label(hint) for hint in ("probe", "taken", "new", "again", "done"))
    slot = b.stack(I64, 1)
    b.store(b.and_(_hash(b, value), constant(I64, slots - 1)), slot)
    b.line(f"br label %{probe}")
    b.start(probe)
    here = b.load(I64, slot)
    entry = b.load(I32, b.element(table, I32, here))
    b.line(f"br {b.compare('eq', entry, constant(I32, 0))}, label %{new}, label %{taken}")
    b.start(taken)
    candidate = b.sub(b.convert(entry, I64), constant(I64, 1))
    b.store(candidate, known)
    same = b.compare("eq", load_index(b, number, y, candidate), value)
    b.line(f"br {same}, label %{done}, label %{again}")
    b.start(again)
    b.store(b.and_(b.add(here, constant(I64, 1)), constant(I64, slots - 1)), slot)
    b.line(f"br label %{probe}")
    b.start(new)
    before = b.load(I64, count)
    b.store(before, known)
    b.store(b.convert(value, number), b.element(y, number, before))
    after = b.add(before, constant(I64, 1))
    b.store(after, count)
    b.store(b.convert(after, I32), b.element(table, I32, here))
    b.line(f"br label %{done}")
    b.start(done)
    return b.load(I64, known)


def _hash(b: Builder, value: Value) -> Value:
    for multiplier in _MULTIPLIERS:
        value = b.xor(value, b.lshr(value, constant(I64, 33)))
        value = b.mul(value, constant(I64, multiplier))
    return b.xor(value, b.lshr(value, constant(I64, 33)))
