"""The operators of Tensors: +, *, <, [] and so on; Variables take them over from here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphrt.graph import Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import convert_to_tensor

INSTALLED: dict[str, Callable[..., Any]] = {}
"""Every operator method, by its Python name."""


def install(method: str, function: Callable[..., Any]) -> None:
    """Makes ``function`` the operator ``method`` of Tensors (and of what takes over their operators)."""
    INSTALLED[method] = function
    Tensor._override_operator(method, function)


def binary(operator: str, function: Callable[..., Any], name: str | None = None, reversed_too: bool = True) -> None:
    """Installs ``x op y`` and ``y op x``: the operand that is no tensor is converted to the type of the other one.

    ``function(x, y, name=...)`` makes the nodes; ``name`` is the operator's node name in TF1.
    """
    node_name = name or operator

    def forward(x, y):
        with name_scope(None, node_name, [x, y]) as scope:
            x = convert_to_tensor(x, name="x")
            if not isinstance(y, Tensor):
                try:
                    y = convert_to_tensor(y, dtype=x.dtype.base_dtype, name="y")
                except TypeError:
                    # The right operand may know how to work with a tensor on its left.
                    if hasattr(type(y), f"__r{operator}__") and not isinstance(y, (int, float, complex)):
                        return NotImplemented
                    raise
            return function(x, y, name=scope)

    def backward(y, x):
        with name_scope(None, node_name, [x, y]) as scope:
            y = convert_to_tensor(y, name="y")
            x = convert_to_tensor(x, dtype=y.dtype.base_dtype, name="x")
            return function(x, y, name=scope)

    install(f"__{operator}__", forward)
    if reversed_too:
        install(f"__r{operator}__", backward)


def take_over_operators(kind: type, tensor_of: Callable[[Any], Tensor]) -> None:
    """Gives ``kind`` the operators of Tensors, later ones too, on the tensor that stands for it."""

    def forwarder(method: str) -> Callable[..., Any]:
        def operator(self, *arguments):
            return INSTALLED[method](tensor_of(self), *arguments)

        operator.__name__ = method
        return operator

    for method in Tensor.OVERLOADABLE_OPERATORS:
        setattr(kind, method, forwarder(method))
