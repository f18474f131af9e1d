"""Control: dependencies, group, tuple, Print, Assert, py_func, cond and case (values), order within a run."""

from tools.golden.case import Facts, Run, case, each


@case
def control_dependencies(tf, np):
    a, b, c = tf.constant(1, name="a"), tf.constant(2, name="b"), tf.no_op(name="c")
    with tf.control_dependencies([a]):
        tf.constant(3, name="inside")
        with tf.control_dependencies([b.op, c]):
            tf.add(a, 1, name="nested")
            with tf.control_dependencies(None):
                tf.constant(4, name="cleared")
            tf.identity(b, name="uses_b")
        tf.identity(a, name="uses_a")
        outside = tf.identity(tf.identity(a, name="once"), name="twice")
    with tf.control_dependencies([]):
        tf.constant(5, name="empty")
    with tf.get_default_graph().control_dependencies([c, c]):
        tf.no_op(name="doubled")
    return Run({"outside": outside})


@case
def control_dependency_on_a_variable(tf, np):
    v = tf.Variable(1.0, name="v")
    with tf.control_dependencies([v]):
        tf.no_op(name="after_variable")
    with tf.control_dependencies([v.assign(2.0)]):
        x = tf.identity(v, name="x")
        y = v.read_value()
    with tf.control_dependencies([tf.IndexedSlices(tf.constant([1.0]), tf.constant([0]))]):
        tf.no_op(name="after_slices")
    return Run({"y": y}, init=tf.global_variables_initializer()) if x is not None else None


@each(
    {
        "two": lambda tf, a, b: tf.group(a, b),
        "named": lambda tf, a, b: tf.group(a, b, name="both"),
        "nothing": lambda tf, a, b: tf.group(),
        "operations": lambda tf, a, b: tf.group(tf.no_op(), tf.group(a)),
        "list": lambda tf, a, b: tf.group([a, [b]]),
        "tuple": lambda tf, a, b: tf.tuple([a, b]),
        "tuple_named": lambda tf, a, b: tf.tuple([a, None, b], name="t"),
        "tuple_controls": lambda tf, a, b: tf.tuple([a], control_inputs=[b.op]),
        "no_op": lambda tf, a, b: tf.no_op(),
    }
)
def grouping(tf, np, function):
    a, b = tf.constant(1.0, name="a"), tf.constant(2.0, name="b")
    made = function(tf, a, b)
    return [Facts(text=str(made)), Run({"a": a})]


@case
def group_over_devices(tf, np):
    with tf.device("/cpu:0"):
        a = tf.constant(1)
    b = tf.constant(2)
    tf.group(a, b, name="g")


@case
def assignments_in_order(tf, np):
    v = tf.Variable(1.0, name="v")
    init = tf.global_variables_initializer()
    first = v.assign_add(2.0)
    with tf.control_dependencies([first]):
        second = v.assign(v.read_value() * 10.0)
    return [Run({"second": second}, init=init), Run({"v": v}), Run({"first": first}), Run({"second": second})]


@case
def print_passes_through(tf, np):
    x = tf.placeholder(tf.float32, [None])
    y = tf.Print(x, [x, tf.shape(x)], message="x: ", first_n=0, summarize=2)
    return Run({"y": y * 2.0}, {x: [1.0, 2.0, 3.0]})


@case
def assertion_holds(tf, np):
    x = tf.placeholder(tf.float32, [None])
    check = tf.Assert(tf.reduce_all(x > 0.0), [x], name="check")
    with tf.control_dependencies([check]):
        y = tf.identity(x)
    return Run({"y": y}, {x: [1.0, 2.0]})


@case(raises=True)
def assertion_fails(tf, np):
    x = tf.placeholder(tf.float32, [None])
    with tf.control_dependencies([tf.Assert(tf.reduce_all(x > 0.0), ["not positive", x])]):
        return Run({"y": tf.identity(x)}, {x: [1.0, -2.0]})


ASSERTS = {
    "equal": (lambda tf, x: tf.assert_equal(x, x), lambda tf, x: tf.assert_equal(x, x + 1.0)),
    "less": (lambda tf, x: tf.assert_less(x, 9.0), lambda tf, x: tf.assert_less(x, 1.0)),
    "greater_equal": (lambda tf, x: tf.assert_greater_equal(x, 1.0), lambda tf, x: tf.assert_greater_equal(x, 5.0)),
    "positive": (lambda tf, x: tf.assert_positive(x), lambda tf, x: tf.assert_positive(-x)),
    "non_negative": (lambda tf, x: tf.assert_non_negative(x), lambda tf, x: tf.assert_non_negative(-x)),
    "rank": (lambda tf, x: tf.assert_rank(x, 1), None),
    "type": (lambda tf, x: tf.assert_type(x, tf.float32), None),
    "integer": (lambda tf, x: tf.assert_integer(tf.to_int32(x)), None),
}


@each({name: (pair[0],) for name, pair in ASSERTS.items()})
def asserts_hold(tf, np, function):
    x = tf.placeholder(tf.float32, [None], name="x")
    with tf.control_dependencies([function(tf, x)]):
        return Run({"y": tf.identity(x)}, {x: [1.0, 2.0]})


@each({name: (pair[1],) for name, pair in ASSERTS.items() if pair[1]}, raises=True)
def asserts_fail(tf, np, function):
    x = tf.placeholder(tf.float32, [None], name="x")
    with tf.control_dependencies([function(tf, x)]):
        return Run({"y": tf.identity(x)}, {x: [1.0, 2.0]})


@case
def py_func(tf, np):
    x = tf.placeholder(tf.float32, [None])
    y = tf.py_func(lambda a: np.cumsum(a).astype(np.float32), [x], tf.float32, name="mine")
    z, w = tf.py_func(lambda a: (a.sum(), np.int64(a.size)), [x], [tf.float32, tf.int64], stateful=False)
    return Run({"y": y, "z": z, "w": w}, {x: np.array([1.0, 2.0, 3.0], np.float32)})


CONDS = {
    "constants": lambda tf, p, x: tf.cond(p, lambda: tf.constant(1), lambda: tf.constant(2)),
    "uses_outer": lambda tf, p, x: tf.cond(p, lambda: x + 1.0, lambda: x * 2.0),
    "outer_itself": lambda tf, p, x: tf.cond(p, lambda: x, lambda: -x),
    "named_arguments": lambda tf, p, x: tf.cond(pred=p, true_fn=lambda: x, false_fn=lambda: x + x, name="choose"),
    "list": lambda tf, p, x: tf.cond(p, lambda: [x, x + 1.0], lambda: [x * 2.0, x * 3.0]),
    "tuple": lambda tf, p, x: tf.cond(p, lambda: (x, tf.constant(1)), lambda: (x * 2.0, tf.constant(2))),
    "one_in_a_list": lambda tf, p, x: tf.cond(p, lambda: [x], lambda: [x * 2.0]),
    "strict": lambda tf, p, x: tf.cond(p, lambda: [x], lambda: [x * 2.0], strict=True),
    "dict": lambda tf, p, x: tf.cond(p, lambda: {"a": x}, lambda: {"a": x * 2.0}),
    "nested": lambda tf, p, x: tf.cond(p, lambda: tf.cond(x[0] > 1.0, lambda: x, lambda: -x), lambda: x * 2.0),
    "different_shapes": lambda tf, p, x: tf.cond(p, lambda: x, lambda: tf.zeros([3])),
    "after": lambda tf, p, x: tf.cond(p, lambda: x, lambda: x * 2.0) + 1.0,
    "python_numbers": lambda tf, p, x: tf.cond(p, lambda: 1.0, lambda: 2.0),
    "predicate_of_x": lambda tf, p, x: tf.cond(tf.reduce_sum(x) > 100.0, lambda: x, lambda: x + 5.0),
    "operations": lambda tf, p, x: tf.cond(p, lambda: tf.no_op(), lambda: tf.no_op()),
}


@each({name: (function,) for name, function in CONDS.items()})
def cond(tf, np, function):
    p, x = tf.placeholder(tf.bool, [], name="p"), tf.placeholder(tf.float32, [2], name="x")
    y = function(tf, p, x)
    fed = np.array([1.0, 2.0], np.float32)
    return [Run({"y": y}, {p: True, x: fed}, vary=False), Run({"y": y}, {p: False, x: fed}, vary=False)]


@case
def cond_gradients(tf, np):
    p, x = tf.placeholder(tf.bool, [], name="p"), tf.placeholder(tf.float32, [2], name="x")
    y = tf.cond(p, lambda: x * x, lambda: x * 10.0)
    (g,) = tf.gradients(y, x)
    (h,) = tf.gradients(g, x)
    fed = np.array([3.0, 2.0], np.float32)
    return [Run({"g": g, "h": h}, {p: True, x: fed}, vary=False), Run({"g": g}, {p: False, x: fed}, vary=False)]


@case
def cond_runs_one_branch(tf, np):
    v = tf.Variable(1.0, name="v")
    init = tf.global_variables_initializer()
    p = tf.placeholder(tf.bool, [])
    y = tf.cond(p, lambda: v.assign_add(1.0), lambda: v.assign_add(10.0))
    return [Run({"y": y}, {p: False}, init=init, vary=False), Run({"y": y}, {p: True}, vary=False), Run({"v": v})]


@case
def cond_of_an_outer_assignment(tf, np):
    v = tf.Variable(1.0, name="v")
    init = tf.global_variables_initializer()
    p = tf.placeholder(tf.bool, [])
    outside = v.assign_add(1.0)
    y = tf.cond(p, lambda: outside * 1.0, lambda: tf.constant(0.0))
    return [Run({"y": y}, {p: False}, init=init, vary=False), Run({"v": v})]


@case
def cond_variables_and_collections(tf, np):
    p = tf.placeholder(tf.bool, [])

    def branch(name):
        variable = tf.get_variable(name, [], initializer=tf.ones_initializer())
        tf.add_to_collection("seen", tf.identity(variable, name="tapped"))
        return variable * 2.0

    y = tf.cond(p, lambda: branch("a"), lambda: branch("b"))
    facts = Facts(variables=[v.name for v in tf.global_variables()], seen=[t.name for t in tf.get_collection("seen")])
    return [facts, Run({"y": y}, {p: True}, init=tf.global_variables_initializer(), vary=False)]


@each({"first": (1.0,), "second": (5.0,), "default": (50.0,)})
def case_of_predicates(tf, np, value):
    x = tf.placeholder(tf.float32, [])
    rows = [(x < 3.0, lambda: x * 2.0), (x < 10.0, lambda: x + 100.0)]
    return Run({"y": tf.case(rows, default=lambda: tf.constant(-1.0))}, {x: value}, vary=False)


@case
def while_loop(tf, np):
    n = tf.placeholder(tf.int32, [])
    i, total = tf.while_loop(
        lambda i, s: i < n, lambda i, s: (i + 1, s + tf.to_float(i)), [tf.constant(0), tf.constant(0.0)]
    )
    return [Run({"i": i, "total": total}, {n: 5}), Run({"i": i, "total": total}, {n: 0})]


@each(
    {
        "types": lambda tf, p: tf.cond(p, lambda: tf.constant(1), lambda: tf.constant(2.0)),
        "structures": lambda tf, p: tf.cond(p, lambda: [tf.constant(1), tf.constant(1)], lambda: [tf.constant(2)]),
        "none": lambda tf, p: tf.cond(p, lambda: None, lambda: None),
        "python_bool": lambda tf, p: tf.cond(True, lambda: tf.constant(1), lambda: tf.constant(2)),
        "int_predicate": lambda tf, p: tf.cond(tf.constant(1), lambda: tf.constant(1), lambda: tf.constant(2)),
        "rank_one": lambda tf, p: tf.cond(tf.constant([True]), lambda: tf.constant(1), lambda: tf.constant(2)),
        "not_callable": lambda tf, p: tf.cond(p, tf.constant(1), tf.constant(2)),
        "no_branches": lambda tf, p: tf.cond(p),
        "assert_rank": lambda tf, p: tf.assert_rank(tf.zeros([2]), 2),
        "assert_static": lambda tf, p: tf.assert_equal(tf.constant(1), tf.constant(2)),
        "tuple_of_none": lambda tf, p: tf.tuple([None]),
        "group_number": lambda tf, p: tf.group(3),
    },
    raises=True,
)
def declaring_raises(tf, np, function):
    function(tf, tf.placeholder(tf.bool, []))
