"""Initial values that depend on other variables: one initializer run must do, in whatever order it runs.

The expression is copied, with each variable replaced by its ``initialized_value()``.
"""

from __future__ import annotations

from graphrt.graph import Operation, Tensor
from graphrt.graph.collections import GraphKeys


def safe(value: Tensor, name: str) -> Tensor:
    """``value``, or a copy of its expression that does not need other variables to be initialized first."""
    return _Copier(name).tensor(value) if _depends_on_variable(value) else value


def _depends_on_variable(value: Tensor) -> bool:
    stack, seen = [value.op], {value.op}
    while stack:
        op = stack.pop()
        if op.opdef.role == "variable":
            return True
        if op.opdef.role in ("switch", "merge"):
            continue
        for tensor in op.inputs:
            if tensor.op not in seen:
                seen.add(tensor.op)
                stack.append(tensor.op)
    return False


class _Copier:
    def __init__(self, name: str) -> None:
        self.name = name
        self.done: dict[Operation, Operation] = {}

    def tensor(self, tensor: Tensor) -> Tensor:
        op = tensor.op
        if op.opdef.role in ("switch", "merge") or (not op.inputs and op.opdef.role != "variable"):
            return tensor
        reads_variable = op.opdef.role == "variable" or (
            op.opdef.role == "identity" and op.inputs[0].dtype.is_ref and op.inputs[0].op.opdef.role == "variable"
        )
        if reads_variable:
            source = op if op.opdef.role == "variable" else op.inputs[0].op
            variable = _variable_of(source)
            return tensor if variable is None else variable.initialized_value()
        if op.opdef.writes:
            return tensor
        copy = self._operation(op)
        return copy.outputs[tensor.value_index]

    def _operation(self, op: Operation) -> Operation:
        if op in self.done:
            return self.done[op]
        inputs = [self.tensor(tensor) for tensor in op.inputs]
        copy = op
        if any(new is not old for new, old in zip(inputs, op.inputs, strict=True)):
            name = f"{op.name}_{self.name}".replace(":", "_")
            copy = op.opdef.create(op.graph, inputs, dict(op.attrs), name)
        self.done[op] = copy
        return copy


def _variable_of(op: Operation):
    for key in (GraphKeys.GLOBAL_VARIABLES, GraphKeys.LOCAL_VARIABLES):
        for variable in op.graph.get_collection(key):
            if variable.op is op:
                return variable
    return None
