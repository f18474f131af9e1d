"""cond and case beyond the plain ones: nesting, effects, structures, borders, gradients of any order, errors."""

from tools.golden.case import Facts, Run, case, each

NESTED = {
    "twice": lambda tf, p, q, x: tf.cond(
        p, lambda: tf.cond(q, lambda: x + 1.0, lambda: x + 2.0), lambda: tf.cond(q, lambda: x * 3.0, lambda: x * 4.0)
    ),
    "three_deep": lambda tf, p, q, x: tf.cond(
        p, lambda: tf.cond(q, lambda: tf.cond(p, lambda: x, lambda: -x), lambda: 2.0 * x), lambda: x
    ),
    "outer_value_inside": lambda tf, p, q, x: _outer_value(tf, p, q, x),
    "returned_through": lambda tf, p, q, x: tf.cond(p, lambda: tf.cond(q, lambda: x, lambda: x), lambda: x),
    "predicate_made_inside": lambda tf, p, q, x: tf.cond(
        p, lambda: tf.cond(tf.logical_not(q), lambda: x, lambda: x * x), lambda: x
    ),
    "one_after_the_other": lambda tf, p, q, x: (
        tf.cond(q, lambda: tf.cond(p, lambda: x, lambda: -x) * 2.0, lambda: x) + tf.cond(p, lambda: x, lambda: x * 5.0)
    ),
    "result_as_predicate": lambda tf, p, q, x: tf.cond(
        tf.cond(p, lambda: q, lambda: tf.logical_not(q)), lambda: x, lambda: x * 7.0
    ),
    "shared_switch": lambda tf, p, q, x: tf.cond(p, lambda: x + x * x, lambda: [x * 2.0 - x][0]),
    "matmul": lambda tf, p, q, x: tf.cond(
        p, lambda: tf.matmul(x, x, transpose_b=True), lambda: tf.matmul(x, tf.ones([2, 2])) + tf.reduce_sum(x)
    ),
    "sliced": lambda tf, p, q, x: tf.cond(p, lambda: x[:, 0], lambda: tf.gather(x, 1)),
}


def _outer_value(tf, p, q, x):
    y = x * x

    def inside():
        z = y + 1.0
        return tf.cond(q, lambda: z * y, lambda: z - x)

    return tf.cond(p, inside, lambda: y)


def four_runs(fetches, p, q, feed):
    return [Run(fetches, {p: a, q: b, **feed}, vary=False) for a in (True, False) for b in (True, False)]


@each({name: (function,) for name, function in NESTED.items()})
def nested(tf, np, function):
    p, q = tf.placeholder(tf.bool, [], name="p"), tf.placeholder(tf.bool, [], name="q")
    x = tf.placeholder(tf.float32, [2, 2], name="x")
    return four_runs({"y": function(tf, p, q, x)}, p, q, {x: np.array([[1.0, -2.0], [3.0, 0.5]], np.float32)})


@each(
    {name: (NESTED[name],) for name in "twice outer_value_inside returned_through shared_switch matmul sliced".split()}
)
def nested_gradients(tf, np, function):
    p, q = tf.placeholder(tf.bool, [], name="p"), tf.placeholder(tf.bool, [], name="q")
    x = tf.placeholder(tf.float32, [2, 2], name="x")
    (g,) = tf.gradients(function(tf, p, q, x), x)
    return four_runs({"g": g}, p, q, {x: np.array([[1.0, -2.0], [3.0, 0.5]], np.float32)})


GRADIENTS = {
    "one_branch_only": lambda tf, p, x, y: tf.cond(p, lambda: x * x, lambda: y * 3.0),
    "constant_branch": lambda tf, p, x, y: tf.cond(p, lambda: x * y, lambda: tf.constant([1.0, 1.0])),
    "used_outside_too": lambda tf, p, x, y: tf.cond(p, lambda: x * y, lambda: x) + x * 2.0,
    "two_results": lambda tf, p, x, y: tf.add_n(tf.cond(p, lambda: [x, x * y], lambda: [y, y])),
    "through_sum": lambda tf, p, x, y: tf.reduce_sum(tf.cond(p, lambda: tf.square(x), lambda: tf.exp(y))),
    "of_unknown_shape": lambda tf, p, x, y: tf.cond(p, lambda: tf.boolean_mask(x, x > 0.0), lambda: y),
}


@each({name: (function,) for name, function in GRADIENTS.items()})
def gradients(tf, np, function):
    p = tf.placeholder(tf.bool, [], name="p")
    x, y = tf.placeholder(tf.float32, [2], name="x"), tf.placeholder(tf.float32, [2], name="y")
    dx, dy = tf.gradients(function(tf, p, x, y), [x, y])
    feed = {x: np.array([3.0, 2.0], np.float32), y: np.array([0.5, -1.0], np.float32)}
    fetches = {name: g for name, g in (("dx", dx), ("dy", dy)) if g is not None}
    return [Run(fetches, {p: value, **feed}, vary=False) for value in (True, False)]


@each({name: (GRADIENTS[name],) for name in "one_branch_only through_sum".split()})
def second_gradients(tf, np, function):
    p = tf.placeholder(tf.bool, [], name="p")
    x, y = tf.placeholder(tf.float32, [2], name="x"), tf.placeholder(tf.float32, [2], name="y")
    (g,) = tf.gradients(function(tf, p, x, y), x)
    (h,) = tf.gradients(g, x)
    feed = {x: np.array([3.0, 2.0], np.float32), y: np.array([0.5, -1.0], np.float32)}
    return [Run({"g": g, "h": h}, {p: True, **feed}, vary=False)]


@case
def gradients_of_variables(tf, np):
    p = tf.placeholder(tf.bool, [])
    w = tf.Variable([[1.0, 2.0], [3.0, 4.0]], name="w")
    init = tf.global_variables_initializer()
    y = tf.cond(p, lambda: tf.reduce_sum(tf.gather(w, [0, 0])), lambda: tf.reduce_sum(w * w))
    (g,) = tf.gradients(y, w)
    return [Run({"g": g}, {p: True}, init=init, vary=False), Run({"g": g}, {p: False}, vary=False)]


@case
def gradients_inside_a_branch(tf, np):
    p, x = tf.placeholder(tf.bool, []), tf.placeholder(tf.float32, [2], name="x")
    y = tf.cond(p, lambda: tf.gradients(x * x, x)[0], lambda: x)
    return [Run({"y": y}, {p: value, x: [3.0, 4.0]}, vary=False) for value in (True, False)]


@case
def effects_in_branches(tf, np):
    v, n = tf.Variable(1.0, name="v"), tf.Variable(0, name="n")
    init = tf.global_variables_initializer()
    p = tf.placeholder(tf.bool, [])

    def counted():
        with tf.control_dependencies([n.assign_add(1)]):
            return tf.identity(v) + 100.0

    y = tf.cond(p, counted, lambda: v.assign(v * 2.0) + 0.0)
    runs = [Run({"y": y}, {p: True}, init=init, vary=False)]
    return runs + [Run({"y": y}, {p: False}, vary=False), Run({"y": y}, {p: False}, vary=False), Run({"v": v, "n": n})]


@case
def operations_as_results(tf, np):
    v = tf.Variable(1.0, name="v")
    init = tf.global_variables_initializer()
    p = tf.placeholder(tf.bool, [])
    train = tf.cond(p, lambda: v.assign_add(5.0).op, lambda: tf.no_op())
    with tf.control_dependencies([train]):
        after = v.read_value()
    return [Run({"after": after}, {p: True}, init=init, vary=False), Run({"after": after}, {p: False}, vary=False)]


@case
def dependencies_across_the_border(tf, np):
    p, x = tf.placeholder(tf.bool, [], name="p"), tf.placeholder(tf.float32, [2], name="x")
    v = tf.Variable(0.0, name="v")
    init = tf.global_variables_initializer()
    outside = v.assign_add(1.0)

    def waits():
        with tf.control_dependencies([outside]):
            return x * 2.0

    def clears():
        with tf.control_dependencies(None):
            free = tf.constant([7.0, 7.0], name="free")
        return free + x

    with tf.control_dependencies([x]):
        y = tf.cond(p, waits, clears)
    with tf.control_dependencies([y]):
        done = tf.constant(1, name="done")
    fed = np.array([1.0, 2.0], np.float32)
    runs = [Run({"y": y, "done": done}, {p: True, x: fed}, init=init, vary=False)]
    return runs + [Run({"y": y}, {p: False, x: fed}, vary=False), Run({"v": v})]


@case
def variables_made_in_branches(tf, np):
    p = tf.placeholder(tf.bool, [])

    def layer(name):
        with tf.variable_scope(name):
            w = tf.get_variable("w", [2], initializer=tf.constant_initializer(3.0))
            b = tf.Variable(lambda: tf.zeros([2]), name="b")
            return w + b

    y = tf.cond(p, lambda: layer("one"), lambda: layer("two"))
    names = Facts(
        names=[v.name for v in tf.global_variables()],
        ops=[op.name for op in tf.get_default_graph().get_operations()][:12],
    )
    return [names, Run({"y": y}, {p: False}, init=tf.global_variables_initializer(), vary=False)]


@case
def names_and_collections(tf, np):
    p = tf.placeholder(tf.bool, [], name="p")
    with tf.name_scope("outer"):
        y = tf.cond(p, lambda: tf.constant(1, name="a"), lambda: tf.constant(2, name="a"))
        z = tf.cond(p, lambda: tf.constant(1, name="a"), lambda: tf.constant(2, name="b"), name="chosen")
    contexts = tf.get_collection(tf.GraphKeys.COND_CONTEXT)
    facts = Facts(
        names=[y.name, z.name],
        contexts=len(contexts),
        branches=[c.branch for c in contexts],
        context_names=[c.name for c in contexts],
        pivots=[c.pivot.name for c in contexts],
        preds=[c.pred.name for c in contexts],
    )
    return [facts, Run({"y": y, "z": z}, {p: True}, vary=False)]


@case
def devices_and_colocation(tf, np):
    p, x = tf.placeholder(tf.bool, [], name="p"), tf.placeholder(tf.float32, [2], name="x")
    with tf.device("/cpu:0"):
        y = tf.cond(p, lambda: x + 1.0, lambda: x)
    return Run({"y": y}, {p: True, x: [1.0, 2.0]}, vary=False)


STRUCTURES = {
    "dict": lambda tf, x: {"b": x, "a": [x * 2.0, (x + 1.0,)]},
    "tuple_of_one": lambda tf, x: (x,),
    "nested_one": lambda tf, x: [[x * 1.0]],
    "slices": lambda tf, x: tf.IndexedSlices(x * 1.0, tf.constant([1, 0]), tf.constant([3])),
    "numbers": lambda tf, x: [1.0, 2, "three"],
    "numpy": lambda tf, x: __import__("numpy").array([1.0, 2.0]),
}


@each({name: (function, strict) for name, function in STRUCTURES.items() for strict in (False,)})
def structures(tf, np, function, strict):
    p, x = tf.placeholder(tf.bool, [], name="p"), tf.placeholder(tf.float32, [2], name="x")
    y = tf.cond(p, lambda: function(tf, x), lambda: function(tf, x * 10.0), strict=strict)
    return [Run({"y": y}, {p: value, x: [1.0, 2.0]}, vary=False) for value in (True, False)]


@each({name: (STRUCTURES[name],) for name in ("tuple_of_one", "nested_one", "dict")})
def strict_structures(tf, np, function):
    p, x = tf.placeholder(tf.bool, [], name="p"), tf.placeholder(tf.float32, [2], name="x")
    y = tf.cond(p, lambda: function(tf, x), lambda: function(tf, x * 10.0), strict=True)
    return [Run({"y": y}, {p: False, x: [1.0, 2.0]}, vary=False)]


CASES = {
    "no_default": lambda tf, a, b: tf.case([(a, lambda: tf.constant(1)), (b, lambda: tf.constant(2))]),
    "exclusive": lambda tf, a, b: tf.case(
        [(a, lambda: tf.constant(1)), (b, lambda: tf.constant(2))], default=lambda: tf.constant(3), exclusive=True
    ),
    "dictionary": lambda tf, a, b: tf.case(
        {a: lambda: tf.constant(1), b: lambda: tf.constant(2)}, default=lambda: tf.constant(3), exclusive=True
    ),
    "one": lambda tf, a, b: tf.case([(a, lambda: tf.constant(1))], default=lambda: tf.constant(2), name="only"),
    "strict": lambda tf, a, b: tf.case([(a, lambda: [tf.constant(1)])], default=lambda: [tf.constant(2)], strict=True),
}


@each({name: (function,) for name, function in CASES.items()})
def cases(tf, np, function):
    a, b = tf.placeholder(tf.bool, [], name="a"), tf.placeholder(tf.bool, [], name="b")
    y = function(tf, a, b)
    return [Run({"y": y}, {a: True, b: False}, vary=False), Run({"y": y}, {a: False, b: True}, vary=False)]


@each({"both": ("exclusive", True, True), "none": ("no_default", False, False)}, raises=True)
def cases_that_fail(tf, np, name, first, second):
    a, b = tf.placeholder(tf.bool, [], name="a"), tf.placeholder(tf.bool, [], name="b")
    return Run({"y": CASES[name](tf, a, b)}, {a: first, b: second}, vary=False)


@case
def feeds_in_the_middle(tf, np):
    p, x = tf.placeholder(tf.bool, [], name="p"), tf.placeholder(tf.float32, [], name="x")
    h = x * 2.0
    y = tf.cond(p, lambda: h + 1.0, lambda: h - 1.0)
    z = y * 10.0
    return [
        Run({"z": z}, {p: True, h: 5.0}, vary=False),
        Run({"z": z}, {y: 3.0}, vary=False),
        Run({"y": y}, {p: False, x: 1.0}, vary=False),
    ]


@case
def a_constant_predicate(tf, np):
    x = tf.placeholder(tf.float32, [2], name="x")
    y = tf.cond(tf.constant(True), lambda: x, lambda: -x)
    z = tf.cond(tf.less(1, 0), lambda: x, lambda: -x)
    return Run({"y": y, "z": z}, {x: [1.0, 2.0]})


@case
def a_value_and_its_branch(tf, np):
    """What a branch returns as it is, changed afterwards."""
    p, x = tf.placeholder(tf.bool, [], name="p"), tf.placeholder(tf.float32, [4, 600], name="x")
    h = x * 2.0
    y = tf.cond(p, lambda: h, lambda: h * 3.0)
    out = tf.reduce_sum(tf.exp(h * 0.001) + 1.0) + tf.reduce_sum(y)
    return [Run({"out": out}, {p: value, x: np.ones([4, 600])}, vary=False) for value in (True, False)]


@case
def random_draws_in_branches(tf, np):
    tf.set_random_seed(3)
    p = tf.placeholder(tf.bool, [])
    y = tf.cond(p, lambda: tf.random_uniform([2]), lambda: tf.random_normal([2]))
    after = tf.random_uniform([2])
    return [Run({"y": y}, {p: True}, vary=False), Run({"y": y}, {p: False}, vary=False), Run({"after": after})]


ERRORS = {
    "both_names": lambda tf, p: tf.cond(p, lambda: 1, lambda: 2, fn1=lambda: 1),
    "old_names": lambda tf, p: tf.cond(p, fn1=lambda: 1, fn2=3),
    "dict_keys": lambda tf, p: tf.cond(p, lambda: {"a": 1}, lambda: {"b": 1}),
    "list_and_tuple": lambda tf, p: tf.cond(p, lambda: [1, 2], lambda: (1, 2)),
    "empty": lambda tf, p: tf.cond(p, list, list),
    "false_none": lambda tf, p: tf.cond(p, lambda: 1, lambda: None),
    "string_predicate": lambda tf, p: tf.cond("yes", lambda: 1, lambda: 2),
    "case_number": lambda tf, p: tf.case(3),
    "case_triple": lambda tf, p: tf.case([(p, lambda: 1, 2)], default=lambda: 1),
    "case_not_callable": lambda tf, p: tf.case([(p, 1)], default=lambda: 1),
    "case_predicate_type": lambda tf, p: tf.case([(tf.constant(1), lambda: 1)], default=lambda: 1),
    "mixed_types": lambda tf, p: tf.cond(
        p, lambda: [tf.constant(1), tf.constant(1)], lambda: [tf.constant(1), tf.constant(1.0)]
    ),
}


@each({name: (function,) for name, function in ERRORS.items()}, raises=True)
def declaring_raises(tf, np, function):
    function(tf, tf.placeholder(tf.bool, []))


@case(raises=True)
def fetching_inside(tf, np):
    p = tf.placeholder(tf.bool, [])
    kept = []
    tf.cond(p, lambda: kept.append(tf.constant(1) + 1) or kept[0], lambda: tf.constant(2))
    return Run({"y": kept[0]}, {p: True}, vary=False)


@case(raises=True)
def variables_of_values_made_in_branches(tf, np):
    tf.cond(tf.placeholder(tf.bool, []), lambda: tf.Variable(tf.zeros([2])) + 1.0, lambda: tf.zeros([2]))
