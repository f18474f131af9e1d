"""ExponentialMovingAverage: averages of variables, which often do better than the last values."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.dtypes import bfloat16, float16, float32, float64
from graphrt.graph import get_default_graph
from graphrt.graph.collections import GraphKeys
from graphrt.graph.scopes import init_scope, name_scope
from graphrt.opdef import convert_to_tensor, export
from graphrt_ops.state.variable import Variable
from graphrt_ops.train import slots


def assign_moving_average(variable, value, decay, zero_debias=True, name=None):
    """Moves ``variable`` towards ``value``: ``variable -= (1 - decay) * (variable - value)``."""
    if zero_debias:
        raise NotImplementedError("assign_moving_average(zero_debias=True) is not supported; pass zero_debias=False")
    with name_scope(name, "AssignMovingAvg", [variable, value, decay]) as scope:
        decay = convert_to_tensor(1.0 - decay, name="decay")
        decay = F.cast(decay, variable.dtype.base_dtype)
        return F.assign_sub(variable, (variable - value) * decay, name=scope)


@export("train.ExponentialMovingAverage")
class ExponentialMovingAverage:
    """Keeps shadow variables: ``shadow = decay * shadow + (1 - decay) * variable`` each time ``apply``'s op runs.

    Args:
      decay: near 1. num_updates: a step count that makes the decay ``min(decay, (1 + n) / (10 + n))``.
      zero_debias: only for tensors (variables start from their initial value), and refused there.
      name: the name of the shadows: ``<variable>/<name>``.
    """

    def __init__(self, decay, num_updates=None, zero_debias=False, name="ExponentialMovingAverage"):
        self._decay = decay
        self._num_updates = num_updates
        self._zero_debias = zero_debias
        self._name = name
        self._averages: dict = {}

    @property
    def name(self) -> str:
        return self._name

    def apply(self, var_list=None):
        """The operation that updates the averages of ``var_list`` (the trainable variables without it)."""
        if var_list is None:
            var_list = get_default_graph().get_collection(GraphKeys.TRAINABLE_VARIABLES)
        for var in var_list:
            if var.dtype.base_dtype not in (bfloat16, float16, float32, float64):
                raise TypeError(f"The variables must be half, float, or double: {var.name}")
            if var.op not in self._averages:
                self._averages[var.op] = self._shadow(var)
        with name_scope(self._name) as scope:
            decay = convert_to_tensor(self._decay, name="decay")
            if self._num_updates is not None:
                count = F.cast(self._num_updates, float32, name="num_updates")
                decay = F.minimum(decay, (1.0 + count) / (10.0 + count))
            updates = [assign_moving_average(self._averages[var.op], var, decay, zero_debias=False) for var in var_list]
            return F.group(*updates, name=scope)

    def _shadow(self, var) -> Variable:
        with init_scope():
            if isinstance(var, Variable):
                shadow = slots.create_slot(var, var.initialized_value(), self._name, colocate_with_primary=True)
                get_default_graph().add_to_collection(GraphKeys.MOVING_AVERAGE_VARIABLES, var)
                return shadow
            if self._zero_debias:
                raise NotImplementedError("ExponentialMovingAverage(zero_debias=True) of a tensor is not supported")
            return slots.create_zeros_slot(var, self._name, colocate_with_primary=False)

    def average(self, var):
        """The shadow variable of ``var``, or None."""
        return self._averages.get(var.op)

    def average_name(self, var) -> str:
        """The name of the shadow in checkpoints, whether it exists or not."""
        if var.op in self._averages:
            return self._averages[var.op].op.name
        return f"{var.op.name}/{self._name}"

    def variables_to_restore(self, moving_avg_variables=None) -> dict:
        """Names to variables, for a Saver that loads the averages into the variables."""
        graph = get_default_graph()
        if moving_avg_variables is None:
            moving = graph.get_collection(GraphKeys.TRAINABLE_VARIABLES)
            moving += graph.get_collection(GraphKeys.MOVING_AVERAGE_VARIABLES)
        else:
            moving = list(moving_avg_variables)
        averaged = set(moving)
        found = {self.average_name(var): var for var in moving}
        shadows = set(self._averages.values())
        names = {var.op.name for var in averaged}
        for var in graph.get_collection(GraphKeys.GLOBAL_VARIABLES):
            if var not in averaged and var not in shadows and var.op.name not in names:
                found[var.op.name] = var
        return found
