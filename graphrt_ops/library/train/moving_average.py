"""ExponentialMovingAverage: averages of variables, which often do better than the last values."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.dtypes import bfloat16, float16, float32, float64
from graphrt.graph import get_default_graph
from graphrt.graph.collections import GraphKeys
from graphrt.graph.scopes import colocate_with, init_scope, name_scope
from graphrt.opdef import convert_to_tensor, export
from graphrt_ops.library.initializers.constants import Zeros
from graphrt_ops.library.train import slots
from graphrt_ops.library.variables.variable_scope import get_variable, variable_scope
from graphrt_ops.state.variable import Variable


def assign_moving_average(variable, value, decay, zero_debias=True, name=None):
    """Moves ``variable`` towards ``value``: ``variable -= (1 - decay) * (variable - value)``.

    With ``zero_debias`` the average of a variable that starts at 0 is divided by ``1 - decay ** steps``, so that it is
    one of the values alone (Kingma and Ba 2015); two more variables are made for it.
    """
    with name_scope(name, "AssignMovingAvg", [variable, value, decay]) as scope:
        rate = convert_to_tensor(1.0 - decay, name="decay")
        rate = F.cast(rate, variable.dtype.base_dtype)
        if zero_debias:
            return F.assign(variable, _unbiased(variable, value, rate), name=scope)
        return F.assign_sub(variable, (variable - value) * rate, name=scope)


def _unbiased(variable, value, rate):
    with variable_scope(variable.op.name, values=[variable, value, rate]), colocate_with(variable.op):
        zeros = Zeros()
        shape = variable.get_shape()
        biased = get_variable(
            "biased", initializer=zeros, shape=shape, dtype=variable.dtype.base_dtype, trainable=False
        )
        steps = get_variable("local_step", initializer=zeros, shape=[], dtype=biased.dtype.base_dtype, trainable=False)
    moved = F.assign_sub(biased, (biased - value) * rate)
    step = F.assign_add(steps, 1)
    return moved / (1 - F.pow(1.0 - rate, step))


@export("train.ExponentialMovingAverage")
class ExponentialMovingAverage:
    """Keeps shadow variables: ``shadow = decay * shadow + (1 - decay) * variable`` each time ``apply``'s op runs.

    Args:
      decay: near 1. num_updates: a step count that makes the decay ``min(decay, (1 + n) / (10 + n))``.
      zero_debias: whether the averages of tensors, which start at 0, are corrected for that (those of variables start
        at the variables' initial values).
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
            return F.group(*[self._moved(var, decay) for var in var_list], name=scope)

    def _moved(self, var, decay):
        zero_debias = self._zero_debias and not isinstance(var, Variable)
        return assign_moving_average(self._averages[var.op], var, decay, zero_debias)

    def _shadow(self, var) -> Variable:
        with init_scope():
            if isinstance(var, Variable):
                shadow = slots.create_slot(var, var.initialized_value(), self._name, colocate_with_primary=True)
                get_default_graph().add_to_collection(GraphKeys.MOVING_AVERAGE_VARIABLES, var)
                return shadow
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
        for var in graph.get_collection(GraphKeys.GLOBAL_VARIABLES):
            if var not in averaged and var.op.name not in found:
                found[var.op.name] = var
        return found
