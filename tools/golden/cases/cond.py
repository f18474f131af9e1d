"""Golden cases of tf.cond and tf.case: values, side effects, gradients, nesting, structures, what raises.

TF1's Switch and Merge nodes are the graph here; graphrt's structured cond differs by design (tests/golden/exceptions).
"""

from tools.golden.case import Facts, Run, case, each

SWITCHES = [True, False]


def both(fetches, p, feed=None):
    """One run with the predicate true, one with it false."""
    runs = []
    for value in SWITCHES:
        whole = dict(feed or {})
        whole[p] = value
        runs.append(Run(fetches, whole, vary=False))
    return runs


def inputs(tf):
    p = tf.placeholder(tf.bool, [], name="p")
    x = tf.placeholder(tf.float32, [2], name="x")
    y = tf.placeholder(tf.float32, [2], name="y")
    return p, x, y, {x: [1.0, 2.0], y: [0.5, -3.0]}


BRANCHES = {
    "outer_tensors": lambda tf, p, x, y: tf.cond(p, lambda: x, lambda: y),
    "made_inside": lambda tf, p, x, y: tf.cond(p, lambda: x + 1.0, lambda: y * 2.0),
    "constants": lambda tf, p, x, y: tf.cond(p, lambda: tf.constant([1.0, 2.0]), lambda: tf.zeros([2])),
    "python_numbers": lambda tf, p, x, y: tf.cond(p, lambda: 1.0, lambda: 2.0) * x,
    "one_side_outer": lambda tf, p, x, y: tf.cond(p, lambda: tf.exp(x), lambda: x),
    "both_use_both": lambda tf, p, x, y: tf.cond(p, lambda: x * y, lambda: x + y),
    "named": lambda tf, p, x, y: tf.cond(p, lambda: tf.sin(x), lambda: tf.cos(y), name="choice"),
    "keywords": lambda tf, p, x, y: tf.cond(pred=p, true_fn=lambda: x * 2, false_fn=lambda: y),
    "other_shapes": lambda tf, p, x, y: tf.reduce_sum(tf.cond(p, lambda: x, lambda: tf.concat([x, y], 0))),
    "nested": lambda tf, p, x, y: tf.cond(
        p, lambda: tf.cond(x[0] > 0, lambda: x * 3, lambda: -x), lambda: tf.cond(y[0] > 9, lambda: y, lambda: y * x)
    ),
    "after_cond": lambda tf, p, x, y: tf.cond(p, lambda: tf.cond(p, lambda: x, lambda: y) * 2, lambda: x) + x,
    "two_in_a_row": lambda tf, p, x, y: tf.cond(p, lambda: x, lambda: y) * tf.cond(p, lambda: y * x, lambda: y),
    "matmul": lambda tf, p, x, y: tf.cond(
        p, lambda: tf.matmul(tf.reshape(x, [1, 2]), tf.reshape(y, [2, 1])), lambda: tf.ones([1, 1])
    ),
    "pred_computed": lambda tf, p, x, y: (
        tf.cond(tf.reduce_sum(x) > 100.0, lambda: x, lambda: y * 2) + tf.cast(p, x.dtype)
    ),
    "uses_pred_inside": lambda tf, p, x, y: tf.cond(
        p, lambda: x * tf.cast(p, x.dtype), lambda: y * tf.cast(p, x.dtype)
    ),
    "softmax": lambda tf, p, x, y: tf.cond(p, lambda: tf.nn.softmax(x), lambda: tf.nn.softmax(x * y)),
    "three_times_x": lambda tf, p, x, y: tf.cond(p, lambda: x * x * x, lambda: tf.exp(y)),
    "only_one_differentiable": lambda tf, p, x, y: tf.cond(p, lambda: x * x, lambda: tf.ones_like(x)),
    "nested_exp": lambda tf, p, x, y: tf.cond(
        p, lambda: tf.cond(x[1] > 0, lambda: tf.exp(x), lambda: x), lambda: x * x
    ),
    "name_scopes_inside": lambda tf, p, x, y: _scoped(tf, p, x, y),
}


def _scoped(tf, p, x, y):
    def inside():
        with tf.name_scope("inner"):
            return tf.tanh(x)

    with tf.name_scope("outer"):
        return tf.cond(p, inside, lambda: tf.sigmoid(y))


@each({name: name for name in BRANCHES})
def value(tf, np, name):
    p, x, y, feed = inputs(tf)
    return both({"z": BRANCHES[name](tf, p, x, y)}, p, feed)


@each({name: name for name in BRANCHES})
def gradient(tf, np, name):
    p, x, y, feed = inputs(tf)
    z = BRANCHES[name](tf, p, x, y)
    gradients = tf.gradients(z, [x, y])
    fetches = {"z": z}
    fetches.update({"d%d" % index: g for index, g in enumerate(gradients) if g is not None})
    return [Facts(none=[g is None for g in gradients])] + both(fetches, p, feed)


@each({name: name for name in ("softmax", "three_times_x", "one_side_outer", "nested_exp")})
def second_gradient(tf, np, name):
    p, x, y, feed = inputs(tf)
    first = tf.gradients(BRANCHES[name](tf, p, x, y), x)[0]
    second = tf.gradients(first, x)[0]
    return both({"first": first, "second": second}, p, feed)


STRUCTURES = {
    "list": lambda x, y: [x, y],
    "tuple": lambda x, y: (x + 1, y),
    "single": lambda x, y: [x],
    "dict": lambda x, y: {"a": x, "b": y * 2},
    "nested": lambda x, y: (x, [y, x * y]),
}


@each({"%s-%s" % (name, strict): (name, strict) for name in STRUCTURES for strict in (False, True)})
def structure(tf, np, name, strict):
    p, x, y, feed = inputs(tf)
    z = tf.cond(p, lambda: STRUCTURES[name](x, y), lambda: STRUCTURES[name](y, x), strict=strict)
    return [Facts(kind=type(z).__name__)] + both({"z": z}, p, feed)


@case
def static_shapes(tf, np):
    p = tf.placeholder(tf.bool)
    pairs = [([2, 3], [2, 3]), ([2, 3], [4, 3]), ([2], [2, 1]), ([None, 3], [2, 3])]
    shapes = []
    for left, right in pairs:
        a, b = tf.placeholder(tf.float32, left), tf.placeholder(tf.float32, right)
        merged = tf.cond(p, lambda a=a: tf.identity(a), lambda b=b: tf.identity(b)).shape
        shapes.append(None if merged.ndims is None else merged.as_list())
    return Facts(shapes=shapes)


@case
def side_effects_inside(tf, np):
    p = tf.placeholder(tf.bool)
    v = tf.Variable(1.0, name="v")
    z = tf.cond(p, lambda: tf.assign_add(v, 10.0), lambda: tf.assign(v, -1.0))
    init = tf.global_variables_initializer()
    runs = [Run({"z": z}, {p: True}, init=init), Run({"v": v}), Run({"z": z}, {p: False}), Run({"v": v})]
    return [Run(r.fetches, r.feed, r.init, vary=False) for r in runs]


@case
def side_effects_outside(tf, np):
    p = tf.placeholder(tf.bool)
    v = tf.Variable(1.0, name="v")
    change = tf.assign(v, 5.0)
    z = tf.cond(p, lambda: tf.identity(change), lambda: tf.constant(0.0))
    init = tf.global_variables_initializer()
    return [Run({"z": z}, {p: False}, init=init, vary=False), Run({"v": v})]


@case
def operations_as_results(tf, np):
    p = tf.placeholder(tf.bool)
    v = tf.Variable(1.0, name="v")
    z = tf.cond(p, lambda: tf.group(tf.assign(v, 2.0)), lambda: tf.no_op())
    init = tf.global_variables_initializer()
    kind = Facts(kind=[type(z).__name__, z.dtype.name])
    return [
        kind,
        Run({"z": z}, {p: False}, init=init, vary=False),
        Run({"v": v}),
        Run({"z": z}, {p: True}, vary=False),
        Run({"v": v}),
    ]


@case
def control_dependencies_inside(tf, np):
    p = tf.placeholder(tf.bool)
    v = tf.Variable(1.0, name="v")

    def branch():
        with tf.control_dependencies([tf.assign(v, 7.0)]):
            return tf.constant(1.0)

    z = tf.cond(p, branch, lambda: tf.constant(2.0))
    init = tf.global_variables_initializer()
    runs = [Run({"z": z}, {p: False}, init=init), Run({"v": v}), Run({"z": z}, {p: True}), Run({"v": v})]
    return [Run(r.fetches, r.feed, r.init, vary=False) for r in runs]


@case
def variables_read_inside(tf, np):
    p = tf.placeholder(tf.bool)
    v, w = tf.Variable([1.0, 2.0], name="v"), tf.Variable([3.0, 4.0], name="w")
    loss = tf.reduce_sum(tf.cond(p, lambda: v * w, lambda: tf.square(v)))
    train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    init = tf.global_variables_initializer()
    runs = [
        Run({"train": train}, {p: True}, init=init),
        Run({"v": v, "w": w}),
        Run({"t": train}, {p: False}),
        Run({"v": v, "w": w}),
    ]
    return [Run(r.fetches, r.feed, r.init, vary=False) for r in runs]


@case
def variables_made_inside(tf, np):
    """Variables of a branch; their initializers must be outside of it (init_scope), given as callables."""
    p = tf.placeholder(tf.bool)

    def branch():
        return tf.get_variable("w", [2], initializer=tf.ones_initializer()) * 2

    z = tf.cond(p, branch, lambda: tf.zeros([2]))
    init = tf.global_variables_initializer()
    return [Facts(names=[v.name for v in tf.global_variables()])] + [Run({"z": z}, {p: True}, init=init, vary=False)]


@case
def random_inside(tf, np):
    tf.set_random_seed(3)
    p = tf.placeholder(tf.bool)
    z = tf.cond(p, lambda: tf.random_uniform([2]), lambda: tf.random_normal([2]))
    after = tf.random_uniform([2])
    return [Run({"z": z, "after": after}, {p: value}, vary=False) for value in (True, False, True)]


@case
def collections_inside(tf, np):
    p = tf.placeholder(tf.bool)

    def branch():
        y = tf.constant(1.0, name="kept")
        tf.add_to_collection("found", y)
        return y

    tf.cond(p, branch, lambda: tf.constant(2.0))
    return Facts(found=[t.name for t in tf.get_collection("found")])


@case
def not_taken_fails_not(tf, np):
    """The branch that is not taken may be impossible."""
    p = tf.placeholder(tf.bool)
    x = tf.placeholder(tf.int32, [])
    z = tf.cond(p, lambda: 7 // x, lambda: x)
    return Run({"z": z}, {p: False, x: 0}, vary=False)


@case(raises=True)
def taken_fails(tf, np):
    p = tf.placeholder(tf.bool)
    x = tf.placeholder(tf.int32, [])
    z = tf.cond(p, lambda: 7 // x, lambda: x)
    return Run({"z": z}, {p: True, x: 0}, vary=False)


@case
def feed_of_an_outer_intermediate(tf, np):
    p = tf.placeholder(tf.bool)
    x = tf.placeholder(tf.float32, [])
    h = x * 2
    z = tf.cond(p, lambda: h + 1, lambda: h - 1)
    return [Run({"z": z}, {p: True, h: 10.0}, vary=False), Run({"z": z}, {p: False, h: 10.0}, vary=False)]


# --------------------------------------------------------------------------------------------------------- case


@each({"pairs": False, "exclusive": True})
def case_of_pairs(tf, np, exclusive):
    x = tf.placeholder(tf.float32, [])
    y = tf.case(
        [(x < 0.0, lambda: -x), (x > 10.0, lambda: x * 100.0)], default=lambda: x * x, exclusive=exclusive, name="pick"
    )
    fetches = {"y": y, "d": tf.gradients(y, x)[0]}
    return [Run(fetches, {x: value}, vary=False) for value in (-2.0, 3.0, 20.0)]


@case
def case_first_wins(tf, np):
    x = tf.placeholder(tf.float32, [])
    y = tf.case([(x > 1.0, lambda: tf.constant(1)), (x > 2.0, lambda: tf.constant(2))], default=lambda: tf.constant(3))
    return [Run({"y": y}, {x: value}, vary=False) for value in (0.0, 1.5, 5.0)]


@case(raises=True)
def case_not_exclusive(tf, np):
    x = tf.placeholder(tf.float32, [])
    pairs = [(x > 1.0, lambda: tf.constant(1)), (x > 2.0, lambda: tf.constant(2))]
    return Run({"y": tf.case(pairs, default=lambda: tf.constant(3), exclusive=True)}, {x: 5.0}, vary=False)


@case
def case_without_default(tf, np):
    x = tf.placeholder(tf.float32, [])
    y = tf.case([(x > 1.0, lambda: tf.constant(1)), (x <= 1.0, lambda: tf.constant(2))])
    return [Run({"y": y}, {x: value}, vary=False) for value in (0.0, 5.0)]


@case(raises=True)
def case_none_true(tf, np):
    x = tf.placeholder(tf.float32, [])
    y = tf.case([(x > 1.0, lambda: tf.constant(1)), (x > 2.0, lambda: tf.constant(2))])
    return Run({"y": y}, {x: 0.0}, vary=False)


# ------------------------------------------------------------------------------------------------- what raises

WRONG = {
    "dtypes": lambda tf, p: tf.cond(p, lambda: tf.constant(1), lambda: tf.constant(1.0)),
    "structures": lambda tf, p: tf.cond(p, lambda: [tf.constant(1)] * 2, lambda: tf.constant(1)),
    "none": lambda tf, p: tf.cond(p, lambda: None, lambda: tf.constant(1)),
    "python_pred": lambda tf, p: tf.cond(True, lambda: tf.constant(1), lambda: tf.constant(2)),
    "int_pred": lambda tf, p: tf.cond(tf.constant(1), lambda: tf.constant(1), lambda: tf.constant(2)),
    "vector_pred": lambda tf, p: tf.cond(tf.constant([True]), lambda: tf.constant(1), lambda: tf.constant(2)),
    "not_callable": lambda tf, p: tf.cond(p, tf.constant(1), tf.constant(2)),
    "no_false_fn": lambda tf, p: tf.cond(p, lambda: tf.constant(1)),
    "case_empty": lambda tf, p: tf.case([]),
    "case_not_pairs": lambda tf, p: tf.case([p]),
}


@each({name: name for name in WRONG}, raises=True)
def wrong(tf, np, name):
    WRONG[name](tf, tf.placeholder(tf.bool, []))
