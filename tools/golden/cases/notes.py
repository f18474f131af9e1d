"""Golden cases of the course notes' three regression models: plain, dropout, batch normalisation.

The whole graph of each, node for node, and the losses of 20 Adam steps under tf.set_random_seed(0).
"""

from tools.golden.case import Facts, Run, case, each

SIZES = [1, 30, 100, 100, 30, 1]
NAMES = ["hidden1", "hidden2", "hidden3", "hidden4", "output"]
DATA_Y = [0.9819, 0.7973, 1.9737, 0.1838, 1.3180, -0.8361, -0.6591, -2.4701, -2.8122, -6.2512]


def parameters(tf):
    weights = {n: tf.Variable(tf.random_normal([a, b], stddev=0.1)) for n, a, b in zip(NAMES, SIZES, SIZES[1:])}
    biases = {n: tf.Variable(tf.random_normal([b], stddev=0.1)) for n, b in zip(NAMES, SIZES[1:])}
    return weights, biases


def model(tf, x, weights, biases, before=None, after=None):
    """`before` and `after` the sigmoid of each hidden layer, as the notes' variants put them."""
    hidden = x
    for name in NAMES[:-1]:
        hidden = tf.add(tf.matmul(hidden, weights[name]), biases[name])
        hidden = before(hidden) if before else hidden
        hidden = tf.nn.sigmoid(hidden)
        hidden = after(hidden) if after else hidden
    return tf.add(tf.matmul(hidden, weights["output"]), biases["output"])


def batches(np, count):
    generator = np.random.RandomState(7)
    xs, ys = np.linspace(-4.5, 4.5, 10).reshape(-1, 1), np.array(DATA_Y).reshape(-1, 1)
    for _ in range(count):
        index = generator.randint(10, size=50)
        yield xs[index, :], ys[index, :]


def learn(tf, np, before=None, after=None, extra=(), update=False, rate=0.001, predicts=True):
    """Build, train 20 steps, look at the loss after each, then predict (if `predicts`)."""
    weights, biases = parameters(tf)
    knob = [tf.placeholder(dtype) for dtype, _, _ in extra]
    x, y = tf.placeholder(tf.float32, [None, 1]), tf.placeholder(tf.float32, [None, 1])
    pred = model(tf, x, weights, biases, *[f and (lambda h, f=f: f(h, *knob)) for f in (before, after)])
    loss = tf.reduce_mean(tf.square(pred - y))
    with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS) if update else []):
        optm = tf.train.AdamOptimizer(rate).minimize(loss)
    facts = Facts(
        keys=sorted(tf.get_default_graph().get_all_collection_keys()),
        trainable=[v.name for v in tf.get_collection("trainable_variables")],
        variables=[v.name for v in tf.get_collection("variables")],
        update_ops=[op.name for op in tf.get_collection("update_ops")],
    )
    init = tf.global_variables_initializer()
    train = {k: value for k, (_, value, _) in zip(knob, extra)}
    predict = {k: value for k, (_, _, value) in zip(knob, extra)}
    steps, line = [facts], np.linspace(-4.5, 4.5, 7).reshape(-1, 1)
    for index, (train_x, train_y) in enumerate(batches(np, 20)):
        feed = dict(train)
        feed.update({x: train_x, y: train_y})
        steps.append(Run({"step": optm}, feed, init=None if index else init, vary=predicts))
        steps.append(Run({"loss": loss}, feed, vary=predicts))
    predict[x] = line
    return steps + ([Run({"pred": pred}, predict)] if predicts else [])


@case(tolerance=2e-5)
def plain(tf, np):
    tf.set_random_seed(0)
    return learn(tf, np)


@case(tolerance=2e-5)
def dropout(tf, np):
    tf.set_random_seed(0)
    return learn(tf, np, after=lambda h, p: tf.nn.dropout(h, rate=p), extra=[("float32", 0.2, 0.0)])


@each({"": True, "updates_forgotten": False}, tolerance=2e-4)
def batch_norm(tf, np, update):
    tf.set_random_seed(0)
    return learn(
        tf,
        np,
        before=lambda h, training: tf.layers.batch_normalization(h, training=training),
        extra=[("bool", True, False)],
        update=update,
        # The biases before a batch normalisation have no gradient but rounding errors, which Adam makes steps of.
        predicts=False,
    )


@case(tolerance=2e-5)
def two_models_in_one_graph(tf, np):
    """Running the next cell of the notebook without resetting the graph: names and seeds go on."""
    tf.set_random_seed(0)
    learn(tf, np)
    return learn(tf, np, after=lambda h, p: tf.nn.dropout(h, rate=p), extra=[("float32", 0.2, 0.0)])


@case(tolerance=0)
def initial_values(tf, np):
    tf.set_random_seed(0)
    weights, biases = parameters(tf)
    fetches = {"w_" + name: weights[name] for name in ("hidden1", "output")}
    fetches.update({"b_" + name: biases[name] for name in NAMES})
    return Run(fetches, init=tf.global_variables_initializer())


@case
def basics(tf, np):
    """The notes' first cells: constants, variables, placeholders."""
    a = tf.constant([1, 2, 3])
    b = tf.constant(4, shape=[1, 3])
    total, product = a + b, a * b
    x1, x2 = tf.Variable([1, 1], dtype=tf.float32), tf.Variable([2, 2], dtype=tf.float32)
    y = x1 + x2
    init = tf.global_variables_initializer()
    x = tf.placeholder(tf.float32, shape=[2, 2])
    facts = Facts(text=[str(total), str(product), str(y), str(x)])
    return [facts, Run({"a": total, "b": product}), Run({"y": y}, init=init), Run({"x": x}, {x: [[1, 2], [3, 4]]})]


@each({"gd": "GradientDescentOptimizer", "adam": "AdamOptimizer", "rmsprop": "RMSPropOptimizer"})
def surface(tf, np, kind):
    """The paths of optimizers over a function of two variables."""
    w = tf.Variable([[-3.0], [2.0]], name="w")
    cost = tf.reduce_sum(tf.square(w) * [[1.0], [4.0]]) + tf.sin(3.0 * w[0, 0])
    train = getattr(tf.train, kind)(0.05).minimize(cost)
    init = tf.global_variables_initializer()
    steps = [Run({"w": w, "cost": cost}, init=init)]
    for _ in range(10):
        steps += [Run({"train": train}), Run({"w": w, "cost": cost})]
    return steps


@case
def logistic_regression(tf, np):
    w = tf.Variable(tf.zeros([3, 1]))
    x, y = tf.placeholder(tf.float32, [None, 3]), tf.placeholder(tf.float32, [None, 1])
    logits = tf.matmul(x, w)
    loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=logits))
    train = tf.train.GradientDescentOptimizer(0.5).minimize(loss)
    correct = tf.equal(tf.cast(tf.nn.sigmoid(logits) > 0.5, tf.float32), y)
    accuracy = tf.reduce_mean(tf.cast(correct, tf.float32))
    init = tf.global_variables_initializer()
    data = np.random.RandomState(1).normal(size=[12, 3])
    feed = {x: data, y: (data.sum(1, keepdims=True) > 0.3) * 1.0}
    steps = [Run({"loss": loss, "accuracy": accuracy}, feed, init=init)]
    for _ in range(5):
        steps += [Run({"train": train}, feed), Run({"w": w, "loss": loss, "accuracy": accuracy}, feed)]
    return steps


def _mnist_like(tf, np, logits, x, y):
    loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits_v2(labels=y, logits=logits))
    correct = tf.equal(tf.argmax(logits, 1), tf.argmax(y, 1))
    accuracy = tf.reduce_mean(tf.cast(correct, tf.float32))
    train = tf.train.AdamOptimizer(0.001).minimize(loss)
    init = tf.global_variables_initializer()
    generator = np.random.RandomState(3)
    feed = {x: generator.uniform(size=[8, 64]), y: np.eye(10)[generator.randint(10, size=8)]}
    steps = [Run({"loss": loss, "accuracy": accuracy}, feed, init=init)]
    for _ in range(3):
        steps += [Run({"train": train}, feed), Run({"loss": loss, "accuracy": accuracy}, feed)]
    return steps


@case(tolerance=2e-5)
def mlp_on_digits(tf, np):
    tf.set_random_seed(1)
    x, y = tf.placeholder(tf.float32, [None, 64]), tf.placeholder(tf.float32, [None, 10])
    w1 = tf.Variable(tf.truncated_normal([64, 32], stddev=0.1))
    b1 = tf.Variable(tf.constant(0.1, shape=[32]))
    w2 = tf.Variable(tf.truncated_normal([32, 10], stddev=0.1))
    b2 = tf.Variable(tf.zeros([10]))
    hidden = tf.nn.relu(tf.matmul(x, w1) + b1)
    return _mnist_like(tf, np, tf.matmul(hidden, w2) + b2, x, y)


@case(tolerance=2e-5)
def cnn_on_digits(tf, np):
    tf.set_random_seed(1)
    x, y = tf.placeholder(tf.float32, [None, 64]), tf.placeholder(tf.float32, [None, 10])
    image = tf.reshape(x, [-1, 8, 8, 1])
    w1 = tf.Variable(tf.random_normal([3, 3, 1, 4], stddev=0.1))
    w2 = tf.Variable(tf.random_normal([3, 3, 4, 8], stddev=0.1))
    w3 = tf.Variable(tf.random_normal([2 * 2 * 8, 10], stddev=0.1))
    b3 = tf.Variable(tf.random_normal([10], stddev=0.1))
    hidden = tf.nn.relu(tf.nn.conv2d(image, w1, strides=[1, 1, 1, 1], padding="SAME"))
    hidden = tf.nn.max_pool(hidden, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding="VALID")
    hidden = tf.nn.relu(tf.nn.conv2d(hidden, w2, strides=[1, 1, 1, 1], padding="SAME"))
    hidden = tf.nn.max_pool(hidden, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding="VALID")
    return _mnist_like(tf, np, tf.matmul(tf.reshape(hidden, [-1, 32]), w3) + b3, x, y)


@case(tolerance=2e-5)
def layers_cnn_on_digits(tf, np):
    tf.set_random_seed(1)
    x, y = tf.placeholder(tf.float32, [None, 64]), tf.placeholder(tf.float32, [None, 10])
    hidden = tf.layers.conv2d(tf.reshape(x, [-1, 8, 8, 1]), 4, 3, padding="same", activation=tf.nn.relu)
    hidden = tf.layers.max_pooling2d(hidden, 2, 2)
    hidden = tf.layers.dense(tf.layers.flatten(hidden), 16, activation=tf.nn.relu)
    hidden = tf.layers.dropout(hidden, 0.5, training=True)
    return _mnist_like(tf, np, tf.layers.dense(hidden, 10), x, y)
