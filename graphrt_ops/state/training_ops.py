"""The update rules of optimizers as ops: each changes a variable and its slots in one node.

The formulas are those of TF1 (tf1_semantics.md, section 11). Dense rules update every element; the Sparse ones only the
given rows, whose indices are distinct.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphrt.dtypes import NUMBERS, int32, int64
from graphrt.graph import Operation
from graphrt.opdef import OpDef
from graphrt.runtime.variables import Slot

_LOCKING = {"use_locking": False}


def _unchanged(op: Operation):
    return op.inputs[0].shape


def _checked(op: Operation):
    """The variable's shape, which the slots and the gradient must have, too."""
    shape = op.inputs[0].shape
    for slot, tensor in zip(op.opdef.inputs, op.inputs, strict=True):
        if slot.reference or slot.name in ("grad", "delta"):
            shape = shape.merge_with(tensor.shape)
        elif slot.name != "indices":
            tensor.shape.with_rank(0)
    return shape


def _update_op(type: str, inputs: str, **attrs: Any) -> OpDef:
    slots = [part.partition(":")[2].startswith("&") for part in inputs.split()]
    sparse = "indices" in inputs
    return OpDef(
        type,
        inputs,
        "out:&T",
        dtypes={"T": NUMBERS, "Tindices": (int32, int64)} if sparse else NUMBERS,
        attrs={**_LOCKING, **attrs},
        infer=_unchanged if sparse else _checked,
        writes=tuple(i for i, reference in enumerate(slots) if reference),
        differentiable=False,
    )


def _kernel(opdef: OpDef) -> Callable:
    """Declares a kernel that runs while the variable is locked: two runs that train at once lose no update."""

    def declare(function: Callable) -> Callable:
        def locked(xp, var: Slot, *arguments):
            with var.lock:
                function(xp, var, *arguments)

        opdef.kernel(locked)
        return function

    return declare


# -- gradient descent --------------------------------------------------------------------------------------------------

apply_gradient_descent = _update_op("ApplyGradientDescent", "var:&T alpha delta")
apply_proximal_gradient_descent = _update_op("ApplyProximalGradientDescent", "var:&T alpha l1 l2 delta")


@_kernel(apply_gradient_descent)
def _gradient_descent(xp, var, alpha, delta):
    step = xp.multiply(delta, alpha)
    var.replace(xp.subtract(var.read(), step, out=step) if step.ndim else var.read() - step)


def _shrunk(xp, value, rate, l1, l2):
    """The proximal step: towards zero by ``l1 * rate``, then divided by ``1 + l2 * rate``."""
    if l1 > 0:
        value = xp.sign(value) * xp.maximum(xp.abs(value) - rate * l1, 0)
    return value / (1 + rate * l2)


@_kernel(apply_proximal_gradient_descent)
def _proximal_gradient_descent(xp, var, alpha, l1, l2, delta):
    var.replace(_shrunk(xp, var.read() - delta * alpha, alpha, l1, l2))


# -- momentum ----------------------------------------------------------------------------------------------------------

apply_momentum = _update_op("ApplyMomentum", "var:&T accum:&T lr grad momentum", use_nesterov=False)


def _momentum_rule(opdef_attrs, xp, value, accumulated, lr, grad, momentum):
    accumulated = accumulated * momentum + grad
    if opdef_attrs:
        return value - (grad * lr + accumulated * (momentum * lr)), accumulated
    return value - accumulated * lr, accumulated


@apply_momentum.kernel
def _momentum(xp, var, accum, lr, grad, momentum, use_nesterov):
    with var.lock:
        value, accumulated = _momentum_rule(use_nesterov, xp, var.read(), accum.read(), lr, grad, momentum)
        var.replace(value)
        accum.replace(accumulated)


# -- Adagrad -----------------------------------------------------------------------------------------------------------

apply_adagrad = _update_op("ApplyAdagrad", "var:&T accum:&T lr grad", update_slots=True)
apply_proximal_adagrad = _update_op("ApplyProximalAdagrad", "var:&T accum:&T lr l1 l2 grad")


@apply_adagrad.kernel
def _adagrad(xp, var, accum, lr, grad, update_slots):
    with var.lock:
        accumulated = accum.read() + grad * grad if update_slots else accum.read()
        var.replace(var.read() - grad * lr / xp.sqrt(accumulated))
        accum.replace(accumulated)


@_kernel(apply_proximal_adagrad)
def _proximal_adagrad(xp, var, accum, lr, l1, l2, grad):
    accumulated = accum.read() + grad * grad
    rate = lr / xp.sqrt(accumulated)
    var.replace(_shrunk(xp, var.read() - grad * rate, rate, l1, l2))
    accum.replace(accumulated)


# -- Adadelta ----------------------------------------------------------------------------------------------------------

apply_adadelta = _update_op("ApplyAdadelta", "var:&T accum:&T accum_update:&T lr rho epsilon grad")


def _adadelta_rule(xp, value, squares, updates, lr, rho, epsilon, grad):
    squares = squares * rho + grad * grad * (1 - rho)
    update = xp.sqrt(updates + epsilon) / xp.sqrt(squares + epsilon) * grad
    return value - update * lr, squares, updates * rho + update * update * (1 - rho)


@_kernel(apply_adadelta)
def _adadelta(xp, var, accum, accum_update, lr, rho, epsilon, grad):
    value, squares, updates = _adadelta_rule(xp, var.read(), accum.read(), accum_update.read(), lr, rho, epsilon, grad)
    var.replace(value)
    accum.replace(squares)
    accum_update.replace(updates)


# -- RMSProp -----------------------------------------------------------------------------------------------------------

apply_rmsprop = _update_op("ApplyRMSProp", "var:&T ms:&T mom:&T lr rho momentum epsilon grad")
apply_centered_rmsprop = _update_op("ApplyCenteredRMSProp", "var:&T mg:&T ms:&T mom:&T lr rho momentum epsilon grad")


def _rmsprop_rule(xp, value, squares, momenta, lr, rho, momentum, epsilon, grad, mean=None):
    """``mean`` is the running mean of the gradient, of the centered variant; returned last."""
    squares = squares + (grad * grad - squares) * (1 - rho)
    spread = squares
    if mean is not None:
        mean = mean + (grad - mean) * (1 - rho)
        spread = squares - mean * mean
    momenta = momenta * momentum + grad * lr / xp.sqrt(spread + epsilon)
    return value - momenta, squares, momenta, mean


@_kernel(apply_rmsprop)
def _rmsprop(xp, var, ms, mom, lr, rho, momentum, epsilon, grad):
    value, squares, momenta, _ = _rmsprop_rule(xp, var.read(), ms.read(), mom.read(), lr, rho, momentum, epsilon, grad)
    var.replace(value)
    ms.replace(squares)
    mom.replace(momenta)


@_kernel(apply_centered_rmsprop)
def _centered_rmsprop(xp, var, mg, ms, mom, lr, rho, momentum, epsilon, grad):
    value, squares, momenta, mean = _rmsprop_rule(
        xp, var.read(), ms.read(), mom.read(), lr, rho, momentum, epsilon, grad, mg.read()
    )
    var.replace(value)
    ms.replace(squares)
    mom.replace(momenta)
    mg.replace(mean)


# -- Adam --------------------------------------------------------------------------------------------------------------

apply_adam = _update_op(
    "ApplyAdam", "var:&T m:&T v:&T beta1_power beta2_power lr beta1 beta2 epsilon grad", use_nesterov=False
)


@apply_adam.kernel
def _adam(xp, var, m, v, beta1_power, beta2_power, lr, beta1, beta2, epsilon, grad, use_nesterov):
    """Kingma and Ba 2015, in the form with the bias corrections in the rate ("epsilon hat").

    Temporaries are written over: for small variables the calls are what costs, for large ones the memory.
    """
    with var.lock:
        one = grad.dtype.type(1)
        rate = lr * xp.sqrt(one - beta2_power) / (one - beta1_power)
        mean, squares = m.read(), v.read()
        if grad.ndim == 0:
            var.replace(_adam_scalar(xp, var, m, v, rate, beta1, beta2, epsilon, grad, use_nesterov))
            return
        new_mean = xp.subtract(grad, mean)
        new_mean *= one - beta1
        new_mean += mean
        new_squares = xp.multiply(grad, grad)
        new_squares -= squares
        new_squares *= one - beta2
        new_squares += squares
        step = xp.sqrt(new_squares)
        step += epsilon
        direction = new_mean if not use_nesterov else grad * (one - beta1) + new_mean * beta1
        xp.divide(direction, step, out=step)
        step *= rate
        var.replace(xp.subtract(var.read(), step, out=step))
        m.replace(new_mean)
        v.replace(new_squares)


def _adam_scalar(xp, var, m, v, rate, beta1, beta2, epsilon, grad, use_nesterov):
    """The same for a scalar variable, whose NumPy scalars cannot be written over."""
    mean = m.read() + (grad - m.read()) * (1 - beta1)
    squares = v.read() + (grad * grad - v.read()) * (1 - beta2)
    direction = mean if not use_nesterov else grad * (1 - beta1) + mean * beta1
    m.replace(mean)
    v.replace(squares)
    return var.read() - rate * direction / (xp.sqrt(squares) + epsilon)


# -- Ftrl --------------------------------------------------------------------------------------------------------------

apply_ftrl = _update_op("ApplyFtrl", "var:&T accum:&T linear:&T grad lr l1 l2 lr_power")
apply_ftrl_v2 = _update_op("ApplyFtrlV2", "var:&T accum:&T linear:&T grad lr l1 l2 l2_shrinkage lr_power")


def _ftrl_rule(xp, value, accumulated, linear, grad, lr, l1, l2, lr_power, shrinkage=None):
    """McMahan et al. 2013; with shrinkage, the linear term sees ``grad + 2 * shrinkage * value``."""
    new = accumulated + grad * grad
    seen = grad if shrinkage is None else grad + 2 * shrinkage * value
    if lr_power == -0.5:
        linear = linear + seen - (xp.sqrt(new) - xp.sqrt(accumulated)) / lr * value
        quadratic = xp.sqrt(new) / lr + 2 * l2
    else:
        linear = linear + seen - (new ** (-lr_power) - accumulated ** (-lr_power)) / lr * value
        quadratic = new ** (-lr_power) / lr + 2 * l2
    bounded = xp.clip(linear, -l1, l1)
    return (bounded - linear) / quadratic, new, linear


@_kernel(apply_ftrl)
def _ftrl(xp, var, accum, linear, grad, lr, l1, l2, lr_power):
    values = _ftrl_rule(xp, var.read(), accum.read(), linear.read(), grad, lr, l1, l2, lr_power)
    for slot, value in zip((var, accum, linear), values, strict=True):
        slot.replace(value)


@_kernel(apply_ftrl_v2)
def _ftrl_v2(xp, var, accum, linear, grad, lr, l1, l2, l2_shrinkage, lr_power):
    values = _ftrl_rule(xp, var.read(), accum.read(), linear.read(), grad, lr, l1, l2, lr_power, l2_shrinkage)
    for slot, value in zip((var, accum, linear), values, strict=True):
        slot.replace(value)
