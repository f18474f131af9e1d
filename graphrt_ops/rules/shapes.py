"""Rules about shapes: most of what TF1's gradients do to undo broadcasting turns out to do nothing."""

from __future__ import annotations

from graphrt.dtypes import int32
from graphrt.graph import Operation, Tensor
from graphrt.opdef import static_dims, static_value
from graphrt.passes.rule import Rule, register
from graphrt.shapes import absorbs
from graphrt_ops.array.shape_of import shape_node


def _keeps_shape(op: Operation, x: Tensor, shape: Tensor) -> bool:
    """True if the target is x's own shape: at most one dimension is not known, and the known ones agree.

    A target that may be wrong (``reshape(x float32[?,3], [4, 3])``) stays, so that it fails where it is wrong.
    """
    wanted, dims = static_dims(shape), x.shape.values
    if wanted is None or dims is None or len(wanted) != len(dims) or 0 in dims:
        return False
    if static_value(shape) is None:
        # Shapes of tensors are not mistyped: a gradient is brought back to the shape that was broadcast with it.
        if not _follows_from_shapes(shape):
            return False
        unknown = sum(a is None or b is None for a, b in zip(wanted, dims, strict=True))
        return unknown <= 1 and all(a is None or b is None or a == b for a, b in zip(wanted, dims, strict=True))
    return wanted.count(None) <= 1 and all(a is None or a == b for a, b in zip(wanted, dims, strict=True))


def _follows_from_shapes(tensor: Tensor) -> bool:
    """True if the tensor is computed from shapes of tensors and constants alone, in a few steps."""
    pending, steps = [tensor], 0
    while pending and steps < 16:
        op = pending.pop().op
        steps += 1
        if op.type == "Shape" or op.opdef.role == "constant":
            continue
        if not op.opdef.pure or not op.inputs:
            return False
        pending.extend(op.inputs)
    return not pending


def _no_axes(op: Operation, x: Tensor, axes: Tensor) -> bool:
    value = static_value(axes)
    return value is not None and value.size == 0


def _all_ones(op: Operation, x: Tensor, multiples: Tensor) -> bool:
    value = static_value(multiples)
    return value is not None and bool((value == 1).all())


def _same_order(op: Operation, x: Tensor, perm: Tensor) -> bool:
    value = static_value(perm)
    return value is not None and value.tolist() == list(range(value.size))


def _is_x(x: Tensor, **_: Tensor) -> Tensor:
    return x


def _shaped_like(tensor: Tensor) -> Tensor | None:
    """The input of an elementwise op whose shape its output certainly has."""
    inputs = tensor.op.inputs
    if not tensor.op.opdef.elementwise or any(t.dtype.is_ref for t in inputs):
        return None
    for candidate in inputs:
        if all(other is candidate or absorbs(candidate.shape, other.shape) for other in inputs):
            return candidate
    return None


def _has_twin(op: Operation, x: Tensor) -> bool:
    return op.attrs["out_type"] is int32 and _shaped_like(x) is not None


def _twins_shape(x: Tensor) -> Tensor:
    return shape_node(_shaped_like(x))


register(
    "shapes",
    Rule(
        "shape(f(x, smaller)) -> shape(x)",
        ("Shape", "x"),
        after=_twins_shape,
        when=_has_twin,
        why="layers ask for the shape of their input again and again; now MergeEqual sees that it is one",
    ),
    Rule("reshape(x, the shape of x) -> x", ("Reshape", "x", "shape"), after=_is_x, when=_keeps_shape),
    *(
        Rule(f"{kind.lower()}(x, over no axes) -> x", (kind, "x", "axes"), after=_is_x, when=_no_axes)
        for kind in ("Sum", "Mean", "Max", "Min", "Prod")
    ),
    Rule("tile(x, once along each axis) -> x", ("Tile", "x", "multiples"), after=_is_x, when=_all_ones),
    Rule("transpose(x, in the same order) -> x", ("Transpose", "x", "perm"), after=_is_x, when=_same_order),
)
