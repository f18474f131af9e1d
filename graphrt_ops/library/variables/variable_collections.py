"""The variables of a graph, and the operations that initialize them."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.dtypes import string
from graphrt.graph import get_default_graph
from graphrt.graph.collections import GraphKeys
from graphrt.graph.scopes import device, name_scope
from graphrt.opdef import export


def _of(key: str, scope) -> list:
    return get_default_graph().get_collection(key, scope)


@export("global_variables")
def global_variables(scope=None) -> list:
    """The variables of the default graph, in the order of their making; with ``scope``, those whose names match it."""
    return _of(GraphKeys.GLOBAL_VARIABLES, scope)


@export("all_variables")
def all_variables() -> list:
    """The older ``global_variables``."""
    return global_variables()


@export("trainable_variables")
def trainable_variables(scope=None) -> list:
    """The variables that optimizers change."""
    return _of(GraphKeys.TRAINABLE_VARIABLES, scope)


@export("local_variables")
def local_variables(scope=None) -> list:
    """The variables that are not part of the model, such as counters of metrics."""
    return _of(GraphKeys.LOCAL_VARIABLES, scope)


@export("model_variables")
def model_variables(scope=None) -> list:
    """The variables in MODEL_VARIABLES."""
    return _of(GraphKeys.MODEL_VARIABLES, scope)


@export("moving_average_variables")
def moving_average_variables(scope=None) -> list:
    """The variables of which moving averages are kept."""
    return _of(GraphKeys.MOVING_AVERAGE_VARIABLES, scope)


@export("variables_initializer", "initializers.variables", "initialize_variables")
def variables_initializer(var_list, name="init"):
    """An operation that initializes the variables of ``var_list``."""
    if var_list:
        return F.group(*[variable.initializer for variable in var_list], name=name)
    return F.group(name=name)


@export("global_variables_initializer", "initializers.global_variables", "initialize_all_variables")
def global_variables_initializer():
    """An operation that initializes the global variables made so far."""
    return variables_initializer(global_variables())


@export("local_variables_initializer", "initializers.local_variables", "initialize_local_variables")
def local_variables_initializer():
    """An operation that initializes the local variables made so far."""
    return variables_initializer(local_variables())


@export("report_uninitialized_variables")
def report_uninitialized_variables(var_list=None, name="report_uninitialized_variables"):
    """A 1-D string tensor with the names of the variables that have no value in the session."""
    if var_list is None:
        var_list = global_variables() + local_variables() or [
            op.outputs[0] for op in get_default_graph().get_operations() if op.opdef.role == "variable"
        ]
    with name_scope(name):
        if not var_list:
            return F.constant([], dtype=string)
        with device("/cpu:0"):
            mask = F.logical_not(F.stack([F.is_variable_initialized(variable) for variable in var_list]))
            names = F.constant([variable.op.name for variable in var_list])
            return F.boolean_mask(names, mask)


@export("assert_variables_initialized")
def assert_variables_initialized(var_list=None):
    """An operation that fails unless the variables are initialized (report_uninitialized_variables says which)."""
    variables = global_variables() + local_variables() if var_list is None else var_list
    if not variables:
        return None
    missing = report_uninitialized_variables(variables)
    return F.Assert(F.equal(F.size(missing), 0), ["uninitialized variables:", missing])
