"""Golden cases of `tf.gradients` itself: its arguments, aggregation, IndexedSlices, overrides, names, Hessians."""

from tools.golden.case import Facts, Run, case, each
from tools.golden.families import flat, register


def feeds(tf, np, *shapes, dtype="float32"):
    """Placeholders of these shapes and a feed of small numbers that differ everywhere."""
    feed = {}
    for position, shape in enumerate(shapes):
        size = int(np.prod(shape))
        values = (np.arange(size).reshape(shape) - size / 3.0) / 4.0 + position / 8.0
        feed[tf.placeholder(dtype, shape)] = values.astype(dtype)
    return list(feed), feed


def fetched(gradients, feed=None, **more):
    fetches = dict(more)
    flat(fetches, "d", list(gradients))
    return Run(fetches, feed)


def expression(build, *shapes):
    """A case whose function gets (tf, *placeholders) and returns the gradients."""

    def function(tf, np):
        inputs, feed = feeds(tf, np, *shapes)
        return fetched(build(tf, *inputs), feed)

    return function


def _twice(tf, x):
    y = tf.square(x)
    first = tf.gradients(y, x)
    return first + tf.gradients(y * 2, x)


def _frozen(tf, a):
    b = 2 * a
    return tf.gradients(a + b, [a, b], stop_gradients=[a, b])


def _in_scopes(tf, x):
    with tf.name_scope("model"):
        y = tf.sin(x, name="wave")
    with tf.name_scope("backward"):
        return tf.gradients(y, x)


def _colocated(tf, x):
    with tf.device("/cpu:0"):
        y = tf.tanh(x)
    return tf.gradients(tf.reduce_sum(y), x, colocate_gradients_with_ops=True)


def _fans(count):
    def build(tf, x):
        return tf.gradients(tf.add_n([tf.sin(x * float(i)) for i in range(1, count + 1)]), x)

    return build


EXPRESSIONS = {
    "grad_ys": (lambda tf, x: tf.gradients(x * x, x, grad_ys=tf.constant([1.0, 10.0])), (2,)),
    "grad_ys_list_none": (lambda tf, x: tf.gradients([x * x, tf.sin(x)], x, grad_ys=[None, 2 * x]), (2,)),
    "grad_ys_numpy": (lambda tf, x: tf.gradients([x * x], [x], [[0.5, 2.0]]), (2,)),
    "several_ys": (lambda tf, x, z: tf.gradients([x * z, tf.reduce_sum(z)], [x, z]), (2,), (2,)),
    "repeated_ys": (lambda tf, x: tf.gradients([tf.sin(x)] * 2, x), (2,)),
    "same_y_twice": (lambda tf, x: (lambda y: tf.gradients([y, y], x))(tf.sin(x)), (2,)),
    "repeated_xs": (lambda tf, x: tf.gradients(x * x, [x, x]), (2,)),
    "y_is_x": (lambda tf, x: tf.gradients(x, x), (2,)),
    "y_and_its_ancestor": (lambda tf, x: (lambda y: tf.gradients([y, tf.exp(y)], [y, x]))(tf.sin(x)), (2,)),
    "intermediate": (lambda tf, x: (lambda h: tf.gradients(tf.exp(h) * x, [h, x]))(tf.tanh(x)), (2,)),
    "unconnected": (lambda tf, x, z: tf.gradients(tf.exp(x), [x, z]), (2,), (3,)),
    "unconnected_zero": (lambda tf, x, z: tf.gradients(tf.exp(x), [x, z], unconnected_gradients="zero"), (2,), (3,)),
    "unconnected_enum": (
        lambda tf, x, z: tf.gradients(x, [z, x], unconnected_gradients=tf.UnconnectedGradients.ZERO), (2,), (3,),
    ),
    "unconnected_all": (lambda tf, x, z: tf.gradients(x, [z]), (2,), (3,)),
    "through_floor": (lambda tf, x: tf.gradients(tf.floor(x), x), (2,)),
    "through_argmax": (lambda tf, x: tf.gradients(tf.cast(tf.argmax(x), tf.float32), x), (2,)),
    "stop_gradients": (_frozen, (2,)),
    "stop_gradient_op": (lambda tf, x: tf.gradients(x * tf.stop_gradient(x * 3), x), (2,)),
    "stop_gradient_alone": (lambda tf, x: tf.gradients(tf.stop_gradient(x), x), (2,)),
    "gate_gradients": (lambda tf, x, z: tf.gradients(tf.sin(x) * tf.exp(z), [x, z], gate_gradients=True), (2,), (2,)),
    "aggregate_add_n": (_fans(2), (2,)),
    "aggregate_four": (_fans(4), (2,)),
    "aggregate_tree": (
        lambda tf, x: tf.gradients(
            x * x + tf.sin(x) + tf.exp(x), x, aggregation_method=tf.AggregationMethod.EXPERIMENTAL_TREE
        ),
        (2,),
    ),
    "aggregate_accumulate": (
        lambda tf, x: tf.gradients(
            x * x + tf.sin(x), x, aggregation_method=tf.AggregationMethod.EXPERIMENTAL_ACCUMULATE_N
        ),
        (2,),
    ),
    "aggregate_default": (
        lambda tf, x: tf.gradients(x * x, x, aggregation_method=tf.AggregationMethod.ADD_N), (2,),
    ),
    "called_twice": (_twice, (2,)),
    "in_name_scopes": (_in_scopes, (2,)),
    "colocated": (_colocated, (2,)),
    "named": (lambda tf, x: tf.gradients(tf.exp(x), x, name="back"), (2,)),
    "positional": (lambda tf, x: tf.gradients([tf.exp(x)], [x], None, "back", False, True, None, None), (2,)),
    "slashed_name": (lambda tf, x: tf.gradients(tf.exp(x), x, name="a/b"), (2,)),
    "third_order": (lambda tf, x: tf.gradients(tf.gradients(tf.gradients(x**4, x), x), x), (2,)),
    "hessians": (lambda tf, x: tf.hessians(tf.reduce_sum(x**3) + x[0] * x[1], x), (2,)),
    "hessians_two": (lambda tf, x, z: tf.hessians(tf.reduce_sum(x * x) * tf.reduce_sum(z**3), [x, z], name="h"), (2,), (2,)),
    "hessians_matrix": (lambda tf, x: tf.hessians(tf.reduce_sum(tf.exp(x)) * x[0, 1], x), (2, 2)),
    "jacobian_by_rows": (lambda tf, x: [tf.gradients(y, x)[0] for y in tf.unstack(tf.square(x))], (3,)),
    "gradient_penalty": (
        lambda tf, x, w: tf.gradients(tf.square(tf.norm(tf.gradients(tf.sin(x * w), x)[0]) - 1.0), w), (2,), (2,),
    ),
    "xent_gradient": (
        lambda tf, x, w: tf.gradients(
            tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[1, 0], logits=tf.matmul(x, w)), [w]
        ),
        (2, 3), (3, 2),
    ),
    "split_one_used": (lambda tf, x: tf.gradients(tf.split(x, 2)[1] * 3, x), (4,)),
    "unstack_one_used": (lambda tf, x: tf.gradients(tf.unstack(x)[1] * 3, x), (3,)),
    "top_k_used": (lambda tf, x: tf.gradients(tf.nn.top_k(x, 2).values[0] * 3, x), (3,)),
    "moments_one_used": (lambda tf, x: tf.gradients(tf.nn.moments(x, [0])[1], x), (3, 2)),
    "control_dependency": (
        lambda tf, x: _after(tf, tf.no_op("first"), lambda: tf.gradients(tf.exp(x), x)), (2,),
    ),
}  # fmt: skip


def _after(tf, operation, build):
    with tf.control_dependencies([operation]):
        return build()


for _name, _row in EXPRESSIONS.items():
    register(_name, expression(_row[0], *_row[1:]))


@each({"int_x": ("int32", "int32"), "int_y": ("float32", "int32")})
def integers(tf, np, x_type, y_type):
    x = tf.placeholder(x_type, [2])
    return Facts(none=[g is None for g in tf.gradients(tf.cast(x, y_type) * 2, x)])


@case
def through_python_types(tf, np):
    x = tf.constant([1.0, 2.0])
    gradients = tf.gradients(x * 2.0, [x])
    return [Facts(kind=type(gradients).__name__, length=len(gradients), dtype=gradients[0].dtype.name)]


@case(raises=True)
def wrong_grad_ys_shape(tf, np):
    x = tf.constant([1.0, 2.0])
    return Run({"d": tf.gradients(x * x, x, grad_ys=tf.constant([1.0, 2.0, 3.0]))[0]})


@case(raises=True)
def wrong_grad_ys_count(tf, np):
    x = tf.constant([1.0, 2.0])
    tf.gradients(x * x, x, grad_ys=[None, None])


@case(raises=True)
def wrong_grad_ys_type(tf, np):
    x = tf.constant([1.0, 2.0])
    tf.gradients(x * x, x, grad_ys=tf.constant([1, 2]))


@case(raises=True)
def wrong_unconnected(tf, np):
    x = tf.constant(1.0)
    tf.gradients(x * x, x, unconnected_gradients="nothing")


@case
def hessian_of_a_vector_of_losses(tf, np):
    x = tf.placeholder(tf.float32, [None, 2])
    return Run({"h": tf.hessians(x * x, x)[0]}, {x: np.ones([2, 2])})


# ------------------------------------------------------------------------------------------------ IndexedSlices


def _lookups(tf, table):
    first, second = tf.gather(table, [0, 2, 0]), tf.nn.embedding_lookup(table, [1, 2])
    return tf.reduce_sum(first * 2) + tf.reduce_sum(tf.square(second))


SLICES = {
    "slices_once": lambda tf, table: tf.reduce_sum(tf.square(tf.gather(table, [0, 2, 0]))),
    "slices_twice": _lookups,
    "slices_and_dense": lambda tf, table: _lookups(tf, table) + tf.reduce_sum(tf.sin(table)),
    "slices_of_gather": lambda tf, table: tf.reduce_sum(tf.gather(tf.gather(table, [2, 1]), [0, 0])),
    "slices_through_identity": lambda tf, table: tf.reduce_sum(tf.gather(tf.identity(table), [1])),
    "slices_through_product": lambda tf, table: tf.reduce_sum(tf.gather(table * 2, [1])),
    "slices_matrix_ids": lambda tf, table: tf.reduce_sum(tf.gather(table, [[0, 1], [1, 2]])),
    "slices_scalar_id": lambda tf, table: tf.reduce_sum(tf.gather(table, 1) * 3),
}


@each({"%s-%s" % (name, kind): (name, kind) for name in SLICES for kind in ("variable", "placeholder", "constant")})
def slices(tf, np, name, kind):
    data = np.arange(6, dtype=np.float32).reshape(3, 2)
    feed, init = {}, None
    if kind == "variable":
        table = tf.Variable(data, name="table")
        init = tf.global_variables_initializer()
    elif kind == "constant":
        table = tf.constant(data)
    else:
        table = tf.placeholder(tf.float32, [None, 2])
        feed = {table: data}
    gradients = tf.gradients(SLICES[name](tf, table), table)
    run = fetched(gradients, feed)
    run.init = init
    return [Facts(kind=type(gradients[0]).__name__), run]


def _slices(tf, np):
    table = tf.Variable(np.arange(6, dtype=np.float32).reshape(3, 2), name="table")
    bias = tf.Variable([0.5, -0.5], name="bias")
    loss = tf.reduce_sum(tf.square(tf.gather(table, [0, 2, 0]) + bias))
    return tf.gradients(loss, [table, bias]), tf.global_variables_initializer()


@each({"global_norm": 0.5, "large": 100.0})
def clip_slices_by_global_norm(tf, np, limit):
    gradients, init = _slices(tf, np)
    clipped, norm = tf.clip_by_global_norm(gradients, limit)
    run = fetched(clipped, norm=norm)
    run.init = init
    return run


@case
def clip_slices_by_norm(tf, np):
    gradients, init = _slices(tf, np)
    run = fetched([tf.clip_by_norm(g, 1.0) for g in gradients])
    run.init = init
    return run


@case
def clip_slices_by_value(tf, np):
    gradients, init = _slices(tf, np)
    run = fetched([tf.clip_by_value(g, -0.5, 0.5) for g in gradients])
    run.init = init
    return run


@case
def slices_to_tensor(tf, np):
    gradients, init = _slices(tf, np)
    return Run({"dense": tf.convert_to_tensor(gradients[0])}, init=init)


@case
def slices_fetched_whole(tf, np):
    gradients, init = _slices(tf, np)
    return Run({"gradients": gradients}, init=init)


@case
def slices_second_order(tf, np):
    table = tf.constant(np.arange(6, dtype=np.float32).reshape(3, 2))
    first = tf.gradients(tf.reduce_sum(tf.gather(table, [0, 2, 0]) ** 3), table)[0]
    return fetched(tf.gradients(first.values, table))


# ----------------------------------------------------------------------------------------- gradients of one's own


@case
def custom_gradient(tf, np):
    @tf.custom_gradient
    def log1pexp(x):
        e = tf.exp(x)

        def grad(dy):
            return dy * (1 - 1 / (1 + e))

        return tf.log(1 + e), grad

    x = tf.placeholder(tf.float32, [None])
    y = log1pexp(x)
    return fetched(tf.gradients(y, x), {x: np.array([-1.0, 0.5, 100.0])}, y=y)


@case
def custom_gradient_two_inputs(tf, np):
    @tf.custom_gradient
    def twice(x, y):
        def grad(first, second):
            return first * 10.0, second * 100.0

        return [x + y, x * y], grad

    x, y = tf.placeholder(tf.float32, [2]), tf.placeholder(tf.float32, [2])
    outputs = twice(x, y)
    return fetched(tf.gradients(outputs, [x, y]), {x: [1.0, 2.0], y: [3.0, 4.0]}, outputs=outputs)


@case
def custom_gradient_second_order(tf, np):
    @tf.custom_gradient
    def cube(x):
        return x * x * x, lambda dy: dy * 5.0 * x

    x = tf.placeholder(tf.float32, [2])
    first = tf.gradients(cube(x), x)
    return fetched(first + tf.gradients(first, x), {x: [1.0, 2.0]})


@case
def override_map(tf, np):
    name = "GoldenNegatedIdentity"
    try:
        tf.RegisterGradient(name)(lambda op, grad: -3 * grad)
    except KeyError:  # registered by an earlier replay in this process
        pass
    x = tf.placeholder(tf.float32, [2])
    with tf.get_default_graph().gradient_override_map({"Identity": name}):
        inside = tf.identity(x)
    outside = tf.identity(x)
    return fetched(tf.gradients([inside * 2, outside], [inside, outside, x]), {x: [1.0, 2.0]})


@case(raises=True)
def registered_twice(tf, np):
    for _ in range(2):
        tf.RegisterGradient("GoldenTwice")(lambda op, grad: grad)


@case
def override_relu_guided(tf, np):
    name = "GoldenGuidedRelu"

    def guided(op, grad):
        return tf.where(grad > 0, grad * tf.cast(op.outputs[0] > 0, tf.float32), tf.zeros_like(grad))

    try:
        tf.RegisterGradient(name)(guided)
    except KeyError:
        pass
    x = tf.placeholder(tf.float32, [None, 2])
    with tf.get_default_graph().gradient_override_map({"Relu": name}):
        y = tf.nn.relu(x * [[1.0, -1.0]])
    return fetched(tf.gradients(y, x), {x: np.array([[1.0, -2.0], [3.0, 4.0]])})


@case
def not_differentiable(tf, np):
    x = tf.placeholder(tf.float32, [3])
    return Facts(none=[tf.gradients(f(x), x)[0] is None for f in (tf.round, tf.ceil, tf.floor, tf.rint, tf.zeros_like)])


@case
def py_func_has_none(tf, np):
    x = tf.placeholder(tf.float32, [3])
    y = tf.py_func(lambda a: a * 2, [x], tf.float32)
    return Facts(none=tf.gradients(y, x)[0] is None)


# --------------------------------------------------------------------------------------------- through variables


@case
def of_variables(tf, np):
    w, b = tf.Variable([[1.0], [2.0]], name="w"), tf.Variable(0.5, name="b")
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    loss = tf.reduce_mean(tf.square(tf.matmul(x, w) + b))
    gradients = tf.gradients(loss, tf.trainable_variables())
    init = tf.global_variables_initializer()
    run = fetched(gradients, {x: np.array([[1.0, 2.0], [3.0, -1.0]])}, loss=loss)
    run.init = init
    return run


@each({"ref": None, "read": "read_value", "initialized": "initialized_value"})
def of_variable_reads(tf, np, method):
    w = tf.Variable([1.0, 2.0], name="w")
    read = getattr(w, method)() if method else w
    gradients = tf.gradients(read * 3.0, [w, read])
    run = fetched(gradients)
    run.init = tf.global_variables_initializer()
    return run


@case
def of_resource_variables(tf, np):
    w = tf.get_variable("w", [2, 2], initializer=tf.ones_initializer(), use_resource=True)
    loss = tf.reduce_sum(tf.square(w) + tf.gather(w, [0, 0]))
    run = fetched(tf.gradients(loss, w))
    run.init = tf.global_variables_initializer()
    return run


@case
def of_assigned_variable(tf, np):
    w = tf.Variable([1.0, 2.0])
    assigned = tf.assign(w, w * 2)
    gradients = tf.gradients(tf.square(assigned), [assigned])
    run = fetched(gradients)
    run.init = tf.global_variables_initializer()
    return run


@case
def two_towers_share_a_variable(tf, np):
    with tf.variable_scope("tower") as scope:
        w = tf.get_variable("w", [2], initializer=tf.constant_initializer(2.0))
        first = tf.reduce_sum(tf.sin(w))
        scope.reuse_variables()
        second = tf.reduce_sum(tf.exp(tf.get_variable("w", [2])))
    run = fetched(tf.gradients(first + second, tf.trainable_variables()))
    run.init = tf.global_variables_initializer()
    return run


@case(tolerance=5e-3)
def compute_gradient(tf, np):
    x = tf.placeholder(tf.float32, [2, 2], name="x")
    y = tf.nn.sigmoid(x)
    with tf.Session():
        theoretical, numeric = tf.test.compute_gradient(x, [2, 2], y, [2, 2], x_init_value=np.eye(2, dtype=np.float32))
        error = tf.test.compute_gradient_error(x, [2, 2], y, [2, 2], x_init_value=np.eye(2, dtype=np.float32))
    rounded = np.round(np.asarray(theoretical, np.float64), 3).tolist()
    return Facts(theoretical=rounded, numeric_shape=list(numeric.shape), small=bool(error < 1e-3))
