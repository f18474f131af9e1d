"""Clipping: by value, by norm, and of all gradients together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

import graphrt_ops as F
from graphrt.graph import Tensor
from graphrt.graph.scopes import colocate_with, name_scope
from graphrt.opdef import convert_to_tensor, export
from graphrt.opdef.indexed_slices import IndexedSlices


def _like(tensor, values: Tensor):
    """``values`` in place of those of ``tensor``, as IndexedSlices if it was."""
    if isinstance(tensor, IndexedSlices):
        return IndexedSlices(values, tensor.indices, tensor.dense_shape)
    return values


@export("clip_by_value")
def clip_by_value(t, clip_value_min, clip_value_max, name=None):
    """What is below ``clip_value_min`` or above ``clip_value_max`` is set to that value.

    Args:
      t: a Tensor or IndexedSlices.
      clip_value_min, clip_value_max: a scalar, or a tensor that broadcasts to the shape of ``t``.
      name: a name for the node.

    Raises:
      ValueError: if the limits would broadcast ``t`` to a larger shape.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.clip_by_value([-1.0, 0.5, 2.0], 0.0, 1.0)))
    [0.  0.5 1. ]
    """
    with name_scope(name, "clip_by_value", [t, clip_value_min, clip_value_max]) as scope:
        values = convert_to_tensor(t.values if isinstance(t, IndexedSlices) else t, name="t")
        below = F.minimum(values, clip_value_max)
        values.shape.assert_is_compatible_with(below.shape)
        clipped = F.maximum(below, clip_value_min, name=scope)
        values.shape.assert_is_compatible_with(clipped.shape)
        return _like(t, clipped)


@export("clip_by_norm")
def clip_by_norm(t, clip_norm, axes=None, name=None):
    """Scales ``t`` down where its Euclidean norm is larger than ``clip_norm``.

    Args:
      t: a Tensor or IndexedSlices. clip_norm: the largest norm, a positive scalar.
      axes: over which axes the norm is taken; all without it. name: a name for the node.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.clip_by_norm([3.0, 4.0], 1.0)))
    [0.6 0.8]
    """
    with name_scope(name, "clip_by_norm", [t, clip_norm]) as scope:
        values = convert_to_tensor(t.values if isinstance(t, IndexedSlices) else t, name="t")
        squared = F.reduce_sum(values * values, axes, keepdims=True)
        # The square root of 0 has no finite slope: 1 stands in for it, and its root is not used.
        positive = squared > 0
        safe = F.where(positive, squared, F.ones_like(squared))
        norm = F.where(positive, F.sqrt(safe), squared)
        scaled = values * clip_norm
        values.shape.assert_is_compatible_with(scaled.shape)
        clipped = F.identity(scaled / F.maximum(norm, clip_norm), name=scope)
        return _like(t, clipped)


@export("clip_by_average_norm")
def clip_by_average_norm(t, clip_norm, name=None):
    """Scales ``t`` down where its Euclidean norm, divided by its number of elements, is larger than ``clip_norm``."""
    with name_scope(name, "clip_by_average_norm", [t, clip_norm]) as scope:
        t = convert_to_tensor(t, name="t")
        count = F.cast(F.size(t), t.dtype)
        inverse_norm = F.rsqrt(F.reduce_sum(t * t, F.range(F.rank(t))))
        scaled = t * clip_norm
        return F.identity(
            scaled * F.minimum(inverse_norm * count, F.constant(1.0, dtype=t.dtype) / clip_norm), name=scope
        )


def _tensors(items) -> list:
    if not isinstance(items, Sequence) or isinstance(items, str):
        raise TypeError("t_list should be a sequence")
    return [
        convert_to_tensor(item.values if isinstance(item, IndexedSlices) else item, name=f"t_{i}")
        if item is not None
        else None
        for i, item in enumerate(items)
    ]


@export("global_norm", "linalg.global_norm")
def global_norm(t_list, name=None):
    """The Euclidean norm of all elements of a list of tensors together; entries that are None are skipped.

    Raises:
      TypeError: if ``t_list`` is not a sequence.
    """
    with name_scope(name, "global_norm", t_list):
        halves = []
        for tensor in _tensors(t_list):
            if tensor is not None:
                with colocate_with(tensor):
                    halves.append(F.l2_loss(tensor))
        half = F.reduce_sum(F.stack(halves))
        return F.sqrt(half * F.constant(2.0, dtype=half.dtype), name="global_norm")


@export("clip_by_global_norm")
def clip_by_global_norm(t_list, clip_norm, use_norm=None, name=None):
    """Scales a list of tensors down together, so that their global norm is at most ``clip_norm``.

    Args:
      t_list: Tensors, IndexedSlices or None. clip_norm: the largest norm, a scalar.
      use_norm: the global norm, where it has been computed already. name: a name for the nodes.

    Returns:
      (the scaled list, the global norm before). If the norm is not finite, every element becomes nan.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     clipped, norm = tf.clip_by_global_norm([[3.0, 4.0], None, [12.0]], 6.5)
    ...     print(sess.run([clipped[0], clipped[2], norm]))
    [array([1.5, 2. ], dtype=float32), array([6.], dtype=float32), np.float32(13.0)]
    """
    if not isinstance(t_list, Sequence) or isinstance(t_list, str):
        raise TypeError("t_list should be a sequence")
    t_list = list(t_list)
    if use_norm is None:
        use_norm = global_norm(t_list, name)
    with name_scope(name, "clip_by_global_norm", [*t_list, clip_norm]) as scope:
        scale = clip_norm * F.minimum(1.0 / use_norm, F.constant(1.0, dtype=use_norm.dtype) / clip_norm)
        scale = F.where(F.is_finite(use_norm), scale, F.constant(np.nan, dtype=use_norm.dtype))
        clipped = []
        for i, tensor in enumerate(_tensors(t_list)):
            if tensor is None:
                clipped.append(None)
                continue
            with colocate_with(tensor):
                values = F.identity(tensor * F.cast(scale, tensor.dtype), name=f"{scope}_{i}")
            clipped.append(_like(t_list[i], values))
    return clipped, use_norm
