"""What layers take by name, as Keras does: activation="relu", kernel_initializer="he_normal"."""

from __future__ import annotations

from collections.abc import Callable

import graphrt_ops as F
from graphrt.graph import Tensor
from graphrt_ops.library.initializers import keras_initializers

# Klambauer et al. 2017
_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946


def _selu(x: Tensor) -> Tensor:
    positive = F.elu(x)
    return _SELU_SCALE * F.where(x > 0, positive, _SELU_ALPHA * positive)


def _hard_sigmoid(x: Tensor) -> Tensor:
    slope, half = F.constant(0.2, dtype=x.dtype.base_dtype), F.constant(0.5, dtype=x.dtype.base_dtype)
    return F.clip_by_value(F.add(F.multiply(x, slope), half), 0.0, 1.0)


_ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "elu": lambda x: F.elu(x),
    "exponential": lambda x: F.exp(x),
    "hard_sigmoid": _hard_sigmoid,
    "linear": lambda x: x,
    "relu": lambda x: F.relu(x),
    "selu": _selu,
    "sigmoid": lambda x: F.sigmoid(x),
    "softmax": lambda x: F.softmax(x),
    "softplus": lambda x: F.softplus(x),
    "softsign": lambda x: F.softsign(x),
    "tanh": lambda x: F.tanh(x),
}


def activation_of(value) -> Callable | None:
    """The function that ``value`` is or names; None for no activation.

    Raises:
      ValueError: for an unknown name. TypeError: for what is no function.
    """
    if value is None or callable(value):
        return value
    if isinstance(value, str):
        if value not in _ACTIVATIONS:
            raise ValueError(f"Unknown activation function:{value}; it may be one of {', '.join(_ACTIVATIONS)}")
        return _ACTIVATIONS[value]
    raise TypeError(f"Could not interpret activation function identifier: {value!r}")


def initializer_of(value):
    """The initializer that ``value`` is or names; what is no name is returned as it is."""
    return keras_initializers.get(value) if isinstance(value, str) else value


def refuse_names(**functions) -> None:
    """ValueError for a regularizer or constraint given by its name, which only Keras' own have."""
    for argument, value in functions.items():
        if isinstance(value, str):
            raise ValueError(f"{argument}={value!r}: names are not supported here; pass a function of the variable")
