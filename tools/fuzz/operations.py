"""What the nodes of a described graph do: how each is built, by graphrt or TensorFlow 1.15, and what it means in NumPy.

A value's kind has three functions: ``build(tf, inputs, attrs)``, ``evaluate(inputs, attrs)`` and ``bound(bounds,
arrays, attrs)``, the largest magnitude that the result can have, so that small integers in floats stay exact. Runs
under Python 3.7 too: TensorFlow 1.15's.
"""

from __future__ import annotations

import numpy as np


class Value:
    """One kind of node that computes a value from values."""

    def __init__(self, build, evaluate, bound=None):
        self.build = build
        self.evaluate = evaluate
        self.bound = bound or (lambda bounds, arrays, attrs: bounds[0])


def _total(bounds, arrays, attrs):
    return sum(bounds)


def _product(bounds, arrays, attrs):
    return bounds[0] * bounds[1]


def _largest(bounds, arrays, attrs):
    return max(bounds)


def _times_size(bounds, arrays, attrs):
    return bounds[0] * max(1, arrays[0].size)


def _axis(attrs):
    return None if attrs.get("axis") is None else tuple(attrs["axis"])


def _reduction(name, function, bound=None):
    def build(tf, inputs, attrs):
        return getattr(tf, name)(inputs[0], attrs.get("axis"), keepdims=attrs.get("keep", False))

    def evaluate(inputs, attrs):
        return function(inputs[0], axis=_axis(attrs), keepdims=attrs.get("keep", False))

    return Value(build, evaluate, bound)


def _unary(name, function, bound=None):
    def build(tf, inputs, attrs):
        return (tf.nn.relu if name == "relu" else getattr(tf, name))(inputs[0])

    return Value(build, lambda inputs, attrs: function(inputs[0]), bound)


def _binary(name, function, bound):
    return Value(
        lambda tf, inputs, attrs: getattr(tf, name)(inputs[0], inputs[1]),
        lambda inputs, attrs: function(inputs[0], inputs[1]),
        bound,
    )


def _slices(attrs):
    return tuple(slice(*part) for part in attrs["slices"])


def _mean_of_integers(inputs, attrs):
    return np.mean(inputs[0], axis=_axis(attrs), keepdims=attrs.get("keep", False), dtype=inputs[0].dtype)


def _python(function):
    def build(tf, inputs, attrs):
        result = tf.py_func(function, list(inputs), inputs[0].dtype.base_dtype)
        result.set_shape(inputs[0].shape)
        return result

    return build


def _python_of_any_shape(tf, inputs, attrs):
    """As ``_python``; nobody knows more than the rank before it runs."""
    result = tf.py_func(lambda array: array + array, list(inputs), inputs[0].dtype.base_dtype)
    result.set_shape([None] * attrs["rank"])
    return result


def _all_of_it(tf, inputs, attrs):
    """All rows; how many these are follows from the values."""
    values = inputs[0]
    chosen = tf.boolean_mask(values, tf.equal(values, values))
    return tf.reshape(chosen, [-1] + attrs["row"])


def _some_of_it(tf, inputs, attrs):
    """A sum over elements whose number changes with the values."""
    chosen = tf.boolean_mask(inputs[0], inputs[0] > 0.0)
    return tf.reduce_sum(tf.abs(tf.maximum(tf.minimum(chosen, 3.0) * 2.0 + 1.0, chosen) - 1.0))


def _some(inputs, attrs):
    chosen = inputs[0][inputs[0] > 0]
    return np.sum(np.abs(np.maximum(np.minimum(chosen, 3) * 2 + 1, chosen) - 1), dtype=inputs[0].dtype)


def _double_its_argument(array):
    array *= 2
    return array


def _clip(array, attrs):
    return np.minimum(np.maximum(array, array.dtype.type(-attrs["limit"])), array.dtype.type(attrs["limit"]))


def _padded(inputs, attrs):
    return np.pad(inputs[0], [tuple(pair) for pair in attrs["paddings"]], "constant")


VALUES = {
    # elementwise
    "negative": _unary("negative", np.negative),
    "abs": _unary("abs", np.abs),
    "square": _unary("square", np.square, lambda bounds, arrays, attrs: bounds[0] ** 2),
    "relu": _unary("relu", lambda a: np.maximum(a, a.dtype.type(0))),
    "sign": _unary("sign", np.sign, lambda bounds, arrays, attrs: 1),
    "floor": _unary("floor", np.floor),
    "plus": Value(
        lambda tf, inputs, attrs: inputs[0] + attrs["number"],
        lambda inputs, attrs: inputs[0] + inputs[0].dtype.type(attrs["number"]),
        lambda bounds, arrays, attrs: bounds[0] + abs(attrs["number"]),
    ),
    "times": Value(
        lambda tf, inputs, attrs: inputs[0] * attrs["number"],
        lambda inputs, attrs: inputs[0] * inputs[0].dtype.type(attrs["number"]),
        lambda bounds, arrays, attrs: bounds[0] * abs(attrs["number"]),
    ),
    "clip": Value(
        lambda tf, inputs, attrs: tf.clip_by_value(inputs[0], -float(attrs["limit"]), float(attrs["limit"])),
        lambda inputs, attrs: _clip(inputs[0], attrs),
        lambda bounds, arrays, attrs: min(bounds[0], attrs["limit"]),
    ),
    "through_int": Value(
        lambda tf, inputs, attrs: tf.cast(tf.cast(inputs[0], tf.int32), inputs[0].dtype.base_dtype),
        lambda inputs, attrs: inputs[0].astype(np.int32).astype(inputs[0].dtype),
    ),
    # two values
    "add": _binary("add", np.add, _total),
    "subtract": _binary("subtract", np.subtract, _total),
    "multiply": _binary("multiply", np.multiply, _product),
    "maximum": _binary("maximum", np.maximum, _largest),
    "minimum": _binary("minimum", np.minimum, _largest),
    "squared_difference": _binary(
        "squared_difference", lambda a, b: np.square(a - b), lambda bounds, arrays, attrs: (bounds[0] + bounds[1]) ** 2
    ),
    "select": Value(
        lambda tf, inputs, attrs: tf.where(tf.less(inputs[0], inputs[1]), inputs[0], inputs[1]),
        lambda inputs, attrs: np.where(inputs[0] < inputs[1], inputs[0], inputs[1]),
        _largest,
    ),
    "add_n": Value(
        lambda tf, inputs, attrs: tf.add_n(list(inputs)),
        lambda inputs, attrs: sum(inputs[1:], inputs[0]),
        _total,
    ),
    "matmul": Value(
        lambda tf, inputs, attrs: tf.matmul(inputs[0], inputs[1]),
        lambda inputs, attrs: np.matmul(inputs[0], inputs[1]),
        lambda bounds, arrays, attrs: bounds[0] * bounds[1] * max(1, arrays[0].shape[1]),
    ),
    "concat": Value(
        lambda tf, inputs, attrs: tf.concat(list(inputs), attrs["axis"]),
        lambda inputs, attrs: np.concatenate(inputs, attrs["axis"]),
        _largest,
    ),
    "stack": Value(
        lambda tf, inputs, attrs: tf.stack(list(inputs), attrs["axis"]),
        lambda inputs, attrs: np.stack(inputs, attrs["axis"]),
        _largest,
    ),
    # views and copies
    "reshape": Value(
        lambda tf, inputs, attrs: tf.reshape(inputs[0], attrs["shape"]),
        lambda inputs, attrs: np.reshape(inputs[0], attrs["shape"]),
    ),
    "transpose": Value(
        lambda tf, inputs, attrs: tf.transpose(inputs[0], attrs["order"]),
        lambda inputs, attrs: np.transpose(inputs[0], attrs["order"]),
    ),
    "slice": Value(
        lambda tf, inputs, attrs: inputs[0][_slices(attrs)],
        lambda inputs, attrs: inputs[0][_slices(attrs)],
    ),
    "row": Value(
        lambda tf, inputs, attrs: inputs[0][attrs["index"]],
        lambda inputs, attrs: np.asarray(inputs[0][attrs["index"]]),
    ),
    "split": Value(
        lambda tf, inputs, attrs: tf.split(inputs[0], attrs["parts"], attrs["axis"])[attrs["part"]],
        lambda inputs, attrs: np.split(inputs[0], attrs["parts"], attrs["axis"])[attrs["part"]],
    ),
    "unstack": Value(
        lambda tf, inputs, attrs: tf.unstack(inputs[0], attrs["of"], attrs["axis"])[attrs["part"]],
        lambda inputs, attrs: np.take(inputs[0], attrs["part"], attrs["axis"]),
    ),
    "expand": Value(
        lambda tf, inputs, attrs: tf.expand_dims(inputs[0], attrs["axis"]),
        lambda inputs, attrs: np.expand_dims(inputs[0], attrs["axis"]),
    ),
    "squeeze": Value(
        lambda tf, inputs, attrs: tf.squeeze(inputs[0], [attrs["axis"]]),
        lambda inputs, attrs: np.squeeze(inputs[0], attrs["axis"]),
    ),
    "broadcast": Value(
        lambda tf, inputs, attrs: tf.broadcast_to(inputs[0], attrs["shape"]),
        lambda inputs, attrs: np.broadcast_to(inputs[0], attrs["shape"]),
    ),
    "tile": Value(
        lambda tf, inputs, attrs: tf.tile(inputs[0], attrs["multiples"]),
        lambda inputs, attrs: np.tile(inputs[0], attrs["multiples"]),
    ),
    "reverse": Value(
        lambda tf, inputs, attrs: tf.reverse(inputs[0], [attrs["axis"]]),
        lambda inputs, attrs: np.flip(inputs[0], attrs["axis"]),
    ),
    "pad": Value(lambda tf, inputs, attrs: tf.pad(inputs[0], attrs["paddings"]), _padded),
    "gather": Value(
        lambda tf, inputs, attrs: tf.gather(inputs[0], attrs["indices"]),
        lambda inputs, attrs: np.take(inputs[0], attrs["indices"], 0),
    ),
    "cumsum": Value(
        lambda tf, inputs, attrs: tf.cumsum(inputs[0], attrs["axis"]),
        lambda inputs, attrs: np.cumsum(inputs[0], attrs["axis"], dtype=inputs[0].dtype),
        _times_size,
    ),
    # reductions
    "sum": _reduction("reduce_sum", np.sum, _times_size),
    "max": _reduction("reduce_max", np.max),
    "min": _reduction("reduce_min", np.min),
    "mean": Value(_reduction("reduce_mean", np.mean).build, _mean_of_integers),
    # Python in between
    "python": Value(
        _python(lambda array: array + array),
        lambda inputs, attrs: inputs[0] * 2,
        lambda bounds, arrays, attrs: 2 * bounds[0],
    ),
    "python_in_place": Value(
        _python(_double_its_argument),
        lambda inputs, attrs: inputs[0] * 2,
        lambda bounds, arrays, attrs: 2 * bounds[0],
    ),
    # shapes that are known only when it runs
    "python_of_any_shape": Value(
        _python_of_any_shape,
        lambda inputs, attrs: inputs[0] * 2,
        lambda bounds, arrays, attrs: 2 * bounds[0],
    ),
    "all_of_it": Value(_all_of_it, lambda inputs, attrs: inputs[0].copy()),
    "some_of_it": Value(
        _some_of_it,
        _some,
        lambda bounds, arrays, attrs: (bounds[0] + 8) * max(1, arrays[0].size),
    ),
    # not exact, or of no interest to integers: for random reals only
    "exp": _unary("exp", np.exp, lambda bounds, arrays, attrs: float(np.exp(min(bounds[0], 80)))),
    "sin": _unary("sin", np.sin, lambda bounds, arrays, attrs: 1),
    "power": Value(
        lambda tf, inputs, attrs: inputs[0] ** 2,
        lambda inputs, attrs: inputs[0] ** 2,
        lambda bounds, arrays, attrs: bounds[0] ** 2,
    ),
    "halve": Value(lambda tf, inputs, attrs: inputs[0] / 2.0, lambda inputs, attrs: inputs[0] / 2),
    "one_minus": Value(
        lambda tf, inputs, attrs: 1.0 - inputs[0],
        lambda inputs, attrs: 1 - inputs[0],
        lambda bounds, arrays, attrs: bounds[0] + 1,
    ),
    "zeros_like": _unary("zeros_like", np.zeros_like),
    "ones_like": _unary("ones_like", np.ones_like, lambda bounds, arrays, attrs: 1),
    "stop_gradient": _unary("stop_gradient", np.copy),
    "as_its_shape": Value(
        lambda tf, inputs, attrs: tf.reshape(inputs[0], tf.shape(inputs[0])), lambda inputs, attrs: inputs[0].copy()
    ),
    "tanh": _unary("tanh", np.tanh, lambda bounds, arrays, attrs: 1),
    "sigmoid": _unary("sigmoid", lambda a: 1 / (1 + np.exp(-a)), lambda bounds, arrays, attrs: 1),
}


# -- how fed arrays lie in memory --------------------------------------------------------------------------------------

LAYOUTS = ("plain", "plain", "fortran", "reversed", "spread")


def laid_out(array, layout):
    """The same array, laid out in memory in another way."""
    if layout == "plain" or not array.ndim:
        return array
    if layout == "fortran":
        return np.asfortranarray(array)
    if layout == "reversed":
        return np.ascontiguousarray(array[::-1])[::-1]
    wide = np.zeros((2 * array.shape[0],) + array.shape[1:], array.dtype)
    wide[::2] = array
    return wide[::2]


# -- writes ------------------------------------------------------------------------------------------------------------


class Write:
    """One kind of node that writes a variable: ``build(tf, reference, inputs, attrs)``, ``evaluate(old, inputs,
    attrs)``, the new value. ``grows`` says by how much the variable's magnitude can: "to" or "by" the input's."""

    def __init__(self, build, evaluate, grows="by"):
        self.build = build
        self.evaluate = evaluate
        self.grows = grows


def _replaced(index, values_of):
    def evaluate(old, inputs, attrs):
        new = old.copy()
        new[index(attrs)] = values_of(old, inputs, attrs)
        return new

    return evaluate


def _scattered(function):
    def evaluate(old, inputs, attrs):
        new = old.copy()
        function(new, attrs["indices"], inputs[0])
        return new

    return evaluate


def _scattered_nd(function):
    def evaluate(old, inputs, attrs):
        new = old.copy()
        function(new, tuple(np.array(attrs["indices"], np.int32).T), inputs[0])
        return new

    return evaluate


def _put(array, indices, values):
    array[indices] = values


def _scatter(name, function, grows="by"):
    nd = "_nd_" in name
    evaluate = (_scattered_nd if nd else _scattered)(function)
    return Write(
        lambda tf, reference, inputs, attrs: getattr(tf, name)(reference, attrs["indices"], inputs[0]), evaluate, grows
    )


WRITES = {
    "assign": Write(
        lambda tf, reference, inputs, attrs: tf.assign(reference, inputs[0]),
        lambda old, inputs, attrs: inputs[0].copy(),
        "to",
    ),
    "assign_add": Write(
        lambda tf, reference, inputs, attrs: tf.assign_add(reference, inputs[0]),
        lambda old, inputs, attrs: old + inputs[0],
    ),
    "assign_sub": Write(
        lambda tf, reference, inputs, attrs: tf.assign_sub(reference, inputs[0]),
        lambda old, inputs, attrs: old - inputs[0],
    ),
    "assign_slice": Write(
        lambda tf, reference, inputs, attrs: reference[_slices(attrs)].assign(inputs[0]),
        _replaced(_slices, lambda old, inputs, attrs: inputs[0]),
        "to",
    ),
    "scatter_update": _scatter("scatter_update", _put, "to"),
    "scatter_add": _scatter("scatter_add", np.add.at),
    "scatter_sub": _scatter("scatter_sub", np.subtract.at),
    "scatter_mul": _scatter("scatter_mul", np.multiply.at, "sign"),
    "scatter_nd_update": _scatter("scatter_nd_update", _put, "to"),
    "scatter_nd_add": _scatter("scatter_nd_add", np.add.at),
    "scatter_nd_sub": _scatter("scatter_nd_sub", np.subtract.at),
}
NO_REFERENCE = ("assign_slice",)
"""Writes that take a Variable only, not what another write hands on."""


# -- optimizers --------------------------------------------------------------------------------------------------------


def optimizer(tf, kind):
    """Learning rates for which small integers stay exact."""
    if kind == "descent":
        return tf.train.GradientDescentOptimizer(1.0)
    if kind == "momentum":
        return tf.train.MomentumOptimizer(1.0, 1.0)
    return tf.train.AdamOptimizer(0.125)


def applied(kind, values, gradients, slots, rows=None):
    """The new values; ``slots`` is what the optimizer keeps between steps, {} before the first, changed here. With
    ``rows`` the gradients are those rows of what is given: as often as they come, and no others."""
    touched = [np.ones_like(value) for value in values]
    if rows is not None:
        given, gradients = gradients, [np.zeros_like(value) for value in values]
        for one, whole, mark in zip(given, gradients, touched):
            np.add.at(whole, rows, one[rows])
            mark[np.setdiff1d(np.arange(len(mark)), rows)] = 0
    if kind == "descent":
        return [value - gradient for value, gradient in zip(values, gradients)]
    if kind == "momentum":
        sums = slots.get("sums") or [np.zeros_like(value) for value in values]
        slots["sums"] = [total + gradient for total, gradient in zip(sums, gradients)]
        return [np.where(mark, value - total, value) for value, total, mark in zip(values, slots["sums"], touched)]
    number = values[0].dtype.type
    first, second = slots.get("moments") or ([np.zeros_like(v) for v in values], [np.zeros_like(v) for v in values])
    powers = slots.get("powers") or (0.9, 0.999)
    rate = 0.125 * np.sqrt(1 - powers[1]) / (1 - powers[0])
    first = [number(0.9) * m + number(0.1) * g for m, g in zip(first, gradients)]
    second = [number(0.999) * s + number(0.001) * g * g for s, g in zip(second, gradients)]
    slots["moments"], slots["powers"] = (first, second), (powers[0] * 0.9, powers[1] * 0.999)
    return [v - number(rate) * m / (np.sqrt(s) + number(1e-8)) for v, m, s in zip(values, first, second)]
