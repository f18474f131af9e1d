"""reduce_prod."""

from __future__ import annotations

from functools import partial

import graphrt_ops as F
from graphrt.dtypes import NUMBERS, int32, int64
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import device
from graphrt.opdef import OpDef, export
from graphrt_ops.reduce.reduction import SIGNATURE, axes_of, divided_safely, kept_shape, lowered, reduce_with, reduced

opdef = OpDef(
    "Prod",
    SIGNATURE,
    "output",
    dtypes={"T": NUMBERS, "Tidx": (int32, int64)},
    attrs={"keep_dims": False, "Tidx": int32},
    infer=reduced,
)

opdef.lower(partial(lowered, how="mul"))


@opdef.kernel
def kernel(xp, input, reduction_indices, keep_dims):
    return input.prod(axes_of(input, reduction_indices), input.dtype, None, keep_dims)


@opdef.gradient
def gradient(op: Operation, dy: Tensor):
    """The product of all others, for each element: without a division, so that zeros are right."""
    input, indices = op.inputs
    shape = F.shape(input)
    axes = F.reshape(indices, [-1])
    kept = kept_shape(shape, indices)
    scaling = divided_safely(shape, kept)
    dy = F.tile(F.reshape(dy, kept), scaling)
    with device("/cpu:0"):
        rank = F.rank(input)
        axes = (axes + rank) % rank
        axes = F.cast(axes, int32)
        others, _ = F.setdiff1d(F.range(0, rank), axes)
        order = F.concat([axes, others], 0)
        reduced_count = F.reduce_prod(F.gather(shape, axes))
        other_count = F.reduce_prod(F.gather(shape, others))
    permuted = F.transpose(input, order)
    permuted_shape = F.shape(permuted)
    columns = F.reshape(permuted, (reduced_count, other_count))
    before = F.cumprod(columns, axis=0, exclusive=True)
    after = F.cumprod(columns, axis=0, exclusive=True, reverse=True)
    products = F.reshape(F.conj(before) * F.conj(after), permuted_shape)
    result = dy * F.transpose(products, F.invert_permutation(order))
    return [F.reshape(result, shape), None]


@export("reduce_prod", "math.reduce_prod")
def reduce_prod(input_tensor, axis=None, keepdims=None, name=None, reduction_indices=None, keep_dims=None):
    """The product of the elements over some axes; the arguments are those of ``reduce_sum``.

    Returns:
      A tensor of the input's type; the product of no elements is 1.
    """
    return reduce_with(opdef, input_tensor, axis, keepdims, name, reduction_indices, keep_dims)
