"""dynamic_stitch and dynamic_partition's inverse: values put at the places that index tensors name."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.graph import Operation, Tensor
from graphrt.opdef import OpDef, export
from graphrt.shapes import UNKNOWN, TensorShape
from graphrt_ops.shapes import static_value


def _stitched(op: Operation) -> TensorShape:
    count = op.attrs["N"]
    rest = UNKNOWN
    largest: int | None = -1
    for indices, data in zip(op.inputs[:count], op.inputs[count:], strict=True):
        rank = indices.shape.rank
        value = static_value(indices)
        largest = None if value is None or largest is None else max(largest, int(value.max(initial=-1)))
        if rank is None or data.shape.rank is None:
            continue
        data.shape.with_rank_at_least(rank)
        if not data.shape[:rank].is_compatible_with(indices.shape):
            raise ValueError(
                f"Shapes must be equal rank or compatible, but are {data.shape[:rank]} and {indices.shape}"
            )
        rest = rest.merge_with(data.shape[rank:])
    if rest.values is None:
        return UNKNOWN
    return TensorShape.of((None if largest is None else largest + 1, *rest.values))


opdef = OpDef("DynamicStitch", "indices:N*int32@host data:N*T", "merged", infer=_stitched)


@opdef.kernel
def kernel(xp, indices, data):
    rows = 1 + max((int(places.max()) for places in indices if places.size), default=-1)
    rest = data[0].shape[indices[0].ndim :]
    merged = xp.zeros((rows, *rest), data[0].dtype)
    for places, values in zip(indices, data, strict=True):
        if values.shape != places.shape + rest:
            raise ValueError(f"data.shape must start with indices.shape, got {values.shape} and {places.shape}")
        merged[places.reshape(-1)] = values.reshape(-1, *rest)
    return merged


@opdef.gradient
def gradient(op: Operation, dy: Tensor):
    """Each value gets the gradient of its place; of values put at one place, TF1 gives it to all of them."""
    indices = op.inputs[: op.attrs["N"]]
    return [None] * len(indices) + [F.gather(dy, places) for places in indices]


@export("dynamic_stitch")
def dynamic_stitch(indices, data, name=None):
    """``merged[indices[m][i]] = data[m][i]``: the rows of several tensors, put at the places given for them.

    Args:
      indices: int32 tensors, which together should name every row once (the last one wins otherwise).
      data: tensors of one type; ``data[m].shape`` starts with ``indices[m].shape``.
      name: a name for the node.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.dynamic_stitch([[0, 2], [1]], [[10, 30], [20]])))
    [10 20 30]
    """
    return opdef(indices, data, name=name)
