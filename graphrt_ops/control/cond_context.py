"""CondContext: the block in which the nodes of one branch of a cond are made."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.graph import Operation, Tensor
from graphrt.graph.graph import Graph
from graphrt.opdef import convert_to_tensor
from graphrt_ops.array.shape_of import shape_node
from graphrt_ops.control import nest
from graphrt_ops.control.group import with_dependencies
from graphrt_ops.control.switch import switch, switch_near


class CondContext:
    """While it is entered, every node that is made belongs to the branch.

    What flows into the branch passes a Switch, one for each tensor; a node without inputs waits for the branch's pivot.
    """

    def __init__(self, pred: Tensor, pivot: Tensor, branch: int) -> None:
        graph = pred.graph
        self.name = graph.unique_name("cond_text")
        self.pred = pred
        self.pivot = pivot
        self.branch = branch
        self.outer_context: CondContext | None = graph._control_flow_context
        self._inside: set[Tensor] = {pred, pivot}
        self._switched: dict[Tensor, Tensor] = {pred: pred}
        self._entered: list[CondContext | None] = []
        pivot.op._control_flow_context = self

    @property
    def graph(self) -> Graph:
        return self.pred.graph

    def __enter__(self) -> CondContext:
        self._entered.append(self.graph._control_flow_context)
        self.graph._control_flow_context = self
        return self

    def __exit__(self, *_: object) -> None:
        self.graph._control_flow_context = self._entered.pop()

    def contains(self, op: Operation) -> bool:
        """Is the node made in this branch, or in a cond inside it?"""
        context = op._control_flow_context
        while context is not None and context is not self:
            context = context.outer_context
        return context is self

    # -- what the graph calls ------------------------------------------------------------------------------------------

    def add_control_input(self, op: Operation) -> Operation:
        """A node may wait for nodes outside of the branch as it is."""
        return op

    def add_op(self, op: Operation) -> None:
        """Makes a new node part of the branch."""
        if not op.inputs:
            if not any(self.contains(control) for control in op._control_inputs):
                op._add_control_input(self.pivot.op)
        else:
            self._bring_in(op)
        self._see(*op.outputs)
        op.graph.prevent_fetching(op)

    def _bring_in(self, op: Operation) -> None:
        """Lets the node use the branch's side of every tensor that comes from outside."""
        graph = op.graph
        old = graph._name_stack
        graph._name_stack = op.name
        try:
            for index, tensor in enumerate(op.inputs):
                inside = self.brought_in(tensor)
                if inside is not tensor:
                    op._update_input(index, inside)
        finally:
            graph._name_stack = old

    def _see(self, *tensors: Tensor) -> None:
        """Notes that tensors belong to the branch, and to the branches around it."""
        context: CondContext | None = self
        while context is not None:
            context._inside.update(tensors)
            context = context.outer_context

    def brought_in(self, tensor: Tensor) -> Tensor:
        """The tensor itself, if it was made in the branch, or else the branch's side of its Switch."""
        if tensor in self._inside:
            return self._switched.get(tensor, tensor)
        self._inside.add(tensor)
        result = self._of_outer(tensor)
        with self.graph.control_dependencies(None):
            result = switch_near(result, self.pred)[self.branch]
        self.graph.prevent_fetching(result.op)
        result.op._control_flow_context = self
        self._see(result)
        self._switched[tensor] = result
        return result

    def _of_outer(self, tensor: Tensor) -> Tensor:
        if self.outer_context is None:
            return tensor
        result = self.outer_context.brought_in(tensor)
        self._inside.add(result)
        self._switched[result] = result
        return result

    # -- what a branch returns -----------------------------------------------------------------------------------------

    def build(self, function):
        """Calls the function of the branch; gives what it returned, and the same with tensors for its leaves."""
        returned = function()
        if returned is None:
            return None, None
        results = nest.map_structure(self._result, returned, expand_composites=True)
        if not isinstance(results, (list, tuple)):
            results = [results]
        if self.outer_context is not None:
            self.outer_context._inside.update(nest.flatten(results, expand_composites=True))
        return returned, results

    def _result(self, value) -> Tensor:
        if isinstance(value, Operation):
            # The pivot stands for an operation that is to be run.
            return with_dependencies([value], self.pivot)
        tensor = convert_to_tensor(value)
        if tensor in self._inside:
            return self._switched.get(tensor, tensor)
        # A tensor of outside that the branch returns as it is.
        self._inside.add(tensor)
        result = self._of_outer(tensor)
        result = switch_near(result, self.pred)[self.branch]
        self._switched[tensor] = result
        return result

    # -- what gradients need -------------------------------------------------------------------------------------------

    def zeros_like_output(self, op: Operation, index: int) -> Tensor:
        """The gradient of an output of a Switch that nothing uses: zeros, made only where that side is taken."""
        tensor = switch(op.inputs[0], self.pred)[1 - self.branch]
        pivot = F.identity(tensor)
        shape = shape_node(tensor)
        with self.graph.control_dependencies([pivot]):
            return F.zeros(shape, dtype=op.outputs[index].dtype.base_dtype)
