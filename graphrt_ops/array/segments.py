"""segment_* and unsorted_segment_*: rows reduced by the group that an id puts them in."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

import graphrt_ops as F
from graphrt.dtypes import NUMBERS, REALS, as_dtype, bool_, int32, int64
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import OpDef, convert_to_tensor, export, static_value
from graphrt.opdef.bounded import Bounds, Rows
from graphrt.shapes import UNKNOWN, TensorShape
from graphrt_ops.array.scattering import apply_at, rounds
from graphrt_ops.array.strided_slice import whose_length

_MOST_ROUNDS = 32  # rows of one group; what has more is reduced by itself


def _sorted_shape(op: Operation) -> TensorShape:
    """As many rows as there are groups, which only the ids tell."""
    data = op.inputs[0].shape
    op.inputs[1].shape.with_rank(1)
    if data.rank == 0:
        raise ValueError("Shape must be at least rank 1 but is rank 0")
    return UNKNOWN if data.rank is None else TensorShape.of((None, *data.values[1:]))


def _unsorted_shape(op: Operation) -> TensorShape:
    """``num_segments`` rows, in place of the dimensions that the ids have."""
    data, ids = op.inputs[0].shape, op.inputs[1].shape
    if data.rank is None or ids.rank is None:
        return UNKNOWN
    if data.rank < ids.rank:
        raise ValueError(f"Shape must be at least rank {ids.rank} but is rank {data.rank}")
    for at, (m, n) in enumerate(zip(data.values, ids.values, strict=False)):
        if m is not None and n is not None and m != n:
            raise ValueError(f"Dimension {at} in both shapes must be equal, but are {m} and {n}")
    count = static_value(op.inputs[2])
    if count is not None and count < 0:
        raise ValueError(f"Dimension size, given by num_segments, must be non-negative but is {int(count)}")
    return TensorShape.of((None if count is None else int(count), *data.values[ids.rank :]))


def _limit(kind: str, dtype: np.dtype):
    """What the reduction begins with in unsorted segments, and a group without rows holds: as in TF1 the least of all
    finite numbers is the least maximum, also where all rows are -inf."""
    if kind in ("maximum", "minimum"):
        known = as_dtype(dtype)
        return known.min if kind == "maximum" else known.max
    return 1 if kind == "multiply" else 0


def _identity(kind: str, dtype: np.dtype):
    """What changes no row that it is combined with."""
    if kind in ("maximum", "minimum") and as_dtype(dtype).is_floating:
        return -np.inf if kind == "maximum" else np.inf
    return _limit(kind, dtype)


def _combine_rows(ufunc: np.ufunc, result, ids, rows) -> None:
    """``ufunc.at`` for whole rows: much faster, and in the same order, one row after the other. (``reduceat`` adds in
    another order, and so rounds otherwise than TF1 and native code.)"""
    sizes = np.bincount(ids, minlength=len(result))
    if sizes.max() > _MOST_ROUNDS:
        order = np.argsort(ids, kind="stable")
        ends = sizes.cumsum()
        for i in np.flatnonzero(sizes > _MOST_ROUNDS):
            group = rows[order[ends[i] - sizes[i] : ends[i]]]
            result[i] = ufunc.reduce(group, axis=0, dtype=result.dtype, initial=result[i, 0])
        few = sizes[ids] <= _MOST_ROUNDS
        ids, rows = ids[few], rows[few]
    for some in rounds(np, ids):
        at = ids[some]
        result[at] = ufunc(result[at], rows[some])


def reduced(xp, kind: str, data, ids, count: int, empty):
    """``count`` rows: row i is the reduction (by the ufunc ``kind``) of the rows of ``data`` whose id is i."""
    tail = data.shape[ids.ndim :]
    rows, ids = data.reshape(ids.size, math.prod(tail)), ids.reshape(-1)
    outside = ids >= count
    if outside.any():
        at = int(outside.argmax())
        raise ValueError(f"segment_ids[{at}] = {int(ids[at])} is out of range [0, {count})")
    kept = ids >= 0
    if not kept.all():
        rows, ids = rows[kept], ids[kept]
    result = xp.full((count, rows.shape[1]), empty, data.dtype)
    if not rows.size:
        return result.reshape((count, *tail))
    result[ids] = _identity(kind, data.dtype)
    if xp is np and rows.shape[1] > 1:
        _combine_rows(getattr(np, kind), result, ids, rows)
    else:
        apply_at(xp, kind, result, ids, rows)
    return result.reshape((count, *tail))


def _unsorted(type_name: str, kind: str, dtypes) -> OpDef:
    opdef = OpDef(
        type_name,
        "data segment_ids:Tindices num_segments:Tnumsegments@host",
        "output",
        dtypes={"T": dtypes, "Tindices": (int32, int64), "Tnumsegments": (int32, int64)},
        attrs={"Tnumsegments": int32},
        infer=_unsorted_shape,
    )

    @opdef.kernel
    def kernel(xp, data, segment_ids, num_segments):
        if num_segments.ndim or num_segments < 0:
            raise ValueError(f"num_segments must be a scalar and non-negative, but is {num_segments.tolist()}")
        if data.shape[: segment_ids.ndim] != segment_ids.shape:
            raise ValueError(
                f"data.shape = {list(data.shape)} does not start with segment_ids.shape = {list(segment_ids.shape)}"
            )
        limit = _limit(kind, data.dtype)
        result = reduced(xp, kind, data, segment_ids, int(num_segments), limit)
        if kind in ("maximum", "minimum"):
            getattr(xp, kind)(result, xp.asarray(limit, data.dtype), out=result)
        return result

    return opdef


def _sorted(type_name: str, kind: str, dtypes, empty: int = 0) -> OpDef:
    opdef = OpDef(
        type_name,
        "data segment_ids:Tindices",
        "output",
        dtypes={"T": dtypes, "Tindices": (int32, int64)},
        infer=_sorted_shape,
    )

    @opdef.kernel
    def kernel(xp, data, segment_ids):
        count = _sorted_count(data, segment_ids)
        if kind != "mean":
            return reduced(xp, kind, data, segment_ids, count, empty)
        sums = reduced(xp, "add", data, segment_ids, count, 0)
        sizes = xp.maximum(xp.bincount(segment_ids, minlength=count), 1).astype(data.dtype)
        return sums / sizes.reshape([-1] + [1] * (data.ndim - 1))

    return opdef


def _sorted_count(data, ids) -> int:
    if ids.shape != data.shape[:1]:
        raise ValueError("segment_ids should be the same size as dimension 0 of input.")
    if not ids.size:
        return 0
    if (ids[1:] < ids[:-1]).any():
        raise ValueError("segment ids are not increasing")
    if ids[0] < 0:
        raise ValueError("segment ids must be >= 0")
    return int(ids[-1]) + 1


segment_sum_opdef = _sorted("SegmentSum", "add", NUMBERS)
segment_mean_opdef = _sorted("SegmentMean", "mean", NUMBERS)
segment_prod_opdef = _sorted("SegmentProd", "multiply", NUMBERS, 1)
segment_max_opdef = _sorted("SegmentMax", "maximum", REALS)
segment_min_opdef = _sorted("SegmentMin", "minimum", REALS)
unsorted_sum_opdef = _unsorted("UnsortedSegmentSum", "add", NUMBERS)
unsorted_prod_opdef = _unsorted("UnsortedSegmentProd", "multiply", NUMBERS)
unsorted_max_opdef = _unsorted("UnsortedSegmentMax", "maximum", REALS)
unsorted_min_opdef = _unsorted("UnsortedSegmentMin", "minimum", REALS)


def _lowered(op: Operation, how: str):
    from graphrt.native.records import Segments

    data, ids = (tensor.shape.values for tensor in op.inputs[:2])
    return Segments(how) if data[: len(ids)] == ids else None


def bounded(op: Operation, bounds: Bounds):
    """One segment for each of the different numbers that ``unique`` finds: as many as there may be of those."""
    data, ids, count = op.inputs
    length = whose_length(count)
    rows = None if length is None else bounds.rows.get(length)
    if rows is None or data in bounds.rows or not data.shape.is_fully_defined():
        return None
    found = bounds.rows.get(ids.op.outputs[0]) if ids.op.type == "Unique" and ids.value_index == 1 else None
    if found is None or found.count is not rows.count:
        return None
    length = rows.tensor.shape.as_list()[0]
    made = op.opdef(bounds.now(data), bounds.now(ids), F.constant(length, count.dtype), name=op.name)
    if data.dtype.is_integer:
        # (What a segment of nothing has, the least number say, would be no index that others may take it for.)
        numbers = np.arange(length).reshape([-1] + [1] * (made.shape.rank - 1))
        made = F.where_v2(F.less(F.constant(numbers, int64), rows.count), made, made[:1])
    return [Rows(made, rows.count)]


for _unsorted_opdef in (unsorted_sum_opdef, unsorted_prod_opdef, unsorted_max_opdef, unsorted_min_opdef):
    _unsorted_opdef.bounded(bounded)

unsorted_sum_opdef.lower(partial(_lowered, how="add"))
unsorted_prod_opdef.lower(partial(_lowered, how="mul"))
unsorted_max_opdef.lower(partial(_lowered, how="maximum"))
unsorted_min_opdef.lower(partial(_lowered, how="minimum"))


@segment_sum_opdef.gradient
def segment_sum_gradient(op: Operation, dy: Tensor):
    return [F.gather(dy, op.inputs[1]), None]


@segment_mean_opdef.gradient
def segment_mean_gradient(op: Operation, dy: Tensor):
    data, ids = op.inputs
    rank = F.rank(data)
    column = F.concat([F.shape(ids), F.fill(F.expand_dims(rank - 1, 0), 1)], 0)
    ones = F.fill(column, F.constant(1, dy.dtype))
    return [F.gather(F.divide(dy, F.segment_sum(ones, ids)), ids), None]


@segment_max_opdef.gradient
@segment_min_opdef.gradient
def segment_extreme_gradient(op: Operation, dy: Tensor):
    """Equal extremes of a group share its gradient equally."""
    data, ids = op.inputs
    zeros = F.zeros_like(data, dtype=data.dtype)
    chosen = F.equal(data, F.gather(op.outputs[0], ids))
    sharing = F.segment_sum(F.cast(chosen, dy.dtype), ids)
    return [F.where(chosen, F.gather(F.divide(dy, sharing), ids), zeros), None]


def _gathered(params: Tensor, ids: Tensor, inside=None, valid=None):
    """The rows of ``params``, and zeros for negative ids; also the clipped ids and where they were not negative."""
    if inside is None:
        inside = F.maximum(ids, F.zeros_like(ids))
    rows = F.gather(params, inside)
    if valid is None:
        valid = F.greater_equal(ids, 0)
        for _ in range(rows.shape.rank - valid.shape.rank):
            valid = F.expand_dims(valid, -1)
        valid = F.logical_and(valid, F.ones_like(rows, dtype=bool_), name="and")
    zeros = F.zeros_like(rows)
    return F.where(valid, rows, zeros), inside, valid


@unsorted_sum_opdef.gradient
def unsorted_sum_gradient(op: Operation, dy: Tensor):
    return [_gathered(dy, op.inputs[1])[0], None, None]


@unsorted_max_opdef.gradient
@unsorted_min_opdef.gradient
def unsorted_extreme_gradient(op: Operation, dy: Tensor):
    data, ids, count = op.inputs
    extremes, inside, valid = _gathered(op.outputs[0], ids)
    chosen = F.logical_and(F.equal(data, extremes), valid)
    sharing = F.unsorted_segment_sum(F.cast(chosen, dy.dtype), ids, count)
    shares = _gathered(F.divide(dy, sharing), ids, inside, valid)[0]
    zeros = F.zeros_like(shares)
    return [F.where(chosen, shares, zeros), None, None]


@unsorted_prod_opdef.gradient
def unsorted_prod_gradient(op: Operation, dy: Tensor):
    """The product of the others: by division, except in groups with a zero, where it is computed without it."""
    data, ids, count = op.inputs
    is_zero = F.equal(data, 0)
    zeros = F.unsorted_segment_sum(F.cast(is_zero, dtype=int32), ids, count)
    dy = F.where(F.greater(zeros, 1), F.zeros_like(dy), dy)
    without_zeros = F.where(is_zero, F.ones_like(data), data)
    other_products = F.unsorted_segment_prod(without_zeros, ids, count)
    inside = F.maximum(ids, F.zeros_like(ids))
    product, others = F.gather(op.outputs[0], inside), F.gather(other_products, inside)
    partial = F.where(is_zero, others, product / data)
    return [_gathered(dy, ids, inside)[0] * partial, None, None]


@export("segment_sum", "math.segment_sum")
def segment_sum(data, segment_ids, name=None):
    """Sums of the rows of ``data`` that have one id; ids must not decrease, and missing ones give 0.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.segment_sum([1, 2, 3, 4], [0, 0, 2, 2])))
    [3 0 7]
    """
    return segment_sum_opdef(data, segment_ids, name=name)


@export("segment_mean", "math.segment_mean")
def segment_mean(data, segment_ids, name=None):
    """Means of the rows of ``data`` that have one id; as ``segment_sum``."""
    return segment_mean_opdef(data, segment_ids, name=name)


@export("segment_prod", "math.segment_prod")
def segment_prod(data, segment_ids, name=None):
    """Products of the rows of ``data`` that have one id; missing ids give 1."""
    return segment_prod_opdef(data, segment_ids, name=name)


@export("segment_max", "math.segment_max")
def segment_max(data, segment_ids, name=None):
    """The largest of the rows of ``data`` that have one id; missing ids give 0."""
    return segment_max_opdef(data, segment_ids, name=name)


@export("segment_min", "math.segment_min")
def segment_min(data, segment_ids, name=None):
    """The smallest of the rows of ``data`` that have one id; missing ids give 0."""
    return segment_min_opdef(data, segment_ids, name=name)


@export("unsorted_segment_sum", "math.unsorted_segment_sum")
def unsorted_segment_sum(data, segment_ids, num_segments, name=None):
    """Sums of the rows of ``data`` that have one id, in any order; rows with negative ids are dropped."""
    return unsorted_sum_opdef(data, segment_ids, num_segments, name=name)


@export("unsorted_segment_prod", "math.unsorted_segment_prod")
def unsorted_segment_prod(data, segment_ids, num_segments, name=None):
    """Products of the rows of ``data`` that have one id; 1 for an id without rows."""
    return unsorted_prod_opdef(data, segment_ids, num_segments, name=name)


@export("unsorted_segment_max", "math.unsorted_segment_max")
def unsorted_segment_max(data, segment_ids, num_segments, name=None):
    """The largest of the rows of ``data`` that have one id; the lowest number of the type for an id without rows."""
    return unsorted_max_opdef(data, segment_ids, num_segments, name=name)


@export("unsorted_segment_min", "math.unsorted_segment_min")
def unsorted_segment_min(data, segment_ids, num_segments, name=None):
    """The smallest of the rows of ``data`` that have one id; the largest number of the type for an id without rows."""
    return unsorted_min_opdef(data, segment_ids, num_segments, name=name)


def _group_sizes(data: Tensor, ids: Tensor, count) -> Tensor:
    """How many rows each group has (1 for none), in a shape that divides the groups' rows."""
    ones = F.ones(F.shape(ids), dtype=data.dtype)
    sizes = F.unsorted_segment_sum(ones, ids, count)
    sizes = F.reshape(sizes, [count] + [1] * (data.shape.rank - ids.shape.rank))
    return F.maximum(sizes, 1)


@export("unsorted_segment_mean", "math.unsorted_segment_mean")
def unsorted_segment_mean(data, segment_ids, num_segments, name=None):
    """Means of the rows of ``data`` that have one id; 0 for an id without rows."""
    with name_scope(name, "UnsortedSegmentMean"):
        data, ids = convert_to_tensor(data), convert_to_tensor(segment_ids)
        sizes = _group_sizes(data, ids, num_segments)
        return unsorted_segment_sum(data, ids, num_segments) / sizes


@export("unsorted_segment_sqrt_n", "math.unsorted_segment_sqrt_n")
def unsorted_segment_sqrt_n(data, segment_ids, num_segments, name=None):
    """Sums of the rows of ``data`` that have one id, divided by the square root of their number."""
    with name_scope(name, "UnsortedSegmentSqrtN"):
        data, ids = convert_to_tensor(data), convert_to_tensor(segment_ids)
        sizes = _group_sizes(data, ids, num_segments)
        return unsorted_segment_sum(data, ids, num_segments) / F.sqrt(sizes)
