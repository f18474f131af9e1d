"""boolean_mask and sequence_mask: composites of masks."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.dtypes import as_dtype, bool_
from graphrt.graph.scopes import name_scope
from graphrt.opdef import convert_to_tensor, export
from graphrt.opdef.registry import opdef_named
from graphrt.shapes import TensorShape


@export("boolean_mask")
def boolean_mask(tensor, mask, name="boolean_mask", axis=None):
    """The elements (or rows) of ``tensor`` where ``mask`` is true, one after the other.

    Args:
      tensor: [N1, ..., Nn]. mask: bool, of the shape of the dimensions of ``tensor`` from ``axis`` on; its rank must be
        known, and not 0.
      name: a name for the nodes. axis: the first dimension that ``mask`` speaks of (0).

    Raises:
      ValueError: if the shapes do not fit.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.boolean_mask([[1, 2], [3, 4]], [False, True])))
    [[3 4]]
    """
    with name_scope(name, values=[tensor, mask]):
        tensor = convert_to_tensor(tensor, name="tensor")
        mask = convert_to_tensor(mask, name="mask")
        rank = mask.shape.rank
        if rank == 0:
            raise ValueError("mask cannot be scalar.")
        if rank is None:
            raise ValueError(
                "Number of mask dimensions must be specified, even if some dimensions are None.  E.g. shape=[None] is "
                "ok, but shape=None is not."
            )
        axis = 0 if axis is None else axis
        tensor.shape[axis : axis + rank].assert_is_compatible_with(mask.shape)
        leading = F.reduce_prod(F.shape(tensor)[axis : axis + rank], [0])
        flat = F.concat([F.shape(tensor)[:axis], [leading], F.shape(tensor)[axis + rank :]], 0)
        rows = F.reshape(tensor, flat)
        count = tensor.shape[axis : axis + rank].num_elements()
        rows.set_shape(TensorShape(tensor.shape[:axis]).concatenate([count]).concatenate(tensor.shape[axis + rank :]))
        chosen = F.squeeze(F.where(F.reshape(mask, [-1])), axis=[1])
        return F.gather(rows, chosen, axis=axis)


@export("sequence_mask")
def sequence_mask(lengths, maxlen=None, dtype=bool_, name=None):
    """``mask[..., j]`` is true where ``j < lengths[...]``; ``maxlen`` columns (default: the largest length).

    Raises:
      ValueError: if ``maxlen`` is no scalar.
    """
    with name_scope(name, "SequenceMask", [lengths, maxlen]):
        lengths = convert_to_tensor(lengths)
        if maxlen is None:
            longest = F.reduce_max(lengths, _all_axes(lengths))
            maxlen = F.maximum(F.constant(0, longest.dtype), longest)
        else:
            maxlen = convert_to_tensor(maxlen)
        if maxlen.shape.rank is not None and maxlen.shape.rank != 0:
            raise ValueError("maxlen must be scalar for sequence_mask")
        kind = maxlen.dtype.base_dtype
        columns = opdef_named("Range")(F.constant(0, kind), maxlen, F.constant(1, kind))
        # TF1 casts even where there is nothing to cast.
        rows = opdef_named("Cast")(F.expand_dims(lengths, -1), DstT=kind)
        result = F.less(columns, rows)
        return result if as_dtype(dtype) is bool_ else F.cast(result, dtype)


def _all_axes(tensor):
    """All dimensions, as TF1's internal helper makes them: a constant where the rank is known."""
    if tensor.shape.rank is not None:
        return F.constant(list(range(tensor.shape.rank)), "int32")
    return F.range(0, F.rank(tensor))
