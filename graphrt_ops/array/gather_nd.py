"""gather_nd and scatter_nd: elements and slices by their coordinates."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.bytestrings import zeros
from graphrt.dtypes import int32, int64
from graphrt.graph import Operation, Tensor
from graphrt.opdef import OpDef, export
from graphrt.opdef.indexed_slices import IndexedSlices
from graphrt.opdef.static import static_shape
from graphrt.shapes import UNKNOWN, TensorShape
from graphrt_ops.array.scattering import apply_at, assign_at


def _gathered(op: Operation) -> TensorShape:
    """The outer dimensions of the indices, then those of params that the coordinates leave."""
    params, indices = op.inputs[0].shape, op.inputs[1].shape
    if indices.rank == 0:
        raise ValueError("Shape must be at least rank 1 but is rank 0")
    if indices.rank is None or params.rank is None or indices.values[-1] is None:
        return UNKNOWN
    depth = indices.values[-1]
    if depth > params.rank:
        raise ValueError(
            f"indices.shape[-1] must be <= params.rank, but saw indices shape: {indices} and params shape: {params}"
        )
    return TensorShape.of(indices.values[:-1] + params.values[depth:])


def _updated(op: Operation, whole: TensorShape, indices: int = 1, updates: int = 2) -> TensorShape:
    """The shape of what is updated; the updates have the outer dimensions of the indices, then its inner ones."""
    of_indices, of_updates = op.inputs[indices].shape.with_rank_at_least(1), op.inputs[updates].shape
    of_updates = of_updates.with_rank_at_least(1)
    if of_indices.rank is None or of_indices.values[-1] is None or whole.rank is None:
        return whole
    of_updates.merge_with(TensorShape.of(of_indices.values[:-1] + whole.values[of_indices.values[-1] :]))
    return whole


_INDEX = {"Tindices": (int32, int64)}
opdef = OpDef("GatherNd", "params:Tparams indices:Tindices", "output:Tparams", dtypes=_INDEX, infer=_gathered)
scattered = OpDef(
    "ScatterNd",
    "indices:Tindices updates shape:Tindices@host",
    "output",
    dtypes=_INDEX,
    infer=lambda op: _updated(op, static_shape(op.inputs[2]), indices=0, updates=1),
)
added = OpDef(
    "ScatterNdNonAliasingAdd",
    "input indices:Tindices updates",
    "output",
    dtypes=_INDEX,
    infer=lambda op: _updated(op, op.inputs[0].shape),
)
updated = OpDef(
    "TensorScatterUpdate",
    "tensor indices:Tindices updates",
    "output",
    dtypes=_INDEX,
    infer=lambda op: _updated(op, op.inputs[0].shape),
)
tensor_added = OpDef(
    "TensorScatterAdd",
    "tensor indices:Tindices updates",
    "output",
    dtypes=_INDEX,
    infer=lambda op: _updated(op, op.inputs[0].shape),
)
tensor_subtracted = OpDef(
    "TensorScatterSub",
    "tensor indices:Tindices updates",
    "output",
    dtypes=_INDEX,
    infer=lambda op: _updated(op, op.inputs[0].shape),
)


def coordinates(xp, indices, shape) -> tuple:
    """The rows of ``indices`` as an index of NumPy; ValueError names the first row that lies outside."""
    depth = indices.shape[-1]
    limits = xp.asarray(shape[:depth], dtype=indices.dtype)
    outside = ((indices < 0) | (indices >= limits)).any(-1)
    if outside.any():
        row = int(outside.ravel().argmax())
        place = [int(i) for i in indices.reshape(-1, depth)[row]]
        raise ValueError(f"indices[{row}] = {place} does not index into param shape {list(shape)}")
    return tuple(xp.moveaxis(indices, -1, 0))


@opdef.kernel
def kernel(xp, params, indices):
    where = coordinates(xp, indices, params.shape)
    if not where:
        return xp.broadcast_to(params, indices.shape[:-1] + params.shape).copy()
    return params[where]


def _checked_updates(indices, updates, shape) -> None:
    if not indices.ndim:
        raise ValueError("Indices shape must have rank at least one. Found: []")
    wanted = indices.shape[:-1] + tuple(shape[indices.shape[-1] :])
    if updates.shape != wanted or not updates.ndim:
        raise ValueError(
            f"The shape of updates must be indices.shape[:-1] + shape[indices.shape[-1]:], {list(wanted)}, got "
            f"{list(updates.shape)}"
        )


@scattered.kernel
def scattered_kernel(xp, indices, updates, shape):
    dims = shape.tolist()
    _checked_updates(indices, updates, dims)
    result = zeros(xp, dims, updates.dtype)
    apply_at(xp, "add", result, coordinates(xp, indices, dims), updates)
    return result


@added.kernel
@tensor_added.kernel
def added_kernel(xp, input, indices, updates):
    _checked_updates(indices, updates, input.shape)
    result = input.copy()
    apply_at(xp, "add", result, coordinates(xp, indices, input.shape), updates)
    return result


@tensor_subtracted.kernel
def subtracted_kernel(xp, tensor, indices, updates):
    return added_kernel(xp, tensor, indices, -updates)


@updated.kernel
def updated_kernel(xp, tensor, indices, updates):
    _checked_updates(indices, updates, tensor.shape)
    result = tensor.copy()
    assign_at(xp, result, coordinates(xp, indices, tensor.shape), updates)
    return result


@opdef.lower
def lower(op: Operation):
    from graphrt.native.records import GatherSlices

    return GatherSlices()


@scattered.lower
def scattered_lower(op: Operation):
    from graphrt.native.records import Scatter

    fits = slices_fit(op.inputs[0], op.inputs[1], op.outputs[0])
    return Scatter("scatter_nd", "add", "zeros", coordinates=True) if fits else None


def slices_fit(indices: Tensor, updates: Tensor, output: Tensor) -> bool:
    """True if there is an update for each row of coordinates; all shapes are known."""
    places, whole = indices.shape.values, output.shape.values
    depth = places[-1] if places else 0
    return 0 < depth <= len(whole) and updates.shape.values == places[:-1] + whole[depth:]


@added.lower
@updated.lower
@tensor_added.lower
@tensor_subtracted.lower
def changed_lower(op: Operation):
    from graphrt.native.records import Scatter

    how = {updated: "update", tensor_subtracted: "sub"}.get(op.opdef, "add")
    fits = slices_fit(op.inputs[1], op.inputs[2], op.outputs[0])
    return Scatter(op.type, how, "copy", coordinates=True) if fits else None


@opdef.gradient
def gradient(op: Operation, dy: Tensor):
    params, indices = op.inputs
    shape = F.shape(params, out_type=indices.dtype)
    if indices.shape.rank == 2 and indices.shape.values[-1] == 1:
        return [IndexedSlices(dy, F.squeeze(indices, axis=-1), shape), None]
    return [F.scatter_nd(indices, dy, shape), None]


@scattered.gradient
def scattered_gradient(op: Operation, dy: Tensor):
    return [None, F.gather_nd(dy, op.inputs[0]), None]


@added.gradient
def added_gradient(op: Operation, dy: Tensor):
    return [dy, None, F.gather_nd(dy, op.inputs[1])]


@tensor_added.gradient
def tensor_added_gradient(op: Operation, dy: Tensor):
    of_updates = F.gather_nd(dy, op.inputs[1])
    return [F.identity(dy), None, of_updates]


@tensor_subtracted.gradient
def subtracted_gradient(op: Operation, dy: Tensor):
    of_updates = F.gather_nd(dy, op.inputs[1])
    return [F.identity(dy), None, -of_updates]


@updated.gradient
def updated_gradient(op: Operation, dy: Tensor):
    _, indices, updates = op.inputs
    taken = F.gather_nd(dy, indices)
    return [F.tensor_scatter_update(F.identity(dy), indices, F.zeros_like(updates, dtype=dy.dtype)), None, taken]


@export("gather_nd", "manip.gather_nd")
def gather_nd(params, indices, name=None, batch_dims=0):
    """The elements (or slices) of ``params`` at the coordinates in the last dimension of ``indices``.

    ``batch_dims`` leading dimensions are shared by both.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.gather_nd([[1, 2], [3, 4]], [[0, 1], [1, 0]])))
    [2 3]
    """
    if batch_dims:
        raise NotImplementedError(
            f"tf.gather_nd(batch_dims={batch_dims}) is not supported; use tf.gather(..., batch_dims=...) or put the "
            "batch index into the coordinates"
        )
    return opdef(params, indices, name=name)


@export("scatter_nd", "manip.scatter_nd")
def scatter_nd(indices, updates, shape, name=None):
    """Zeros of ``shape``, to which ``updates[i]`` is added at the coordinates ``indices[i]``."""
    return scattered(indices, updates, shape, name=name)


@export("tensor_scatter_nd_update", "tensor_scatter_update")
def tensor_scatter_update(tensor, indices, updates, name=None):
    """A copy of ``tensor`` with ``updates[i]`` at the coordinates ``indices[i]``."""
    return updated(tensor, indices, updates, name=name)


@export("tensor_scatter_nd_add", "tensor_scatter_add")
def tensor_scatter_add(tensor, indices, updates, name=None):
    """A copy of ``tensor`` to which ``updates[i]`` is added at the coordinates ``indices[i]``."""
    return tensor_added(tensor, indices, updates, name=name)


@export("tensor_scatter_nd_sub", "tensor_scatter_sub")
def tensor_scatter_sub(tensor, indices, updates, name=None):
    """A copy of ``tensor`` from which ``updates[i]`` is subtracted at the coordinates ``indices[i]``."""
    return tensor_subtracted(tensor, indices, updates, name=name)
