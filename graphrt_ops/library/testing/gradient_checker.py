"""compute_gradient: the Jacobian by tf.gradients beside the one by differences."""

from __future__ import annotations

import numpy as np

import graphrt_ops as F
from graphrt.autodiff.gradients import gradients
from graphrt.graph import Tensor
from graphrt.graph.stacks import get_default_session
from graphrt.opdef import convert_to_tensor, export
from graphrt.opdef.indexed_slices import IndexedSlices

_ALLOWED = ("float16", "bfloat16", "float32", "float64", "complex64", "complex128")


def _gradient_of_output(x: Tensor, y: Tensor, y_shape) -> tuple[Tensor, Tensor]:
    """The gradient of x, and the tensor of y's gradient that is to be fed."""
    dy = F.identity(F.constant(np.ones(y_shape, y.dtype.base_dtype.numpy)))
    dx = gradients(y, x, grad_ys=dy)[0]
    if dx is None:
        raise ValueError(f"compute_gradient: {y} does not depend on {x}")
    return dx, dy


def _as_reals(array: np.ndarray) -> np.ndarray:
    """Complex numbers as pairs of their real and imaginary parts."""
    array = np.ascontiguousarray(array)
    return array.reshape(-1).view(array.real.dtype)


def _dense(value, shape) -> np.ndarray:
    if not hasattr(value, "indices"):
        return np.asarray(value).reshape(shape)
    result = np.zeros(shape, value.values.dtype)
    np.add.at(result, value.indices, value.values)
    return result


def _theoretical(session, x: Tensor, dx, dy: Tensor, x_value, y_shape, feeds) -> np.ndarray:
    """d y / d x, one row a (real) number of x, one column a (real) number of y."""
    probe = np.zeros(y_shape, dy.dtype.base_dtype.numpy)
    columns = []
    fetch = dx if isinstance(dx, IndexedSlices) else convert_to_tensor(dx)
    numbers = _as_reals(probe).size
    for i in range(numbers):
        flat = _as_reals(np.zeros_like(probe))
        flat[i] = 1
        fed = flat.view(probe.dtype).reshape(y_shape)
        gradient = session.run(fetch, {**feeds, x: x_value, dy: fed})
        columns.append(_as_reals(_dense(gradient, x_value.shape)))
    rows = _as_reals(x_value).size
    return np.stack(columns, 1) if columns else np.zeros((rows, 0), x_value.real.dtype)


def _numeric(session, x: Tensor, y: Tensor, x_value, delta: float, feeds) -> np.ndarray:
    """The same by differences over ``2 * delta``."""
    rows = []
    for i in range(_as_reals(x_value).size):
        sides = []
        for sign in (1, -1):
            moved = _as_reals(x_value.copy())
            moved[i] += sign * delta
            value = session.run(y, {**feeds, x: moved.view(x_value.dtype).reshape(x_value.shape)})
            sides.append(_as_reals(np.asarray(value)))
        rows.append((sides[0] - sides[1]) / (2 * delta))
    kind = x_value.real.dtype
    return np.stack(rows).astype(kind) if rows else np.zeros((0, 0), kind)


def _check_type(name: str, tensor: Tensor) -> None:
    if tensor.dtype.base_dtype.name not in _ALLOWED:
        raise TypeError(f"compute_gradient: {name} is {tensor}; its type must be one of {', '.join(_ALLOWED)}")


def _initial(x: Tensor, x_shape, value) -> np.ndarray:
    dtype = x.dtype.base_dtype.numpy
    if value is None:
        value = np.random.random_sample(x_shape).astype(dtype)
        if np.issubdtype(dtype, np.complexfloating):
            value = value + (1j * np.random.random_sample(x_shape)).astype(dtype)
    value = np.asarray(value, dtype)
    if list(value.shape) != list(x_shape):
        raise ValueError(f"compute_gradient: x_shape is {list(x_shape)}, but x_init_value has {list(value.shape)}")
    return value


@export("test.compute_gradient")
def compute_gradient(x, x_shape, y, y_shape, x_init_value=None, delta=1e-3, init_targets=None, extra_feed_dict=None):
    """The Jacobian of y with respect to x, by ``tf.gradients`` and by differences, in the default session.

    Args:
      x: a tensor, or a list of them; floating or complex. x_shape: its shape, or a list of shapes.
      y: a tensor. y_shape: its shape.
      x_init_value: where to differentiate; random numbers from 0 to 1 without it. A list if x is one.
      delta: the step of the differences. init_targets: operations to be run before (initializers).
      extra_feed_dict: what else is to be fed.

    Returns:
      Two arrays [numbers in x, numbers in y] (a complex element is two numbers), theoretical and numeric; a list of
      such pairs if x is a list.

    Raises:
      ValueError: if y does not depend on x, a shape is wrong, or there is no default session.
      TypeError: for tensors that are neither floating nor complex.
    """
    many = isinstance(x, list)
    xs, shapes = (x, x_shape) if many else ([x], [x_shape])
    starts = x_init_value if many and x_init_value is not None else [x_init_value] * len(xs)
    session = get_default_session()
    if session is None:
        raise ValueError("compute_gradient needs a default session: call it inside `with tf.Session():`")
    _check_type("y", y)
    for one in xs:
        _check_type("x", one)
    made = [_gradient_of_output(one, y, y_shape) for one in xs]
    for target in init_targets or ():
        session.run(target)
    feeds = dict(extra_feed_dict or {})
    results = []
    for one, shape, start, (dx, dy) in zip(xs, shapes, starts, made, strict=True):
        value = _initial(one, shape, start)
        theoretical = _theoretical(session, one, dx, dy, value, y_shape, feeds)
        results.append((theoretical, _numeric(session, one, y, value, delta, feeds).reshape(theoretical.shape)))
    return results if many else results[0]


@export("test.compute_gradient_error")
def compute_gradient_error(
    x, x_shape, y, y_shape, x_init_value=None, delta=1e-3, init_targets=None, extra_feed_dict=None
) -> float:
    """The largest difference between the two Jacobians of ``compute_gradient``; 0 for empty ones.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session():
    ...     x = tf.constant([1.0, 2.0], tf.float64)
    ...     tf.test.compute_gradient_error(x, [2], tf.square(x), [2]) < 1e-6
    True
    """
    results = compute_gradient(x, x_shape, y, y_shape, x_init_value, delta, init_targets, extra_feed_dict)
    pairs = results if isinstance(results, list) else [results]
    errors = [float(np.abs(theoretical - numeric).max()) for theoretical, numeric in pairs if theoretical.size]
    return max(errors, default=0.0)
