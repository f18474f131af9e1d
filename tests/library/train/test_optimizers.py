"""Update rules against independent NumPy loops, and against the numbers of tf1_semantics.md, section 11."""

import warnings

import numpy as np
import pytest

import graphrt as tf

STEPS = 3


def trained(optimizer, start=(1.0, 2.0), steps=STEPS):
    """w[0] after each step on ``sum(w ** 2) + b``."""
    with tf.Graph().as_default(), tf.Session() as sess:
        w, b = tf.Variable(list(start), name="w"), tf.Variable(0.0, name="b")
        train = optimizer().minimize(tf.reduce_sum(tf.square(w)) + b)
        sess.run(tf.global_variables_initializer())
        values = []
        for _ in range(steps):
            sess.run(train)
            values.append(sess.run(w)[0])
    return values


TABLE = {
    "sgd": (lambda: tf.train.GradientDescentOptimizer(0.1), [0.8, 0.64, 0.512]),
    "momentum": (lambda: tf.train.MomentumOptimizer(0.1, 0.9), [0.8, 0.46, 0.062]),
    "nesterov": (lambda: tf.train.MomentumOptimizer(0.1, 0.9, use_nesterov=True), [0.62, 0.2224, -0.108352]),
    "adam": (lambda: tf.train.AdamOptimizer(0.1), [0.9, 0.800413, 0.701587]),
    "rmsprop": (lambda: tf.train.RMSPropOptimizer(0.1), [0.824588, 0.687251, 0.574523]),
    "rmsprop_momentum": (lambda: tf.train.RMSPropOptimizer(0.1, momentum=0.9), [0.824588, 0.529381, 0.174526]),
    "rmsprop_centered": (lambda: tf.train.RMSPropOptimizer(0.1, centered=True), [0.821826, 0.678849, 0.558930]),
    "adagrad": (lambda: tf.train.AdagradOptimizer(0.1), [0.901227, 0.834737, 0.782299]),
    "adadelta": (lambda: tf.train.AdadeltaOptimizer(0.1), [0.999955, 0.999910, 0.999864]),
    "ftrl": (lambda: tf.train.FtrlOptimizer(0.1), [0.745053, 0.685782, 0.637890]),
    "ftrl_l1_l2": (
        lambda: tf.train.FtrlOptimizer(0.1, l1_regularization_strength=0.1, l2_regularization_strength=0.1),
        [0.732876, 0.674704, 0.627532],
    ),
    "proximal_sgd": (
        lambda: tf.train.ProximalGradientDescentOptimizer(
            0.1, l1_regularization_strength=0.1, l2_regularization_strength=0.1
        ),
        [0.782178, 0.609646, 0.472987],
    ),
    "proximal_adagrad": (
        lambda: tf.train.ProximalAdagradOptimizer(0.1, l1_regularization_strength=0.1),
        [0.896288, 0.826305, 0.771005],
    ),
}


@pytest.mark.parametrize("name", TABLE)
def test_published_trajectories(name):
    optimizer, expected = TABLE[name]
    np.testing.assert_allclose(trained(optimizer), expected, rtol=3e-6, atol=3e-6)


GIVEN_GRADIENTS = {
    "adam": (lambda: tf.train.AdamOptimizer(0.1), 0.9022864),
    "adam_eps_0.1": (lambda: tf.train.AdamOptimizer(0.1, epsilon=0.1), 0.972538),
    "adam_eps_1": (lambda: tf.train.AdamOptimizer(0.1, epsilon=1.0), 0.9957214),
    "rmsprop": (lambda: tf.train.RMSPropOptimizer(0.1, momentum=0.5), 0.879603),
    "adadelta": (lambda: tf.train.AdadeltaOptimizer(0.5, rho=0.9, epsilon=0.01), 0.808603),
    "adagrad": (lambda: tf.train.AdagradOptimizer(0.5), 0.5666084),
    "momentum": (lambda: tf.train.MomentumOptimizer(0.1, 0.9), 0.809),
    "nesterov": (lambda: tf.train.MomentumOptimizer(0.1, 0.9, use_nesterov=True), 0.6281),
}


def fed_gradients(optimizer, gradients, start, dtype=np.float64):
    """The variable after each of the fed gradients."""
    with tf.Graph().as_default(), tf.Session() as sess:
        w = tf.Variable(np.asarray(start, dtype), name="w")
        g = tf.placeholder(w.dtype.base_dtype, w.shape)
        train = optimizer().apply_gradients([(g, w)])
        sess.run(tf.global_variables_initializer())
        values = []
        for gradient in gradients:
            sess.run(train, {g: gradient})
            values.append(sess.run(w))
    return np.array(values)


@pytest.mark.parametrize("name", GIVEN_GRADIENTS)
def test_gradients_one_minus_two_three(name):
    optimizer, expected = GIVEN_GRADIENTS[name]
    last = fed_gradients(optimizer, [1.0, -2.0, 3.0], 1.0)[-1]
    np.testing.assert_allclose(last, expected, rtol=2e-6)


# --------------------------------------------------------------------------------------- independent NumPy loops
# (hyper-parameters that float32 holds exactly: TF1 keeps them in float32, whatever the variable's type)


def adam(w, gradients, lr=0.0625, beta1=0.5, beta2=0.75, epsilon=2**-10):
    m = v = 0.0
    for t, g in enumerate(gradients, 1):
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
        w = w - lr * np.sqrt(1 - beta2**t) / (1 - beta1**t) * m / (np.sqrt(v) + epsilon)
        yield w


def rmsprop(w, gradients, lr=0.0625, decay=0.75, momentum=0.25, epsilon=2**-6, centered=False):
    ms, mg, mom = 1.0, 0.0, 0.0
    for g in gradients:
        ms = decay * ms + (1 - decay) * g**2
        mg = decay * mg + (1 - decay) * g if centered else 0.0
        mom = momentum * mom + lr * g / np.sqrt(ms - mg**2 + epsilon)
        w = w - mom
        yield w


def momentum(w, gradients, lr=0.0625, factor=0.75, nesterov=False):
    a = 0.0
    for g in gradients:
        a = factor * a + g
        w = w - lr * (g + factor * a) if nesterov else w - lr * a
        yield w


def adagrad(w, gradients, lr=0.25, start=0.5):
    total = start
    for g in gradients:
        total = total + g**2
        w = w - lr * g / np.sqrt(total)
        yield w


def adadelta(w, gradients, lr=0.75, rho=0.875, epsilon=2**-10):
    squares = updates = 0.0
    for g in gradients:
        squares = rho * squares + (1 - rho) * g**2
        step = np.sqrt(updates + epsilon) / np.sqrt(squares + epsilon) * g
        updates = rho * updates + (1 - rho) * step**2
        w = w - lr * step
        yield w


def ftrl(w, gradients, lr=0.5, power=-0.5, start=0.125, l1=2**-5, l2=2**-6, shrinkage=0.0):
    n, z = start, 0.0
    for g in gradients:
        seen = g + 2 * shrinkage * w
        z = z + seen - ((n + g**2) ** -power - n**-power) / lr * w
        n = n + g**2
        w = np.where(np.abs(z) > l1, -(z - np.sign(z) * l1) / (n**-power / lr + 2 * l2), 0.0)
        yield w


LOOPS = {
    "adam": (lambda: tf.train.AdamOptimizer(0.0625, 0.5, 0.75, 2**-10), adam, {}),
    "rmsprop": (lambda: tf.train.RMSPropOptimizer(0.0625, 0.75, 0.25, 2**-6), rmsprop, {}),
    "centered": (
        lambda: tf.train.RMSPropOptimizer(0.0625, 0.75, 0.25, 2**-6, centered=True),
        rmsprop,
        {"centered": True},
    ),
    "momentum": (lambda: tf.train.MomentumOptimizer(0.0625, 0.75), momentum, {}),
    "nesterov": (lambda: tf.train.MomentumOptimizer(0.0625, 0.75, use_nesterov=True), momentum, {"nesterov": True}),
    "adagrad": (lambda: tf.train.AdagradOptimizer(0.25, 0.5), adagrad, {}),
    "adadelta": (lambda: tf.train.AdadeltaOptimizer(0.75, 0.875, 2**-10), adadelta, {}),
    "ftrl": (lambda: tf.train.FtrlOptimizer(0.5, -0.5, 0.125, 2**-5, 2**-6), ftrl, {}),
    "ftrl_power": (lambda: tf.train.FtrlOptimizer(0.5, -0.75, 0.125, 2**-5, 2**-6), ftrl, {"power": -0.75}),
    "ftrl_shrinkage": (
        lambda: tf.train.FtrlOptimizer(0.5, -0.5, 0.125, 2**-5, 2**-6, l2_shrinkage_regularization_strength=2**-4),
        ftrl,
        {"shrinkage": 2**-4},
    ),
}


@pytest.mark.parametrize("shape", [(), (3,), (2, 3)], ids=str)
@pytest.mark.parametrize("name", LOOPS)
def test_against_a_numpy_loop(name, shape):
    optimizer, loop, options = LOOPS[name]
    random = np.random.default_rng(5)
    start, gradients = random.normal(size=shape), random.normal(size=(7, *shape))
    expected = np.array(list(loop(start, gradients, **options)))
    np.testing.assert_allclose(fed_gradients(optimizer, gradients, start), expected, rtol=1e-12, atol=1e-12)


# ------------------------------------------------------------------------------------------------ sparse gradients

SPARSE = {
    "sgd": lambda: tf.train.GradientDescentOptimizer(0.1),
    "momentum": lambda: tf.train.MomentumOptimizer(0.1, 0.9),
    "adagrad": lambda: tf.train.AdagradOptimizer(0.1),
    "rmsprop": lambda: tf.train.RMSPropOptimizer(0.1),
    "adam": lambda: tf.train.AdamOptimizer(0.1),
}


@pytest.mark.parametrize("name", SPARSE)
def test_sparse_rows(name):
    """Rows 0, 1, 1 in the first step and 0 in the second: duplicates are added up; only Adam moves the other rows."""
    with tf.Graph().as_default(), tf.Session() as sess:
        sparse, dense = tf.Variable([1.0, 1.0, 1.0]), tf.Variable([1.0, 1.0, 1.0])
        ids, gradient = tf.placeholder(tf.int32, [None]), tf.placeholder(tf.float32, [3])
        optimizer = SPARSE[name]()
        train = optimizer.minimize(tf.reduce_sum(tf.gather(sparse, ids)), var_list=[sparse])
        same = SPARSE[name]().apply_gradients([(gradient, dense)])
        sess.run(tf.global_variables_initializer())
        sess.run([train, same], {ids: [0, 1, 1], gradient: [1, 2, 0]})
        first = sess.run([sparse, dense])
        sess.run([train, same], {ids: [0], gradient: [1, 0, 0]})
        second = sess.run([sparse, dense])
    np.testing.assert_allclose(first[0], first[1], rtol=1e-6)
    np.testing.assert_allclose(second[0][0], second[1][0], rtol=1e-6)
    assert second[0][2] == 1.0
    if name == "adam":
        np.testing.assert_allclose(second[0], second[1], rtol=1e-6)  # the momentum of row 1 goes on
    else:
        assert second[0][1] == first[0][1]


# --------------------------------------------------------------------------------------------- names, collections


def test_slots_and_train_op():
    with tf.Graph().as_default() as graph:
        w = tf.Variable([1.0], name="w")
        step = tf.train.get_or_create_global_step()
        optimizer = tf.train.AdamOptimizer()
        train = optimizer.minimize(w * w, global_step=step)
        second = tf.train.AdamOptimizer(name="MyAdam").minimize(w * w)
        names = [v.op.name for v in tf.global_variables()]
    assert names == [
        "w", "global_step", "beta1_power", "beta2_power", "w/Adam", "w/Adam_1",
        "beta1_power_1", "beta2_power_1", "w/MyAdam", "w/MyAdam_1",
    ]  # fmt: skip
    assert (train.type, train.name) == ("AssignAdd", "Adam")
    assert (second.type, second.name) == ("NoOp", "MyAdam")
    assert graph.get_collection("train_op") == [train, second]
    assert optimizer.get_slot_names() == ["m", "v"]
    assert optimizer.get_slot(w, "m").op.name == "w/Adam"


def test_nothing_to_train():
    with tf.Graph().as_default():
        x = tf.constant(1.0)
        with pytest.raises(ValueError, match="No variables to optimize"):
            tf.train.GradientDescentOptimizer(0.1).minimize(x)
        w = tf.Variable(1.0)
        with pytest.raises(ValueError, match="No gradients provided for any variable"):
            tf.train.GradientDescentOptimizer(0.1).minimize(x)
        assert w.op.name == "Variable"


def test_learning_rate_may_be_fed():
    with tf.Graph().as_default(), tf.Session() as sess:
        w, rate = tf.Variable(1.0), tf.placeholder(tf.float32, [])
        train = tf.train.GradientDescentOptimizer(rate).minimize(w * w)
        sess.run(tf.global_variables_initializer())
        sess.run(train, {rate: 0.1})
        assert sess.run(w) == pytest.approx(0.8)
        sess.run(train, {rate: 0.5})
        assert sess.run(w) == pytest.approx(0.0)


def test_constraint_is_applied_after_the_update():
    with tf.Graph().as_default(), tf.Session() as sess:
        w = tf.get_variable("w", initializer=[1.0, -1.0], constraint=lambda v: tf.maximum(v, 0.0))
        train = tf.train.GradientDescentOptimizer(0.1).minimize(tf.reduce_sum(w))
        sess.run(tf.global_variables_initializer())
        sess.run(train)
        np.testing.assert_allclose(sess.run(w), [0.9, 0.0], rtol=1e-6)


# ------------------------------------------------------------------------------------------- UPDATE_OPS forgotten


def _normalized_loss():
    x = tf.placeholder(tf.float32, [None, 3])
    y = tf.layers.batch_normalization(tf.layers.dense(x, 2), training=True)
    return tf.reduce_mean(tf.square(y - 1.0))


def test_minimize_warns_of_update_ops_that_nobody_runs():
    with tf.Graph().as_default():
        loss = _normalized_loss()
        with pytest.warns(
            UserWarning, match="2 of 2 operations in UPDATE_OPS are not run by the train op 'Adam'"
        ) as told:
            tf.train.AdamOptimizer().minimize(loss)
    assert len(told) == 1
    assert "test_optimizers.py" in str(told[0].message)  # where the first of them was made


def test_no_warning_where_they_are_run():
    with tf.Graph().as_default():
        loss = _normalized_loss()
        with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
            with warnings.catch_warnings(record=True) as told:
                warnings.simplefilter("always")
                tf.train.AdamOptimizer().minimize(loss)
    assert told == []
