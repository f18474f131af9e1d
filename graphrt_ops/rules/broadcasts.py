"""Repeated elements: not made where broadcasting does the same, computed with before they are repeated."""

from __future__ import annotations

from graphrt.graph import Operation, Tensor
from graphrt.passes.rule import Rule, Verdict, register
from graphrt.shapes import absorbs, broadcast
from graphrt_ops.rules.parts import constant, is_real, known_axes, known_ints, node

_BINARY = ("Add", "AddV2", "Sub", "Mul", "RealDiv", "Maximum", "Minimum", "SquaredDifference")
_UNARY = ("Neg", "Square", "Exp", "Log", "Sqrt", "Reciprocal", "Abs", "Tanh", "Sigmoid", "Cast")
_REPEATING = ("Tile", "BroadcastTo")


def _repeats_by_broadcasting(repeated: Tensor) -> bool:
    """True if broadcasting against the result would repeat the elements in the same way."""
    x = repeated.op.inputs[0]
    if repeated.op.type == "BroadcastTo":
        return True
    dims, copies = x.shape.values, known_ints(repeated.op.inputs[1])
    if dims is None:
        return False
    if copies is None:
        return all(d == 1 for d in dims)
    return all(d == 1 or m == 1 for d, m in zip(dims, copies, strict=True))


def _other_side_is_whole(side: int):
    """The other input of the node has the whole shape itself."""

    def verdict(op: Operation, x: Tensor, y: Tensor, times: Tensor) -> Verdict:
        repeated = op.inputs[side] if op.inputs[side].op.inputs[:1] == (x,) else op.inputs[1 - side]
        if not _repeats_by_broadcasting(repeated):
            return "it is not certain that broadcasting repeats the same elements"
        if repeated.dtype.base_dtype is not y.dtype.base_dtype:
            return False
        whole = absorbs(y.shape, repeated.shape) and broadcast(x.shape, y.shape) == y.shape
        return True if whole else f"the shapes {repeated.shape} and {y.shape} are not known to be the same"

    return verdict


def _scalar_fits(op: Operation, x: Tensor, y: Tensor, times: Tensor) -> Verdict:
    return y.shape.rank == 0


def _broadcasting() -> list[Rule]:
    rules = []
    for kind in _BINARY:
        for repeating in _REPEATING:
            sides = [((kind, (repeating, "x", "times"), "y"), 0), ((kind, "y", (repeating, "x", "times")), 1)]
            for before, side in sides:
                rules.append(
                    Rule(
                        f"{kind.lower()}({'y, ' if side else ''}{repeating.lower()}(x){'' if side else ', y'}) -> "
                        f"{kind.lower()}({'y, x' if side else 'x, y'})",
                        before,
                        after=_without_repeating(side),
                        when=_other_side_is_whole(side),
                        why="broadcasting needs no copies",
                    )
                )
    return rules


def _without_repeating(side: int):
    return lambda op, x, y, times: node(op.type, *((y, x) if side else (x, y)))


def _computing_first() -> list[Rule]:
    """Functions of repeated elements are the repeated functions of the elements."""
    rules = []
    for repeating in _REPEATING:
        for kind in _UNARY:
            rules.append(
                Rule(
                    f"{kind.lower()}({repeating.lower()}(x)) -> {repeating.lower()}({kind.lower()}(x))",
                    (kind, (repeating, "x", "times")),
                    after=_unary_first(repeating),
                )
            )
        for kind in ("Mul", "RealDiv", "AddV2", "Sub"):
            rules.append(
                Rule(
                    f"{kind.lower()}({repeating.lower()}(x), scalar) -> {repeating.lower()}({kind.lower()}(x, scalar))",
                    (kind, (repeating, "x", "times"), "y"),
                    after=_binary_first(repeating),
                    when=_scalar_fits,
                )
            )
    return rules


def _unary_first(repeating: str):
    def made(op: Operation, x: Tensor, times: Tensor) -> Tensor:
        attrs = {"DstT": op.outputs[0].dtype, "Truncate": op.attrs["Truncate"]} if op.type == "Cast" else {}
        return node(repeating, node(op.type, x, **attrs), times)

    return made


def _binary_first(repeating: str):
    return lambda op, x, y, times: node(repeating, node(op.type, x, y), times)


def _sums_copies(op: Operation, x: Tensor, times: Tensor, axes: Tensor) -> Verdict:
    """All axes of the sum have length one in x: it adds up so many copies of one element."""
    if not (is_real(x) or x.dtype.base_dtype.is_integer):
        return False
    over = known_axes(axes, x.shape.rank)
    if over is None or known_ints(times) is None:
        return "the shape, the axes or the number of copies is not known"
    dims = x.shape.values
    return True if all(dims[axis] == 1 for axis in over) else "the sum adds up different elements, too"


def _times_count(op: Operation, x: Tensor, times: Tensor, axes: Tensor) -> Tensor:
    """x times the number of copies, repeated along the axes that are left."""
    copies, over = known_ints(times), known_axes(axes, x.shape.rank)
    assert copies is not None
    assert over is not None
    count = 1
    for axis in over:
        count *= copies[axis]
    product = node("Mul", x, constant(count, x.dtype))
    left = [1 if axis in over else copies[axis] for axis in range(len(copies))]
    if any(m != 1 for m in left):
        product = node("Tile", product, constant(left, times.dtype))
    if op.attrs["keep_dims"]:
        return product
    kept = [axis for axis in range(len(copies)) if axis not in over]
    dims = [-1 if x.shape.values[axis] is None else x.shape.values[axis] * copies[axis] for axis in kept]
    return node("Reshape", product, constant(dims, times.dtype))


def _at_most_one_unknown(op: Operation, x: Tensor, times: Tensor, axes: Tensor) -> Verdict:
    verdict = _sums_copies(op, x, times, axes)
    return False if verdict is True and (x.shape.values or ()).count(None) > 1 else verdict


register(
    "broadcasts",
    *_broadcasting(),
    *_computing_first(),
    Rule(
        "sum(tile(x), over the copies) -> x * number of copies",
        ("Sum", ("Tile", "x", "times"), "axes"),
        after=_times_count,
        when=_at_most_one_unknown,
        why="one product instead of a sum, and rounded once",
        exact=False,
        improves=True,
    ),
)
