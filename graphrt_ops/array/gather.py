"""gather: rows of a tensor by their indices."""

from __future__ import annotations

import numpy as np

import graphrt_ops as F
from graphrt.dtypes import int32, int64
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import colocate_with
from graphrt.opdef import OpDef, export, static_value
from graphrt.opdef.bounded import Bounds, Rows
from graphrt.opdef.indexed_slices import IndexedSlices
from graphrt.shapes import UNKNOWN, TensorShape
from graphrt_ops.sparse.indexed_slices import dense_on_purpose


def _gathered(op: Operation) -> TensorShape:
    """The dimension ``axis`` of params, replaced by the dimensions of indices (less the batch dimensions)."""
    params, indices, axis = op.inputs
    batch = op.attrs["batch_dims"]
    if params.shape.rank is None or indices.shape.rank is None:
        return UNKNOWN
    rank, places = params.shape.rank, indices.shape.rank
    if not -places <= batch <= places:
        raise ValueError(f"Shape must be at least rank {batch} but is rank {places}")
    batch = batch + places if batch < 0 else batch
    at = static_value(axis)
    if at is None:
        return TensorShape.of((None,) * (rank + places - 1 - batch))
    if not -rank <= at < rank:
        raise ValueError(f"Shape must be at least rank {int(at) + 1 if at >= 0 else -int(at)} but is rank {rank}")
    at = int(at) % rank
    if at < batch:
        raise ValueError(f"batch_dims ({batch}) must be less than or equal to axis ({at})")
    dims, index_dims = params.shape.values, indices.shape.values
    TensorShape.of(dims[:batch]).merge_with(TensorShape.of(index_dims[:batch]))
    return TensorShape.of((*dims[:at], *index_dims[batch:], *dims[at + 1 :]))


opdef = OpDef(
    "GatherV2",
    "params:Tparams indices:Tindices axis:Taxis@host",
    "output:Tparams",
    dtypes={"Tindices": (int32, int64), "Taxis": (int32, int64)},
    attrs={"batch_dims": 0},
    infer=_gathered,
)


@opdef.kernel
def kernel(xp, params, indices, axis, batch_dims):
    at = int(axis)
    at = at + params.ndim if at < 0 else at
    if batch_dims == 0:
        return _taken(params, indices, at) if xp is np else _taken_on_device(xp, params, indices, at)
    length = params.shape[at]
    if indices.size and (int(indices.min()) < 0 or int(indices.max()) >= length):
        raise ValueError(_outside(indices, length))
    batch = batch_dims + indices.ndim if batch_dims < 0 else batch_dims
    if params.shape[:batch] != indices.shape[:batch]:
        raise ValueError(
            f"The first {batch} dimensions of params {list(params.shape)} and indices {list(indices.shape)} should be "
            "equal"
        )
    # The gathered dimension goes next to the batch, where one index of both finds the rows.
    moved = xp.moveaxis(params, at, batch)
    grid = [xp.arange(n).reshape([-1] + [1] * (indices.ndim - i - 1)) for i, n in enumerate(indices.shape[:batch])]
    rows = moved[(*grid, indices)]
    return xp.moveaxis(rows, range(batch, indices.ndim), range(at, at + indices.ndim - batch))


def _taken(params, indices, at: int):
    if indices.dtype.itemsize == 8 and indices.size and int(indices.min()) < 0:
        raise ValueError(_outside(indices, params.shape[at]))
    try:
        # A negative index read as unsigned is too large: one check for both ends.
        return params.take(indices.view(np.uint32) if indices.dtype.itemsize == 4 else indices, at)
    except IndexError:
        raise ValueError(_outside(indices, params.shape[at])) from None


def _taken_on_device(xp, params, indices, at: int):
    """As TF1 on a GPU: an index outside gives zeros, because telling the host would have to wait for the device."""
    inside = (indices >= 0) & (indices < params.shape[at])
    rows = params.take(xp.where(inside, indices, 0), at)
    return xp.where(inside.reshape([1] * at + list(indices.shape) + [1] * (params.ndim - at - 1)), rows, 0).astype(
        params.dtype, copy=False
    )


def _outside(indices, length: int) -> str:
    flat = indices.ravel()
    first = int(((flat < 0) | (flat >= length)).argmax())
    where = []
    for size in reversed(indices.shape):
        first, place = divmod(first, size)
        where.insert(0, place)
    value = int(indices[tuple(where)])
    return f"indices[{','.join(map(str, where))}] = {value} is not in [0, {length})"


@opdef.lower
def lower(op: Operation):
    from graphrt.native.records import Gather

    axis, (shape, places) = static_value(op.inputs[2]), (tensor.shape.values for tensor in op.inputs[:2])
    batch = op.attrs["batch_dims"]
    batch = batch + len(places) if batch < 0 else batch
    if axis is None or shape[:batch] != places[:batch]:
        return None  # the kernel says what is wrong
    return Gather(int(axis) % len(shape), batch)


@opdef.bounded
def bounded(op: Operation, bounds: Bounds):
    """A row for each index: those beyond the count are as good as the first."""
    params, indices, axis = op.inputs
    known = bounds.rows.get(indices)
    if known is None or {params, axis} & bounds.rows.keys() or static_value(axis) != 0 or op.attrs["batch_dims"]:
        return None
    if not params.shape.is_fully_defined():
        return None
    return [Rows(opdef(bounds.now(params), known.tensor, axis, name=op.name), known.count)]


@opdef.gradient
def gradient(op: Operation, dy: Tensor):
    params, indices, axis = op.inputs
    with colocate_with(params):
        shape = F.cast(F.shape(params, out_type=int64), int32)
    count = F.expand_dims(F.size(indices), 0)
    batch = op.attrs["batch_dims"]
    batch = batch + indices.shape.rank if batch < 0 else batch
    if static_value(axis) == 0:
        wanted = F.concat([count, shape[1:]], 0)
        with dense_on_purpose(dy):
            rows = F.reshape(dy, wanted)
        return [IndexedSlices(rows, F.reshape(indices, count), shape), None, None]
    return [_dense_gradient(dy, indices, axis, shape, batch), None, None]


def _dense_gradient(dy: Tensor, indices: Tensor, axis: Tensor, shape: Tensor, batch: int) -> Tensor:
    """The gradient with the gathered dimension brought to the front (behind the batch), summed by index, and back."""
    outer = shape[:axis]
    inner = shape[axis:][1:]
    wanted = F.concat([outer, [-1], inner], 0)
    rank, before = F.size(wanted), F.size(outer)
    batches = F.range(batch)
    between = F.range(batch, before)
    behind = F.range(before + 1, rank)
    with dense_on_purpose(dy):
        rows = F.reshape(dy, wanted)
    rows = F.transpose(rows, F.concat([batches, [before], between, behind], 0))
    summed = _summed_by_index(shape, rows, indices, batch, shape[axis])
    return F.transpose(summed, F.concat([batches, between + 1, [batch], behind], 0))


def _summed_by_index(shape: Tensor, rows: Tensor, indices: Tensor, batch: int, length: Tensor) -> Tensor:
    count = F.expand_dims(F.size(indices), 0)
    if not batch:
        return F.unsorted_segment_sum(rows, F.reshape(indices, count), length)
    dims = F.shape(rows)
    outer = dims[:batch]
    inner = dims[batch:][1:]
    batches = F.reduce_prod(outer, [0], False)
    flat = F.concat([[-1], inner], 0)
    length = length * batches
    indices = _batch_indices(shape, indices, batch)
    rows = F.reshape(rows, flat)
    summed = F.unsorted_segment_sum(rows, F.reshape(indices, count), length)
    return F.reshape(summed, F.concat([outer, flat], 0))


def _batch_indices(shape: Tensor, indices: Tensor, batch: int) -> Tensor:
    """Indices into the batches laid end to end."""
    rank = indices.shape.rank
    kind = indices.dtype.base_dtype
    shape = F.cast(shape, kind)
    step = F.ones((), kind)
    result = indices
    for at in reversed(range(1, batch + 1)):
        length = shape[at - 1]
        step = step * shape[at]
        start, one = F.zeros((), kind), F.ones((), kind)
        offsets = F.range(start, length, one) * step
        wanted = F.stack([1] * (at - 1) + [length] + [1] * (rank - at), axis=0)
        result = result + F.reshape(offsets, wanted)
    return result


@export("gather")
def gather(params, indices, validate_indices=None, name=None, axis=None, batch_dims=0):
    """The slices of ``params`` along ``axis`` that ``indices`` name.

    Args:
      params: the tensor to take from. indices: int32 or int64, of any shape.
      validate_indices: indices are always checked here.
      name: a name for the node.
      axis: the dimension (default: the first one after the batch). batch_dims: how many leading dimensions params and
        indices share.

    Raises:
      InvalidArgumentError: (when it runs) if an index is out of range.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.gather([[1, 2], [3, 4], [5, 6]], [2, 0])))
    [[5 6]
     [1 2]]
    """
    del validate_indices
    if axis is None:
        axis = batch_dims
    return opdef(params, indices, axis, batch_dims=batch_dims, name=name)
