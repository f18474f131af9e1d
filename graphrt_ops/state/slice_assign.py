"""variable[...].assign(value): setting a part of a variable."""

from __future__ import annotations

from graphrt.dtypes import int32, int64
from graphrt.graph import Tensor
from graphrt.opdef import OpDef
from graphrt_ops.array.strided_slice import MASKS, index_of
from graphrt_ops.shapes import unchanged

opdef = OpDef(
    "StridedSliceAssign",
    "ref:&T begin:Index@host end:Index@host strides:Index@host value",
    "output_ref:&T",
    dtypes={"Index": (int32, int64)},
    attrs=MASKS,
    infer=unchanged,
    writes=(0,),
    differentiable=False,
)


@opdef.kernel
def kernel(xp, ref, begin, end, strides, value, begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask):
    masks = (begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask)
    index = index_of(begin.tolist(), end.tolist(), strides.tolist(), masks)
    changed = ref.copy()
    if changed[index].shape != value.shape:
        raise ValueError(f"a part of shape {list(changed[index].shape)} cannot take a value of {list(value.shape)}")
    changed[index] = value
    return changed


def make_assignable(part: Tensor, variable, begin, end, strides, masks: dict[str, int]) -> None:
    """Gives ``part``, which was read from ``variable``, its method ``assign``."""

    def assign(val, name=None):
        """Sets this part of the variable; the Tensor that is returned is the whole variable afterwards."""
        return opdef(variable._ref(), begin, end, strides, val, name=name or f"{part.op.name}/_assign", **masks)

    part.assign = assign
