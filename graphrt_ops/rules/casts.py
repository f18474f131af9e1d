"""Conversions of type that nothing is lost by leaving out."""

from __future__ import annotations

from graphrt import dtypes
from graphrt.dtypes import DType
from graphrt.graph import Operation, Tensor
from graphrt.passes.rule import Rule, Verdict, register
from graphrt_ops.rules.parts import itself, node

# How many binary digits of an integer a floating type holds.
_DIGITS = {dtypes.float16: 11, dtypes.bfloat16: 8, dtypes.float32: 24, dtypes.float64: 53}
_FLOATS_IN = {  # the floats whose every value is one of the type's
    dtypes.float32: (dtypes.float16, dtypes.bfloat16, dtypes.float32),
    dtypes.float64: (dtypes.float16, dtypes.bfloat16, dtypes.float32, dtypes.float64),
}


def holds_all(wide: DType, narrow: DType) -> bool:
    """True if every value of ``narrow`` is one of ``wide``, so that casting there and back changes nothing."""
    if wide is narrow:
        return True
    if wide.is_bool or wide.is_complex or narrow.is_complex:
        return False
    if narrow.is_bool:
        return True
    if narrow.is_integer:
        bits = 8 * narrow.size - (not narrow.is_unsigned)
        if wide in _DIGITS:
            return bits <= _DIGITS[wide]
        return wide.is_integer and bits <= 8 * wide.size - (not wide.is_unsigned) and (
            narrow.is_unsigned or not wide.is_unsigned
        )  # fmt: skip
    return narrow in _FLOATS_IN.get(wide, ())


def _types(op: Operation) -> tuple[DType, DType]:
    return op.inputs[0].dtype.base_dtype, op.outputs[0].dtype.base_dtype


def _to_own_type(op: Operation, x: Tensor) -> Verdict:
    source, target = _types(op)
    return source is target


def _there_and_back(op: Operation, x: Tensor) -> Verdict:
    between, target = _types(op)
    source = x.dtype.base_dtype
    if source is not target:
        return False
    return True if holds_all(between, source) else f"{between.name} does not hold every {source.name}"


def _by_way_of(op: Operation, x: Tensor) -> Verdict:
    between, _ = _types(op)
    source = x.dtype.base_dtype
    if holds_all(between, source) and not source.is_bool:
        return True
    return f"{between.name} does not hold every {source.name}"


register(
    "casts",
    Rule("cast(x, its own type) -> x", ("Cast", "x"), after=itself, when=_to_own_type),
    Rule("cast(cast(x, wider), back) -> x", ("Cast", ("Cast", "x")), after=itself, when=_there_and_back),
    Rule(
        "cast(cast(x, wider), other) -> cast(x, other)",
        ("Cast", ("Cast", "x")),
        after=lambda op, x: node("Cast", x, DstT=op.outputs[0].dtype, Truncate=op.attrs.get("Truncate", False)),
        when=_by_way_of,
    ),
)
