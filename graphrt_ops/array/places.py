"""unravel_index, sparse_mask and batch_gather: small things about indices."""

from __future__ import annotations

import numpy as np

import graphrt_ops as F
from graphrt.dtypes import int32, int64
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import OpDef, convert_to_tensor, export
from graphrt.opdef.indexed_slices import IndexedSlices
from graphrt.opdef.registry import opdef_named
from graphrt.shapes import UNKNOWN, TensorShape


def _coordinates(op: Operation) -> TensorShape:
    """One row for each dimension."""
    indices, dims = op.inputs[0].shape, op.inputs[1].shape.with_rank(1)
    if indices.rank is None:
        return UNKNOWN
    return dims if indices.rank == 0 else TensorShape.of((dims.values[0], indices.num_elements()))


opdef = OpDef(
    "UnravelIndex",
    "indices:Tidx@host dims:Tidx@host",
    "output:Tidx",
    dtypes={"Tidx": (int32, int64)},
    attrs={"Tidx": int32},
    infer=_coordinates,
    differentiable=False,
)


@opdef.kernel
def kernel(xp, indices, dims):
    if indices.ndim > 1:
        raise ValueError(f"The indices can only be scalar or vector, got shape {list(indices.shape)}")
    shape = tuple(dims.tolist())
    try:
        return xp.asarray(np.stack(np.unravel_index(indices, shape)).astype(dims.dtype))
    except ValueError:
        raise ValueError(f"index is out of bound as with dims {list(shape)}: {indices.tolist()}") from None


@export("unravel_index")
def unravel_index(indices, dims, name=None):
    """The coordinates, in a tensor of shape ``dims``, of elements that are numbered in row-major order.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.unravel_index([3, 4], [2, 3])))
    [[1 1]
     [0 1]]
    """
    return opdef(indices, dims, name=name)


@export("sparse_mask", "sparse.mask")
def sparse_mask(a, mask_indices, name=None):
    """The IndexedSlices without the rows whose index is in ``mask_indices``."""
    with name_scope(name, "sparse_mask", [a.values]) as scope:
        indices, kept = F.setdiff1d(a.indices, mask_indices)
        return IndexedSlices(F.gather(a.values, kept, name=scope), indices, a.dense_shape)


@export("batch_gather")
def batch_gather(params, indices, name=None):
    """``gather`` along the last dimension of ``indices``; all those before it are batch dimensions."""
    with name_scope(name, "BatchGather", [v for v in (params, indices) if isinstance(v, Tensor)]):
        indices = convert_to_tensor(indices, name="indices")
        params = convert_to_tensor(params, name="params")
        if indices.shape.rank is None:
            raise ValueError("batch_gather does not allow indices with unknown shape.")
        batch = indices.shape.rank - 1
        if params.shape.rank is not None and batch >= params.shape.rank:
            raise ValueError(f"batch_dims = {batch} must be less than rank(params) = {params.shape.rank}")
        return _gathered(params, indices, batch)


def _gathered(params: Tensor, indices: Tensor, batch: int) -> Tensor:
    """Indices into the rows of all batches laid end to end, and one plain gather."""
    index_shape, shape = F.shape(indices), F.shape(params)
    kind = indices.dtype.base_dtype
    places, rank = indices, indices.shape.rank
    step = F.ones((), dtype=kind)
    lengths = opdef_named("Cast")(shape, DstT=kind)  # TF1 casts even where there is nothing to cast
    for at in range(batch, 0, -1):
        length = lengths[at - 1]
        step = step * lengths[at]
        start, one = F.zeros((), dtype=kind), F.ones((), dtype=kind)
        offsets = opdef_named("Range")(start, length, one) * step
        wanted = F.stack([1] * (at - 1) + [length] + [1] * (rank - at), axis=0)
        places = places + F.reshape(offsets, wanted)
    flat = F.reshape(places, [-1])
    rest = shape[batch + 1 :]
    rows = F.reduce_prod(shape[: batch + 1], [0], False)
    result = F.gather(F.reshape(params, F.concat([[rows], rest], axis=0)), flat)
    result = F.reshape(result, F.concat([index_shape, rest], axis=0))
    known = indices.shape[:batch].merge_with(params.shape[:batch])
    result.set_shape(known.concatenate(indices.shape[batch:]).concatenate(params.shape[batch + 1 :]))
    return result
