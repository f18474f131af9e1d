"""Golden cases of tf.losses: every loss with every reduction and shape of weights, the collections, what raises."""

from tools.golden.case import Facts, Run, case, each
from tools.golden.families import fails, flat, integers, table, uniform

X = uniform(3, 4, low=-2.0, high=2.0)
ONES = uniform(3, 4, low=0.05, high=0.95)
BITS = integers(3, 4, high=2, dtype="float32")
CLASSES = integers(3, high=4)


def loss(kind, **options):
    return lambda tf, labels, predictions: getattr(tf.losses, kind)(labels, predictions, **options)


PAIRWISE = {
    "mean_squared_error": [X, X],
    "absolute_difference": [X, X],
    "log_loss": [BITS, ONES],
    "huber_loss": [X, X],
    "hinge_loss": [BITS, X],
    "sigmoid_cross_entropy": [BITS, X],
    "softmax_cross_entropy": [ONES, X],
    "sparse_softmax_cross_entropy": [CLASSES, X],
    "mean_pairwise_squared_error": [X, X],
}
EVERY = ["float32", "batch", "rank"]
table([(name, loss(name), samples, EVERY) for name, samples in PAIRWISE.items()])
table(
    [
        (name + "_second", loss(name), PAIRWISE[name], ["second_batch"])
        for name in ("mean_squared_error", "softmax_cross_entropy")
    ]
)
for _name in ("mean_squared_error", "absolute_difference", "huber_loss"):
    # The loss itself is computed in float32.
    table([(_name + "_double", loss(_name), [X, X], ["float64"])], tolerance=1e-5)

OPTIONS = {
    "huber_delta": ("huber_loss", {"delta": 0.5}),
    "log_epsilon": ("log_loss", {"epsilon": 1e-3}),
    "sigmoid_smooth": ("sigmoid_cross_entropy", {"label_smoothing": 0.2}),
    "softmax_smooth": ("softmax_cross_entropy", {"label_smoothing": 0.2}),
    "mse_scope": ("mean_squared_error", {"scope": "mse"}),
    "softmax_scope": ("softmax_cross_entropy", {"scope": "xent", "weights": 2.0}),
    "sparse_weights": ("sparse_softmax_cross_entropy", {"weights": [1.0, 0.0, 2.0]}),
    "softmax_weights": ("softmax_cross_entropy", {"weights": [1.0, 0.0, 2.0]}),
    "sigmoid_weights": ("sigmoid_cross_entropy", {"weights": [[1.0], [0.0], [2.0]]}),
    "pairwise_weights": ("mean_pairwise_squared_error", {"weights": [[1.0], [0.0], [2.0]]}),
    "no_collection": ("mean_squared_error", {"loss_collection": None}),
}
table([(key, loss(name, **options), PAIRWISE[name], ["batch"]) for key, (name, options) in OPTIONS.items()])
table(
    [
        ("cosine_distance", loss("cosine_distance", axis=1), [X, X], ["float32", "batch"]),
        ("cosine_distance_dim", loss("cosine_distance", dim=1), [X, X], ["float32"]),
        (
            "sparse_rank3",
            loss("sparse_softmax_cross_entropy"),
            [integers(2, 3), uniform(2, 3, 4)],
            ["float32", "batch"],
        ),
        ("sparse_int64", loss("sparse_softmax_cross_entropy"), [integers(3, dtype="int64"), X], ["float32"]),
        ("sparse_column", loss("sparse_softmax_cross_entropy"), [integers(3, 1), X], ["float32", "batch"]),
        ("integer_labels", loss("mean_squared_error"), [integers(3, 4), X], ["float32"]),
        ("integer_one_hot", loss("softmax_cross_entropy"), [integers(3, 4, high=2), X], ["float32"]),
        ("empty", loss("mean_squared_error"), [uniform(0, 4), uniform(0, 4)], ["ones", "batch"]),
        fails("mse_shapes", loss("mean_squared_error"), [uniform(2), uniform(2, 1)]),
        fails("mse_shapes_run", loss("mean_squared_error"), [uniform(2), uniform(3)], ["dims"]),
        fails("softmax_shapes", loss("softmax_cross_entropy"), [uniform(3, 4), uniform(3, 5)]),
        fails("sparse_shapes", loss("sparse_softmax_cross_entropy"), [integers(3, 2), X]),
        fails("cosine_no_axis", loss("cosine_distance"), [X, X]),
        fails("bad_weights", loss("mean_squared_error", weights=[1.0, 2.0]), [X, X]),
        fails("bad_weights_rank", loss("mean_squared_error", weights=[[[1.0]]]), [X, X]),
        fails("none_weights", loss("mean_squared_error", weights=None), [X, X]),
        fails("bad_reduction", loss("mean_squared_error", reduction="average"), [X, X]),
        fails("label_none", lambda tf, x: tf.losses.mean_squared_error(None, x), [X]),
    ]
)

# ------------------------------------------------------------------------------------ reductions and weights

REDUCTIONS = ("NONE", "SUM", "MEAN", "SUM_OVER_BATCH_SIZE", "SUM_OVER_NONZERO_WEIGHTS", "SUM_BY_NONZERO_WEIGHTS")
WEIGHTS = {
    "number": 2.0,
    "zero": 0.0,
    "int": 2,
    "column": [[2.0], [0.0]],
    "row": [[1.0, 0.0, 0.5]],
    "full": [[1.0, 0.0, 0.5], [0.0, 2.0, 1.0]],
    "all_zero": [[0.0], [0.0]],
}


@each({"%s-%s" % (reduction, weights): (reduction, weights) for reduction in REDUCTIONS for weights in WEIGHTS})
def weighted(tf, np, reduction, weights):
    losses = tf.placeholder(tf.float32, [None, 3])
    total = tf.losses.compute_weighted_loss(losses, WEIGHTS[weights], reduction=getattr(tf.losses.Reduction, reduction))
    data = np.array([[0.25, 1.0, 4.0], [16.0, 0.5, 2.0]])
    return Run({"loss": total, "d": tf.gradients(total, losses)[0]}, {losses: data})


@each({"full": (2, 3), "column": (2, 1), "row": (1, 3), "scalar": (), "unknown": None})
def weights_placeholder(tf, np, *shape):
    unknown = shape == (None,)
    losses = tf.placeholder(tf.float32, [2, 3])
    weights = tf.placeholder(tf.float32, None if unknown else shape)
    total = tf.losses.compute_weighted_loss(losses, weights, scope="weighted")
    fetches = {"loss": total}
    flat(fetches, "d", tf.gradients(total, [losses, weights]))
    data = np.array([[0.25, 1.0, 4.0], [16.0, 0.5, 2.0]])
    return Run(fetches, {losses: data, weights: np.full((2, 1) if unknown else shape, 0.5)})


@each({name: name for name in ("mean_squared_error", "softmax_cross_entropy", "huber_loss", "log_loss")})
def weights_of_batch(tf, np, name):
    labels, predictions = tf.placeholder(tf.float32, [None, 3]), tf.placeholder(tf.float32, [None, 3])
    shape = [None] if name.startswith("softmax") else [None, 1]
    weights = tf.placeholder(tf.float32, shape)
    total = getattr(tf.losses, name)(labels, predictions, weights)
    data = np.array([[0.25, 0.5, 0.75], [0.5, 0.3, 0.2]])
    feed = {labels: data, predictions: data[::-1], weights: np.array([1.0, 0.5]).reshape([2] + [1] * (len(shape) - 1))}
    return Run({"loss": total, "d": tf.gradients(total, predictions)[0]}, feed)


# ----------------------------------------------------------------------------------------------- collections


def _three(tf):
    x = tf.constant([1.0, 2.0])
    first = tf.losses.mean_squared_error([0.0, 0.0], x, scope="one")
    with tf.name_scope("two"):
        second = tf.losses.absolute_difference([0.0, 0.0], x)
    tf.losses.add_loss(tf.constant(7.0, name="three"))
    with tf.variable_scope("net", regularizer=lambda v: 0.5 * tf.reduce_sum(v)):
        tf.get_variable("w", initializer=[1.0, 3.0])
    return first, second


@case
def collections(tf, np):
    _three(tf)
    names = [t.name for t in tf.losses.get_losses()]
    scoped = [t.name for t in tf.losses.get_losses("two")]
    regular = [t.name for t in tf.losses.get_regularization_losses()]
    total = tf.losses.get_total_loss()
    bare = tf.losses.get_total_loss(add_regularization_losses=False, name="bare")
    regularization = tf.losses.get_regularization_loss()
    fetches = {"total": total, "bare": bare, "regularization": regularization}
    return [Facts(names=names, scoped=scoped, regular=regular), Run(fetches, init=tf.global_variables_initializer())]


@case
def total_loss_of_a_scope(tf, np):
    _three(tf)
    return Run({"total": tf.losses.get_total_loss(scope="two")}, init=tf.global_variables_initializer())


@case
def no_regularization(tf, np):
    return Run({"loss": tf.losses.get_regularization_loss()})


@case(raises=True)
def no_losses(tf, np):
    tf.losses.get_total_loss()


@case
def own_collection(tf, np):
    x = tf.constant([1.0, 2.0])
    tf.losses.mean_squared_error(x, x, loss_collection="mine")
    tf.losses.add_loss(tf.constant(1.0), loss_collection="mine")
    return Facts(mine=[t.name for t in tf.get_collection("mine")], losses=len(tf.losses.get_losses()))


@case
def train_on_total_loss(tf, np):
    x, y = tf.placeholder(tf.float32, [None, 2]), tf.placeholder(tf.float32, [None, 1])
    w = tf.get_variable(
        "w", [2, 1], initializer=tf.zeros_initializer(), regularizer=tf.contrib.layers.l2_regularizer(0.1)
    )
    tf.losses.mean_squared_error(y, tf.matmul(x, w))
    total = tf.losses.get_total_loss()
    train = tf.train.GradientDescentOptimizer(0.1).minimize(total)
    feed = {x: [[1.0, 2.0], [3.0, -1.0]], y: [[1.0], [0.0]]}
    init = tf.global_variables_initializer()
    return [Run({"train": train}, feed, init=init), Run({"w": w}), Run({"loss": total}, feed)]
