"""dropout: elements set to zero at random, the others scaled up."""

from __future__ import annotations

import numbers

import numpy as np

import graphrt_ops as F
from graphrt.graph import Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import convert_to_tensor, export, static_value
from graphrt.shapes import TensorShape


@export("nn.dropout")
def dropout(x, keep_prob=None, noise_shape=None, seed=None, name=None, rate=None):
    """x / (1 - rate) with the probability 1 - rate, else 0: the mean of every element stays what it was.

    Args:
      x: a floating tensor.
      keep_prob: the older form of the argument, 1 - rate; it is the second position, so ``dropout(x, 0.9)`` keeps
        nine tenths. A number or a scalar tensor.
      noise_shape: the shape of the random numbers, which is broadcast to that of ``x``: where it is 1, elements are
        kept or dropped together. None in it stands for the size of ``x``.
      seed: the op seed of the random numbers (see ``tf.set_random_seed``).
      name: a name for the scope of the nodes.
      rate: the probability that an element is dropped, in [0, 1). A rate of 0 returns ``x`` itself.

    Raises:
      ValueError: if ``x`` is not floating, or the rate is missing, given twice or out of range.
    """
    if rate is not None and keep_prob is not None:
        raise ValueError("Cannot specify both 'keep_prob' and 'rate'")
    if keep_prob is not None:
        rate = 1 - keep_prob
    if rate is None:
        raise ValueError("You must provide a rate to dropout.")
    with name_scope(name, "dropout", [x]):
        x = convert_to_tensor(x, name="x")
        if not x.dtype.is_floating:
            raise ValueError(
                f"x has to be a floating point tensor since it's going to be scaled. Got a {x.dtype!r} tensor instead."
            )
        _check_rate(rate)
        if isinstance(rate, numbers.Real) and rate == 0:
            return x
        rate = convert_to_tensor(rate, dtype=x.dtype, name="rate")
        if rate.shape.rank not in (None, 0):
            raise ValueError(f"rate must be a scalar, got the shape {rate.shape}")
        known = static_value(rate)
        return x if known is not None and known == 0 else _dropped(x, rate, noise_shape, seed)


def _check_rate(rate) -> None:
    if isinstance(rate, (numbers.Real, np.number)) and not 0 <= rate < 1:
        raise ValueError(f"rate must be a scalar tensor or a float in the range [0, 1), got {rate:g}")


def _dropped(x: Tensor, rate: Tensor, noise_shape, seed) -> Tensor:
    shape = F.shape(x) if noise_shape is None else _completed(noise_shape, x.shape)
    noise = F.random_uniform(shape, seed=seed, dtype=x.dtype)
    scale = 1 / (1 - rate)
    keep = noise >= rate
    result = x * scale * F.cast(keep, x.dtype)
    result.set_shape(x.shape)
    return result


def _completed(noise_shape, shape: TensorShape):
    """``noise_shape`` with the sizes of ``shape`` where it has None."""
    if isinstance(noise_shape, Tensor):
        return noise_shape
    try:
        wanted = TensorShape(noise_shape)
    except (TypeError, ValueError):
        return noise_shape
    if shape.values is None or wanted.rank != shape.rank:
        return noise_shape
    return TensorShape(
        [theirs if own is None else own for own, theirs in zip(wanted.values, shape.values, strict=True)]
    )
