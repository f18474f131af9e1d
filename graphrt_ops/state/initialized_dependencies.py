"""Initial values that depend on other variables: one initializer run must do, in whatever order it runs.

The expression is copied, with each variable replaced by its ``initialized_value()``.
"""

from __future__ import annotations

from graphrt.graph import Operation, Tensor
from graphrt.graph.collections import GraphKeys
from graphrt.graph.scopes import name_scope
from graphrt.opdef.registry import opdef_named


def safe(value: Tensor, name: str) -> Tensor:
    """``value``, or a copy of its expression that does not need other variables to be initialized first."""
    return _Copier(name).tensor(value)


class _Copier:
    def __init__(self, name: str) -> None:
        self.name = name
        self.done: dict[Operation, Operation] = {}

    def tensor(self, tensor: Tensor) -> Tensor:
        """The tensor that takes the place of ``tensor``: itself, if no variable is behind it."""
        op = tensor.op
        if op not in self.done:
            self.done[op] = self._operation(op)
        return self.done[op].outputs[tensor.value_index]

    def _operation(self, op: Operation) -> Operation:
        if op.type == "IsVariableInitialized" or op.opdef.writes:
            return op
        if op.opdef.role == "variable":
            variable = _variable_of(op)
            return op if variable is None else variable.initialized_value().op
        inputs = [self.tensor(tensor) for tensor in op.inputs]
        if all(new is old for new, old in zip(inputs, op.inputs, strict=True)):
            return op
        # What passed on a reference passes on a value now.
        opdef = opdef_named("Switch") if op.type == "RefSwitch" else op.opdef
        name = f"{op.name}_{self.name}".replace(":", "_")
        with name_scope(None):
            copy = opdef.create(op.graph, inputs, dict(op.attrs), name)
        if "_class" in op.attrs:
            copy.attrs["_class"] = op.attrs["_class"]
        return copy


def _variable_of(op: Operation):
    for key in (GraphKeys.GLOBAL_VARIABLES, GraphKeys.LOCAL_VARIABLES):
        for variable in op.graph.get_collection(key):
            if variable.op is op:
                return variable
    return None
