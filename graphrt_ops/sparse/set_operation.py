"""Set operations on the last axis: each row of the result is a set made of the rows of the two inputs."""

from __future__ import annotations

import numpy as np

from graphrt.dtypes import int8, int16, int32, int64, string, uint8, uint16
from graphrt.graph import Operation
from graphrt.opdef import OpDef
from graphrt.shapes import TensorShape

_OPERATIONS = {
    "a-b": lambda a, b: a - b,
    "b-a": lambda a, b: b - a,
    "intersection": lambda a, b: a & b,
    "union": lambda a, b: a | b,
}


def _infer(op: Operation) -> list[TensorShape]:
    rank = op.inputs[0].shape.rank if op.inputs[0].shape.rank is not None else op.inputs[1].shape.rank
    if rank is not None and rank < 2:
        raise ValueError(f"Input rank must be at least 2, but is {rank}")
    return [TensorShape.of((None, rank)), TensorShape.of((None,)), TensorShape.of((rank,))]


opdef = OpDef(
    "DenseToDenseSetOperation",
    "set1@host set2@host",
    "result_indices:int64 result_values:T result_shape:int64",
    dtypes=(int8, int16, int32, int64, uint8, uint16, string),
    attrs={"set_operation": "", "validate_indices": True},
    infer=_infer,
    differentiable=False,
)


@opdef.kernel
def kernel(xp, set1, set2, set_operation):
    """A sparse tensor of the rows: where each element stands, what it is, and the dense shape."""
    if set1.shape[:-1] != set2.shape[:-1]:
        raise ValueError(f"Mismatched group shapes: {set1.shape[:-1]} and {set2.shape[:-1]}")
    combine = _OPERATIONS[set_operation]
    indices, values = [], []
    for group in np.ndindex(set1.shape[:-1]):
        members = sorted(combine(set(set1[group].tolist()), set(set2[group].tolist())))
        indices.extend((*group, i) for i in range(len(members)))
        values.extend(members)
    widest = max((index[-1] + 1 for index in indices), default=0)
    return (
        xp.asarray(np.array(indices, int64.numpy).reshape(-1, set1.ndim)),
        xp.asarray(np.array(values, set1.dtype)),
        xp.asarray(np.array([*set1.shape[:-1], widest], int64.numpy)),
    )
