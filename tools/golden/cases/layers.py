"""Golden cases of tf.layers: functions and classes, names and reuse, options, batch normalisation with its updates."""

from tools.golden.case import Facts, Run, case, each

X24 = [[0.5, -1.0, 2.0, 0.0], [1.5, 0.25, -0.75, 1.0]]


def facts(tf, *outputs, **more):
    """What a layer leaves behind: variables, collections, static shapes."""

    def names(key):
        return [item.name for item in tf.get_collection(key)]

    return Facts(
        variables=[[v.name, v.dtype.name, v.shape.as_list()] for v in tf.global_variables()],
        trainable=[v.name for v in tf.trainable_variables()],
        update_ops=names(tf.GraphKeys.UPDATE_OPS),
        regularization=names(tf.GraphKeys.REGULARIZATION_LOSSES),
        losses=names(tf.GraphKeys.LOSSES),
        outputs=[[t.name, t.dtype.name, t.shape.ndims and t.shape.as_list()] for t in outputs],
        **more,
    )


def image(np, *shape):
    size = int(np.prod(shape))
    return (np.sin(np.arange(size) * 0.7) * 2).reshape(shape).astype(np.float32)


def run(tf, np, y, x, data):
    """Fetch the output, its gradients by the input and every trainable variable, and the variables."""
    gradients = [g for g in tf.gradients(y, [x] + tf.trainable_variables()) if g is not None]
    init = tf.global_variables_initializer()
    fetches = {"y": y, "d": gradients, "v": list(tf.global_variables())}
    return [facts(tf, y), Run(fetches, {x: data}, init=init)]


# --------------------------------------------------------------------------------------------------------- dense

DENSE = {
    "plain": lambda tf: {"units": 3},
    "relu": lambda tf: {"units": 3, "activation": tf.nn.relu},
    "sigmoid_named": lambda tf: {"units": 2, "activation": tf.nn.sigmoid, "name": "fc"},
    "no_bias": lambda tf: {"units": 3, "use_bias": False},
    "initializers": lambda tf: {
        "units": 3,
        "kernel_initializer": tf.truncated_normal_initializer(stddev=0.1),
        "bias_initializer": tf.constant_initializer(0.5),
    },
    "random_normal": lambda tf: {"units": 3, "kernel_initializer": tf.random_normal_initializer(stddev=0.02)},
    "xavier": lambda tf: {"units": 3, "kernel_initializer": tf.contrib.layers.xavier_initializer()},
    "he": lambda tf: {"units": 3, "kernel_initializer": tf.variance_scaling_initializer(scale=2.0)},
    "orthogonal": lambda tf: {"units": 3, "kernel_initializer": tf.orthogonal_initializer(seed=3)},
    "glorot_normal_seed": lambda tf: {"units": 3, "kernel_initializer": tf.glorot_normal_initializer(seed=5)},
    "regularized": lambda tf: {
        "units": 3,
        "kernel_regularizer": lambda v: 0.1 * tf.reduce_sum(tf.square(v)),
        "bias_regularizer": tf.contrib.layers.l2_regularizer(0.01),
        "activity_regularizer": lambda y: 0.2 * tf.reduce_mean(y),
    },
    "constrained": lambda tf: {"units": 3, "kernel_constraint": lambda v: tf.clip_by_value(v, -1.0, 1.0)},
    "frozen": lambda tf: {"units": 3, "trainable": False},
    "positional": lambda tf: {"units": 3, "activation": tf.tanh, "use_bias": True},
    "one": lambda tf: {"units": 1, "activation": None},
}


@each({"%s-%s" % (key, batch): (key, batch) for key in DENSE for batch in (2, None)})
def dense(tf, np, key, batch):
    tf.set_random_seed(1)
    x = tf.placeholder(tf.float32, [batch, 4])
    return run(tf, np, tf.layers.dense(x, **DENSE[key](tf)), x, X24)


@each({"rank3": (2, 3, 4), "rank4": (1, 2, 2, 4), "rank3_batch": (None, 3, 4), "rank3_dims": (None, None, 4)})
def dense_tensordot(tf, np, *shape):
    tf.set_random_seed(1)
    x = tf.placeholder(tf.float32, shape)
    y = tf.layers.dense(x, 2, activation=tf.nn.relu)
    return run(tf, np, y, x, image(np, *[size or 2 for size in shape]))


@case
def dense_float64(tf, np):
    tf.set_random_seed(1)
    x = tf.placeholder(tf.float64, [None, 4])
    return run(tf, np, tf.layers.dense(x, 3), x, X24)


@case
def dense_stack_of_three(tf, np):
    tf.set_random_seed(2)
    x = tf.placeholder(tf.float32, [None, 4])
    hidden = tf.layers.dense(x, 5, tf.nn.relu)
    hidden = tf.layers.dense(hidden, 4, tf.nn.elu)
    return run(tf, np, tf.layers.dense(hidden, 1), x, X24)


@case
def dense_reuse(tf, np):
    tf.set_random_seed(2)
    x = tf.placeholder(tf.float32, [None, 4])
    first = tf.layers.dense(x, 3, name="shared", kernel_regularizer=tf.contrib.layers.l2_regularizer(0.1))
    second = tf.layers.dense(
        2 * x, 3, name="shared", reuse=True, kernel_regularizer=tf.contrib.layers.l2_regularizer(0.1)
    )
    return run(tf, np, first + second, x, X24)


@case
def dense_auto_reuse(tf, np):
    tf.set_random_seed(2)
    x = tf.placeholder(tf.float32, [None, 4])

    def network(x):
        with tf.variable_scope("net", reuse=tf.AUTO_REUSE):
            return tf.layers.dense(tf.layers.dense(x, 3, tf.nn.relu, name="a"), 2, name="b")

    return run(tf, np, network(x) * network(-x), x, X24)


@case
def dense_scope_reuse(tf, np):
    """The generator and discriminator idiom: one scope, entered twice."""
    x = tf.placeholder(tf.float32, [None, 4])
    tf.set_random_seed(2)
    with tf.variable_scope("d"):
        first = tf.layers.dense(x, 2)
    with tf.variable_scope("d", reuse=True):
        second = tf.layers.dense(x * 2, 2)
    return run(tf, np, first * second, x, X24)


@case
def dense_in_scopes(tf, np):
    x = tf.placeholder(tf.float32, [None, 4])
    tf.set_random_seed(2)
    with tf.name_scope("names"):
        y = tf.layers.dense(x, 2)
        with tf.variable_scope("vars", initializer=tf.constant_initializer(0.5), regularizer=tf.reduce_sum):
            y = tf.layers.dense(y, 2)
            y = tf.layers.dense(y, 2)
    return run(tf, np, y, x, X24)


@case
def dense_class(tf, np):
    tf.set_random_seed(1)
    x = tf.placeholder(tf.float32, [None, 4])
    layer = tf.layers.Dense(3, activation=tf.nn.relu, kernel_regularizer=tf.contrib.layers.l2_regularizer(0.1))
    built = layer.built
    y = layer(x)
    z = layer(2 * x)
    about = Facts(
        built=[built, layer.built],
        name=layer.name,
        kernel=layer.kernel.name,
        bias=layer.bias.name,
        weights=[v.name for v in layer.weights],
        trainable=[v.name for v in layer.trainable_variables],
        variables=[v.name for v in layer.variables],
        losses=len(layer.losses),
        updates=len(layer.updates),
        units=layer.units,
        dtype=layer.dtype,
    )
    return [about] + run(tf, np, y + z, x, X24)


@case
def dense_class_named_in_scope(tf, np):
    x = tf.placeholder(tf.float32, [None, 4])
    tf.set_random_seed(1)
    with tf.variable_scope("outer"):
        layer = tf.layers.Dense(2, name="inner")
        y = layer.apply(x)
    with tf.variable_scope("elsewhere"):
        z = layer(y @ tf.ones([2, 4]))
    other = tf.layers.Dense(2)
    other.build([None, 2])
    return run(tf, np, other(z), x, X24)


@case
def dense_of_numpy(tf, np):
    tf.set_random_seed(1)
    y = tf.layers.dense(np.asarray(X24, np.float32), 2)
    return Run({"y": y}, init=tf.global_variables_initializer())


@case(raises=True)
def dense_unknown_width(tf, np):
    tf.layers.dense(tf.placeholder(tf.float32, [None, None]), 2)


@case(raises=True)
def dense_rank_1(tf, np):
    tf.layers.dense(tf.placeholder(tf.float32, [4]), 2)


@case(raises=True)
def dense_same_name_twice(tf, np):
    x = tf.placeholder(tf.float32, [None, 4])
    tf.layers.dense(x, 2, name="fc")
    tf.layers.dense(x, 2, name="fc")


@case(raises=True)
def dense_reuse_missing(tf, np):
    tf.layers.dense(tf.placeholder(tf.float32, [None, 4]), 2, name="fc", reuse=True)


@case(raises=True)
def dense_other_width(tf, np):
    layer = tf.layers.Dense(2)
    layer(tf.placeholder(tf.float32, [None, 4]))
    layer(tf.placeholder(tf.float32, [None, 5]))


@case(raises=True)
def dense_of_integers(tf, np):
    tf.layers.dense(tf.placeholder(tf.int32, [None, 4]), 2)


# ------------------------------------------------------------------------------------ convolution and pooling

CONV = {
    "valid": lambda tf: {"filters": 3, "kernel_size": 3},
    "same_relu": lambda tf: {"filters": 2, "kernel_size": [3, 3], "padding": "same", "activation": tf.nn.relu},
    "strides": lambda tf: {"filters": 2, "kernel_size": (3, 2), "strides": (2, 1), "padding": "SAME"},
    "stride_number": lambda tf: {"filters": 2, "kernel_size": 2, "strides": 2, "use_bias": False, "name": "c"},
    "initializer": lambda tf: {
        "filters": 2,
        "kernel_size": 3,
        "kernel_initializer": tf.random_normal_initializer(stddev=0.1),
        "bias_initializer": tf.ones_initializer(),
    },
    "regularized": lambda tf: {
        "filters": 2,
        "kernel_size": 1,
        "kernel_regularizer": tf.contrib.layers.l2_regularizer(0.1),
        "trainable": False,
    },
}


@each({"%s-%s" % (key, batch): (key, batch) for key in CONV for batch in (2, None)}, tolerance=5e-5)
def conv2d(tf, np, key, batch):
    tf.set_random_seed(4)
    x = tf.placeholder(tf.float32, [batch, 5, 6, 2])
    return run(tf, np, tf.layers.conv2d(x, **CONV[key](tf)), x, image(np, 2, 5, 6, 2))


@case
def conv2d_dilated(tf, np):
    tf.set_random_seed(4)
    x = tf.placeholder(tf.float32, [None, 6, 6, 1])
    y = tf.layers.conv2d(x, 2, 3, dilation_rate=2)
    return [facts(tf, y), Run({"y": y}, {x: image(np, 1, 6, 6, 1)}, init=tf.global_variables_initializer())]


@case
def conv2d_dilated_same_graph(tf, np):
    x = tf.placeholder(tf.float32, [None, 6, 6, 1])
    y = tf.layers.conv2d(x, 2, 3, dilation_rate=(2, 2), padding="same")
    tf.gradients(y, [x] + tf.trainable_variables())
    return facts(tf, y)


@case
def conv2d_channels_first(tf, np):
    x = tf.placeholder(tf.float32, [None, 2, 5, 6])
    y = tf.layers.conv2d(x, 3, 3, data_format="channels_first", padding="same", activation=tf.nn.relu)
    y = tf.layers.max_pooling2d(y, 2, 2, data_format="channels_first")
    y = tf.layers.flatten(y, data_format="channels_first")
    tf.gradients(y, [x] + tf.trainable_variables())
    return facts(tf, y)


@case
def conv2d_class(tf, np):
    tf.set_random_seed(4)
    x = tf.placeholder(tf.float32, [None, 4, 4, 1])
    layer = tf.layers.Conv2D(2, 3, padding="same", name="conv")
    return run(tf, np, layer(x) + layer(2 * x), x, image(np, 1, 4, 4, 1))


@case
def conv2d_unknown_size(tf, np):
    tf.set_random_seed(4)
    x = tf.placeholder(tf.float32, [None, None, None, 2])
    y = tf.layers.max_pooling2d(tf.layers.conv2d(x, 2, 3, padding="same"), 2, 2)
    return run(tf, np, tf.layers.average_pooling2d(y, 2, 1, padding="same"), x, image(np, 1, 5, 4, 2))


POOLS = {
    "2_2": {"pool_size": 2, "strides": 2},
    "pairs": {"pool_size": [3, 2], "strides": [2, 1]},
    "same": {"pool_size": 2, "strides": 2, "padding": "same", "name": "pool"},
    "overlap": {"pool_size": (3, 3), "strides": 1, "padding": "SAME"},
}


@each(
    {"%s-%s-%s" % (kind, key, b): (kind, key, b) for kind in ("max", "average") for key in POOLS for b in (2, None)},
    tolerance=2e-5,
)
def pooling2d(tf, np, kind, key, batch):
    x = tf.placeholder(tf.float32, [batch, 5, 6, 2])
    y = getattr(tf.layers, kind + "_pooling2d")(x, **POOLS[key])
    fetches = {"y": y, "d": tf.gradients(y, x)[0]}
    return [facts(tf, y), Run(fetches, {x: image(np, 2, 5, 6, 2)})]


@each({"max": "MaxPooling2D", "average": "AveragePooling2D"})
def pooling2d_class(tf, np, kind):
    x = tf.placeholder(tf.float32, [None, 4, 4, 1])
    layer = getattr(tf.layers, kind)(2, 2)
    second = getattr(tf.layers, kind)(2, 1)
    return [Facts(name=layer.name), Run({"y": second(layer(x))}, {x: image(np, 1, 4, 4, 1)})]


@each({
    "known": (2, 3, 4), "batch": (None, 3, 4), "batch_4d": (None, 2, 2, 3), "inner": (2, None, 4), "rank2": (None, 4),
    "rank1": (None,),
})  # fmt: skip
def flatten(tf, np, *shape):
    x = tf.placeholder(tf.float32, shape)
    y = tf.layers.flatten(x)
    fetches = {"y": y, "d": tf.gradients(y * 2, x)[0]}
    return [facts(tf, y), Run(fetches, {x: image(np, *[size or 2 for size in shape])})]


@case
def flatten_class(tf, np):
    x = tf.placeholder(tf.float32, [None, 2, 3])
    return Run({"y": tf.layers.Flatten(name="flat")(x)}, {x: image(np, 2, 2, 3)})


# ------------------------------------------------------------------------------------------------------- dropout

TRAINING = {
    "true": lambda tf: (True, None),
    "false": lambda tf: (False, None),
    "constant": lambda tf: (tf.constant(True), None),
    "placeholder": lambda tf: (lambda p: (p, p))(tf.placeholder(tf.bool)),
    "scalar_placeholder": lambda tf: (lambda p: (p, p))(tf.placeholder(tf.bool, [], name="training")),
    "default": lambda tf: (lambda p: (p, p))(tf.placeholder_with_default(False, [])),
}


@each({name: name for name in TRAINING})
def dropout(tf, np, key):
    tf.set_random_seed(6)
    training, switch = TRAINING[key](tf)
    x = tf.placeholder(tf.float32, [None, 4])
    y = tf.layers.dropout(x * 2, 0.4, training=training)
    fetches = {"y": y, "d": tf.gradients(y, x)[0]}
    values = [{}] if switch is None else [{switch: True}, {switch: False}, {switch: True}]
    return [_fed(fetches, value, x) for value in values]


def _fed(fetches, value, x):
    feed = dict(value)
    feed[x] = X24
    return Run(fetches, feed)


DROPOUTS = {
    "default": {},
    "rate": {"rate": 0.25, "training": True},
    "rate_0": {"rate": 0.0, "training": True},
    "seed": {"rate": 0.5, "seed": 3, "training": True, "name": "drop"},
    "noise_shape": {"rate": 0.5, "noise_shape": [2, 1], "training": True},
    "noise_shape_none": {"rate": 0.5, "noise_shape": [None, 1], "training": True},
}


@each({name: name for name in DROPOUTS})
def dropout_option(tf, np, key):
    tf.set_random_seed(6)
    x = tf.placeholder(tf.float32, [None, 4])
    y = tf.layers.dropout(x, **DROPOUTS[key])
    return [_fed({"y": y}, {}, x), _fed({"y": y}, {}, x)]


@case
def dropout_class(tf, np):
    tf.set_random_seed(6)
    x = tf.placeholder(tf.float32, [None, 4])
    layer = tf.layers.Dropout(0.5)
    return _fed({"on": layer(x, training=True), "off": layer(x), "again": layer(x, training=True)}, {}, x)


@case
def dropout_rate_placeholder(tf, np):
    tf.set_random_seed(6)
    x, rate = tf.placeholder(tf.float32, [None, 4]), tf.placeholder(tf.float32, [])
    return _fed({"y": tf.layers.dropout(x, rate, training=True)}, {rate: 0.7}, x)


# ------------------------------------------------------------------------------------------- batch normalisation

NORMAL = {
    "plain": {},
    "momentum": {"momentum": 0.9, "epsilon": 0.01},
    "no_scale": {"scale": False},
    "no_center": {"center": False, "name": "bn"},
    "bare": {"center": False, "scale": False},
    "not_fused": {"fused": False},
    "frozen": {"trainable": False},
}
SHAPES = {"rank2": (4, 3), "rank2_batch": (None, 3), "rank4": (2, 3, 3, 2), "rank4_batch": (None, 3, 3, 2)}


def updates_after(tf, np, y, x, data, feed):
    """Forward, gradients, then the updates in a run of their own, then the moving statistics."""
    gradients = [g for g in tf.gradients(y, [x] + tf.trainable_variables()) if g is not None]
    update = tf.group(*tf.get_collection(tf.GraphKeys.UPDATE_OPS))
    init = tf.global_variables_initializer()
    whole = dict(feed)
    whole[x] = data
    variables = {"v": list(tf.global_variables())}
    runs = [facts(tf, y), Run({"y": y, "d": gradients}, whole, init=init)]
    return runs + [Run({"update": update}, whole), Run(variables), Run({"update": update}, whole), Run(variables)]


@each({"%s-%s-%s" % (k, s, t): (k, s, t) for k in NORMAL for s in SHAPES for t in ("true", "false", "placeholder")
       if k == "plain" or (s in ("rank2_batch", "rank4_batch") and t != "false")}, tolerance=1e-5)  # fmt: skip
def batch_normalization(tf, np, key, shape, training):
    training, switch = TRAINING[training](tf)
    shape = SHAPES[shape]
    x = tf.placeholder(tf.float32, shape)
    y = tf.layers.batch_normalization(x, training=training, **NORMAL[key])
    data = image(np, *([shape[0] or 4] + list(shape[1:])))
    return updates_after(tf, np, y * tf.sin(y), x, data, {} if switch is None else {switch: True})


@each({"%s-%s" % (t, s): (t, s) for t in ("constant", "scalar_placeholder", "default") for s in SHAPES
       if s.endswith("batch")}, tolerance=1e-5)  # fmt: skip
def batch_normalization_training(tf, np, training, shape):
    training, switch = TRAINING[training](tf)
    shape = SHAPES[shape]
    x = tf.placeholder(tf.float32, shape)
    y = tf.layers.batch_normalization(x, training=training)
    data = image(np, *([4] + list(shape[1:])))
    runs = updates_after(tf, np, y * tf.sin(y), x, data, {} if switch is None else {switch: True})
    return runs if switch is None else runs + [Run({"off": y}, {x: data, switch: False})]


@each({name: name for name in SHAPES}, tolerance=1e-5)
def batch_normalization_second_order(tf, np, shape):
    shape = SHAPES[shape]
    x = tf.placeholder(tf.float32, shape)
    y = tf.layers.batch_normalization(x, training=True)
    first = tf.gradients(tf.reduce_sum(y * y * y), x)[0]
    second = tf.gradients(first * first, x)[0]
    data = image(np, *([shape[0] or 4] + list(shape[1:])))
    return Run({"first": first, "second": second}, {x: data}, init=tf.global_variables_initializer())


@case(tolerance=2e-4)
def batch_normalization_twice(tf, np):
    x = tf.placeholder(tf.float32, [None, 3])
    training = tf.placeholder(tf.bool)
    y = tf.layers.batch_normalization(x, training=training)
    y = tf.layers.batch_normalization(tf.nn.relu(y), training=training)
    return updates_after(tf, np, y * tf.cos(y), x, image(np, 4, 3), {training: True})


@case(tolerance=1e-5)
def batch_normalization_class(tf, np):
    x = tf.placeholder(tf.float32, [None, 3])
    layer = tf.layers.BatchNormalization(momentum=0.5)
    y = layer(x, training=True)
    z = layer(x)
    about = Facts(
        name=layer.name,
        updates=[op.name for op in layer.updates],
        weights=[v.name for v in layer.weights],
        trainable=[v.name for v in layer.trainable_weights],
        others=[v.name for v in layer.non_trainable_weights],
    )
    return [about] + updates_after(tf, np, y * z, x, image(np, 4, 3), {})


@case(tolerance=1e-5)
def batch_normalization_reuse(tf, np):
    x = tf.placeholder(tf.float32, [None, 3])
    y = tf.layers.batch_normalization(x, training=True, name="bn")
    z = tf.layers.batch_normalization(x, training=False, name="bn", reuse=True)
    return updates_after(tf, np, y * z, x, image(np, 4, 3), {})


@case(tolerance=1e-5)
def batch_normalization_axis(tf, np):
    x = tf.placeholder(tf.float32, [2, 3, 3, 2])
    y = tf.layers.batch_normalization(x, axis=1, training=True, fused=False)
    return updates_after(tf, np, y * tf.cos(y), x, image(np, 2, 3, 3, 2), {})


@case(tolerance=1e-5)
def batch_normalization_rank3(tf, np):
    x = tf.placeholder(tf.float32, [None, 3, 2])
    y = tf.layers.batch_normalization(x, training=True)
    return updates_after(tf, np, y * tf.cos(y), x, image(np, 2, 3, 2), {})


@case
def batch_normalization_channels_first_graph(tf, np):
    x = tf.placeholder(tf.float32, [None, 2, 3, 3])
    y = tf.layers.batch_normalization(x, axis=1, training=True)
    tf.gradients(y, [x] + tf.trainable_variables())
    return facts(tf, y)


@case(tolerance=1e-5)
def batch_normalization_float64(tf, np):
    x = tf.placeholder(tf.float64, [None, 3])
    y = tf.layers.batch_normalization(x, training=True)
    return updates_after(tf, np, y * tf.cos(y), x, image(np, 4, 3), {})


@case(tolerance=1e-5)
def batch_normalization_regularized(tf, np):
    x = tf.placeholder(tf.float32, [None, 3])
    l2 = tf.contrib.layers.l2_regularizer(0.1)
    y = tf.layers.batch_normalization(
        x,
        training=True,
        gamma_regularizer=l2,
        beta_regularizer=l2,
        gamma_initializer=tf.constant_initializer(0.5),
        beta_initializer=tf.constant_initializer(0.25),
        moving_mean_initializer=tf.constant_initializer(1.0),
        moving_variance_initializer=tf.constant_initializer(2.0),
    )
    return updates_after(tf, np, y * tf.cos(y), x, image(np, 4, 3), {})


@case(tolerance=1e-5)
def batch_normalization_trained(tf, np):
    """Three steps under control dependencies of the updates, as every script writes it."""
    tf.set_random_seed(5)
    x, training = tf.placeholder(tf.float32, [None, 3]), tf.placeholder(tf.bool)
    hidden = tf.layers.dense(x, 4, use_bias=False)
    hidden = tf.nn.relu(tf.layers.batch_normalization(hidden, training=training))
    loss = tf.reduce_mean(tf.square(tf.layers.dense(hidden, 1) - 1.0))
    with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
        train = tf.train.AdamOptimizer(0.01).minimize(loss)
    init = tf.global_variables_initializer()
    runs = [facts(tf)]
    for step in range(3):
        feed = {x: image(np, 5, 3), training: True}
        runs += [Run({"train": train}, feed, init=None if step else init), Run({"loss": loss}, feed)]
    model = [v for v in tf.global_variables() if "Adam" not in v.name]
    return runs + [Run({"v": model}), Run({"loss": loss}, {x: image(np, 5, 3), training: False})]


@case(raises=True)
def batch_normalization_unknown_channels(tf, np):
    tf.layers.batch_normalization(tf.placeholder(tf.float32, [None, None]))


@case(raises=True)
def conv2d_wrong_rank(tf, np):
    tf.layers.conv2d(tf.placeholder(tf.float32, [None, 4, 4]), 2, 3)


@case(raises=True)
def conv2d_unknown_channels(tf, np):
    tf.layers.conv2d(tf.placeholder(tf.float32, [None, 4, 4, None]), 2, 3)


@case(raises=True)
def conv2d_bad_padding(tf, np):
    tf.layers.conv2d(tf.placeholder(tf.float32, [None, 4, 4, 1]), 2, 3, padding="full")


@case(raises=True)
def conv2d_too_small(tf, np):
    tf.layers.conv2d(tf.placeholder(tf.float32, [None, 2, 2, 1]), 2, 3)


@case(raises=True)
def pooling_without_strides(tf, np):
    tf.layers.max_pooling2d(tf.placeholder(tf.float32, [None, 4, 4, 1]), 2)


@case(raises=True)
def pooling_wrong_rank(tf, np):
    tf.layers.max_pooling2d(tf.placeholder(tf.float32, [None, 4, 4]), 2, 2)


# ----------------------------------------------------------------------- convolution and pooling of other ranks

SIGNAL, IMAGE, VOLUME = (8, 3), (7, 8, 3), (5, 6, 5, 3)
OTHER_CONVOLUTIONS = {
    "conv1d": ("conv1d", SIGNAL, {"filters": 2, "kernel_size": 3, "strides": 2}),
    "conv1d_dilated": ("conv1d", SIGNAL, {"filters": 2, "kernel_size": 3, "dilation_rate": 2, "padding": "same"}),
    "conv1d_causal": ("conv1d", SIGNAL, {"filters": 2, "kernel_size": 3, "dilation_rate": 2, "padding": "causal"}),
    "conv3d": ("conv3d", VOLUME, {"filters": 2, "kernel_size": (3, 2, 3), "strides": 2}),
    "conv3d_same": ("conv3d", VOLUME, {"filters": 2, "kernel_size": 3, "padding": "same", "use_bias": False}),
    "conv2d_transpose": ("conv2d_transpose", IMAGE, {"filters": 2, "kernel_size": 3, "strides": 2}),
    "conv2d_transpose_same": (
        "conv2d_transpose",
        IMAGE,
        {"filters": 2, "kernel_size": 3, "strides": 2, "padding": "same"},
    ),
    "conv2d_transpose_wide": ("conv2d_transpose", IMAGE, {"filters": 2, "kernel_size": 2, "strides": (3, 2)}),
    "conv3d_transpose": ("conv3d_transpose", VOLUME, {"filters": 2, "kernel_size": 3, "strides": 2}),
    "separable_conv2d": ("separable_conv2d", IMAGE, {"filters": 4, "kernel_size": 3, "strides": 2}),
    "separable_conv2d_dilated": (
        "separable_conv2d",
        IMAGE,
        {"filters": 4, "kernel_size": 3, "dilation_rate": 2, "depth_multiplier": 2, "padding": "same"},
    ),
    "separable_conv1d": ("separable_conv1d", SIGNAL, {"filters": 4, "kernel_size": 3, "padding": "same", "strides": 2}),
    "max_pooling1d": ("max_pooling1d", SIGNAL, {"pool_size": 3, "strides": 2}),
    "max_pooling1d_same": ("max_pooling1d", SIGNAL, {"pool_size": 3, "strides": 2, "padding": "same"}),
    "average_pooling1d": ("average_pooling1d", SIGNAL, {"pool_size": 2, "strides": 1, "padding": "same"}),
    "max_pooling3d": ("max_pooling3d", VOLUME, {"pool_size": 2, "strides": 2}),
    "average_pooling3d": (
        "average_pooling3d",
        VOLUME,
        {"pool_size": (2, 2, 1), "strides": (1, 2, 1), "padding": "same"},
    ),
}


@each({name: name for name in OTHER_CONVOLUTIONS}, tolerance=1e-4)  # some sums of their gradients cancel
def other_ranks(tf, np, name):
    function, shape, options = OTHER_CONVOLUTIONS[name]
    tf.set_random_seed(3)
    x = tf.placeholder(tf.float32, (None,) + shape)
    return run(tf, np, getattr(tf.layers, function)(x, **options), x, image(np, 2, *shape))


@each({name: name for name in ("conv2d_transpose", "separable_conv2d", "conv3d")})
def other_ranks_activated_and_reused(tf, np, name):
    shape = VOLUME if name == "conv3d" else IMAGE
    tf.set_random_seed(3)
    x = tf.placeholder(tf.float32, (2,) + shape)
    options = {"filters": 2, "kernel_size": 3, "activation": tf.nn.relu, "name": "layer"}
    first = getattr(tf.layers, name)(x, **options)
    second = getattr(tf.layers, name)(x * 2.0, reuse=True, **options)
    return run(tf, np, first + second, x, image(np, 2, *shape))


@case(raises=True)
def conv2d_causal(tf, np):
    tf.layers.conv2d(tf.placeholder(tf.float32, [None, 4, 4, 1]), 2, 3, padding="causal")


# ------------------------------------------------------------------------------------------------ things by name

ACTIVATIONS = (
    "elu",
    "exponential",
    "hard_sigmoid",
    "linear",
    "relu",
    "selu",
    "sigmoid",
    "softmax",
    "softplus",
    "softsign",
    "tanh",
)


@each({name: name for name in ACTIVATIONS})
def activation_by_name(tf, np, name):
    x = tf.placeholder(tf.float32, [None, 3])
    y = tf.layers.dense(x, 2, activation=name, kernel_initializer="ones")
    return run(tf, np, y, x, image(np, 4, 3))


@each({name: name for name in ("zeros", "glorot_uniform", "he_normal", "lecun_uniform", "random_normal", "identity")})
def initializer_by_name(tf, np, name):
    tf.set_random_seed(3)
    x = tf.placeholder(tf.float32, [None, 3])
    return run(tf, np, tf.layers.dense(x, 3, kernel_initializer=name), x, image(np, 4, 3))


@each({"activation": {"activation": "nosuch"}, "initializer": {"kernel_initializer": "nosuch"}}, raises=True)
def unknown_name(tf, np, **options):
    tf.layers.dense(tf.placeholder(tf.float32, [None, 3]), 2, **options)


@case(raises=True)
def activation_no_function(tf, np):
    tf.layers.dense(tf.placeholder(tf.float32, [None, 3]), 2, activation=3)


@case(raises=True)
def dense_of_a_list(tf, np):
    tf.layers.dense([[1.0, 2.0]], 2)


@each({"true": True, "false": False, "placeholder": None})
def batch_normalization_half(tf, np, training):
    x = tf.placeholder(tf.float16, [None, 3])
    tf.layers.batch_normalization(x, training=tf.placeholder(tf.bool, []) if training is None else training)
    return Facts(variables=[[v.name, v.dtype.name] for v in tf.global_variables()])
