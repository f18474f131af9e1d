"""Transposes: one after another, and into the flags of matrix products."""

from __future__ import annotations

from graphrt.graph import Operation, Tensor
from graphrt.passes.rule import Rule, Verdict, register
from graphrt_ops.rules.parts import constant, itself, known_ints, node


def _same_order(op: Operation, x: Tensor, perm: Tensor) -> Verdict:
    order = known_ints(perm)
    return order is not None and order == list(range(len(order)))


def _composed(perm: Tensor, again: Tensor) -> list[int] | None:
    """The order of the dimensions after both transposes; None where it is not known (or wrong)."""
    first, second = known_ints(perm), known_ints(again)
    if first is None or second is None or sorted(first) != list(range(len(first))) or sorted(second) != sorted(first):
        return None
    return [first[axis] for axis in second]


def _known(op: Operation, x: Tensor, perm: Tensor, again: Tensor) -> Verdict:
    return True if _composed(perm, again) is not None else "the order of the dimensions is not known"


def _at_once(x: Tensor, perm: Tensor, again: Tensor) -> Tensor:
    order = _composed(perm, again)
    assert order is not None
    return x if order == sorted(order) else node("Transpose", x, constant(order, perm.dtype))


def _swaps_last(op: Operation, perm: Tensor, **_: Tensor) -> Verdict:
    """True if the order swaps the last two dimensions and nothing else."""
    order = known_ints(perm)
    if order is None or len(order) < 2:
        return "the order of the dimensions is not known"
    last = len(order) - 1
    if order != [*range(last - 1), last, last - 1]:
        return f"the order {order} does not swap just the last two dimensions"
    if op.type != "MatMul" and op.outputs[0].dtype.base_dtype.is_complex:
        return "the op knows conjugate transposes only"
    return True


def _product(first: int):
    """The product with the flag of one side turned over."""

    def product(op: Operation, a: Tensor, b: Tensor, perm: Tensor) -> Tensor:
        names = ("transpose_a", "transpose_b") if op.type == "MatMul" else ("adj_x", "adj_y")
        flags = {name: op.attrs[name] for name in names}
        flags[names[first]] = not flags[names[first]]
        return node(op.type, a, b, **flags)

    return product


_WHY = "BLAS reads a matrix either way"

register(
    "transposes",
    Rule("transpose(x, in the same order) -> x", ("Transpose", "x", "perm"), after=itself, when=_same_order),
    Rule(
        "transpose(transpose(x)) -> one transpose, or none",
        ("Transpose", ("Transpose", "x", "perm"), "again"),
        after=_at_once,
        when=_known,
    ),
    *(
        rule
        for kind in ("MatMul", "BatchMatMulV2")
        for rule in (
            Rule(
                f"{kind.lower()}(transpose(a), b) -> {kind.lower()}(a, b) with a flag",
                (kind, ("Transpose", "a", "perm"), "b"),
                after=_product(0),
                when=_swaps_last,
                why=_WHY,
            ),
            Rule(
                f"{kind.lower()}(a, transpose(b)) -> {kind.lower()}(a, b) with a flag",
                (kind, "a", ("Transpose", "b", "perm")),
                after=_product(1),
                when=_swaps_last,
                why=_WHY,
            ),
        )
    ),
)
