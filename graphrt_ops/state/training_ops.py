"""The update rules of optimizers as ops: each changes a variable and its slots in one node.

The formulas are those of TF1 (tf1_semantics.md, section 11). Every rule works element by element and returns the new
values of the variable and its slots; it may write over arrays that it has made itself. Scalars may come as NumPy's.
"""

from __future__ import annotations

from typing import Any

from graphrt.dtypes import NUMBERS, int32, int64
from graphrt.graph import Operation
from graphrt.opdef import OpDef


def _unchanged(op: Operation):
    return op.inputs[0].shape


def _checked(op: Operation):
    """The variable's shape, which the slots and the gradient must have, too."""
    shape = op.inputs[0].shape
    for i, (slot, tensor) in enumerate(zip(op.opdef.inputs, op.inputs, strict=True)):
        if slot.reference or i == op.opdef.gradient_input:
            shape = shape.merge_with(tensor.shape)
        else:
            tensor.shape.with_rank(0)
    return shape


def update_op(type: str, inputs: str, **attrs: Any) -> OpDef:
    """An op that updates the variables that its inputs refer to."""
    names = [part.partition(":")[0] for part in inputs.split()]
    slots = [part.partition(":")[2].startswith("&") for part in inputs.split()]
    sparse = "indices" in names
    gradient = next(i for i, name in enumerate(names) if name in ("grad", "delta"))
    return OpDef(
        type,
        inputs,
        "out:&T",
        dtypes={"T": NUMBERS, "Tindices": (int32, int64)} if sparse else NUMBERS,
        attrs={"use_locking": False, **attrs},
        infer=_unchanged if sparse else _checked,
        writes=tuple(i for i, reference in enumerate(slots) if reference),
        differentiable=False,
        gradient_input=None if sparse else gradient,
    )


# -- gradient descent --------------------------------------------------------------------------------------------------

apply_gradient_descent = update_op("ApplyGradientDescent", "var:&T alpha delta")
apply_proximal_gradient_descent = update_op("ApplyProximalGradientDescent", "var:&T alpha l1 l2 delta")


@apply_gradient_descent.update
def gradient_descent(xp, var, alpha, delta):
    return (var - delta * alpha,)


def shrunk(xp, value, rate, l1, l2):
    """The proximal step: towards zero by ``l1 * rate``, then divided by ``1 + l2 * rate``."""
    if l1 > 0:
        value = xp.sign(value) * xp.maximum(xp.abs(value) - rate * l1, 0)
    return value / (1 + rate * l2)


@apply_proximal_gradient_descent.update
def proximal_gradient_descent(xp, var, alpha, l1, l2, delta):
    return (shrunk(xp, var - delta * alpha, alpha, l1, l2),)


# -- momentum ----------------------------------------------------------------------------------------------------------

apply_momentum = update_op("ApplyMomentum", "var:&T accum:&T lr grad momentum", use_nesterov=False)


@apply_momentum.update
def momentum(xp, var, accum, lr, grad, momentum, use_nesterov):
    accum = accum * momentum + grad
    if use_nesterov:
        return var - (grad * lr + accum * (momentum * lr)), accum
    return var - accum * lr, accum


# -- Adagrad -----------------------------------------------------------------------------------------------------------

apply_adagrad = update_op("ApplyAdagrad", "var:&T accum:&T lr grad", update_slots=True)
apply_proximal_adagrad = update_op("ApplyProximalAdagrad", "var:&T accum:&T lr l1 l2 grad")


@apply_adagrad.update
def adagrad(xp, var, accum, lr, grad, update_slots):
    if update_slots:
        accum = accum + grad * grad
    return var - grad * lr / xp.sqrt(accum), accum


@apply_proximal_adagrad.update
def proximal_adagrad(xp, var, accum, lr, l1, l2, grad):
    accum = accum + grad * grad
    rate = lr / xp.sqrt(accum)
    return shrunk(xp, var - grad * rate, rate, l1, l2), accum


apply_adagrad_da = update_op("ApplyAdagradDA", "var:&T sum:&T squares:&T grad lr l1 l2 global_step:int64")


@apply_adagrad_da.update
def adagrad_da(xp, var, sum, squares, grad, lr, l1, l2, global_step):
    """Dual averaging: the variable follows from the sums of all gradients, and not from its old value."""
    sum, squares = sum + grad, squares + grad * grad
    step = global_step.astype(sum.dtype)
    if l1 > 0:
        mean = xp.sign(sum) * xp.maximum(xp.abs(sum) - l1 * step, 0)
    else:
        mean = sum
    return -lr * mean / (l2 * lr * step + xp.sqrt(squares)), sum, squares


# -- Adadelta ----------------------------------------------------------------------------------------------------------

apply_adadelta = update_op("ApplyAdadelta", "var:&T accum:&T accum_update:&T lr rho epsilon grad")


@apply_adadelta.update
def adadelta(xp, var, accum, accum_update, lr, rho, epsilon, grad):
    accum = accum * rho + grad * grad * (1 - rho)
    step = xp.sqrt(accum_update + epsilon) / xp.sqrt(accum + epsilon) * grad
    return var - step * lr, accum, accum_update * rho + step * step * (1 - rho)


# -- RMSProp -----------------------------------------------------------------------------------------------------------

apply_rmsprop = update_op("ApplyRMSProp", "var:&T ms:&T mom:&T lr rho momentum epsilon grad")
apply_centered_rmsprop = update_op("ApplyCenteredRMSProp", "var:&T mg:&T ms:&T mom:&T lr rho momentum epsilon grad")


@apply_rmsprop.update
def rmsprop(xp, var, ms, mom, lr, rho, momentum, epsilon, grad):
    ms = ms + (grad * grad - ms) * (1 - rho)
    mom = mom * momentum + grad * lr / xp.sqrt(ms + epsilon)
    return var - mom, ms, mom


@apply_centered_rmsprop.update
def centered_rmsprop(xp, var, mg, ms, mom, lr, rho, momentum, epsilon, grad):
    ms = ms + (grad * grad - ms) * (1 - rho)
    mg = mg + (grad - mg) * (1 - rho)
    mom = mom * momentum + grad * lr / xp.sqrt(ms - mg * mg + epsilon)
    return var - mom, mg, ms, mom


# -- Adam --------------------------------------------------------------------------------------------------------------

apply_adam = update_op(
    "ApplyAdam", "var:&T m:&T v:&T beta1_power beta2_power lr beta1 beta2 epsilon grad", use_nesterov=False
)


@apply_adam.update
def adam(xp, var, m, v, beta1_power, beta2_power, lr, beta1, beta2, epsilon, grad, use_nesterov):
    """Kingma and Ba 2015, in the form with the bias corrections in the rate ("epsilon hat")."""
    one = grad.dtype.type(1)
    rate = lr * xp.sqrt(one - beta2_power) / (one - beta1_power)
    # Augmented assignments write over arrays made here, and leave NumPy scalars alone.
    new_m = grad - m
    new_m *= one - beta1
    new_m += m
    new_v = grad * grad
    new_v -= v
    new_v *= one - beta2
    new_v += v
    step = xp.sqrt(new_v)
    step += epsilon
    step = (grad * (one - beta1) + new_m * beta1 if use_nesterov else new_m) / step
    step *= rate
    return var - step, new_m, new_v


# -- Ftrl --------------------------------------------------------------------------------------------------------------

apply_ftrl = update_op("ApplyFtrl", "var:&T accum:&T linear:&T grad lr l1 l2 lr_power")
apply_ftrl_v2 = update_op("ApplyFtrlV2", "var:&T accum:&T linear:&T grad lr l1 l2 l2_shrinkage lr_power")


@apply_ftrl.update
def ftrl(xp, var, accum, linear, grad, lr, l1, l2, lr_power):
    return _follow_the_leader(xp, var, accum, linear, grad, grad, lr, l1, l2, lr_power)


@apply_ftrl_v2.update
def ftrl_v2(xp, var, accum, linear, grad, lr, l1, l2, l2_shrinkage, lr_power):
    return _follow_the_leader(xp, var, accum, linear, grad, grad + 2 * l2_shrinkage * var, lr, l1, l2, lr_power)


def _follow_the_leader(xp, var, accum, linear, grad, seen, lr, l1, l2, lr_power):
    """McMahan et al. 2013; ``seen`` is the gradient that the linear term sees (with shrinkage, more than ``grad``)."""
    new = accum + grad * grad
    if lr_power == -0.5:
        old_root, root = xp.sqrt(accum), xp.sqrt(new)
    else:
        old_root, root = accum ** (-lr_power), new ** (-lr_power)
    linear = linear + seen - (root - old_root) / lr * var
    bounded = xp.clip(linear, -l1, l1)
    return (bounded - linear) / (root / lr + 2 * l2), new, linear
