"""Variable scopes: name prefixes and defaults for ``get_variable``."""

from __future__ import annotations

import copy
import functools
from contextlib import ExitStack
from typing import Any

from graphrt.dtypes import float32
from graphrt.export import export_values
from graphrt.graph import get_default_graph, graph_of
from graphrt.graph.collections import GraphKeys
from graphrt.graph.scopes import name_scope
from graphrt.opdef import export
from graphrt_ops.library.variables.variable_store import AUTO_REUSE, variable_store
from graphrt_ops.state.variable import VariableAggregation, VariableSynchronization

_SCOPE_KEY = ("__varscope",)

export_values(__name__, {"AUTO_REUSE": "AUTO_REUSE"})


class _ScopeStack:
    """The open variable scope of a graph, and how often each scope name was opened (for default names)."""

    def __init__(self) -> None:
        self.current = VariableScope(False)
        self.counts: dict[str, int] = {}

    def open(self, name: str) -> None:
        self.counts[name] = self.counts.get(name, 0) + 1

    def close_inside(self, name: str) -> None:
        for key in self.counts:
            if not name or key.startswith(name + "/"):
                self.counts[key] = 0

    def unique(self, prefix: str) -> str:
        """``prefix``, or ``prefix_1``... if the open scope has such a scope already."""
        base = f"{self.current.name}/{prefix}" if self.current.name else prefix
        if not self.counts.get(base):
            return prefix
        index = 1
        while self.counts.get(f"{base}_{index}"):
            index += 1
        return f"{prefix}_{index}"


def _scopes() -> _ScopeStack:
    held = get_default_graph().get_collection_ref(_SCOPE_KEY)
    if not held:
        held.append(_ScopeStack())
    return held[0]


@export("VariableScope")
class VariableScope:
    """A prefix of variable names with defaults for what ``get_variable`` is not told.

    Attributes: name, reuse, initializer, regularizer, caching_device, partitioner, custom_getter, dtype, constraint,
    original_name_scope.
    """

    def __init__(
        self,
        reuse: Any,
        name: Any = "",
        initializer: Any = None,
        regularizer: Any = None,
        caching_device: Any = None,
        partitioner: Any = None,
        custom_getter: Any = None,
        name_scope: Any = "",
        dtype: Any = float32,
        use_resource: Any = None,
        constraint: Any = None,
    ):
        self._name = name
        self._reuse = reuse
        self._name_scope = name_scope
        self._initializer = initializer
        self._regularizer = regularizer
        self._caching_device = caching_device
        self._partitioner = partitioner
        self._custom_getter = custom_getter
        self._dtype = dtype
        self._constraint = constraint
        self.set_use_resource(use_resource)

    name = property(lambda self: self._name)
    original_name_scope = property(lambda self: self._name_scope)
    reuse = property(lambda self: self._reuse)
    initializer = property(lambda self: self._initializer)
    regularizer = property(lambda self: self._regularizer)
    caching_device = property(lambda self: self._caching_device)
    partitioner = property(lambda self: self._partitioner)
    custom_getter = property(lambda self: self._custom_getter)
    dtype = property(lambda self: self._dtype)
    constraint = property(lambda self: self._constraint)
    use_resource = property(lambda self: None)

    def reuse_variables(self) -> None:
        """From now on ``get_variable`` only finds variables in this scope."""
        self._reuse = True

    def set_initializer(self, initializer) -> None:
        self._initializer = initializer

    def set_regularizer(self, regularizer) -> None:
        self._regularizer = regularizer

    def set_caching_device(self, caching_device) -> None:
        self._caching_device = caching_device

    def set_partitioner(self, partitioner) -> None:
        self._partitioner = partitioner

    def set_custom_getter(self, custom_getter) -> None:
        self._custom_getter = custom_getter

    def set_dtype(self, dtype) -> None:
        self._dtype = dtype

    def set_use_resource(self, use_resource) -> None:
        """Only False and None: graphrt's variables are TF1's reference variables."""
        if use_resource:
            raise NotImplementedError("use_resource=True: resource variables are not supported; leave it out")

    def get_collection(self, name) -> list:
        """The items of a collection whose names are below this scope."""
        prefix = self._name + "/" if self._name else ""
        return get_default_graph().get_collection(name, prefix)

    def trainable_variables(self) -> list:
        return self.get_collection(GraphKeys.TRAINABLE_VARIABLES)

    def global_variables(self) -> list:
        return self.get_collection(GraphKeys.GLOBAL_VARIABLES)

    def local_variables(self) -> list:
        return self.get_collection(GraphKeys.LOCAL_VARIABLES)

    def get_variable(
        self,
        var_store,
        name,
        shape=None,
        dtype=None,
        initializer=None,
        regularizer=None,
        reuse=None,
        trainable=None,
        collections=None,
        caching_device=None,
        partitioner=None,
        validate_shape=True,
        use_resource=None,
        custom_getter=None,
        constraint=None,
        synchronization=VariableSynchronization.AUTO,
        aggregation=VariableAggregation.NONE,
    ):
        """The variable ``name`` of this scope, with the scope's defaults."""
        self.set_use_resource(use_resource)
        full_name = f"{self._name}/{name}" if self._name else name
        if dtype is None:
            # An initial value brings its own type.
            dtype = initializer.dtype if hasattr(initializer, "dtype") and not callable(initializer) else self._dtype
        with name_scope(None):
            return var_store.get_variable(
                full_name,
                shape=shape,
                dtype=dtype,
                initializer=self._initializer if initializer is None else initializer,
                regularizer=self._regularizer if regularizer is None else regularizer,
                reuse=self._reuse if reuse is None else reuse,
                trainable=trainable,
                collections=collections,
                caching_device=self._caching_device if caching_device is None else caching_device,
                partitioner=self._partitioner if partitioner is None else partitioner,
                validate_shape=validate_shape,
                custom_getter=self._custom_getter if custom_getter is None else custom_getter,
                constraint=self._constraint if constraint is None else constraint,
                synchronization=synchronization,
                aggregation=aggregation,
            )


@export("get_variable_scope")
def get_variable_scope() -> VariableScope:
    """The open variable scope of the default graph."""
    return _scopes().current


@export("no_regularizer")
def no_regularizer(_) -> None:
    """The regularizer of a scope whose variables are not to be regularized."""


class _PureVariableScope:
    """A variable scope without its name scope."""

    def __init__(self, name_or_scope, old_name_scope=None, reuse=None, **settings) -> None:
        self._name_or_scope = name_or_scope
        self._old_name_scope = old_name_scope
        self._reuse = reuse
        self._settings = {key: value for key, value in settings.items() if value is not None}

    def __enter__(self) -> VariableScope:
        self._stack = stack = _scopes()
        self._old = old = stack.current
        given = self._name_or_scope
        self._counts = dict(stack.counts) if isinstance(given, VariableScope) else None
        if isinstance(given, VariableScope):
            scope = copy.copy(given)
            name, name_scope_of = given.name, given._name_scope
            reuse = given.reuse if self._reuse is None else self._reuse
        else:
            scope = copy.copy(old)
            name, name_scope_of = (f"{old.name}/{given}" if old.name else given), self._old_name_scope or given
            reuse = self._reuse or old.reuse
        scope._name, scope._name_scope, scope._reuse = name, name_scope_of, reuse
        self._apply(scope, given.custom_getter if isinstance(given, VariableScope) else old.custom_getter)
        stack.open(name)
        stack.current = scope
        return scope

    def _apply(self, scope: VariableScope, inherited_getter) -> None:
        for key, value in self._settings.items():
            if key == "custom_getter":
                scope.set_custom_getter(_chained(value, inherited_getter))
            elif key == "use_resource":
                scope.set_use_resource(value)
            else:
                setattr(scope, f"_{key}", value)

    def __exit__(self, *_) -> None:
        self._stack.close_inside(self._stack.current.name)
        if self._counts is not None:
            self._stack.counts = self._counts
        self._stack.current = self._old


def _chained(getter, inner):
    """``getter`` around the getter of the outer scope."""
    if inner is None:
        return getter

    def chained(getter_of_store, *args, **kwargs):
        return getter(functools.partial(inner, getter_of_store), *args, **kwargs)

    def custom_getter(getter, *args, **kwargs):
        return chained(getter, *args, **kwargs)

    return custom_getter


@export("variable_scope")
class variable_scope:  # noqa: N801 (the name is TF1's)
    """A block in which ``get_variable`` names get the prefix ``name/``, with defaults for its other arguments.

    Opening a scope again gives the same variables (with ``reuse``), but a new name scope for ops.
    ``name_or_scope=None`` takes ``default_name``, made unique. Arguments are those of ``VariableScope``;
    ``reuse`` is True, False/None (inherit) or ``tf.AUTO_REUSE``; ``auxiliary_name_scope=False`` opens no name scope.
    """

    def __init__(
        self,
        name_or_scope,
        default_name=None,
        values=None,
        initializer=None,
        regularizer=None,
        caching_device=None,
        partitioner=None,
        custom_getter=None,
        reuse=None,
        dtype=None,
        use_resource=None,
        constraint=None,
        auxiliary_name_scope=True,
    ):
        if default_name is None and name_or_scope is None:
            raise TypeError("If default_name is None then name_or_scope is required")
        if name_or_scope is not None and not isinstance(name_or_scope, (str, VariableScope)):
            raise TypeError("VariableScope: name_or_scope must be a string or VariableScope.")
        if reuse not in (None, False, True) and reuse is not AUTO_REUSE:
            raise ValueError("The reuse parameter must be True or False or None.")
        if name_or_scope is None and reuse and reuse is not AUTO_REUSE:
            raise ValueError("reuse=True cannot be used without a name_or_scope")
        if not isinstance(auxiliary_name_scope, bool):
            raise TypeError(f"The auxiliary_name_scope must be `True` or `False`, while get {auxiliary_name_scope}")
        self._name_or_scope = name_or_scope
        self._default_name = default_name
        self._values = values
        self._reuse = None if reuse is False else reuse
        self._auxiliary = auxiliary_name_scope
        self._settings = {
            "initializer": initializer,
            "regularizer": regularizer,
            "caching_device": caching_device,
            "partitioner": partitioner,
            "custom_getter": custom_getter,
            "dtype": dtype,
            "use_resource": use_resource,
            "constraint": constraint,
        }
        self._blocks: list[ExitStack] = []

    def __enter__(self) -> VariableScope:
        with ExitStack() as blocks:
            blocks.enter_context(graph_of(self._values or ()).as_default())
            opened = self._opened(blocks)
            self._blocks.append(blocks.pop_all())  # had it failed, the blocks opened so far would be closed
        return opened

    def _opened(self, blocks: ExitStack) -> VariableScope:
        given = self._name_or_scope
        if given is None:
            # The name scope is made unique by itself: its number may be another one.
            given = _scopes().unique(self._default_name)
            inner_name = self._default_name if self._auxiliary else None
        else:
            inner_name = (given if isinstance(given, str) else given.name.split("/")[-1]) if self._auxiliary else None
        opened = None
        if inner_name:
            opened = blocks.enter_context(name_scope(inner_name))
        elif not self._auxiliary:
            stack = get_default_graph().get_name_scope()
            opened = stack + "/" if stack else ""
        pure = _PureVariableScope(given, old_name_scope=opened, reuse=self._reuse, **self._settings)
        return blocks.enter_context(pure)

    def __exit__(self, kind, error, traceback) -> None:
        self._blocks.pop().__exit__(kind, error, traceback)


@export("variable_op_scope")
def variable_op_scope(
    values,
    name_or_scope,
    default_name=None,
    initializer=None,
    regularizer=None,
    caching_device=None,
    partitioner=None,
    custom_getter=None,
    reuse=None,
    dtype=None,
    use_resource=None,
    constraint=None,
) -> variable_scope:
    """The old spelling of ``variable_scope(name_or_scope, default_name, values, ...)``."""
    return variable_scope(
        name_or_scope,
        default_name,
        values,
        initializer,
        regularizer,
        caching_device,
        partitioner,
        custom_getter,
        reuse,
        dtype,
        use_resource,
        constraint,
    )


@export("get_variable")
def get_variable(
    name,
    shape=None,
    dtype=None,
    initializer=None,
    regularizer=None,
    trainable=None,
    collections=None,
    caching_device=None,
    partitioner=None,
    validate_shape=True,
    use_resource=None,
    custom_getter=None,
    constraint=None,
    synchronization=VariableSynchronization.AUTO,
    aggregation=VariableAggregation.NONE,
):
    """The variable ``name`` of the open variable scope: made, or found again where the scope says ``reuse``.

    Args:
      name: its name, to which the variable scope (not the name scope) is put in front.
      shape: its shape; not with a constant ``initializer``.
      dtype: its type (float32, unless the scope or the initial value says otherwise).
      initializer: an initializer, or an initial value; Glorot's uniform without it.
      regularizer: a function of the variable whose result goes to REGULARIZATION_LOSSES.
      trainable, collections, caching_device, validate_shape, constraint: as in ``tf.Variable``.
      partitioner: a function that cuts the variable in parts.
      use_resource: True is refused. custom_getter: a function that is called instead, with the true getter.
      synchronization, aggregation: only what has a meaning for one copy.

    Raises:
      ValueError: if it exists and reuse is off, does not exist and reuse is on, or was made with another shape or type.
    """
    return get_variable_scope().get_variable(
        variable_store(),
        name,
        shape=shape,
        dtype=dtype,
        initializer=initializer,
        regularizer=regularizer,
        trainable=trainable,
        collections=collections,
        caching_device=caching_device,
        partitioner=partitioner,
        validate_shape=validate_shape,
        use_resource=use_resource,
        custom_getter=custom_getter,
        constraint=constraint,
        synchronization=synchronization,
        aggregation=aggregation,
    )


@export("get_local_variable")
def get_local_variable(
    name,
    shape=None,
    dtype=None,
    initializer=None,
    regularizer=None,
    trainable=False,
    collections=None,
    caching_device=None,
    partitioner=None,
    validate_shape=True,
    use_resource=None,
    custom_getter=None,
    constraint=None,
    synchronization=VariableSynchronization.AUTO,
    aggregation=VariableAggregation.NONE,
):
    """As ``get_variable``, but in LOCAL_VARIABLES and not trainable."""
    collections = [GraphKeys.LOCAL_VARIABLES, *(collections or [])]
    return get_variable(
        name,
        shape,
        dtype,
        initializer,
        regularizer,
        trainable,
        collections,
        caching_device,
        partitioner,
        validate_shape,
        use_resource,
        custom_getter,
        constraint,
        synchronization,
        aggregation,
    )
