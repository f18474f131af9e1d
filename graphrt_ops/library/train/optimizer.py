"""Optimizer: what all optimizers share, from the gradients to the train op."""

from __future__ import annotations

from typing import Any

import graphrt_ops as F
from graphrt.autodiff.gradients import gradients
from graphrt.autodiff.unconnected import why_none
from graphrt.dtypes import bfloat16, complex64, complex128, float16, float32, float64
from graphrt.graph import Graph, Operation, Tensor, get_default_graph
from graphrt.graph.collections import GraphKeys
from graphrt.graph.scopes import colocate_with, control_dependencies, init_scope, name_scope
from graphrt.opdef import convert_to_tensor, export
from graphrt.opdef.indexed_slices import IndexedSlices
from graphrt.source import warn
from graphrt_ops.library.train import slots
from graphrt_ops.state.variable import Variable

_VALID = (float16, bfloat16, float32, float64, complex64, complex128)


class UpdateOpsNotRunWarning(UserWarning):
    """UPDATE_OPS holds operations (of batch normalization, say) that training will not run."""


@export("train.Optimizer")
class Optimizer:
    """The base of all optimizers; subclasses say how one variable is updated.

    A subclass implements ``_apply_dense`` and ``_apply_sparse`` (which return operations), and may implement
    ``_create_slots``, ``_prepare`` and ``_finish``.
    """

    GATE_NONE = 0
    GATE_OP = 1
    GATE_GRAPH = 2

    def __init__(self, use_locking, name):
        if not name:
            raise ValueError("Must specify the optimizer name")
        self._use_locking = use_locking
        self._name = name
        self._slots: dict[str, dict[Any, Variable]] = {}
        self._non_slot_dict: dict[tuple[str, Graph], Variable] = {}

    def get_name(self) -> str:
        return self._name

    # -- the three steps -----------------------------------------------------------------------------------------------

    def minimize(
        self,
        loss,
        global_step=None,
        var_list=None,
        gate_gradients=GATE_OP,
        aggregation_method=None,
        colocate_gradients_with_ops=False,
        name=None,
        grad_loss=None,
    ) -> Operation:
        """An operation that changes the variables so that ``loss`` falls: compute_gradients, then apply_gradients.

        Args:
          loss: the tensor to make small.
          global_step: a variable to be incremented after the update.
          var_list: the variables to change; TRAINABLE_VARIABLES without it.
          gate_gradients: GATE_NONE, GATE_OP or GATE_GRAPH.
          aggregation_method: a value of ``tf.AggregationMethod``.
          colocate_gradients_with_ops: place gradients where their ops are.
          name: the operation's name; the optimizer's without it.
          grad_loss: the gradient of ``loss`` itself; ones without it.

        Raises:
          ValueError: if no variable gets a gradient.
        """
        pairs = self.compute_gradients(
            loss, var_list, gate_gradients, aggregation_method, colocate_gradients_with_ops, grad_loss
        )
        if all(gradient is None for gradient, _ in pairs):
            raise ValueError(
                "No gradients provided for any variable, check your graph for ops that do not support gradients, "
                f"between variables {[str(v) for _, v in pairs]} and loss {loss}.\n"
                f"  {why_none([loss], _target(pairs[0][1]))}"
            )
        train_op = self.apply_gradients(pairs, global_step=global_step, name=name)
        _warn_of_update_ops(train_op, loss)
        return train_op

    def compute_gradients(
        self,
        loss,
        var_list=None,
        gate_gradients=GATE_OP,
        aggregation_method=None,
        colocate_gradients_with_ops=False,
        grad_loss=None,
    ) -> list[tuple[Any, Variable]]:
        """``[(gradient, variable)]`` for each variable; the gradient is a Tensor, IndexedSlices or None."""
        if callable(loss):
            raise RuntimeError(
                "`loss` passed to Optimizer.compute_gradients should be a Tensor when eager execution is disabled."
            )
        if gate_gradients not in (self.GATE_NONE, self.GATE_OP, self.GATE_GRAPH):
            raise ValueError(
                "gate_gradients must be one of: Optimizer.GATE_NONE, Optimizer.GATE_OP, Optimizer.GATE_GRAPH.  "
                f"Not {gate_gradients}"
            )
        self._assert_valid_dtypes([loss])
        if grad_loss is not None:
            self._assert_valid_dtypes([grad_loss])
        if var_list is None:
            var_list = get_default_graph().get_collection(GraphKeys.TRAINABLE_VARIABLES)
        else:
            var_list = _flat(var_list)
        if not var_list:
            raise ValueError("No variables to optimize.")
        found = gradients(
            loss,
            [_target(variable) for variable in var_list],
            grad_ys=grad_loss,
            gate_gradients=gate_gradients == self.GATE_OP,
            aggregation_method=aggregation_method,
            colocate_gradients_with_ops=colocate_gradients_with_ops,
        )
        if gate_gradients == self.GATE_GRAPH:
            found = F.tuple_(found)
        pairs = list(zip(found, var_list, strict=True))
        self._assert_valid_dtypes([variable for gradient, variable in pairs if gradient is not None])
        return pairs

    def apply_gradients(self, grads_and_vars, global_step=None, name=None) -> Operation:
        """An operation that updates the variables by their gradients, and then increments ``global_step``."""
        pairs = tuple(grads_and_vars)
        if not pairs:
            raise ValueError("No variables provided.")
        converted = [(_as_gradient(gradient), variable) for gradient, variable in pairs]
        var_list = [variable for gradient, variable in converted if gradient is not None]
        if not var_list:
            raise ValueError(f"No gradients provided for any variable: {[str(variable) for _, variable in converted]}.")
        with init_scope():
            self._create_slots(var_list)
        with name_scope(name, self._name) as scope:
            self._prepare()
            updates = []
            for gradient, variable in converted:
                if gradient is None:
                    continue
                with name_scope("update_" + variable.op.name), colocate_with(variable.op):
                    updates.append(self._update(gradient, variable))
            if global_step is None:
                train_op = self._finish(updates, scope)
            else:
                with control_dependencies([self._finish(updates, "update")]), colocate_with(global_step):
                    train_op = F.assign_add(global_step, 1, name=scope)
            if isinstance(train_op, Tensor):
                train_op = train_op.op
            collection = get_default_graph().get_collection_ref(GraphKeys.TRAIN_OP)
            if train_op not in collection:
                collection.append(train_op)
            return train_op

    def _update(self, gradient, variable):
        if not isinstance(variable, Variable):
            raise NotImplementedError(f"Trying to update a Tensor {variable}")
        if isinstance(gradient, IndexedSlices):
            if variable.constraint is not None:
                raise RuntimeError("Cannot use a constraint function on a sparse variable.")
            return self._apply_sparse_duplicate_indices(gradient, variable)
        update = self._apply_dense(gradient, variable)
        if variable.constraint is None:
            return update
        with control_dependencies([update]):
            return variable.assign(variable.constraint(variable))

    # -- for subclasses ------------------------------------------------------------------------------------------------

    def _create_slots(self, var_list) -> None:
        """Makes the slots; an optimizer without any does nothing."""

    def _prepare(self) -> None:
        """Makes the tensors that all updates share."""

    def _apply_dense(self, grad, var):
        raise NotImplementedError

    def _apply_sparse(self, grad, var):
        raise NotImplementedError

    def _apply_sparse_duplicate_indices(self, grad, var):
        """A sparse update whose indices may repeat: repeated rows are added first."""
        rows, positions = F.unique(grad.indices)
        summed = F.unsorted_segment_sum(grad.values, positions, F.shape(rows)[0])
        return self._apply_sparse(IndexedSlices(summed, rows, grad.dense_shape), var)

    def _finish(self, update_ops, name_scope):
        return F.group(*update_ops, name=name_scope)

    @staticmethod
    def _call_if_callable(param):
        return param() if callable(param) else param

    def _in_type_of(self, value, var):
        """A hyper-parameter's tensor in the variable's type."""
        return F.cast(value, var.dtype.base_dtype)

    # -- slots ---------------------------------------------------------------------------------------------------------

    def get_slot(self, var, name):
        """The slot ``name`` of a variable, or None."""
        return self._slots.get(name, {}).get(_key(var))

    def get_slot_names(self) -> list[str]:
        return sorted(self._slots)

    def variables(self) -> list[Variable]:
        """The slots and other variables of this optimizer that belong to the default graph."""
        graph = get_default_graph()
        found = [v for (_, owner), v in self._non_slot_dict.items() if owner is graph]
        found += [slot for by_variable in self._slots.values() for slot in by_variable.values() if slot.graph is graph]
        return sorted(found, key=lambda variable: variable.name)

    def _create_non_slot_variable(self, initial_value, name, colocate_with):
        """A variable of the optimizer itself, made once a graph."""
        key = (name, colocate_with.graph)
        if key not in self._non_slot_dict:
            with get_default_graph().colocate_with(colocate_with.op):
                self._non_slot_dict[key] = Variable(initial_value, name=name, trainable=False)
        return self._non_slot_dict[key]

    def _get_non_slot_variable(self, name, graph=None):
        return self._non_slot_dict.get((name, graph))

    def _slot_dict(self, slot_name) -> dict:
        return self._slots.setdefault(slot_name, {})

    def _get_or_make_slot(self, var, val, slot_name, op_name):
        held = self._slot_dict(slot_name)
        if _key(var) not in held:
            held[_key(var)] = slots.create_slot(var, val, op_name)
        return held[_key(var)]

    def _get_or_make_slot_with_initializer(self, var, initializer, shape, dtype, slot_name, op_name):
        held = self._slot_dict(slot_name)
        if _key(var) not in held:
            held[_key(var)] = slots.create_slot_with_initializer(var, initializer, shape, dtype, op_name)
        return held[_key(var)]

    def _zeros_slot(self, var, slot_name, op_name):
        held = self._slot_dict(slot_name)
        if _key(var) not in held:
            held[_key(var)] = slots.create_zeros_slot(var, op_name)
        return held[_key(var)]

    # -- checks --------------------------------------------------------------------------------------------------------

    def _valid_dtypes(self) -> set:
        return set(_VALID)

    def _assert_valid_dtypes(self, tensors) -> None:
        valid = self._valid_dtypes()
        for tensor in tensors:
            if tensor.dtype.base_dtype not in valid:
                raise ValueError(
                    f"Invalid type {tensor.dtype!r} for {tensor.name}, expected: {sorted(d.name for d in valid)}."
                )


def _key(var):
    return getattr(var, "op", var)


def _flat(items) -> list:
    if isinstance(items, dict):
        items = [items[key] for key in sorted(items)]
    if not isinstance(items, (list, tuple)):
        try:
            items = list(items) if not isinstance(items, (Variable, Tensor)) else [items]
        except TypeError:
            items = [items]
    result: list = []
    for item in items:
        result.extend(_flat(item) if isinstance(item, (list, tuple, dict)) else [item])
    return result


def _target(variable):
    if isinstance(variable, Variable):
        return variable._ref()
    if isinstance(variable, Tensor):
        return variable
    raise AttributeError(f"var_list must hold variables or tensors, got {variable!r}, which has no attribute 'op'")


def _as_gradient(gradient):
    if gradient is None or isinstance(gradient, IndexedSlices):
        return gradient
    try:
        return convert_to_tensor(gradient)
    except TypeError:
        raise TypeError(f"Gradient must be convertible to a Tensor or IndexedSlices, or None: {gradient}") from None


def _warn_of_update_ops(train_op: Operation, loss: Tensor) -> None:
    """The mistake of everybody's first batch normalization: its moving averages are never updated."""
    pending = get_default_graph().get_collection(GraphKeys.UPDATE_OPS)
    if not pending:
        return
    seen, stack = {train_op}, [train_op, loss.op]
    while stack:
        op = stack.pop()
        for need in [tensor.op for tensor in op.inputs] + op.control_inputs:
            if need not in seen:
                seen.add(need)
                stack.append(need)
    missed = [item for item in pending if getattr(item, "op", item) not in seen]
    if missed:
        first = getattr(missed[0], "op", missed[0])
        where = f" (the first, {first.name!r}, was made at {first.source})" if first.source is not None else ""
        warn(
            f"{len(missed)} of {len(pending)} operations in UPDATE_OPS are not run by the train op {train_op.name!r}"
            f"{where}: moving averages will keep their initial values. Make the train op inside `with "
            "tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):`, or run them yourself.",
            UpdateOpsNotRunWarning,
        )
