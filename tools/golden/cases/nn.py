"""Golden cases of tf.nn: activations, softmaxes, cross-entropies, bias, dropout, norms, moments, look-ups."""

from tools.golden.case import Run
from tools.golden.families import exact, fails, integers, register, table, uniform

X = uniform(3, 4, low=-2.5, high=2.5)
CORNERS = exact([0.0, -0.0, 1.0, -1.0, 6.0, 6.5, 30.0, -30.0, 100.0, -100.0, float("inf"), float("-inf"), float("nan")])

ACTIVATIONS = ["sigmoid", "tanh", "relu", "relu6", "leaky_relu", "elu", "selu", "softplus", "softsign", "softmax",
               "log_softmax"]  # fmt: skip


def activation(name):
    return lambda tf, x: getattr(tf.nn, name)(x)


table(
    [
        (name, activation(name), [X], ["float32", "float64", "batch", "rank"])
        for name in ACTIVATIONS
        if name != "softmax"
    ]
)
table(
    [
        ("softmax", activation("softmax"), [X], ["float32", "batch_weighted"]),
        ("softmax_1d", lambda tf, x: tf.nn.softmax(x), [uniform(5)], ["float32", "batch_weighted"]),
        ("softmax_3d", lambda tf, x: tf.nn.softmax(x), [uniform(2, 3, 4)], ["float32", "batch_weighted"]),
        ("softmax_axis0", lambda tf, x: tf.nn.softmax(x, axis=0), [X], ["float32", "batch_weighted"]),
        ("softmax_axis1_3d", lambda tf, x: tf.nn.softmax(x, axis=1), [uniform(2, 3, 4)], ["float32", "batch_weighted"]),
        ("softmax_axis_m2", lambda tf, x: tf.nn.softmax(x, axis=-2), [uniform(2, 3, 4)], ["float32"]),
    ],
    tolerance=2e-5,
)
table(
    [("softmax", activation("softmax"), [X]), ("softmax_axis0", lambda tf, x: tf.nn.softmax(x, axis=0), [X])],
    ["float64"],
)
SMOOTH = [name for name in ACTIVATIONS if name not in ("softsign", "softmax")]
table([("softmax_second", activation("softmax"), [X], ["second"])], tolerance=1e-9)
table([(name + "_second", activation(name), [X], ["second", "second_batch"]) for name in SMOOTH])
table([fails("softsign_second", activation("softsign"), [X], ["second"])])  # TF1 has no gradient of SoftsignGrad
table([(name + "_corners", activation(name), [CORNERS], ["ones"]) for name in ACTIVATIONS])
table([(name + "_scalar", activation(name), [uniform()], ["float32"]) for name in ACTIVATIONS[:-2]])
table([(name + "_empty", activation(name), [uniform(0, 3)], ["batch"]) for name in ACTIVATIONS])

table(
    [
        ("leaky_relu_alpha", lambda tf, x: tf.nn.leaky_relu(x, alpha=0.1, name="leak"), [X]),
        fails("leaky_relu_tensor", lambda tf, x, a: tf.nn.leaky_relu(x, a), [X, uniform()], ["float32"]),
        ("leaky_relu_int", lambda tf, x: tf.nn.leaky_relu(x), [integers(4, low=-3)], ["float32"]),
        ("softmax_dim", lambda tf, x: tf.nn.softmax(x, dim=-1, name="probabilities"), [X], ["float32"]),
        fails("softmax_bad_axis", lambda tf, x: tf.nn.softmax(x, axis=2), [X], ["float32"]),
        fails("softmax_int", lambda tf, x: tf.nn.softmax(x), [integers(3)], ["float32"]),
        ("log_softmax_1d", lambda tf, x: tf.nn.log_softmax(x), [uniform(5)], ["float32"]),
        ("log_softmax_3d", lambda tf, x: tf.nn.log_softmax(x), [uniform(2, 3, 4)], ["float32", "batch"]),
        ("log_softmax_axis0", lambda tf, x: tf.nn.log_softmax(x, axis=0), [X], ["float32", "second"]),
        ("relu_layer", lambda tf, x, w, b: tf.nn.relu_layer(x, w, b), [X, uniform(4, 2), uniform(2)]),
        ("xw_plus_b", lambda tf, x, w, b: tf.nn.xw_plus_b(x, w, b), [X, uniform(4, 2), uniform(2)]),
        ("bias_add", lambda tf, x, b: tf.nn.bias_add(x, b), [X, uniform(4)]),
        ("bias_add_second", lambda tf, x, b: tf.square(tf.nn.bias_add(x, b)), [X, uniform(4)], ["second"]),
        ("bias_add_4d", lambda tf, x, b: tf.nn.bias_add(x, b, "NHWC"), [uniform(2, 3, 3, 2), uniform(2)]),
        (
            "bias_add_nchw",
            lambda tf, x, b: tf.nn.bias_add(x, b, data_format="NCHW"),
            [uniform(2, 2, 3, 3), uniform(2)],
            ["float32", "batch"],
        ),
        fails("bias_add_wrong", lambda tf, x, b: tf.nn.bias_add(x, b), [X, uniform(3)], ["float32"]),
        ("l2_loss", lambda tf, x: tf.nn.l2_loss(x), [X]),
        ("l2_loss_second", lambda tf, x: tf.nn.l2_loss(x), [X], ["second"]),
        ("l2_normalize", lambda tf, x: tf.nn.l2_normalize(x, 1), [X]),
        ("l2_normalize_axes", lambda tf, x: tf.nn.l2_normalize(x, [0, 1], epsilon=0.5), [X]),
        ("l2_normalize_dim", lambda tf, x: tf.nn.l2_normalize(x, dim=0, name="unit"), [X], ["float32"]),
        ("l2_normalize_zero", lambda tf, x: tf.nn.l2_normalize(x, 0), [exact([0.0, 0.0])], ["ones"]),
        ("l2_normalize_second", lambda tf, x: tf.nn.l2_normalize(x, -1), [X], ["second"]),
        ("zero_fraction", lambda tf, x: tf.nn.zero_fraction(x), [exact([[0.0, 1.0], [0.0, 2.0]])]),
        ("erf", lambda tf, x: [tf.erf(x), tf.erfc(x)], [X]),
        ("crelu", lambda tf, x: tf.nn.crelu(x), [X], ["float32"]),
    ]
)

# ---------------------------------------------------------------------------------------------- cross-entropies

LABELS = uniform(3, 4, low=0.0, high=1.0)
CLASSES = integers(3, high=4)


def softmax_v1(tf, logits, labels):
    return tf.nn.softmax_cross_entropy_with_logits(labels=labels, logits=logits)


def softmax_v2(tf, logits, labels):
    return tf.nn.softmax_cross_entropy_with_logits_v2(labels=labels, logits=logits)


def sparse_softmax(tf, logits, labels):
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)


def sigmoid_entropy(tf, logits, labels):
    return tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits)


def weighted_entropy(tf, logits, targets):
    return tf.nn.weighted_cross_entropy_with_logits(labels=targets, logits=logits, pos_weight=3.0)


TALL = [uniform(2, 3, 4), uniform(2, 3, 4, low=0.0)]
table(
    [
        ("softmax_xent_v1", softmax_v1, [X, LABELS], ["float32", "float64", "batch", "dims", "rank"]),
        ("softmax_xent_v2", softmax_v2, [X, LABELS], ["float32", "float64", "batch", "dims", "rank"]),
        ("softmax_xent_v2_3d", softmax_v2, TALL, ["float32", "batch"]),
        ("softmax_xent_v1_1d", softmax_v1, [uniform(4), uniform(4, low=0.0)], ["float32"]),
        (
            "softmax_xent_v2_axis",
            lambda tf, x, z: tf.nn.softmax_cross_entropy_with_logits_v2(labels=z, logits=x, axis=0, name="loss"),
            [X, LABELS],
            ["float32", "batch"],
        ),
        (
            "softmax_xent_v1_dim",
            lambda tf, x, z: tf.nn.softmax_cross_entropy_with_logits(labels=z, logits=x, dim=1, name="loss"),
            TALL,
            ["float32"],
        ),
        ("softmax_xent_second", softmax_v1, [X, LABELS], ["second", "second_batch"]),
        ("softmax_xent_v2_second", softmax_v2, [X, LABELS], ["second"]),
        fails(
            "softmax_xent_positional",
            lambda tf, x, z: tf.nn.softmax_cross_entropy_with_logits(x, z),
            [X, LABELS],
            ["float32"],
        ),
        ("softmax_xent_int_labels", softmax_v2, [X, integers(3, 4)], ["ones"]),
        (
            "softmax_xent_extreme",
            softmax_v1,
            [exact([[1000.0, 0.0, -1000.0], [float("-inf"), 0.0, 1.0]]), exact([[0.0, 1.0, 0.0], [0.0, 1.0, 0.0]])],
            ["ones"],
        ),
        ("sparse_softmax_xent", sparse_softmax, [X, CLASSES], ["float32", "float64", "batch", "dims", "rank"]),
        ("sparse_softmax_xent_int64", sparse_softmax, [X, integers(3, dtype="int64")], ["float32", "batch"]),
        ("sparse_softmax_xent_3d", sparse_softmax, [uniform(2, 3, 4), integers(2, 3)], ["float32", "batch"]),
        ("sparse_softmax_xent_1d", sparse_softmax, [uniform(4), integers()], ["float32"]),
        fails("sparse_softmax_xent_second", sparse_softmax, [X, CLASSES], ["second"]),
        fails("sparse_softmax_xent_rank_mismatch", sparse_softmax, [X, integers(3, 1)], ["float32"]),
        fails("sparse_softmax_xent_out_of_range", sparse_softmax, [X, exact([0, 4, 1], "int32")], ["float32"]),
        ("sigmoid_xent", sigmoid_entropy, [X, LABELS], ["float32", "float64", "batch", "rank"]),
        ("sigmoid_xent_second", sigmoid_entropy, [X, LABELS], ["second"]),
        fails("sigmoid_xent_mismatch", sigmoid_entropy, [X, uniform(4)], ["float32"]),
        (
            "sigmoid_xent_extreme",
            sigmoid_entropy,
            [exact([1000.0, -1000.0, 0.0, 0.0, 2.0]), exact([0.0, 1.0, 0.0, 1.0, 0.5])],
            ["ones"],
        ),
        ("weighted_xent", weighted_entropy, [X, LABELS]),
        (
            "weighted_xent_targets",
            lambda tf, x, z, w: tf.nn.weighted_cross_entropy_with_logits(targets=z, logits=x, pos_weight=w),
            [X, LABELS, uniform(4, low=1.0, high=2.0)],
            ["float32"],
        ),
        (
            "log_poisson",
            lambda tf, x, z: tf.nn.log_poisson_loss(z, x, compute_full_loss=True),
            [X, LABELS],
            ["float64"],
        ),
    ]
)

# ----------------------------------------------------------------------------------- moments and normalisation


def normalized(tf, x, mean, variance, offset, scale):
    return tf.nn.batch_normalization(x, mean, variance, offset, scale, 1e-3)


def by_moments(tf, x, offset, scale):
    mean, variance = tf.nn.moments(x, [0])
    return tf.nn.batch_normalization(x, mean, variance, offset, scale, 1e-3)


FOURS = [uniform(4), uniform(4, low=0.5, high=2.0), uniform(4), uniform(4)]
EVERY = ["float32", "float64", "batch", "rank"]
table(
    [
        ("moments_0", lambda tf, x: list(tf.nn.moments(x, [0])), [X], EVERY),
        ("moments_1_keep", lambda tf, x: list(tf.nn.moments(x, [1], keep_dims=True)), [X], EVERY[:3]),
        ("moments_keepdims", lambda tf, x: list(tf.nn.moments(x, 0, keepdims=True, name="m")), [X], ["float32"]),
        ("moments_all", lambda tf, x: list(tf.nn.moments(x, [0, 1, 2])), [uniform(2, 3, 4)], ["float32", "batch"]),
        ("moments_float16", lambda tf, x: list(tf.nn.moments(x, [0])), [uniform(3, 2, dtype="float16")], ["ones"]),
        ("moments_second", lambda tf, x: list(tf.nn.moments(x, [0])), [X], ["second"]),
        ("batch_normalization", normalized, [X] + FOURS, EVERY),
        ("batch_normalization_second", normalized, [X] + FOURS, ["second"]),
        (
            "batch_normalization_bare",
            lambda tf, x, m, v: tf.nn.batch_normalization(x, m, v, None, None, 1e-3),
            [X] + FOURS[:2],
        ),
        (
            "batch_normalization_offset",
            lambda tf, x, m, v, b: tf.nn.batch_normalization(x, m, v, b, None, 1e-3),
            [X] + FOURS[:3],
        ),
        (
            "batch_normalization_scale",
            lambda tf, x, m, v, s: tf.nn.batch_normalization(x, m, v, None, s, 1e-3),
            [X] + FOURS[:3],
        ),
        ("normalize_by_moments", by_moments, [X, uniform(4), uniform(4)], EVERY[:3]),
        ("normalize_by_moments_second", by_moments, [X, uniform(4), uniform(4)], ["second"]),
    ]
)


def fused_training(tf, x, scale, offset):
    return list(tf.nn.fused_batch_norm(x, scale, offset, epsilon=1e-3))


def fused_inference(tf, x, scale, offset, mean, variance):
    return tf.nn.fused_batch_norm(x, scale, offset, mean, variance, is_training=False)[0]


IMAGE = uniform(2, 3, 3, 2)
PAIR = [uniform(2, low=0.5, high=2.0), uniform(2)]
STATISTICS = [uniform(2), uniform(2, low=0.5, high=2.0)]
table(
    [
        (
            "fused_training",
            lambda tf, *inputs: fused_training(tf, *inputs)[0],
            [IMAGE] + PAIR,
            ["float32", "batch_weighted"],
        ),
        ("fused_training_all", fused_training, [IMAGE] + PAIR, ["float32"]),
        ("fused_inference", fused_inference, [IMAGE] + PAIR + STATISTICS, ["float32", "batch"]),
        fails(
            "fused_inference_no_statistics",
            lambda tf, x, s, b: tf.nn.fused_batch_norm(x, s, b, is_training=False)[0],
            [IMAGE] + PAIR,
            ["float32"],
        ),
        (
            "fused_small_epsilon",
            lambda tf, x, s, b: tf.nn.fused_batch_norm(x, s, b, epsilon=1e-9, name="bn")[0],
            [IMAGE] + PAIR,
            ["float32"],
        ),
        (
            "fused_training_second",
            lambda tf, *inputs: fused_training(tf, *inputs)[0],
            [uniform(2, 2, 2, 2)] + PAIR,
            ["second_batch"],
        ),
        ("fused_inference_second", fused_inference, [uniform(2, 2, 2, 2)] + PAIR + STATISTICS, ["second_batch"]),
    ]
)

# ------------------------------------------------------------------------------------------ look-ups and ranking

SCORES = exact([[0.1, 0.9, 0.5, 0.9], [3.0, 1.0, 2.0, 0.0], [0.5, 0.5, 0.5, 0.5]])
table(
    [
        ("in_top_k", lambda tf, x, t: tf.nn.in_top_k(x, t, 2), [SCORES, integers(3)], ["float32", "batch"]),
        ("in_top_k_int64", lambda tf, x, t: tf.nn.in_top_k(x, t, 1, name="hit"), [SCORES, integers(3, dtype="int64")], ["float32"]),
        ("top_k", lambda tf, x: list(tf.nn.top_k(x, 2)), [SCORES], EVERY),
        ("top_k_1d", lambda tf, x: list(tf.nn.top_k(x, k=3, sorted=True)), [exact([1.0, 3.0, 3.0, 2.0])], ["float32"]),
        ("top_k_default", lambda tf, x: tf.nn.top_k(x).values, [SCORES], ["float32"]),
        ("top_k_tensor", lambda tf, x, k: tf.nn.top_k(x, k).values, [SCORES, exact(2, "int32")], ["float32"]),
        ("top_k_int", lambda tf, x: list(tf.nn.top_k(x, 2)), [integers(2, 5, high=9)], ["float32"]),
        fails("top_k_too_many", lambda tf, x: tf.nn.top_k(x, 5).values, [SCORES], ["float32"]),
        ("embedding_lookup", lambda tf, e, i: tf.nn.embedding_lookup(e, i), [uniform(4, 3), integers(5)], EVERY[:3]),
        ("embedding_lookup_2d", lambda tf, e, i: tf.nn.embedding_lookup(e, i), [uniform(4, 3), integers(2, 3)], ["float32", "batch"]),
        ("embedding_lookup_mod", lambda tf, e, f, i: tf.nn.embedding_lookup([e, f], i), [uniform(3, 2), uniform(2, 2), integers(6, high=5)], ["float32"]),
        ("embedding_lookup_div", lambda tf, e, f, i: tf.nn.embedding_lookup([e, f], i, "div"), [uniform(3, 2), uniform(2, 2), integers(6, high=5)], ["float32"]),
        ("embedding_lookup_norm", lambda tf, e, i: tf.nn.embedding_lookup(e, i, max_norm=1.0), [uniform(4, 3), integers(5)], ["float32"]),
    ]
)  # fmt: skip


def embedding_variable(tf, np):
    table_of_rows = tf.get_variable("embeddings", initializer=np.arange(12, dtype=np.float32).reshape(4, 3))
    rows = tf.nn.embedding_lookup(table_of_rows, [1, 3, 1])
    loss = tf.reduce_sum(tf.square(rows))
    slices = tf.gradients(loss, table_of_rows)[0]
    init = tf.global_variables_initializer()
    fetches = {"rows": rows, "values": slices.values, "indices": slices.indices, "shape": slices.dense_shape}
    return [Run({"init": init}), Run(fetches)]


register("embedding_variable", embedding_variable)

# ------------------------------------------------------------------------------------------------------- dropout

DROPOUTS = {
    "rate": {"rate": 0.3},
    "keep_prob": {"keep_prob": 0.6},
    "keep_prob_1": {"keep_prob": 1.0},
    "rate_0": {"rate": 0.0},
    "rate_0_int": {"rate": 0},
    "seed": {"rate": 0.5, "seed": 7},
    "name": {"rate": 0.5, "seed": 7, "name": "drop"},
    "noise_shape": {"rate": 0.5, "noise_shape": [3, 1], "seed": 3},
    "noise_shape_none": {"rate": 0.5, "noise_shape": [None, 1], "seed": 3},
}


def dropout(options, dtype="float32", known=3, graph_seed=5):
    def build(tf, np):
        if graph_seed is not None:
            tf.set_random_seed(graph_seed)
        x = tf.placeholder(dtype, [known, 4])
        y = tf.nn.dropout(x, **options)
        gradient = tf.gradients(y, x)[0]
        run = Run({"y": y, "d": gradient}, {x: np.arange(1, 13).reshape(3, 4) / 4.0})
        return [run, run]

    return build


WRONG_DROPOUTS = {
    "rate_1": {"rate": 1.0},
    "keep_prob_0": {"keep_prob": 0.0},
    "both": {"rate": 0.5, "keep_prob": 0.5},
    "neither": {},
}
for _name, _options in DROPOUTS.items():
    register("dropout_" + _name, dropout(_options))
    register("dropout_batch_" + _name, dropout(_options, known=None), raises=_name == "noise_shape_none")
for _name, _options in WRONG_DROPOUTS.items():
    register("dropout_" + _name, dropout(_options), raises=True)
register("dropout_float64", dropout({"rate": 0.3}, dtype="float64"))
register("dropout_op_seed_only", dropout({"rate": 0.3, "seed": 9}, graph_seed=None))
register("dropout_int", dropout({"rate": 0.3}, dtype="int32"), raises=True)


def dropout_placeholder(keyword, batch):
    def build(tf, np):
        tf.set_random_seed(0)
        x = tf.placeholder(tf.float32, [batch, 4])
        p = tf.placeholder(tf.float32)
        y = tf.nn.dropout(tf.nn.sigmoid(x), **{keyword: p})
        gradient = tf.gradients(y, x)[0]
        data = np.arange(12).reshape(3, 4) / 4.0
        return [Run({"y": y, "d": gradient}, {x: data, p: 0.4}), Run({"y": y, "d": gradient}, {x: data, p: 0.8})]

    return build


for _keyword in ("rate", "keep_prob"):
    register("dropout_placeholder_" + _keyword, dropout_placeholder(_keyword, 3))
    register("dropout_placeholder_batch_" + _keyword, dropout_placeholder(_keyword, None))


def dropout_positional(tf, np):
    tf.set_random_seed(1)
    x = tf.constant(np.ones((2, 5), np.float32))
    y = tf.nn.dropout(x, 0.7)
    z = tf.nn.dropout(y, 0.7)
    return Run({"y": y, "z": z, "d": tf.gradients(z, x)[0]})


register("dropout_positional_twice", dropout_positional)

# ------------------------------------------------------------------------------------------- candidate sampling

TRUE_CLASSES = [[1], [2], [7]]
FREQUENCIES = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0]
SAMPLERS = {
    "uniform": {},
    "log_uniform": {},
    "learned_unigram": {},
    "fixed_unigram": {"unigrams": FREQUENCIES, "num_reserved_ids": 1, "distortion": 0.75},
}


def candidates(kind, unique, options):
    def build(tf, np):
        tf.set_random_seed(4)
        sampler = getattr(tf.nn, kind + "_candidate_sampler")
        drawn = sampler(np.array(TRUE_CLASSES, np.int64), 1, 5, unique, 12, seed=3, **options)
        run = Run({"candidates": drawn[0], "true": drawn[1], "drawn": drawn[2]})
        return [run, run]

    return build


for _kind, _options in SAMPLERS.items():
    register("candidates_" + _kind, candidates(_kind, True, _options))
    register("candidates_with_repeats_" + _kind, candidates(_kind, False, _options))
register(
    "candidates_uniform_power_of_two",
    lambda tf, np: Run({"c": tf.nn.uniform_candidate_sampler(np.array([[3]], np.int64), 1, 6, True, 16, seed=5)[0]}),
)


def all_candidates(tf, np):
    return Run(dict(zip("cte", tf.nn.all_candidate_sampler(np.array(TRUE_CLASSES, np.int64), 1, 5, True, seed=5))))


register("candidates_all", all_candidates)


def accidental_hits(tf, np):
    true = np.array([[1, 7], [2, 0], [3, 3]], np.int64)
    hits = tf.nn.compute_accidental_hits(true, np.array([0, 1, 2, 3, 4], np.int64), 2, seed=1)
    return Run(dict(zip(["rows", "ids", "weights"], hits)))


register("accidental_hits", accidental_hits)


def sampled_loss(kind, num_true=1, known=3, **options):
    def build(tf, np):
        tf.set_random_seed(2)
        random = np.random.RandomState(3)
        weights = tf.placeholder(tf.float32, [20, 4])
        biases = tf.placeholder(tf.float32, [20])
        labels = tf.placeholder(tf.int64, [known, num_true])
        inputs = tf.placeholder(tf.float32, [known, 4])
        loss = getattr(tf.nn, kind)(weights, biases, labels, inputs, 5, 20, num_true=num_true, **options)
        gradients = tf.gradients(loss, [weights, biases, inputs])
        fetches = {"loss": loss, "dw": gradients[0].values, "db": gradients[1].values, "dx": gradients[2]}
        feed = {
            weights: random.uniform(-1, 1, (20, 4)),
            biases: random.uniform(-1, 1, 20),
            labels: random.randint(0, 20, (3, num_true)),
            inputs: random.uniform(-1, 1, (3, 4)),
        }
        return [Run(fetches, feed), Run(fetches, feed)]

    return build


for _kind in ("nce_loss", "sampled_softmax_loss"):
    register(_kind, sampled_loss(_kind))
    register(_kind + "_batch", sampled_loss(_kind, known=None))
    register(_kind + "_two_true", sampled_loss(_kind, num_true=2))
    register(_kind + "_hits", sampled_loss(_kind, remove_accidental_hits=True))

# --------------------------------------------------------------------------------------- sparse look-ups, swish

PLACES = [[0, 0], [0, 2], [1, 0], [3, 1]]


def sparse_lookup(combiner, weighted, tables=1):
    def build(tf, np):
        values = tf.placeholder(tf.int64, [4])
        ids = tf.SparseTensor(PLACES, values, [4, 3])
        weights = tf.SparseTensor(PLACES, np.array([1.0, 3.0, 0.5, 2.0], np.float32), [4, 3]) if weighted else None
        table = tf.placeholder(tf.float32, [4, 2])
        params = table if tables == 1 else [table[:2], table[2:]]
        rows = tf.nn.embedding_lookup_sparse(params, ids, weights, combiner=combiner)
        gradient = tf.gradients(rows, table)[0]
        fetches = {"rows": rows}
        if tables == 1:
            fetches.update(values=gradient.values, indices=gradient.indices)
        else:
            fetches["gradient"] = gradient
        return Run(fetches, {table: np.arange(8).reshape(4, 2) / 4.0 - 1.0, values: [1, 3, 0, 3]})

    return build


for _combiner in ("sum", "mean", "sqrtn", None):
    for _weighted in (False, True):
        _name = "embedding_lookup_sparse_%s%s" % (_combiner, "_weighted" if _weighted else "")
        register(_name, sparse_lookup(_combiner, _weighted))
register("embedding_lookup_sparse_tables", sparse_lookup("mean", False, tables=2))
register("embedding_lookup_sparse_unknown_combiner", sparse_lookup("max", False), raises=True)

IDS = [integers(4, high=3), exact([0, 0, 2, 2], "int32")]
table(
    [
        ("swish", lambda tf, x: tf.nn.swish(x), [X], ["value", "value_batch"]),
        ("sparse_segment_sum", lambda tf, x, i, s: tf.sparse_segment_sum(x, i, s), [uniform(3, 2)] + IDS, EVERY[:3]),
        ("sparse_segment_mean", lambda tf, x, i, s: tf.sparse_segment_mean(x, i, s), [uniform(3, 2)] + IDS, EVERY[:3]),
        ("sparse_segment_sqrt_n", lambda tf, x, i, s: tf.sparse_segment_sqrt_n(x, i, s, name="root"), [uniform(3, 2)] + IDS, EVERY[:3]),
        ("sparse_segment_sum_counted", lambda tf, x, i, s: tf.sparse_segment_sum(x, i, s, num_segments=4), [uniform(3, 2)] + IDS, EVERY[:3]),
        ("sparse_segment_mean_counted", lambda tf, x, i, s: tf.sparse.segment_mean(x, i, s, num_segments=4), [uniform(3, 2)] + IDS, EVERY[:3]),
        fails("sparse_segment_beyond", lambda tf, x, i, s: tf.sparse_segment_sum(x, i, s), [uniform(3, 2), exact([0, 3], "int32"), exact([0, 0], "int32")]),
        fails("sparse_segment_decreasing", lambda tf, x, i, s: tf.sparse_segment_mean(x, i, s), [uniform(3, 2), exact([0, 1], "int32"), exact([1, 0], "int32")]),
    ]
)  # fmt: skip
