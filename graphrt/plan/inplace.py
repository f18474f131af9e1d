"""Which kernels may write their output into the memory of an input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graphrt.graph.accesses import root
from graphrt.graph.operation import Operation, Tensor
from graphrt.shapes import TensorShape, absorbs

# Below this many elements the memory allocator is faster than the keyword argument ``out=``.
_WORTHWHILE = 2048


def reused_inputs(order: Sequence[Operation], last: Mapping[Operation, Sequence[Tensor]]) -> dict[Operation, Tensor]:
    """For some nodes, the input whose memory their output takes over.

    That input must die at the node, own its memory (no feed, constant, variable, or view of one), share it with no
    tensor that is still alive, and provably have the output's shape and type.
    """
    position = {op: i for i, op in enumerate(order)}
    dies: dict[Tensor, int] = {tensor: position[op] for op, tensors in last.items() for tensor in tensors}
    last_of_root: dict[Tensor, int] = {}
    forever = len(order)
    for op in order:
        for tensor in op._outputs:
            owner = root(tensor)
            last_of_root[owner] = max(last_of_root.get(owner, -1), dies.get(tensor, forever))
    # What a choice takes may live on as its result.
    offered = {root(tensor) for op in order if op.opdef.role in ("choose", "join") for tensor in op._inputs}
    chosen: dict[Operation, Tensor] = {}
    for op in order:
        for index in op.opdef.overwrites:
            tensor = op._inputs[index]
            if root(tensor) not in offered and _may_reuse(op, index, tensor, last_of_root, position[op]):
                chosen[op] = tensor
                break
    return chosen


def _may_reuse(op: Operation, index: int, tensor: Tensor, last_of_root: Mapping[Tensor, int], at: int) -> bool:
    output = op._outputs[0]
    if tensor.dtype is not output.dtype or not _large(tensor.shape):
        return False
    owner = root(tensor)
    if not owns_fresh_memory(owner) or last_of_root.get(owner) != at or owner is not tensor:
        return False
    others = [other for i, other in enumerate(op._inputs) if i != index]
    # The same memory must not be read in another shape or through another input.
    if any(root(other) is owner for other in others):
        return False
    return (
        op.opdef.same_shapes
        or all(absorbs(tensor.shape, other.shape) for other in others)
        or (tensor.shape == output.shape and output.shape.is_fully_defined())
    )


def owns_fresh_memory(tensor: Tensor) -> bool:
    """True if a kernel made this array in this run, and nothing outside the run can see it."""
    return not tensor.dtype.is_ref and tensor.op.opdef.role == "" and tensor.op.opdef.fresh


def _large(shape: TensorShape) -> bool:
    dims = shape.values
    if not dims:
        return False
    known = 1
    for dimension in dims:
        known *= dimension if dimension is not None else 64  # a guess at an unknown batch
    return known >= _WORTHWHILE
