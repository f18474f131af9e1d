"""make_template: a function whose variables are the same at each call."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from graphrt.graph import get_default_graph
from graphrt.graph.collections import GraphKeys
from graphrt.opdef import export
from graphrt.source import user_line
from graphrt_ops.library.variables.variable_scope import variable_scope


@export("make_template")
def make_template(name_, func_, create_scope_now_=False, unique_name_=None, custom_getter_=None, **kwargs) -> Template:
    """A function like ``func_`` that makes its variables (by ``tf.get_variable``) once, and uses them at every call.

    Args:
      name_: the name of its variable scope, made unique when it is first called.
      func_: the function. kwargs: arguments that it always gets.
      create_scope_now_: decide the scope now, and not at the first call.
      unique_name_: the very name of the scope; ValueError if its variables exist already.
      custom_getter_: as for ``tf.get_variable``.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default():
    ...     double = tf.make_template("double", lambda x: x * tf.get_variable("two", initializer=2.0))
    ...     a, b = double(tf.constant(1.0)), double(tf.constant(2.0))
    ...     print([v.name for v in tf.global_variables()])
    ['double/two:0']
    """
    func = functools.partial(func_, **kwargs) if kwargs else func_
    return Template(name_, func, create_scope_now_, unique_name_, custom_getter_)


class Template:
    """What ``make_template`` returns: call it as the function; its properties list its variables."""

    def __init__(
        self, name: str, func: Callable, create_scope_now: bool, unique_name: str | None, custom_getter: Callable | None
    ) -> None:
        self._func = func
        self._name = name
        self._unique_name = unique_name
        self._custom_getter = custom_getter
        self._made_at = user_line()
        self._variables_made = False
        self._scope = None
        if name is None:
            raise ValueError("name cannot be None.")
        if create_scope_now:
            with self._open(auxiliary_name_scope=False) as scope:
                self._scope = scope

    def _open(self, **options) -> variable_scope:
        return variable_scope(self._unique_name, default_name=self._name, custom_getter=self._custom_getter, **options)

    def __call__(self, *args, **kwargs) -> Any:
        if self._scope is None:
            with self._open() as scope:
                self._scope = scope
                return self._call(args, kwargs)
        with variable_scope(self._scope, reuse=self._variables_made):
            return self._call(args, kwargs)

    def _call(self, args: tuple, kwargs: dict) -> Any:
        trainable = get_default_graph().get_collection_ref(GraphKeys.TRAINABLE_VARIABLES)
        known = len(trainable)
        try:
            result = self._func(*args, **kwargs)
            if self._variables_made and len(trainable) > known:
                raise ValueError(
                    "Trainable variable created when calling a template after the first time, perhaps you used "
                    f"tf.Variable when you meant tf.get_variable: {trainable[known:]}"
                )
        except Exception as error:
            if error.args:
                error.args = (f"{error.args[0]}\n\noriginally defined at:\n  {self._made_at}", *error.args[1:])
            raise
        self._variables_made = True
        return result

    @property
    def name(self) -> str:
        return self._name

    @property
    def func(self) -> Callable:
        return self._func

    @property
    def variable_scope(self):
        """The scope of its variables; None before the first call."""
        return self._scope

    var_scope = variable_scope

    @property
    def variables(self) -> list:
        return self.global_variables + self.local_variables

    weights = variables

    @property
    def trainable_variables(self) -> list:
        return self._of(GraphKeys.TRAINABLE_VARIABLES)

    trainable_weights = trainable_variables

    @property
    def non_trainable_variables(self) -> list:
        trainable = self.trainable_variables
        return [variable for variable in self.variables if all(variable is not one for one in trainable)]

    non_trainable_weights = non_trainable_variables

    @property
    def global_variables(self) -> list:
        return self._of(GraphKeys.GLOBAL_VARIABLES)

    @property
    def local_variables(self) -> list:
        return self._of(GraphKeys.LOCAL_VARIABLES)

    def _of(self, key: str) -> list:
        """The variables of a collection whose names start with the scope's."""
        if self._scope is None:
            return []
        prefix = self._scope.name + "/" if self._scope.name else ""
        return [v for v in get_default_graph().get_collection(key) if v.name.startswith(prefix)]
