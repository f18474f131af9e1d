"""Switch and Merge: the nodes at the borders of a branch.

A Switch passes its data on to one of two outputs; a Merge passes on whichever of its inputs there is. Neither is ever
run: what comes between them becomes guarded nodes of the program (docs/decisions/0005-cond-as-guards.md).
"""

from __future__ import annotations

import graphrt_ops as F
from graphrt.dtypes import bool_
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import OpDef, convert_to_tensor
from graphrt.opdef.indexed_slices import IndexedSlices
from graphrt.shapes import SCALAR, UNKNOWN, TensorShape
from graphrt_ops.array.shape_of import shape_node
from graphrt_ops.control.nest import COMPOSITES


def _both_sides(op: Operation) -> list[TensorShape]:
    data, predicate = op.inputs
    if predicate.shape.rank not in (None, 0):
        raise ValueError(f"Shape must be rank 0 but is rank {predicate.shape.rank}")
    return [data.shape, data.shape]


def _any_of(op: Operation) -> list[TensorShape]:
    """What is true of the shapes of all inputs."""
    dims = op.inputs[0].shape.values
    for tensor in op.inputs[1:]:
        other = tensor.shape.values
        if dims is None or other is None or len(dims) != len(other):
            return [UNKNOWN, SCALAR]
        dims = tuple([m if m == n else None for m, n in zip(dims, other, strict=True)])
    return [UNKNOWN if dims is None else TensorShape.of(dims), SCALAR]


opdef = OpDef("Switch", "data pred:bool", "output_false output_true", infer=_both_sides, role="switch")
reference = OpDef("RefSwitch", "data:&T pred:bool", "output_false:&T output_true:&T", infer=_both_sides, role="switch")
merged = OpDef("Merge", "inputs:N*T", "output value_index:int32", infer=_any_of, role="merge")
merged_reference = OpDef("RefMerge", "inputs:&N*T", "output:&T value_index:int32", infer=_any_of, role="merge")


def switch(data, pred, name=None):
    """``data`` as two values (or IndexedSlices): one that is there if ``pred`` is false, one if it is true."""
    with name_scope(name, "Switch", [data, pred]) as scope:
        pred = convert_to_tensor(pred, dtype=None if isinstance(pred, Tensor) else bool_, name="pred")
        if type(data) in COMPOSITES:
            parts, make = COMPOSITES[type(data)]
            sides = [opdef(part, pred) for part in parts(data)]
            return make([false for false, _ in sides]), make([true for _, true in sides])
        return opdef(convert_to_tensor(data, name="data", as_ref=True), pred, name=scope)


def switch_near(data, pred, name="Switch"):
    """``switch`` on the device of ``data``; a variable's reference stays one."""
    if not isinstance(data, (Tensor, *COMPOSITES)):
        data = convert_to_tensor(data, name="data")
    graph = data.graph
    with graph.colocate_with(data, ignore_existing=True):
        if isinstance(data, Tensor) and data.dtype.is_ref:
            return reference(data, pred, name=name)
        return switch(data, pred, name=name)


def merge(inputs, name=None):
    """Whichever of ``inputs`` there is, and (int32) which one that is."""
    if any(value is None for value in inputs):
        raise ValueError(f"At least one of the merge inputs is None: {inputs}")
    with name_scope(name, "Merge", [v for v in inputs if isinstance(v, Tensor)]) as scope:
        if any(isinstance(value, IndexedSlices) for value in inputs):
            return _merge_slices([_as_slices(value) for value in inputs])
        tensors = [convert_to_tensor(value, as_ref=True) for value in inputs]
        made = merged_reference if all(tensor.dtype.is_ref for tensor in tensors) else merged
        return made(tensors, name=scope)


def _as_slices(value) -> IndexedSlices:
    """All rows of a dense tensor."""
    if isinstance(value, IndexedSlices):
        return value
    shape = shape_node(value)
    return IndexedSlices(value, F.range(0, shape[0]), shape)


def _merge_slices(slices):
    if len({one.dense_shape is None for one in slices}) > 1:
        raise ValueError("Either all or none of the merged IndexedSlices must have a dense_shape")
    parts, make = COMPOSITES[IndexedSlices]
    results = [merged(list(row)) for row in zip(*[parts(one) for one in slices], strict=True)]
    return make([output for output, _ in results]), results[0][1]


@opdef.gradient
@reference.gradient
def gradient(op: Operation, *dys: Tensor):
    """The gradient of whichever side was taken."""
    context = op._control_flow_context
    if context is not None:
        if dys[1 - context.branch] is None:
            return [None, None]
        return [merge(list(dys), name="cond_grad")[0], None]
    false = switch(dys[0], op.inputs[1])[0]
    true = switch(dys[1], op.inputs[1])[1]
    return [merge([false, true])[0], None]


@merged.gradient
@merged_reference.gradient
def merged_gradient(op: Operation, dy: Tensor, _: Tensor):
    """The gradient goes to the input that was taken."""
    context = op.inputs[0].op._control_flow_context
    if context is not None:
        return list(switch_near(dy, context.pred, name="cond_grad"))
    taken = [F.equal(op.outputs[1], i) for i in range(len(op.inputs))]
    return [switch_near(dy, condition)[1] for condition in taken]
