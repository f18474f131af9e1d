"""random_crop: a piece of a tensor at a random place."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.dtypes import int32
from graphrt.graph.scopes import colocate_with, control_dependencies, name_scope
from graphrt.opdef import convert_to_tensor, export


@export("random_crop", "image.random_crop")
def random_crop(value, size, seed=None, name=None):
    """A slice of ``value`` that has the shape ``size``, at a place drawn anew in every run.

    Args:
      value: the tensor to cut from.
      size: vector with as many entries as ``value`` has dimensions, none larger than its size there.
      seed: the op seed; see ``tf.set_random_seed``. name: a name for the node.

    Raises:
      InvalidArgumentError: (running) if ``size`` is larger than ``value``.
    """
    with name_scope(name, "random_crop", [value, size]) as scope:
        value = convert_to_tensor(value, name="value")
        size = convert_to_tensor(size, dtype=int32, name="size")
        shape = F.shape(value)
        check = F.Assert(F.reduce_all(shape >= size), ["Need value.shape >= size, got ", shape, size], summarize=1000)
        with control_dependencies([check]), colocate_with(shape):
            shape = F.identity(shape, name="control_dependency")
        limit = shape - size + 1
        drawn = F.random_uniform(F.shape(shape), dtype=size.dtype, maxval=size.dtype.max, seed=seed)
        return F.slice(value, drawn % limit, size, name=scope)
