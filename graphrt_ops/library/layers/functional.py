"""The functions of tf.layers, made of the layer classes: make a layer, call it once."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable
from typing import Any


def with_defaults(initializer: Callable, **defaults: Any) -> Callable:
    """A copy of an ``__init__`` some of whose parameters have other defaults."""
    parameters = [p for p in inspect.signature(initializer).parameters.values() if p.default is not p.empty]
    values = tuple(defaults.get(p.name, p.default) for p in parameters)
    code, closure = initializer.__code__, initializer.__closure__
    return types.FunctionType(code, initializer.__globals__, initializer.__name__, values, closure)


def _signature(layer_class: type, reusable: bool) -> inspect.Signature:
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    own = [p for p in inspect.signature(layer_class).parameters.values() if p.kind is kind]
    last = [inspect.Parameter("reuse", kind, default=None)] if reusable else []
    return inspect.Signature([inspect.Parameter("inputs", kind), *own, *last])


def functional(name: str, layer_class: type, doc: str, reusable: bool = True) -> Callable:
    """A function of ``inputs``, the arguments of ``layer_class`` and (``reusable``) ``reuse``."""
    signature = _signature(layer_class, reusable)

    def function(*args, **kwargs):
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        arguments = bound.arguments
        inputs, reuse = arguments.pop("inputs"), arguments.pop("reuse", None)
        shared = {"_reuse": reuse, "_scope": arguments["name"]} if reusable else {}
        return layer_class(**arguments, **shared).apply(inputs)

    function.__name__ = function.__qualname__ = name
    function.__module__, function.__doc__ = layer_class.__module__, doc
    function.__signature__ = signature
    return function
