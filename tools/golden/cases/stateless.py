"""Stateless random ops: nodes and values."""

from tools.golden.case import Run, case, each, grid

SEEDS = {"small": [1, 2], "negative": [-1, -(2**31)], "zero": [0, 0]}
FUNCTIONS = {
    "uniform": lambda tf, shape, seed: tf.random.stateless_uniform(shape, seed),
    "uniform_range": lambda tf, shape, seed: tf.random.stateless_uniform(shape, seed, -1.0, 3.0, tf.float64, name="u"),
    "int32": lambda tf, shape, seed: tf.random.stateless_uniform(shape, seed, -5, 100, tf.int32),
    "int64": lambda tf, shape, seed: tf.random.stateless_uniform(shape, seed, maxval=2**40, dtype=tf.int64, name="i"),
    "contrib": lambda tf, shape, seed: tf.contrib.stateless.stateless_random_uniform(shape, seed),
}
BELLS = {
    "normal": lambda tf, shape, seed: tf.random.stateless_normal(shape, seed),
    "normal_scaled": lambda tf, shape, seed: tf.random.stateless_normal(shape, seed, 5.0, 0.5, tf.float64, name="n"),
    "truncated": lambda tf, shape, seed: tf.random.stateless_truncated_normal(shape, seed),
}


def twice(draw, feed=None):
    return [Run({"draw": draw}, feed), Run({"draw": draw}, feed)]


@each(grid(name=list(FUNCTIONS), seed=list(SEEDS)), tolerance=0)
def uniform(tf, np, name, seed):
    return twice(FUNCTIONS[name](tf, [3, 5], SEEDS[seed]))


@each(grid(name=list(BELLS), seed=list(SEEDS)))
def bells(tf, np, name, seed):
    return twice(BELLS[name](tf, [3, 5], SEEDS[seed]))


@case(tolerance=0)
def fed_seed_and_shape(tf, np):
    seed, shape = tf.placeholder(tf.int64, [2], name="seed"), tf.placeholder(tf.int32, [None], name="shape")
    draw = tf.random.stateless_uniform(shape, seed)
    return [
        Run({"draw": draw}, {seed: np.array([1, 2**40]), shape: [2, 2]}),
        Run({"draw": draw}, {seed: np.array([3, -4]), shape: [5]}),
    ]


@each(
    {
        "multinomial": lambda tf, x: tf.random.stateless_multinomial(x, 9, [3, 4]),
        "categorical": lambda tf, x: tf.random.stateless_categorical(x, 5, [3, 4], dtype=tf.int32),
    },
    tolerance=0,
)
def draws(tf, np, function):
    return twice(function(tf, tf.constant([[0.0, 1.0, 2.0], [3.0, 0.0, 0.0]])))


@each(
    {
        "three_seeds": lambda tf: tf.random.stateless_uniform([2], [1, 2, 3]),
        "int_without_maxval": lambda tf: tf.random.stateless_uniform([2], [1, 2], dtype=tf.int32),
        "float_seed": lambda tf: tf.random.stateless_normal([2], [1.5, 2.0]),
        "normal_int": lambda tf: tf.random.stateless_normal([2], [1, 2], dtype=tf.int32),
    },
    raises=True,
)
def declaring_raises(tf, np, function):
    function(tf)
