"""The update rules of optimizers for sparse gradients: the same formulas on the rows ``indices`` of the variable."""

from __future__ import annotations

from collections.abc import Callable

from graphrt.opdef.updates import unequal
from graphrt_ops.state import training_ops as rules
from graphrt_ops.state.training_ops import update_op

_ROWS = "grad indices:Tindices"
sparse_apply_momentum = update_op("SparseApplyMomentum", f"var:&T accum:&T lr {_ROWS} momentum", use_nesterov=False)
sparse_apply_adagrad = update_op("SparseApplyAdagrad", f"var:&T accum:&T lr {_ROWS}", update_slots=True)
sparse_apply_adadelta = update_op("SparseApplyAdadelta", f"var:&T accum:&T accum_update:&T lr rho epsilon {_ROWS}")
sparse_apply_rmsprop = update_op("SparseApplyRMSProp", f"var:&T ms:&T mom:&T lr rho momentum epsilon {_ROWS}")
sparse_apply_centered_rmsprop = update_op(
    "SparseApplyCenteredRMSProp", f"var:&T mg:&T ms:&T mom:&T lr rho momentum epsilon {_ROWS}"
)
sparse_apply_ftrl = update_op("SparseApplyFtrl", f"var:&T accum:&T linear:&T {_ROWS} lr l1 l2 lr_power")
sparse_apply_ftrl_v2 = update_op(
    "SparseApplyFtrlV2", f"var:&T accum:&T linear:&T {_ROWS} lr l1 l2 l2_shrinkage lr_power"
)
sparse_apply_proximal_gradient_descent = update_op("SparseApplyProximalGradientDescent", f"var:&T alpha l1 l2 {_ROWS}")
sparse_apply_adagrad_da = update_op(
    "SparseApplyAdagradDA", f"var:&T sum:&T squares:&T {_ROWS} lr l1 l2 global_step:int64"
)
sparse_apply_proximal_adagrad = update_op("SparseApplyProximalAdagrad", f"var:&T accum:&T lr l1 l2 {_ROWS}")


def _update_rows(arrays: tuple, indices, grad, rule: Callable):
    """The arrays with their rows ``indices`` replaced by what ``rule`` makes of those rows; of one array, itself."""
    count, wanted = arrays[0].shape[0], arrays[0].shape
    for array in arrays:
        if array.shape != wanted:
            raise ValueError(unequal("var", wanted, "slot", array.shape))
    if grad.shape != indices.shape + wanted[1:]:
        raise ValueError(
            f"grad must have one row of {list(wanted[1:])} for each of the {indices.size} indices, but its shape is "
            f"{list(grad.shape)}"
        )
    if indices.size and (indices.min() < 0 or indices.max() >= count):
        raise ValueError(f"indices {[int(i) for i in indices]} are not all in [0, {count})")
    copies = [array.copy() for array in arrays]
    for copy, new in zip(copies, rule(*[array[indices] for array in arrays]), strict=True):
        copy[indices] = new
    return copies if len(copies) > 1 else copies[0]


@sparse_apply_momentum.kernel
def _momentum(xp, var, accum, lr, grad, indices, momentum, use_nesterov):
    return _update_rows(
        (var, accum), indices, grad, lambda w, a: rules.momentum(xp, w, a, lr, grad, momentum, use_nesterov)
    )


@sparse_apply_adagrad.kernel
def _adagrad(xp, var, accum, lr, grad, indices, update_slots):
    return _update_rows((var, accum), indices, grad, lambda w, a: rules.adagrad(xp, w, a, lr, grad, update_slots))


@sparse_apply_adadelta.kernel
def _adadelta(xp, var, accum, accum_update, lr, rho, epsilon, grad, indices):
    return _update_rows(
        (var, accum, accum_update), indices, grad, lambda w, a, u: rules.adadelta(xp, w, a, u, lr, rho, epsilon, grad)
    )


@sparse_apply_rmsprop.kernel
def _rmsprop(xp, var, ms, mom, lr, rho, momentum, epsilon, grad, indices):
    return _update_rows(
        (var, ms, mom), indices, grad, lambda w, s, m: rules.rmsprop(xp, w, s, m, lr, rho, momentum, epsilon, grad)
    )


@sparse_apply_centered_rmsprop.kernel
def _centered_rmsprop(xp, var, mg, ms, mom, lr, rho, momentum, epsilon, grad, indices):
    return _update_rows(
        (var, mg, ms, mom),
        indices,
        grad,
        lambda w, g, s, m: rules.centered_rmsprop(xp, w, g, s, m, lr, rho, momentum, epsilon, grad),
    )


@sparse_apply_ftrl.kernel
def _ftrl(xp, var, accum, linear, grad, indices, lr, l1, l2, lr_power):
    return _update_rows(
        (var, accum, linear), indices, grad, lambda w, a, z: rules.ftrl(xp, w, a, z, grad, lr, l1, l2, lr_power)
    )


@sparse_apply_ftrl_v2.kernel
def _ftrl_v2(xp, var, accum, linear, grad, indices, lr, l1, l2, l2_shrinkage, lr_power):
    return _update_rows(
        (var, accum, linear),
        indices,
        grad,
        lambda w, a, z: rules.ftrl_v2(xp, w, a, z, grad, lr, l1, l2, l2_shrinkage, lr_power),
    )


@sparse_apply_proximal_gradient_descent.kernel
def _proximal_gradient_descent(xp, var, alpha, l1, l2, grad, indices):
    return _update_rows((var,), indices, grad, lambda w: rules.proximal_gradient_descent(xp, w, alpha, l1, l2, grad))


@sparse_apply_proximal_adagrad.kernel
def _proximal_adagrad(xp, var, accum, lr, l1, l2, grad, indices):
    return _update_rows((var, accum), indices, grad, lambda w, a: rules.proximal_adagrad(xp, w, a, lr, l1, l2, grad))


@sparse_apply_adagrad_da.kernel
def _adagrad_da(xp, var, sum, squares, grad, indices, lr, l1, l2, global_step):
    return _update_rows(
        (var, sum, squares), indices, grad, lambda w, g, s: rules.adagrad_da(xp, w, g, s, grad, lr, l1, l2, global_step)
    )
