"""Rules about shapes: most of what TF1's gradients do to undo broadcasting turns out to do nothing."""

from __future__ import annotations

import numpy as np

from graphrt.dtypes import int32
from graphrt.graph import Operation, Tensor
from graphrt.opdef import static_dims, static_value
from graphrt.passes.rule import Rule, Verdict, register
from graphrt.shapes import absorbs
from graphrt_ops.array.shape_of import shape_node
from graphrt_ops.rules.parts import constant, itself, known_ints, node


def _keeps_shape(op: Operation, x: Tensor, shape: Tensor) -> Verdict:
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


def _no_axes(op: Operation, x: Tensor, axes: Tensor) -> Verdict:
    value = static_value(axes)
    return value is not None and value.size == 0


def _all_ones(op: Operation, x: Tensor, multiples: Tensor) -> Verdict:
    value = static_value(multiples)
    return value is not None and bool((value == 1).all())


def _shaped_like(tensor: Tensor) -> Tensor | None:
    """The input of an elementwise op whose shape its output certainly has."""
    inputs = tensor.op.inputs
    if not tensor.op.opdef.elementwise or any(t.dtype.is_ref for t in inputs):
        return None
    for candidate in inputs:
        if all(other is candidate or absorbs(candidate.shape, other.shape) for other in inputs):
            return candidate
    return None


def _has_twin(op: Operation, x: Tensor) -> Verdict:
    return op.attrs["out_type"] is int32 and _shaped_like(x) is not None


def _twins_shape(x: Tensor) -> Tensor:
    return shape_node(_shaped_like(x))


def _surely_fits(x: Tensor, shape: Tensor) -> bool:
    """True if reshaping x to ``shape`` cannot fail, whatever the unknown dimensions of x turn out to be."""
    wanted = static_dims(shape)
    count = x.shape.num_elements()
    if wanted is None:
        return False
    if count is not None and None not in wanted:
        return int(np.prod(wanted)) == count  # type: ignore[arg-type]
    known = int(np.prod([d for d in x.shape.values or () if d is not None]))
    fixed = int(np.prod([d for d in wanted if d is not None]))
    value = static_value(shape)
    # One length is left open (-1): the others must divide what is known of x.
    return value is not None and wanted.count(None) == 1 and fixed > 0 and known % fixed == 0 and known > 0


def _inner_fits(op: Operation, x: Tensor, inner: Tensor, shape: Tensor) -> Verdict:
    return True if _surely_fits(x, inner) else "the inner reshape may fail, which must be seen"


def _squeezes_ones(op: Operation, x: Tensor, shape: Tensor) -> Verdict:
    squeezed = op.inputs[0]
    fits = x.shape.is_fully_defined() and x.shape.num_elements() == squeezed.shape.num_elements()
    return True if fits else "squeezing may fail, which must be seen"


def _reshaped(x: Tensor, shape: Tensor, **_: Tensor) -> Tensor:
    return node("Reshape", x, shape)


def _squeezes_what_was_put_in(op: Operation, x: Tensor, dim: Tensor) -> Verdict:
    axes, put = op.attrs["squeeze_dims"], known_ints(dim)
    rank = op.inputs[0].shape.rank
    if put is None or rank is None:
        return "the axis or the rank is not known"
    return len(axes) == 1 and axes[0] % rank == put[0] % rank


def _known_length(op: Operation, x: Tensor, begin: Tensor, end: Tensor, strides: Tensor) -> Verdict:
    """The node takes one dimension of a shape, and that is known."""
    attrs = op.attrs
    if attrs["shrink_axis_mask"] != 1 or attrs["begin_mask"] or attrs["ellipsis_mask"] or attrs["new_axis_mask"]:
        return False
    at, dims = known_ints(begin), x.shape.values
    if at is None or dims is None or len(at) != 1 or not -len(dims) <= at[0] < len(dims):
        return False
    return True if dims[at[0]] is not None else f"dimension {at[0]} of {x.op.name!r} is not known"


def _length(op: Operation, x: Tensor, begin: Tensor, **_: Tensor) -> Tensor:
    at = known_ints(begin)
    assert at is not None
    return constant(x.shape.values[at[0]], op.outputs[0].dtype)


register(
    "shapes",
    Rule(
        "reshape(reshape(x)) -> reshape(x)",
        ("Reshape", ("Reshape", "x", "inner"), "shape"),
        after=_reshaped,
        when=_inner_fits,
    ),
    Rule("reshape(expand_dims(x)) -> reshape(x)", ("Reshape", ("ExpandDims", "x", "inner"), "shape"), after=_reshaped),
    Rule(
        "reshape(squeeze(x)) -> reshape(x)",
        ("Reshape", ("Squeeze", "x"), "shape"),
        after=_reshaped,
        when=_squeezes_ones,
    ),
    Rule(
        "squeeze(expand_dims(x)) -> x",
        ("Squeeze", ("ExpandDims", "x", "dim")),
        after=itself,
        when=_squeezes_what_was_put_in,
    ),
    Rule(
        "shape(x)[i], if known -> a constant",
        ("StridedSlice", ("Shape", "x"), "begin", "end", "strides"),
        after=_length,
        when=_known_length,
    ),
    Rule(
        "size of x, if known -> a constant",
        ("Size", "x"),
        after=lambda op, x: constant(x.shape.num_elements(), op.outputs[0].dtype),
        when=lambda op, x: True if x.shape.num_elements() is not None else "the shape is not known",
    ),
    Rule(
        "shape(f(x, smaller)) -> shape(x)",
        ("Shape", "x"),
        after=_twins_shape,
        when=_has_twin,
        why="layers ask for the shape of their input again and again; now MergeEqual sees that it is one",
    ),
    Rule("reshape(x, the shape of x) -> x", ("Reshape", "x", "shape"), after=itself, when=_keeps_shape),
    *(
        Rule(f"{kind.lower()}(x, over no axes) -> x", (kind, "x", "axes"), after=itself, when=_no_axes)
        for kind in ("Sum", "Mean", "Max", "Min", "Prod")
    ),
    Rule("tile(x, once along each axis) -> x", ("Tile", "x", "multiples"), after=itself, when=_all_ones),
)
