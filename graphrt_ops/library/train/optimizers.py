"""The optimizers of tf.train."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.graph import get_default_graph
from graphrt.graph.scopes import colocate_with, control_dependencies
from graphrt.opdef import convert_to_tensor, export
from graphrt.opdef.indexed_slices import IndexedSlices
from graphrt_ops.library.initializers.constants import Constant, Ones
from graphrt_ops.library.train.optimizer import Optimizer
from graphrt_ops.state import sparse_training_ops as sparse
from graphrt_ops.state import training_ops as dense


class RuleOptimizer(Optimizer):
    """An optimizer whose rule is one op: the hyper-parameters are converted once, and cast to each variable's type."""

    def _tensors(self, **parameters) -> None:
        """Makes the tensors of the hyper-parameters, named as they are."""
        self._shared = {
            name: convert_to_tensor(self._call_if_callable(value), name=name) for name, value in parameters.items()
        }

    def _cast(self, var, *names) -> list:
        return [self._in_type_of(self._shared[name], var) for name in names]

    def _refs(self, var, *slots) -> list:
        return [var._ref(), *[self.get_slot(var, slot)._ref() for slot in slots]]


@export("train.GradientDescentOptimizer")
class GradientDescentOptimizer(RuleOptimizer):
    """Gradient descent: ``var -= learning_rate * gradient``.

    Args:
      learning_rate: a number, a tensor, or a function without arguments.
      use_locking: updates of one variable never interleave here, whatever it is. name: the optimizer's name.
    """

    def __init__(self, learning_rate, use_locking=False, name="GradientDescent"):
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate

    def _prepare(self):
        self._tensors(learning_rate=self._learning_rate)

    def _apply_dense(self, grad, var):
        return dense.apply_gradient_descent(
            var._ref(), *self._cast(var, "learning_rate"), grad, use_locking=self._use_locking
        ).op

    def _apply_sparse_duplicate_indices(self, grad, var):
        step = grad.values * self._cast(var, "learning_rate")[0]
        return F.scatter_sub(var._ref(), grad.indices, step, use_locking=self._use_locking).op


@export("train.ProximalGradientDescentOptimizer")
class ProximalGradientDescentOptimizer(RuleOptimizer):
    """Gradient descent followed by a proximal step for L1 and L2 penalties (Duchi and Singer 2009)."""

    def __init__(
        self,
        learning_rate,
        l1_regularization_strength=0.0,
        l2_regularization_strength=0.0,
        use_locking=False,
        name="ProximalGradientDescent",
    ):
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._l1 = l1_regularization_strength
        self._l2 = l2_regularization_strength

    _NAMES = ("learning_rate", "l1_regularization_strength", "l2_regularization_strength")

    def _prepare(self):
        self._tensors(**dict(zip(self._NAMES, (self._learning_rate, self._l1, self._l2), strict=True)))

    def _apply_dense(self, grad, var):
        return dense.apply_proximal_gradient_descent(
            var._ref(), *self._cast(var, *self._NAMES), grad, use_locking=self._use_locking
        ).op

    def _apply_sparse(self, grad, var):
        return sparse.sparse_apply_proximal_gradient_descent(
            var._ref(), *self._cast(var, *self._NAMES), grad.values, grad.indices, use_locking=self._use_locking
        ).op


@export("train.MomentumOptimizer")
class MomentumOptimizer(RuleOptimizer):
    """Momentum: ``a = momentum * a + gradient; var -= learning_rate * a``; ``use_nesterov``: Nesterov's variant."""

    def __init__(self, learning_rate, momentum, use_locking=False, name="Momentum", use_nesterov=False):
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._momentum = momentum
        self._use_nesterov = use_nesterov

    def _create_slots(self, var_list):
        for var in var_list:
            self._zeros_slot(var, "momentum", self._name)

    def _prepare(self):
        self._tensors(learning_rate=self._learning_rate, momentum=self._momentum)

    def _options(self) -> dict:
        return {"use_locking": self._use_locking, "use_nesterov": self._use_nesterov}

    def _apply_dense(self, grad, var):
        rate, momentum = self._cast(var, "learning_rate", "momentum")
        return dense.apply_momentum(*self._refs(var, "momentum"), rate, grad, momentum, **self._options()).op

    def _apply_sparse(self, grad, var):
        rate, momentum = self._cast(var, "learning_rate", "momentum")
        return sparse.sparse_apply_momentum(
            *self._refs(var, "momentum"), rate, grad.values, grad.indices, momentum, **self._options()
        ).op


@export("train.AdagradOptimizer")
class AdagradOptimizer(RuleOptimizer):
    """Adagrad (Duchi, Hazan and Singer 2011): ``a += gradient**2; var -= learning_rate * gradient / sqrt(a)``."""

    def __init__(self, learning_rate, initial_accumulator_value=0.1, use_locking=False, name="Adagrad"):
        if initial_accumulator_value <= 0.0:
            raise ValueError(f"initial_accumulator_value must be positive: {initial_accumulator_value}")
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._initial_accumulator_value = initial_accumulator_value

    def _create_slots(self, var_list):
        for var in var_list:
            dtype = var.dtype.base_dtype
            start = Constant(self._initial_accumulator_value, dtype=dtype)
            self._get_or_make_slot_with_initializer(var, start, var.get_shape(), dtype, "accumulator", self._name)

    def _prepare(self):
        self._tensors(learning_rate=self._learning_rate)

    def _apply_dense(self, grad, var):
        return dense.apply_adagrad(
            *self._refs(var, "accumulator"), *self._cast(var, "learning_rate"), grad, use_locking=self._use_locking
        ).op

    def _apply_sparse(self, grad, var):
        return sparse.sparse_apply_adagrad(
            *self._refs(var, "accumulator"),
            *self._cast(var, "learning_rate"),
            grad.values,
            grad.indices,
            use_locking=self._use_locking,
        ).op


@export("train.ProximalAdagradOptimizer")
class ProximalAdagradOptimizer(RuleOptimizer):
    """Adagrad followed by a proximal step for L1 and L2 penalties."""

    def __init__(
        self,
        learning_rate,
        initial_accumulator_value=0.1,
        l1_regularization_strength=0.0,
        l2_regularization_strength=0.0,
        use_locking=False,
        name="ProximalAdagrad",
    ):
        if initial_accumulator_value <= 0.0:
            raise ValueError(f"initial_accumulator_value must be positive: {initial_accumulator_value}")
        super().__init__(use_locking, name)
        self._parameters = (learning_rate, l1_regularization_strength, l2_regularization_strength)
        self._initial_accumulator_value = initial_accumulator_value

    _NAMES = ("learning_rate", "l1_regularization_strength", "l2_regularization_strength")

    def _create_slots(self, var_list):
        for var in var_list:
            _constant_slot(self, var, self._initial_accumulator_value, "accumulator", self._name)

    def _prepare(self):
        self._tensors(**dict(zip(self._NAMES, self._parameters, strict=True)))

    def _apply_dense(self, grad, var):
        return dense.apply_proximal_adagrad(
            *self._refs(var, "accumulator"), *self._cast(var, *self._NAMES), grad, use_locking=self._use_locking
        ).op

    def _apply_sparse(self, grad, var):
        return sparse.sparse_apply_proximal_adagrad(
            *self._refs(var, "accumulator"),
            *self._cast(var, *self._NAMES),
            grad.values,
            grad.indices,
            use_locking=self._use_locking,
        ).op


def _constant_slot(optimizer: Optimizer, var, value, slot_name: str, op_name: str) -> None:
    with colocate_with(var.op):
        start = F.constant(value, dtype=var.dtype.base_dtype, shape=var.get_shape())
        optimizer._get_or_make_slot(var, start, slot_name, op_name)


@export("train.AdadeltaOptimizer")
class AdadeltaOptimizer(RuleOptimizer):
    """Adadelta (Zeiler 2012)."""

    def __init__(self, learning_rate=0.001, rho=0.95, epsilon=1e-8, use_locking=False, name="Adadelta"):
        super().__init__(use_locking, name)
        self._parameters = {"lr": learning_rate, "rho": rho, "epsilon": epsilon}

    def _create_slots(self, var_list):
        for var in var_list:
            self._zeros_slot(var, "accum", self._name)
            self._zeros_slot(var, "accum_update", self._name)

    def _prepare(self):
        self._tensors(**self._parameters)

    def _apply_dense(self, grad, var):
        return dense.apply_adadelta(
            *self._refs(var, "accum", "accum_update"),
            *self._cast(var, "lr", "rho", "epsilon"),
            grad,
            use_locking=self._use_locking,
        ).op

    def _apply_sparse(self, grad, var):
        return sparse.sparse_apply_adadelta(
            *self._refs(var, "accum", "accum_update"),
            *self._cast(var, "lr", "rho", "epsilon"),
            grad.values,
            grad.indices,
            use_locking=self._use_locking,
        ).op


@export("train.RMSPropOptimizer")
class RMSPropOptimizer(RuleOptimizer):
    """RMSProp (Hinton's lecture 6e), with momentum; ``centered`` also subtracts the squared mean gradient."""

    def __init__(
        self, learning_rate, decay=0.9, momentum=0.0, epsilon=1e-10, use_locking=False, centered=False, name="RMSProp"
    ):
        super().__init__(use_locking, name)
        self._parameters = {"learning_rate": learning_rate, "decay": decay, "momentum": momentum, "epsilon": epsilon}
        self._centered = centered

    def _create_slots(self, var_list):
        for var in var_list:
            start = Ones(dtype=var.dtype.base_dtype)
            self._get_or_make_slot_with_initializer(
                var, start, var.get_shape(), var.dtype.base_dtype, "rms", self._name
            )
            if self._centered:
                self._zeros_slot(var, "mg", self._name)
            self._zeros_slot(var, "momentum", self._name)

    def _prepare(self):
        self._tensors(**self._parameters)

    def _slots_of(self, var) -> list:
        return self._refs(var, "mg", "rms", "momentum") if self._centered else self._refs(var, "rms", "momentum")

    def _apply_dense(self, grad, var):
        rule = dense.apply_centered_rmsprop if self._centered else dense.apply_rmsprop
        return rule(*self._slots_of(var), *self._cast(var, *self._parameters), grad, use_locking=self._use_locking).op

    def _apply_sparse(self, grad, var):
        rule = sparse.sparse_apply_centered_rmsprop if self._centered else sparse.sparse_apply_rmsprop
        return rule(
            *self._slots_of(var),
            *self._cast(var, *self._parameters),
            grad.values,
            grad.indices,
            use_locking=self._use_locking,
        ).op


@export("train.AdamOptimizer")
class AdamOptimizer(RuleOptimizer):
    """Adam (Kingma and Ba 2015): ``var -= lr_t * m / (sqrt(v) + epsilon)`` with running means m and v of the gradient
    and its square, and ``lr_t = learning_rate * sqrt(1 - beta2**t) / (1 - beta1**t)``.

    For sparse gradients, m and v of every row decay and every row moves, as in TF1.
    """

    def __init__(self, learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8, use_locking=False, name="Adam"):
        super().__init__(use_locking, name)
        self._parameters = {"learning_rate": learning_rate, "beta1": beta1, "beta2": beta2, "epsilon": epsilon}

    def _create_slots(self, var_list):
        first = min(var_list, key=lambda variable: variable.name)
        for name in ("beta1", "beta2"):
            start = self._call_if_callable(self._parameters[name])
            self._create_non_slot_variable(start, f"{name}_power", first)
        for var in var_list:
            self._zeros_slot(var, "m", self._name)
            self._zeros_slot(var, "v", self._name)

    def _prepare(self):
        self._tensors(**self._parameters)

    def _powers(self):
        graph = get_default_graph()
        return self._get_non_slot_variable("beta1_power", graph), self._get_non_slot_variable("beta2_power", graph)

    def _apply_dense(self, grad, var):
        powers = [self._in_type_of(power, var) for power in self._powers()]
        return dense.apply_adam(
            *self._refs(var, "m", "v"),
            *powers,
            *self._cast(var, "learning_rate", "beta1", "beta2", "epsilon"),
            grad,
            use_locking=self._use_locking,
        ).op

    def _apply_sparse(self, grad, var):
        beta1_power, beta2_power = [self._in_type_of(power, var) for power in self._powers()]
        rate, beta1, beta2, epsilon = self._cast(var, "learning_rate", "beta1", "beta2", "epsilon")
        rate = rate * F.sqrt(1 - beta2_power) / (1 - beta1_power)
        m = self._decayed(self.get_slot(var, "m"), beta1, grad.values * (1 - beta1), grad.indices)
        v = self._decayed(self.get_slot(var, "v"), beta2, (grad.values * grad.values) * (1 - beta2), grad.indices)
        root = F.sqrt(v)
        update = F.assign_sub(var, rate * m / (root + epsilon), use_locking=self._use_locking)
        return F.group(update, m, v)

    def _decayed(self, slot, beta, term, indices):
        """``slot = beta * slot``, then ``term`` added to the rows of the gradient."""
        decayed = F.assign(slot, slot * beta, use_locking=self._use_locking)
        with control_dependencies([decayed]):
            return F.scatter_add(slot, indices, term, use_locking=self._use_locking)

    def _finish(self, update_ops, name_scope):
        with control_dependencies(update_ops):
            power1, power2 = self._powers()
            with colocate_with(power1.op):
                update1 = power1.assign(power1 * self._shared["beta1"], use_locking=self._use_locking)
                update2 = power2.assign(power2 * self._shared["beta2"], use_locking=self._use_locking)
        return F.group(*update_ops, update1, update2, name=name_scope)


@export("train.FtrlOptimizer")
class FtrlOptimizer(RuleOptimizer):
    """Follow the regularized leader (McMahan et al. 2013)."""

    def __init__(
        self,
        learning_rate,
        learning_rate_power=-0.5,
        initial_accumulator_value=0.1,
        l1_regularization_strength=0.0,
        l2_regularization_strength=0.0,
        use_locking=False,
        name="Ftrl",
        accum_name=None,
        linear_name=None,
        l2_shrinkage_regularization_strength=0.0,
    ):
        super().__init__(use_locking, name)
        for value, text in (
            (initial_accumulator_value, "initial_accumulator_value"),
            (l1_regularization_strength, "l1_regularization_strength"),
            (l2_regularization_strength, "l2_regularization_strength"),
            (l2_shrinkage_regularization_strength, "l2_shrinkage_regularization_strength"),
        ):
            if value < 0.0:
                raise ValueError(f"{text} {value} needs to be positive or zero")
        if learning_rate_power > 0.0:
            raise ValueError(f"learning_rate_power {learning_rate_power} needs to be negative or zero")
        self._initial_accumulator_value = initial_accumulator_value
        self._accum_name = accum_name
        self._linear_name = linear_name
        self._shrinks = l2_shrinkage_regularization_strength > 0
        self._parameters = {
            "learning_rate": learning_rate,
            "l1_regularization_strength": l1_regularization_strength,
            "l2_regularization_strength": l2_regularization_strength,
            "l2_shrinkage_regularization_strength": l2_shrinkage_regularization_strength,
            "learning_rate_power": learning_rate_power,
        }

    def _create_slots(self, var_list):
        for var in var_list:
            _constant_slot(self, var, self._initial_accumulator_value, "accum", self._accum_name or self._name)
            self._zeros_slot(var, "linear", self._linear_name or self._name)

    def _prepare(self):
        self._tensors(**self._parameters)

    def _arguments(self, var) -> list:
        names = list(self._parameters)
        if not self._shrinks:
            names.remove("l2_shrinkage_regularization_strength")
        return self._cast(var, *names)

    def _apply_dense(self, grad, var):
        rule = dense.apply_ftrl_v2 if self._shrinks else dense.apply_ftrl
        return rule(*self._refs(var, "accum", "linear"), grad, *self._arguments(var), use_locking=self._use_locking).op

    def _apply_sparse(self, grad: IndexedSlices, var):
        rule = sparse.sparse_apply_ftrl_v2 if self._shrinks else sparse.sparse_apply_ftrl
        return rule(
            *self._refs(var, "accum", "linear"),
            grad.values,
            grad.indices,
            *self._arguments(var),
            use_locking=self._use_locking,
        ).op
