"""The update rules of optimizers for sparse gradients: the same formulas on the rows ``indices`` of the variable."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from graphrt.graph import Operation
from graphrt.opdef import OpDef, static_value
from graphrt.opdef.bounded import counted
from graphrt.opdef.updates import unequal
from graphrt_ops.array.scattering import rounds
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


def _by_rows(opdef: OpDef, rule: Callable) -> None:
    """Lets ``rule(xp, *inputs but the indices, attr=...)``, which is that of all rows, make the new rows. Of two rows
    for one place the second finds what the first has left, as in TF1."""
    names, type = [slot.name for slot in opdef.inputs], opdef.type
    of_indices, of_grad, written = names.index("indices"), names.index("grad"), opdef.writes

    def kernel(xp, *inputs, **attrs):
        indices, grad = inputs[of_indices], inputs[of_grad]
        _check_rows([inputs[i] for i in written], indices, grad)
        values = [inputs[i].copy() for i in written]
        for some in rounds(xp, indices):
            given = list(inputs)
            for i, value in zip(written, values, strict=True):
                given[i] = value[indices[some]]
            given[of_grad] = grad[some]
            del given[of_indices]
            for value, rows in zip(values, rule(xp, *given, **attrs), strict=True):
                value[indices[some]] = rows
        return values if len(values) > 1 else values[0]

    def lower(op: Operation):
        from graphrt.native.records import UpdateRows

        count = len(names) if len(op.inputs) > len(names) else None
        if not _rows_fit(op, of_grad, of_indices):
            return None
        given = [i for i in range(len(names)) if i != of_indices]
        bound = _with_constants(op, partial(rule, **{name: op.attrs[name] for name in op.opdef.kernel_attrs}), given)
        return UpdateRows(type, bound, written, of_grad, of_indices, count)

    opdef.kernel_function = kernel
    opdef.kernel_attrs = tuple(inspect.signature(rule).parameters)[len(names) :]
    opdef.lower(lower)
    counted(opdef, (of_grad, of_indices))


def _rows_fit(op: Operation, of_grad: int, of_indices: int) -> bool:
    """True if variable and slots have one shape, ``grad`` a row for each index, and all else is a single number."""
    whole, places = op.inputs[0].shape.values, op.inputs[of_indices].shape.values
    wanted = dict.fromkeys(op.opdef.writes, whole) | {of_grad: places + whole[1:], of_indices: places}
    shapes = [tensor.shape.values for tensor in op.inputs]
    return bool(whole) and len(places) == 1 and all(s == wanted.get(i, ()) for i, s in enumerate(shapes))


def _with_constants(op: Operation, rule: Callable, given: Sequence[int]) -> Callable:
    """The rule with the constants among its inputs, which are of those numbers, as NumPy's scalars: Python may decide
    by them."""
    known = {}
    for place, i in enumerate(given):
        value = None if i in op.opdef.writes or op.opdef.inputs[i].name == "grad" else static_value(op.inputs[i])
        if value is not None:
            known[place] = np.asarray(value, op.inputs[i].dtype.base_dtype.numpy)[()]
    return lambda m, *values: rule(m, *[known.get(place, value) for place, value in enumerate(values)])


def _check_rows(arrays: Sequence, indices, grad) -> None:
    """Raises ValueError unless variable and slots have one shape, ``grad`` has a row for each index, and the indices
    are in range."""
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


_by_rows(sparse_apply_momentum, rules.momentum)
_by_rows(sparse_apply_adagrad, rules.adagrad)
_by_rows(sparse_apply_adadelta, rules.adadelta)
_by_rows(sparse_apply_rmsprop, rules.rmsprop)
_by_rows(sparse_apply_centered_rmsprop, rules.centered_rmsprop)
_by_rows(sparse_apply_ftrl, rules.ftrl)
_by_rows(sparse_apply_ftrl_v2, rules.ftrl_v2)
_by_rows(sparse_apply_proximal_gradient_descent, rules.proximal_gradient_descent)
_by_rows(sparse_apply_adagrad_da, rules.adagrad_da)
_by_rows(sparse_apply_proximal_adagrad, rules.proximal_adagrad)
