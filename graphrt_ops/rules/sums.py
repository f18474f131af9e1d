"""Sums of sums, in lists and along axes."""

from __future__ import annotations

from graphrt.graph import Operation, Tensor
from graphrt.passes.rule import Rule, Verdict, is_all, register
from graphrt_ops.rules.parts import constant, is_real, known_axes, node, used_once

_MOST_TERMS = 64  # of an inner sum: a chain of sums would be copied again and again


# -- lists -------------------------------------------------------------------------------------------------------------


def _is_zero(tensor: Tensor) -> bool:
    op = tensor.op
    if op._control_inputs:
        return False
    return op.type == "ZerosLike" or is_all(tensor, 0) or (op.type == "Fill" and is_all(op.inputs[1], 0))


def _has_zeros(op: Operation) -> Verdict:
    if not any(_is_zero(tensor) for tensor in op.inputs):
        return False
    same = op.inputs[0].shape.is_fully_defined() and all(t.shape == op.inputs[0].shape for t in op.inputs)
    return True if same else "the shapes are not known to be the same"


def _without_zeros(op: Operation) -> Tensor:
    terms = [tensor for tensor in op.inputs if not _is_zero(tensor)] or [op.inputs[0]]
    return terms[0] if len(terms) == 1 else node("AddN", terms)


def _one_term(op: Operation) -> Verdict:
    return len(op.inputs) == 1


def _inner_sum(op: Operation) -> int | None:
    """Which of the first two terms is a sum that is used here only. (Adding commutes, so that a + (b + c) is
    (b + c) + a; further on the order of the additions would change.)"""
    for index, tensor in enumerate(op.inputs[:2]):
        inner = tensor.op
        small = inner.type == "AddN" and not inner._control_inputs and len(inner.inputs) <= _MOST_TERMS
        if small and used_once(tensor) and op.inputs.count(tensor) == 1:
            return index
    return None


def _holds_a_sum(op: Operation) -> Verdict:
    if len(op.inputs) < 2:
        return False
    if _inner_sum(op) is not None:
        return True
    if any(tensor.op.type == "AddN" for tensor in op.inputs[2:]):
        return "the inner sum is not among the first two terms: the order of the additions would change"
    return False


def _flattened(op: Operation) -> Tensor:
    index = _inner_sum(op)
    assert index is not None
    others = [*op.inputs[:index], *op.inputs[index + 1 :]]
    return node("AddN", [*op.inputs[index].op.inputs, *others])


# -- axes --------------------------------------------------------------------------------------------------------------


def _axes_at_once(x: Tensor, first: Tensor, op: Operation, second: Tensor) -> list[int] | None:
    """The axes of x that two reductions, one of the other's result, go over; None where that is not known."""
    inner = op.inputs[0].op
    rank = x.shape.rank
    over = known_axes(first, rank)
    if over is None or rank is None:
        return None
    left = list(range(rank)) if inner.attrs["keep_dims"] else [axis for axis in range(rank) if axis not in over]
    again = known_axes(second, len(left))
    return None if again is None else sorted(over | {left[axis] for axis in again})


def _can_be_at_once(op: Operation, x: Tensor, first: Tensor, second: Tensor) -> Verdict:
    if op.attrs["keep_dims"] != op.inputs[0].op.attrs["keep_dims"]:
        return "one of the two keeps the dimensions"
    return True if _axes_at_once(x, first, op, second) is not None else "the axes are not known"


def _of_integers(op: Operation, x: Tensor, first: Tensor, second: Tensor) -> Verdict:
    if not x.dtype.base_dtype.is_integer:
        return "the sum of floats depends on the order" if is_real(x) else False
    return _can_be_at_once(op, x, first, second)


def _at_once(op: Operation, x: Tensor, first: Tensor, second: Tensor) -> Tensor:
    axes = constant(_axes_at_once(x, first, op, second), first.dtype)
    return node(op.type, x, axes, keep_dims=op.attrs["keep_dims"])


def _twice(kind: str) -> tuple[str, tuple[str, str, str], str]:
    return (kind, (kind, "x", "first"), "second")


register(
    "sums",
    Rule("add_n([x]) -> x", ("AddN", ...), after=lambda op: op.inputs[0], when=_one_term),
    Rule("add_n without its zeros", ("AddN", ...), after=_without_zeros, when=_has_zeros),
    Rule("add_n(add_n(a, b), c) -> add_n(a, b, c)", ("AddN", ...), after=_flattened, when=_holds_a_sum),
    *(
        Rule(
            f"{kind.lower()}({kind.lower()}(x)) -> {kind.lower()}(x)",
            _twice(kind),
            after=_at_once,
            when=_can_be_at_once,
        )
        for kind in ("Max", "Min", "All", "Any")
    ),
    *(
        Rule(
            f"{kind.lower()}({kind.lower()}(x)) -> {kind.lower()}(x), of integers",
            _twice(kind),
            after=_at_once,
            when=_of_integers,
        )
        for kind in ("Sum", "Prod")
    ),
    Rule(
        "sum(sum(x)) -> sum(x)",
        _twice("Sum"),
        after=_at_once,
        when=_can_be_at_once,
        why="one pass over the elements, which are added up in another order",
        exact=False,
    ),
)
