"""Numbers that public TensorFlow 1 notebooks and scripts printed (tf1_semantics.md 0.3): streams, seeds, counters."""

from tools.golden.case import Run, case


@case(tolerance=0)
def uniform_after_set_random_seed_twice(tf, np):
    tf.set_random_seed(42)
    fetches = {"a": tf.random_uniform([])}
    return [Run(fetches), Run(fetches)]


@case(tolerance=0)
def third_uniform_after_two_op_seeds(tf, np):
    tf.set_random_seed(42)
    a, b, c = tf.random_uniform([], seed=42), tf.random_uniform([], seed=42), tf.random_uniform([])
    fetches = {"a": a, "b": b, "c": c}
    return [Run(fetches), Run(fetches)]


@case
def linear_regression_lab_02_1(tf, np):
    tf.set_random_seed(777)
    x_train, y_train = [1, 2, 3], [1, 2, 3]
    w = tf.Variable(tf.random_normal([1]), name="weight")
    b = tf.Variable(tf.random_normal([1]), name="bias")
    hypothesis = x_train * w + b
    cost = tf.reduce_mean(tf.square(hypothesis - y_train))
    train = tf.train.GradientDescentOptimizer(learning_rate=0.01).minimize(cost)
    init = tf.global_variables_initializer()
    return [Run({"train": train}, init=init), Run({"cost": cost, "w": w, "b": b})]


@case
def cs20_op_seed_two_runs(tf, np):
    c = tf.random_uniform([], -10, 10, seed=2)
    return [Run({"c": c}), Run({"c": c})]


@case
def two_step_rnn_by_hand(tf, np):
    tf.set_random_seed(42)
    x0, x1 = tf.placeholder(tf.float32, [None, 3]), tf.placeholder(tf.float32, [None, 3])
    wx = tf.Variable(tf.random_normal(shape=[3, 5], dtype=tf.float32))
    wy = tf.Variable(tf.random_normal(shape=[5, 5], dtype=tf.float32))
    b = tf.Variable(tf.zeros([1, 5], dtype=tf.float32))
    y0 = tf.tanh(tf.matmul(x0, wx) + b)
    y1 = tf.tanh(tf.matmul(y0, wy) + tf.matmul(x1, wx) + b)
    init = tf.global_variables_initializer()
    first = np.array([[0, 1, 2], [3, 4, 5], [6, 7, 8], [9, 0, 1]], np.float32)
    second = np.array([[9, 8, 7], [0, 0, 0], [6, 5, 4], [3, 2, 1]], np.float32)
    return Run({"y0": y0, "y1": y1}, {x0: first, x1: second}, init=init)
