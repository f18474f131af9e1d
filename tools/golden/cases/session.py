"""Golden cases of Session: what fetches return, feeds of anything, conversions, partial runs, callables, order in a run.

Most cases run sessions themselves and return what they saw as Facts.
"""

import collections

from tools.golden.case import Facts, Run, case, each

Point = collections.namedtuple("Point", ["x", "y"])


def described(value):
    """A fetched value as JSON: kinds, dtypes, shapes and contents."""
    if isinstance(value, dict):
        return {"kind": type(value).__name__, "items": {str(k): described(value[k]) for k in sorted(value, key=str)}}
    if isinstance(value, (list, tuple)):
        return {"kind": type(value).__name__, "items": [described(item) for item in value]}
    if hasattr(value, "dtype") and hasattr(value, "tolist"):
        content = value.tolist()
        text = repr(content) if value.dtype.kind in "OSUVc" else content
        kind = type(value).__name__.rstrip("_")  # bool_ is called bool from NumPy 2 on
        return {"kind": kind, "dtype": str(value.dtype), "shape": list(value.shape), "value": text}
    return {"kind": type(value).__name__, "text": repr(value)}


def raised(function):
    """The class of what `function()` raises ("nothing" if it does not)."""
    try:
        function()
    except Exception as error:
        return type(error).__name__
    return "nothing"


FETCHES = {
    "scalar": lambda tf, a, b: a,
    "scalar_int": lambda tf, a, b: tf.constant(3),
    "scalar_bool": lambda tf, a, b: tf.constant(True),
    "scalar_string": lambda tf, a, b: tf.constant("text"),
    "vector": lambda tf, a, b: b,
    "strings": lambda tf, a, b: tf.constant(["a", "bc"]),
    "empty": lambda tf, a, b: tf.zeros([0, 2]),
    "list": lambda tf, a, b: [a, b],
    "tuple": lambda tf, a, b: (a, b),
    "dict": lambda tf, a, b: {"a": a, "b": b},
    "ordered": lambda tf, a, b: collections.OrderedDict([("b", b), ("a", a)]),
    "named_tuple": lambda tf, a, b: Point(a, b),
    "nested": lambda tf, a, b: [a, {"k": (b, [a])}, Point(a, [b])],
    "empty_list": lambda tf, a, b: [],
    "empty_dict": lambda tf, a, b: {},
    "empty_tuple": lambda tf, a, b: (),
    "empties": lambda tf, a, b: [[], {}, a],
    "operation": lambda tf, a, b: a.op,
    "operations": lambda tf, a, b: [tf.no_op(), a],
    "group": lambda tf, a, b: tf.group(a, b),
    "tensor_name": lambda tf, a, b: "a:0",
    "operation_name": lambda tf, a, b: "a",
    "names": lambda tf, a, b: ["a:0", "b", "b:0"],
    "same_twice": lambda tf, a, b: [b, b],
    "float64": lambda tf, a, b: tf.constant(1.0, tf.float64),
    "complex": lambda tf, a, b: tf.complex(a, a),
    "half": lambda tf, a, b: tf.cast(a, tf.float16),
    "uint8": lambda tf, a, b: tf.cast(b, tf.uint8),
    "split": lambda tf, a, b: tf.split(b, 2),
    "comparison": lambda tf, a, b: b > 1.0,
}


@each({name: name for name in FETCHES})
def fetch(tf, np, name):
    a = tf.constant(1.5, name="a")
    b = tf.constant([1.0, 2.0], name="b")
    fetches = FETCHES[name](tf, a, b)
    with tf.Session() as session:
        return Facts(value=described(session.run(fetches)))


@case
def fetch_variables(tf, np):
    v = tf.Variable([1.0, 2.0], name="v")
    w = tf.get_variable("w", [2], initializer=tf.ones_initializer(), use_resource=True)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return Facts(value=described(session.run([v, w, {"v": v.read_value()}, "v:0"])))


@case
def fetch_slices_and_sparse(tf, np):
    slices = tf.IndexedSlices(tf.constant([[1.0]]), tf.constant([0]), tf.constant([3, 1]))
    bare = tf.IndexedSlices(tf.constant([[1.0]]), tf.constant([0]))
    sparse = tf.SparseTensor([[0, 1]], [2.0], [2, 2])
    with tf.Session() as session:
        return Facts(value=described(session.run([slices, bare, sparse])))


@case
def results_are_the_callers(tf, np):
    """Writable, not shared with the session's own memory; the same fetch twice is the same object."""
    v = tf.Variable([1.0, 2.0])
    c = tf.constant([1.0, 2.0])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        first = session.run(v)
        first[0] = 99.0
        constant = session.run(c)
        constant[0] = 99.0
        pair = session.run([c, c])
        fed = np.array([5.0, 6.0], np.float32)
        same = session.run(c, {c: fed})
        return Facts(
            variable=session.run(v).tolist(), constant=session.run(c).tolist(), same=pair[0] is pair[1],
            fed=same.tolist(), writable=bool(first.flags.writeable),
        )  # fmt: skip


# --------------------------------------------------------------------------------------------------------- feeds


@case
def feed_beats_computation(tf, np):
    c = tf.constant(1, name="c")
    d = tf.add(c, 1, name="d")
    w = tf.Variable(3, name="w")
    p = tf.placeholder_with_default(5, [], name="p")
    s = tf.add(d * 5, w)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        run = session.run
        return Facts(
            intermediate=int(run(d * 2, {d: 10})),
            by_name=int(run(d * 2, {"d:0": 10})),
            constant=int(run(d * 2, {c: 10})),
            both=int(run(d * 2, {c: 10, d: 7})),
            variable=int(run(s, {w: 100})),
            variable_read=int(run(s, {w.value(): 100})),
            sum=int(run(s, {d: 10})),
            default=[int(run(p + 1)), int(run(p + 1, {p: 10}))],
            fed_itself=int(run(d, {d: 42})),
            unneeded=int(run(c, {d: 5})),
        )


VALUES = {
    "float64_to_float32": ("float32", [2], lambda np: np.array([1.5, 2.5])),
    "list": ("float32", [2], lambda np: [1, 2.5]),
    "tuple": ("float32", [2], lambda np: (1, 2)),
    "nested_list": ("float32", [2, 2], lambda np: [[1, 2], [3, 4]]),
    "float_to_int": ("int32", [2], lambda np: [1.5, -1.5]),
    "float_array_to_int": ("int32", [2], lambda np: np.array([1.5, -1.5])),
    "float_scalar_to_int": ("int32", [], lambda np: 1.5),
    "bool_to_int": ("int32", [], lambda np: True),
    "bool_to_float": ("float32", [], lambda np: True),
    "int_to_bool": ("bool", [], lambda np: 0),
    "float_to_bool": ("bool", [], lambda np: 0.5),
    "ints_to_bool": ("bool", [2], lambda np: np.array([0, 2])),
    "int64_to_int32": ("int32", [1], lambda np: np.array([7], np.int64)),
    "none_to_float": ("float32", [], lambda np: None),
    "string": ("string", [], lambda np: "text"),
    "strings": ("string", [2], lambda np: ["a", b"b"]),
    "numpy_scalar": ("float32", [], lambda np: np.float64(2.0)),
    "scalar_array": ("float32", [], lambda np: np.array(2.0)),
    "empty": ("float32", [None, 2], lambda np: np.zeros([0, 2])),
    "fortran": ("float32", [2, 2], lambda np: np.asfortranarray([[1.0, 2.0], [3.0, 4.0]])),
    "transposed": ("float32", [2, 2], lambda np: np.array([[1.0, 2.0], [3.0, 4.0]]).T),
    "strided": ("float32", [2], lambda np: np.arange(4.0)[::2]),
    "broadcast_view": ("float32", [2, 2], lambda np: np.broadcast_to(np.array([1.0, 2.0]), (2, 2))),
    "unknown_shape": ("float32", None, lambda np: [[1.0], [2.0]]),
    "batch": ("float32", [None, 2], lambda np: [[1.0, 2.0]] * 3),
    "uint8": ("uint8", [2], lambda np: [1, 255]),
    "complex": ("complex64", [], lambda np: 1 + 2j),
    "half": ("float16", [], lambda np: 0.1),
    "int64": ("int64", [], lambda np: 2**40),
    "range": ("int32", [3], lambda np: range(3)),
}


@each({name: name for name in VALUES})
def feed_value(tf, np, name):
    dtype, shape, value = VALUES[name]
    x = tf.placeholder(dtype, shape)
    y = tf.identity(x)
    with tf.Session() as session:
        return Facts(value=repr(described(session.run(y, {x: value(np)}))).replace("'", ""))


WRONG = {
    "shape": ("float32", [None, 3], lambda np: np.zeros([2, 4])),
    "rank": ("float32", [2], lambda np: 1.0),
    "scalar_from_list": ("float32", [], lambda np: [1.0]),
    "ragged": ("float32", None, lambda np: [[1.0], [1.0, 2.0]]),
    "text_to_float": ("float32", [], lambda np: "text"),
    "too_large": ("int32", [], lambda np: 2**40),
    "int_2_to_bool": ("bool", [], lambda np: 2),
    "none_to_int": ("int32", [], lambda np: None),
    "dict": ("float32", [], lambda np: {}),
    "object": ("float32", [], lambda np: object()),
}


@each({name: name for name in WRONG}, raises=True)
def feed_wrong(tf, np, name):
    dtype, shape, value = WRONG[name]
    x = tf.placeholder(dtype, shape)
    y = tf.identity(x)
    with tf.Session() as session:
        session.run(y, {x: value(np)})


KEYS = {
    "operation_name": lambda tf, x: "x",
    "operation": lambda tf, x: x.op,
    "number": lambda tf, x: 1,
    "unknown": lambda tf, x: "nothing:0",
    "none": lambda tf, x: None,
    "beyond": lambda tf, x: "x:1",
}


@each({name: name for name in KEYS}, raises=True)
def feed_wrong_key(tf, np, name):
    x = tf.placeholder(tf.float32, name="x")
    with tf.Session() as session:
        session.run(x * 2, {KEYS[name](tf, x): 1.0})


FETCH_WRONG = {
    "none": lambda tf, x: None,
    "none_inside": lambda tf, x: [x, None],
    "number": lambda tf, x: 1,
    "array": lambda tf, x: [1.0],
    "unknown": lambda tf, x: "nothing:0",
    "unknown_operation": lambda tf, x: "nothing",
    "beyond": lambda tf, x: "x:1",
    "malformed": lambda tf, x: "x:y:z",
    "other_graph": lambda tf, x: _elsewhere(tf),
    "not_fed": lambda tf, x: x,
    "not_fed_deep": lambda tf, x: x * 2 + 1,
    "set": lambda tf, x: {x},
}


def _elsewhere(tf):
    with tf.Graph().as_default():
        return tf.constant(1)


@each({name: name for name in FETCH_WRONG}, raises=True)
def fetch_wrong(tf, np, name):
    x = tf.placeholder(tf.float32, name="x")
    fetches = FETCH_WRONG[name](tf, x)
    with tf.Session() as session:
        session.run(fetches)


@case(raises=True)
def feed_a_tensor(tf, np):
    x = tf.placeholder(tf.float32)
    with tf.Session() as session:
        session.run(x * 2, {x: tf.constant(1.0)})


@case(raises=True)
def feed_not_feedable(tf, np):
    x = tf.placeholder(tf.float32, [2])
    y = x * 2
    tf.get_default_graph().prevent_feeding(y)
    with tf.Session() as session:
        session.run(y + 1, {y: [1.0, 2.0]})


@case(raises=True)
def empty_graph(tf, np):
    with tf.Session() as session:
        session.run([])


@case(raises=True)
def closed(tf, np):
    c = tf.constant(1)
    session = tf.Session()
    session.close()
    session.run(c)


@case
def feed_sparse(tf, np):
    x = tf.sparse_placeholder(tf.float32, [2, 3])
    y = tf.sparse_tensor_to_dense(x)
    value = tf.SparseTensorValue(np.array([[0, 1], [1, 2]]), np.array([5.0, 7.0], np.float32), np.array([2, 3]))
    return [Run({"y": y}, {x: value}, vary=False)]


# ------------------------------------------------------------------------------------------------- order in a run


def ordered(tf, resource):
    v = tf.get_variable("v", initializer=1.0, use_resource=resource)
    return v, tf.global_variables_initializer()


@case
def fetched_beside_assign_add(tf, np):
    """The variable itself shows the new value; what an expression of it reads is a race in TF1, so not asked here."""
    v, init = ordered(tf, False)
    add = tf.assign_add(v, 1.0)
    return [Run({"v": v, "add": add}, init=init), Run({"v": v})]


@case
def train_step_beside_variable(tf, np):
    w = tf.Variable([1.0, 2.0])
    loss = tf.reduce_sum(tf.square(w))
    train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        value, _ = session.run([w, train])
        return Facts(w=[round(float(x), 5) for x in value], loss=round(float(session.run(loss)), 5))


@case
def read_value_after_assign(tf, np):
    v, init = ordered(tf, False)
    with tf.control_dependencies([tf.assign(v, 5.0)]):
        fresh = v.read_value()
        stale_or_not = tf.identity(v.read_value()) * 2
    return [Run({"fresh": fresh, "double": stale_or_not}, init=init)]


@case
def assign_returns_the_new_value(tf, np):
    v, init = ordered(tf, False)
    return [Run({"next": tf.assign(v, 5.0) + 1.0}, init=init), Run({"v": v})]


@case
def chain_of_assigns(tf, np):
    v, init = ordered(tf, False)
    first = tf.assign(v, v + 1.0)
    with tf.control_dependencies([first]):
        second = tf.assign(v, v.read_value() * 10.0)
    return [Run({"second": second}, init=init), Run({"v": v})]


@case
def only_what_is_needed_runs(tf, np):
    v, init = ordered(tf, False)
    add = tf.assign_add(v, 1.0)
    other = tf.constant(2.0) * 3.0
    return [Run({"other": other}, init=init), Run({"v": v}), Run({"a": add, "b": add * 1.0}), Run({"v": v})]


@case
def side_effects_run_once(tf, np):
    v, init = ordered(tf, False)
    add = tf.assign_add(v, 1.0)
    both = tf.group(add, tf.identity(add), add * 2.0)
    return [Run({"both": both}, init=init), Run({"v": v})]


@case
def tuple_waits(tf, np):
    v, init = ordered(tf, False)
    add = tf.assign_add(v, 1.0)
    gated = tf.tuple([tf.constant(7.0)], control_inputs=[add])
    return [Run({"gated": gated[0]}, init=init), Run({"v": v})]


@case
def each_session_its_own_values(tf, np):
    v, init = ordered(tf, False)
    with tf.Session() as one, tf.Session() as two:
        one.run(init)
        two.run(init)
        one.run(tf.assign(v, 9.0))
        return Facts(one=float(one.run(v)), two=float(two.run(v)))


@case
def random_streams_per_session(tf, np):
    tf.set_random_seed(4)
    x = tf.random_uniform([2])
    values = []
    for _ in range(2):
        with tf.Session() as session:
            values.append([round(float(f), 6) for f in np.concatenate([session.run(x), session.run(x)])])
    return Facts(values=values)


# ------------------------------------------------------------------------------- partial runs, callables, helpers


@case
def partial_run(tf, np):
    a, b = tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, [])
    r1 = a + 1.0
    r2 = r1 * b
    with tf.Session() as session:
        handle = session.partial_run_setup([r1, r2], [a, b])
        first = session.partial_run(handle, r1, {a: 1.0})
        second = session.partial_run(handle, r2, {b: first * 2})
        return Facts(
            first=described(first), second=described(second), again=raised(lambda: session.partial_run(handle, r1))
        )


@case
def partial_run_wrong(tf, np):
    a, b = tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, [])
    r1, r2 = a + 1.0, b * 2.0
    with tf.Session() as session:
        handle = session.partial_run_setup([r1], [a])
        return Facts(
            not_listed=raised(lambda: session.partial_run(handle, r2, {a: 1.0})),
            feed_not_listed=raised(lambda: session.partial_run(handle, r1, {b: 1.0})),
            nothing=raised(lambda: session.partial_run_setup([])),
        )


@case
def make_callable(tf, np):
    x, y = tf.placeholder(tf.float32, [2]), tf.placeholder(tf.float32, [])
    z = x * y
    v = tf.Variable(1.0)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        first = session.make_callable(z, [x, y])
        second = session.make_callable({"z": z, "op": z.op}, [y, x])
        nothing = session.make_callable(v)
        return Facts(
            one=described(first(np.array([1.0, 2.0], np.float32), np.float32(3.0))),
            structure=described(second(np.float32(3.0), np.array([1.0, 2.0], np.float32))),
            no_feeds=described(nothing()),
            operation=described(session.make_callable(z.op, [x, y])(np.zeros(2, np.float32), np.float32(1))),
            too_few=raised(lambda: first(np.zeros(2, np.float32))),
        )


@case
def default_sessions(tf, np):
    c = tf.constant([1.0, 2.0])
    before = tf.get_default_session() is None
    with tf.Session() as session:
        inside = tf.get_default_session() is session
        value = c.eval()
        fed = (c * 2).eval({c: [5.0, 5.0]})
        nothing = c.op.run() is None
    outside = raised(lambda: c.eval())
    session = tf.Session()
    with session.as_default():
        kept = c.eval()
    after = session.run(c)
    session.close()
    return Facts(
        before=before, inside=inside, value=described(value), fed=described(fed), nothing=nothing, outside=outside,
        kept=described(kept), after=described(after), closed=raised(lambda: session.run(c)), run=raised(lambda: c.op.run()),
    )  # fmt: skip


@case
def interactive_session(tf, np):
    session = tf.InteractiveSession()
    v = tf.Variable(2.0)
    v.initializer.run()
    tf.global_variables_initializer().run()
    value, double = v.eval(), (v * 2).eval()
    v.load(7.0)
    loaded = v.eval()
    session.close()
    return Facts(
        value=described(value), double=described(double), loaded=described(loaded), graph=session.graph is v.graph
    )


@case
def error_objects(tf, np):
    """What except-clauses of scripts look at."""
    v = tf.Variable(1.0, name="v")
    x = tf.placeholder(tf.float32, name="x")
    seen = {}
    with tf.Session() as session:
        for name, fetch in (("variable", v * 2), ("placeholder", x * 2)):
            try:
                session.run(fetch)
            except tf.errors.OpError as error:
                seen[name] = [
                    type(error).__name__,
                    error.error_code,
                    isinstance(error, Exception),
                    error.op is not None,
                ]
    return Facts(seen=seen, words=sorted(n for n in dir(tf.errors) if n.endswith("Error")))


@case
def uninitialized(tf, np):
    tf.Variable(1.0, name="a")
    b = tf.Variable(2.0, name="b")
    report = tf.report_uninitialized_variables()
    flag = tf.is_variable_initialized(b)
    with tf.Session() as session:
        first = sorted(session.run(report).tolist()), bool(session.run(flag))
        session.run(b.initializer)
        second = sorted(session.run(report).tolist()), bool(session.run(flag))
    return Facts(first=[[n.decode() for n in first[0]], first[1]], second=[[n.decode() for n in second[0]], second[1]])


@case
def run_metadata_and_options(tf, np):
    c = tf.constant(2.0) * 3.0
    metadata = tf.RunMetadata()
    with tf.Session(config=tf.ConfigProto(allow_soft_placement=True)) as session:
        options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
        value = session.run(c, options=options, run_metadata=metadata)
    return Facts(value=float(value), traced=len(metadata.step_stats.dev_stats) > 0)


@case
def graph_grows_between_runs(tf, np):
    a = tf.constant(2.0)
    with tf.Session() as session:
        first = session.run(a)
        b = a * 5.0
        second = session.run(b)
    return Facts(values=[float(first), float(second)])


@case
def a_session_of_another_graph(tf, np):
    other = tf.Graph()
    with other.as_default():
        c = tf.constant(5)
    with tf.Session(graph=other) as session:
        return Facts(value=int(session.run(c)), default=tf.get_default_graph() is other, graph=session.graph is other)
