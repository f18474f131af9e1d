"""Adagrad with dual averaging."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.graph.scopes import colocate_with
from graphrt.opdef import export
from graphrt_ops.library.train.optimizers import RuleOptimizer
from graphrt_ops.state import sparse_training_ops as sparse
from graphrt_ops.state import training_ops as dense


@export("train.AdagradDAOptimizer")
class AdagradDAOptimizer(RuleOptimizer):
    """Adagrad with dual averaging (Duchi, Hazan and Singer 2011), for sparse linear models.

    With G and S the sums of the gradients and of their squares, and t the steps so far:
    ``var = -learning_rate * sign(G) * max(abs(G) - l1 * t, 0) / (l2 * learning_rate * t + sqrt(S))``.

    Args:
      learning_rate: a number, a tensor, or a function without arguments. global_step: the variable that counts steps.
      initial_gradient_squared_accumulator_value: where S starts; above 0.
      l1_regularization_strength, l2_regularization_strength: as above.
      use_locking: updates of one variable never interleave here, whatever it is. name: the optimizer's name.
    """

    def __init__(
        self,
        learning_rate,
        global_step,
        initial_gradient_squared_accumulator_value=0.1,
        l1_regularization_strength=0.0,
        l2_regularization_strength=0.0,
        use_locking=False,
        name="AdagradDA",
    ):
        if initial_gradient_squared_accumulator_value <= 0.0:
            raise ValueError("initial_gradient_squared_accumulator_value must be positive")
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._global_step = global_step
        self._start = initial_gradient_squared_accumulator_value
        self._l1 = l1_regularization_strength
        self._l2 = l2_regularization_strength

    def _create_slots(self, var_list):
        for var in var_list:
            with colocate_with(var.op):
                dtype = var.dtype.base_dtype
                zeros = F.constant(0.0, shape=var.get_shape(), dtype=dtype)
                start = F.constant(self._start, shape=var.get_shape(), dtype=dtype)
            self._get_or_make_slot(var, zeros, "gradient_accumulator", self._name)
            self._get_or_make_slot(var, start, "gradient_squared_accumulator", self._name)

    def _prepare(self):
        self._tensors(learning_rate=self._learning_rate)
        with colocate_with(self._shared["learning_rate"].op):
            self._next_step = F.identity(self._global_step) + 1

    def _arguments(self, var) -> list:
        step = F.identity(self._next_step)
        dtype = var.dtype.base_dtype
        return [*self._cast(var, "learning_rate"), F.cast(self._l1, dtype), F.cast(self._l2, dtype), step]

    def _apply_dense(self, grad, var):
        references = self._refs(var, "gradient_accumulator", "gradient_squared_accumulator")
        return dense.apply_adagrad_da(*references, grad, *self._arguments(var), use_locking=self._use_locking).op

    def _apply_sparse(self, grad, var):
        references = self._refs(var, "gradient_accumulator", "gradient_squared_accumulator")
        return sparse.sparse_apply_adagrad_da(
            *references, grad.values, grad.indices, *self._arguments(var), use_locking=self._use_locking
        ).op
