"""Learning rates that change with the global step."""

from __future__ import annotations

import math

import graphrt_ops as F
from graphrt.graph.scopes import name_scope
from graphrt.opdef import convert_to_tensor, export


def _need_step(global_step, function: str) -> None:
    if global_step is None:
        raise ValueError(f"global_step is required for {function}.")


@export("train.exponential_decay")
def exponential_decay(learning_rate, global_step, decay_steps, decay_rate, staircase=False, name=None):
    """``learning_rate * decay_rate ** (global_step / decay_steps)``; ``staircase`` rounds the exponent down."""
    _need_step(global_step, "exponential_decay")
    with name_scope(name, "ExponentialDecay", [learning_rate, global_step, decay_steps, decay_rate]) as scope:
        rate = convert_to_tensor(learning_rate, name="initial_learning_rate")
        steps = F.cast(decay_steps, rate.dtype)
        decay = F.cast(decay_rate, rate.dtype)
        exponent = F.cast(global_step, rate.dtype) / steps
        return F.multiply(rate, F.pow(decay, F.floor(exponent) if staircase else exponent), name=scope)


@export("train.inverse_time_decay")
def inverse_time_decay(learning_rate, global_step, decay_steps, decay_rate, staircase=False, name=None):
    """``learning_rate / (1 + decay_rate * global_step / decay_steps)``; ``staircase`` rounds the quotient down."""
    _need_step(global_step, "inverse_time_decay")
    with name_scope(name, "InverseTimeDecay", [learning_rate, global_step, decay_rate]) as scope:
        rate = convert_to_tensor(learning_rate, name="initial_learning_rate")
        steps = F.cast(decay_steps, rate.dtype)
        decay = F.cast(decay_rate, rate.dtype)
        progress = F.cast(global_step, rate.dtype) / steps
        if staircase:
            progress = F.floor(progress)
        one = F.cast(F.constant(1), rate.dtype)
        return F.divide(rate, F.add(one, F.multiply(decay, progress)), name=scope)


@export("train.natural_exp_decay")
def natural_exp_decay(learning_rate, global_step, decay_steps, decay_rate, staircase=False, name=None):
    """``learning_rate * exp(-decay_rate * global_step / decay_steps)``; ``staircase`` rounds the quotient down."""
    rate = F.exp(F.negative(decay_rate))
    return exponential_decay(learning_rate, global_step, decay_steps, rate, staircase=staircase, name=name)


@export("train.polynomial_decay")
def polynomial_decay(
    learning_rate, global_step, decay_steps, end_learning_rate=0.0001, power=1.0, cycle=False, name=None
):
    """``(learning_rate - end) * (1 - step / decay_steps) ** power + end`` up to ``decay_steps``, then ``end``.

    With ``cycle``, ``decay_steps`` is stretched to the next multiple that the step has not passed.
    """
    _need_step(global_step, "polynomial_decay")
    values = [learning_rate, global_step, decay_steps, end_learning_rate, power]
    with name_scope(name, "PolynomialDecay", values) as scope:
        rate = convert_to_tensor(learning_rate, name="initial_learning_rate")
        end = F.cast(end_learning_rate, rate.dtype)
        exponent = F.cast(power, rate.dtype)
        step = F.cast(global_step, rate.dtype)
        steps = F.cast(decay_steps, rate.dtype)
        if cycle:
            times = F.cond(F.equal(step, 0), lambda: 1.0, lambda: F.ceil(step / decay_steps))
            steps = F.multiply(steps, times)
        else:
            step = F.minimum(step, decay_steps)
        progress = F.divide(step, steps)
        return F.add(F.multiply(rate - end, F.pow(1 - progress, exponent)), end, name=scope)


@export("train.piecewise_constant", "train.piecewise_constant_decay")
def piecewise_constant(x, boundaries, values, name=None):
    """``values[0]`` while ``x <= boundaries[0]``, ``values[1]`` while ``x <= boundaries[1]``, and so on.

    Args:
      x: a scalar tensor, the global step as a rule. boundaries: increasing numbers of x's type.
      values: one more than there are boundaries. name: a name for the operation.
    """
    boundaries = [convert_to_tensor(b) for b in boundaries]
    values = [convert_to_tensor(v) for v in values]
    x = convert_to_tensor(x)
    for i, boundary in enumerate(boundaries):
        if boundary.dtype.base_dtype is x.dtype.base_dtype:
            continue
        if boundary.dtype.base_dtype.name == "int32" and x.dtype.base_dtype.name == "int64":
            boundaries[i] = F.cast(boundary, x.dtype.base_dtype)
        else:
            raise ValueError(
                f"Boundaries ({boundary.dtype.base_dtype}) must have the same dtype as x ({x.dtype.base_dtype})."
            )
    for value in values[1:]:
        if value.dtype.base_dtype is not values[0].dtype.base_dtype:
            raise ValueError(
                f"Values must have elements all with the same dtype ({values[0].dtype.base_dtype} vs "
                f"{value.dtype.base_dtype})."
            )
    with name_scope(name, "PiecewiseConstant", [x, *boundaries, *values]) as _:
        cases = [
            (F.less_equal(x, boundaries[0]), lambda: values[0]),
            (F.greater(x, boundaries[-1]), lambda: values[-1]),
        ]
        for low, high, value in zip(boundaries, boundaries[1:], values[1:-1], strict=False):
            inside = F.greater(x, low) & F.less_equal(x, high)
            cases.append((inside, lambda value=value: value))
        return F.case(cases, default=lambda: values[0], exclusive=True)


@export("train.cosine_decay")
def cosine_decay(learning_rate, global_step, decay_steps, alpha=0.0, name=None):
    """Half a cosine from ``learning_rate`` to ``alpha * learning_rate`` (Loshchilov and Hutter 2017)."""
    _need_step(global_step, "cosine_decay")
    with name_scope(name, "CosineDecay", [learning_rate, global_step]):
        rate = convert_to_tensor(learning_rate, name="initial_learning_rate")
        steps = F.cast(decay_steps, rate.dtype)
        step = F.minimum(F.cast(global_step, rate.dtype), steps)
        done = step / steps
        cosine = 0.5 * (1.0 + F.cos(F.constant(math.pi) * done))
        return F.multiply(rate, (1 - alpha) * cosine + alpha)


@export("train.linear_cosine_decay")
def linear_cosine_decay(learning_rate, global_step, decay_steps, num_periods=0.5, alpha=0.0, beta=0.001, name=None):
    """``(alpha + 1 - t) * cosine + beta`` times the rate, with ``t`` from 0 to 1 (Bello et al. 2017)."""
    _need_step(global_step, "linear_cosine_decay")
    with name_scope(name, "LinearCosineDecay", [learning_rate, global_step]) as scope:
        rate = convert_to_tensor(learning_rate, name="initial_learning_rate")
        steps = F.cast(decay_steps, rate.dtype)
        periods, low, offset = (F.cast(v, rate.dtype) for v in (num_periods, alpha, beta))
        step = F.minimum(F.cast(global_step, rate.dtype), steps)
        left = (steps - step) / steps
        done = step / steps
        done = 2.0 * periods * done
        cosine = 0.5 * (1.0 + F.cos(F.constant(math.pi) * done))
        return F.multiply(rate, (low + left) * cosine + offset, name=scope)


@export("train.noisy_linear_cosine_decay")
def noisy_linear_cosine_decay(
    learning_rate,
    global_step,
    decay_steps,
    initial_variance=1.0,
    variance_decay=0.55,
    num_periods=0.5,
    alpha=0.0,
    beta=0.001,
    name=None,
):
    """``linear_cosine_decay`` with normal noise in its linear part, of variance ``initial / (1 + step) ** decay``."""
    _need_step(global_step, "noisy linear cosine decay")
    with name_scope(name, "NoisyLinearCosineDecay", [learning_rate, global_step]) as scope:
        rate = convert_to_tensor(learning_rate, name="initial_learning_rate")
        steps = F.cast(decay_steps, rate.dtype)
        variance, decay = F.cast(initial_variance, rate.dtype), F.cast(variance_decay, rate.dtype)
        periods, low, offset = (F.cast(v, rate.dtype) for v in (num_periods, alpha, beta))
        step = F.minimum(F.cast(global_step, rate.dtype), steps)
        left = (steps - step) / steps
        spread = F.sqrt(variance / F.pow(1.0 + step, decay))
        noisy = left + F.random_normal(left.shape, stddev=spread)
        done = step / steps
        done = 2.0 * periods * done
        cosine = 0.5 * (1.0 + F.cos(F.constant(math.pi) * done))
        return F.multiply(rate, (low + noisy) * cosine + offset, name=scope)


@export("train.cosine_decay_restarts")
def cosine_decay_restarts(learning_rate, global_step, first_decay_steps, t_mul=2.0, m_mul=1.0, alpha=0.0, name=None):
    """Cosine decay that starts again: each period is ``t_mul`` times as long and starts at ``m_mul`` times the rate."""
    _need_step(global_step, "cosine decay restarts")
    with name_scope(name, "SGDRDecay", [learning_rate, global_step]) as scope:
        rate = convert_to_tensor(learning_rate, name="initial_learning_rate")
        first = F.cast(first_decay_steps, rate.dtype)
        low, longer, smaller = (F.cast(v, rate.dtype) for v in (alpha, t_mul, m_mul))
        done = F.cast(global_step, rate.dtype) / first

        def geometric():
            restarts = F.floor(F.log(1.0 - done * (1.0 - longer)) / F.log(longer))
            before = (1.0 - longer**restarts) / (1.0 - longer)
            return restarts, (done - before) / longer**restarts

        def equal():
            restarts = F.floor(done)
            return restarts, done - restarts

        restarts, done = F.cond(F.equal(longer, 1.0), equal, geometric)
        factor = smaller**restarts
        cosine = 0.5 * factor * (1.0 + F.cos(F.constant(math.pi) * done))
        return F.multiply(rate, (1 - low) * cosine + low, name=scope)
