"""repeat: every element several times."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.dtypes import int32, int64
from graphrt.graph import Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import convert_to_tensor, export
from graphrt.opdef.registry import opdef_named
from graphrt.shapes import TensorShape


@export("repeat")
def repeat(input, repeats, axis=None, name=None):
    """Every element along ``axis`` repeated ``repeats`` times (one number, or one for each element).

    Without ``axis`` the flattened ``input`` is repeated. ``input`` must have a known rank.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.repeat([7, 8], [1, 3])))
    [7 8 8 8]
    """
    if axis is None:
        input, axis = F.reshape(input, [-1]), 0
    if not isinstance(axis, int):
        raise TypeError(f"axis must be an int; got {type(axis).__name__}")
    with name_scope(name, "Repeat", [v for v in (input, repeats) if isinstance(v, Tensor)]):
        data = convert_to_tensor(input, name="data")
        if data.shape.rank is None:
            raise ValueError("tf.repeat needs a tensor of known rank")
        counts = convert_to_tensor(repeats, name="repeats", preferred_dtype=int32)
        kind = counts.dtype.base_dtype if counts.dtype.base_dtype in (int32, int64) else int32
        counts = opdef_named("Cast")(counts, DstT=kind)  # TF1 casts even where there is nothing to cast
        if data.shape.rank == 0:
            data = F.expand_dims(data, 0)
        return _repeated(data, counts, axis % data.shape.rank)


def _repeated(data: Tensor, counts: Tensor, axis: int) -> Tensor:
    shape = F.shape(data)
    if counts.shape.rank == 0:
        copies = _copies(F.expand_dims(data, axis + 1), axis + 1, counts)
        return F.reshape(copies, F.concat([shape[:axis], [-1], shape[axis + 1 :]], 0))
    if counts.shape.rank != 1:
        raise ValueError(f"Shape {counts.shape} must have rank at most 1")
    TensorShape.of(data.shape.values[axis : axis + 1]).assert_is_compatible_with(counts.shape)
    if axis:
        own, rank = F.shape(counts), F.rank(counts)
        every = F.concat([shape[: axis + 1 - rank], own], 0)
        counts = F.broadcast_to(counts, every)
        counts.set_shape([None] * (axis + 1))
    most = F.maximum(0, F.reduce_max(counts, F.constant(list(range(axis + 1)), int32)))
    wanted = F.sequence_mask(counts, most)
    result = F.boolean_mask(_copies(F.expand_dims(data, axis + 1), axis + 1, most), wanted)
    if axis:
        result = F.reshape(result, F.concat([shape[:axis], [-1], shape[axis + 1 :]], 0))
    result.set_shape((*data.shape.values[:axis], None, *data.shape.values[axis + 1 :]))
    return result


def _copies(data: Tensor, axis: int, count: Tensor) -> Tensor:
    times: list = [1] * data.shape.rank
    times[axis] = count
    return F.tile(data, times)
