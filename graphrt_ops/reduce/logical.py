"""reduce_all and reduce_any."""

from __future__ import annotations

from functools import partial

from graphrt.dtypes import int32, int64
from graphrt.opdef import OpDef, export
from graphrt_ops.reduce.reduction import axes_of, lowered, reduce_with, reduced

_TYPES = {"Tidx": (int32, int64)}


def _opdef(type: str) -> OpDef:
    return OpDef(
        type,
        "input:bool reduction_indices:Tidx@host",
        "output:bool",
        dtypes=_TYPES,
        attrs={"keep_dims": False, "Tidx": int32},
        infer=reduced,
        differentiable=False,
    )


all_opdef = _opdef("All")
any_opdef = _opdef("Any")

all_opdef.lower(partial(lowered, how="and_"))
any_opdef.lower(partial(lowered, how="or_"))


@all_opdef.kernel
def all_kernel(xp, input, reduction_indices, keep_dims):
    return input.all(axes_of(input, reduction_indices), keepdims=keep_dims)


@any_opdef.kernel
def any_kernel(xp, input, reduction_indices, keep_dims):
    return input.any(axes_of(input, reduction_indices), keepdims=keep_dims)


@export("reduce_all", "math.reduce_all")
def reduce_all(input_tensor, axis=None, keepdims=None, name=None, reduction_indices=None, keep_dims=None):
    """True where all elements over some axes are; the arguments are those of ``reduce_sum``. True for no elements."""
    return reduce_with(all_opdef, input_tensor, axis, keepdims, name, reduction_indices, keep_dims)


@export("reduce_any", "math.reduce_any")
def reduce_any(input_tensor, axis=None, keepdims=None, name=None, reduction_indices=None, keep_dims=None):
    """True where any element over some axes is; the arguments are those of ``reduce_sum``. False for no elements."""
    return reduce_with(any_opdef, input_tensor, axis, keepdims, name, reduction_indices, keep_dims)
