"""Sessions: what can be fetched and fed, conversions and checks of feeds, what a run does and does not do."""

from collections import OrderedDict, namedtuple

from tools.golden.case import Facts, Run, case, each

Pair = namedtuple("Pair", ["left", "right"])


@case
def fetch_structures(tf, np):
    a, b = tf.constant(1.0, name="a"), tf.constant([2, 3], name="b")
    v = tf.Variable([4.0], name="v")
    fetches = {
        "tensor": a,
        "list": [a, b],
        "tuple": (a, [b, a]),
        "dict": {"x": a, "y": {"z": b}},
        "ordered": OrderedDict([("q", b), ("p", a)]),
        "named": Pair(a, b),
        "operation": a.op,
        "variable": v,
        "tensor_name": "b:0",
        "operation_name": "a",
        "empty": [],
        "slices": tf.IndexedSlices(tf.constant([1.0]), tf.constant([0]), tf.constant([3])),
        "sparse": tf.SparseTensor([[0, 1]], [5.0], [2, 2]),
    }
    return Run(fetches, init=tf.global_variables_initializer())


@case
def fed_sums_of_constants(tf, np):
    """A fed tensor wins over its computation, folded or not."""
    c = tf.constant(1)
    d = c + 1
    w = tf.Variable(3, name="w")
    init = tf.global_variables_initializer()
    fetches = {"twice": d * 2, "mixed": d * 5 + w}
    return [
        Run(fetches, {d: 10}, init=init),
        Run(fetches),
        Run(fetches, {c: 7}),
        Run(fetches, {"add:0": 1}),
        Run(fetches, {w: 100}),
    ]


@case
def feeds_of_intermediates(tf, np):
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    y = tf.nn.relu(x, name="y")
    z = tf.reduce_sum(y * 2.0, name="z")
    fed = np.array([[-1.0, 2.0]], np.float32)
    return [
        Run({"z": z}, {x: fed}),
        Run({"z": z}, {y: fed}),
        Run({"z": z, "y": y}, {y: fed}),
        Run({"z": z}, {z: np.float32(5.0)}),
        Run({"y": y, "z": z}, {x: fed, z: np.float32(1.0)}),
        Run({"shape": tf.shape(y)}, {x: np.zeros([0, 2], np.float32)}),
    ]


CONVERSIONS = {
    "int_to_float": ("float32", 3),
    "float64_to_float32": ("float32", [0.1, 0.2]),
    "float_to_int": ("int32", 1.5),
    "floats_to_ints": ("int32", [1.5, -1.5]),
    "bool_to_int": ("int32", True),
    "bool_to_float": ("float32", [True, False]),
    "none_to_float": ("float32", None),
    "int_to_bool": ("bool", [0, 1]),
    "str": ("string", "text"),
    "strs": ("string", ["a", b"b"]),
    "nested": ("float32", [[1, 2], (3, 4)]),
    "empty": ("float32", []),
    "int_to_int64": ("int64", 5),
    "int_to_uint8": ("uint8", [255, 0]),
    "real_to_complex": ("complex64", [1.0, 2.0]),
    "float_to_half": ("float16", 0.1),
}


@each(CONVERSIONS)
def feed_conversion(tf, np, dtype, value):
    x = tf.placeholder(dtype, name="x")
    return Run({"y": tf.identity(x)}, {x: value}, vary=False)


@case
def arrays_in_any_order(tf, np):
    x = tf.placeholder(tf.float32, [None, 3])
    fetches = {"y": x * 2.0, "sum": tf.reduce_sum(x, 0), "t": tf.transpose(x)}
    block = np.arange(12, dtype=np.float32).reshape(4, 3)
    arrays = [np.asfortranarray(block), block[::-2], block.astype(">f4"), block.astype(np.int64), block[:0]]
    return [Run(fetches, {x: array}, vary=False) for array in arrays]


@case
def one_fetch_many_times(tf, np):
    x = tf.placeholder(tf.float32, [2])
    u = tf.random_uniform([2], seed=1)
    return [Run({"a": [x, x, x + 0.0], "b": [u, u]}, {x: [1.0, 2.0]}), Run({"u": u}), Run({"u": u})]


@case
def unneeded_parts_do_not_run(tf, np):
    v = tf.Variable(1.0, name="v")
    init = tf.global_variables_initializer()
    bump = v.assign_add(1.0)
    tf.placeholder(tf.float32, name="never_fed")
    return [Run({"c": tf.constant(3.0) * 2.0}, init=init), Run({"v": v}), Run({"bump": bump.op}), Run({"v": v})]


@case
def unneeded_feeds_are_accepted(tf, np):
    x, y = tf.placeholder(tf.float32, [2]), tf.placeholder(tf.int32, [])
    return Run({"x": x + 1.0}, {x: [1.0, 2.0], y: 3})


@case
def sparse_feeds(tf, np):
    s = tf.sparse_placeholder(tf.float32, [2, 3])
    return [Facts(text=str(s.dense_shape.dtype.name))]


@case
def is_the_same_draw_in_one_run(tf, np):
    n = tf.random_normal([3], seed=2)
    return [Run({"difference": n - n, "n": n}), Run({"n": n})]


@each(
    {
        "none": lambda tf, x: Run({"y": None}),
        "number": lambda tf, x: Run({"y": 3}),
        "unknown_name": lambda tf, x: Run({"y": "nosuch:0"}),
        "unknown_operation": lambda tf, x: Run({"y": "nosuch"}),
        "other_graph": lambda tf, x: Run({"y": other_graph_tensor(tf)}),
        "feed_shape": lambda tf, x: Run({"y": x}, {x: [[1.0, 2.0, 3.0]]}),
        "feed_rank": lambda tf, x: Run({"y": x}, {x: 1.0}),
        "feed_ragged": lambda tf, x: Run({"y": x}, {x: [[1.0, 2.0], [3.0]]}),
        "feed_string": lambda tf, x: Run({"y": x}, {x: [["a", "b"]]}),
        "feed_tensor": lambda tf, x: Run({"y": x}, {x: tf.zeros([1, 2])}, vary=False),
        "feed_operation_name": lambda tf, x: Run({"y": x}, {"x": [[1.0, 2.0]]}),
        "feed_unknown_name": lambda tf, x: Run({"y": x}, {"nosuch:0": 1.0}),
        "feed_number_key": lambda tf, x: Run({"y": x}, {3: 1.0}),
        "feed_too_large_int": lambda tf, x: Run({"y": tf.placeholder(tf.int32, name="i")}, {"i:0": 2**40}),
        "not_fed": lambda tf, x: Run({"y": x * 2.0}),
        "default_shape": lambda tf, x: Run(
            {"y": tf.placeholder_with_default([1.0], [1], name="d")}, {"d:0": [1.0, 2.0]}
        ),
    },
    raises=True,
)
def running_raises(tf, np, function):
    return function(tf, tf.placeholder(tf.float32, [None, 2], name="x"))


def other_graph_tensor(tf):
    with tf.Graph().as_default():
        return tf.constant([1.0, 2.0])


def inside_a_session(tf, function):
    with tf.Session() as session:
        return function(tf, session)


@each(
    {
        "eval": lambda tf, s: [float(tf.constant(2.5).eval()), tf.constant([1, 2]).eval(session=s).tolist()],
        "run_operation": lambda tf, s: [tf.no_op().run(), s.run([]), s.run({}), s.run(())],
        "make_callable": lambda tf, s: s.make_callable(tf.constant(3) + 4)().item(),
        "default": lambda tf, s: [tf.get_default_session() is s, s.graph is tf.get_default_graph()],
        "types": lambda tf, s: [
            type(value).__name__ for value in s.run([tf.constant(1), tf.constant([1.0]), tf.constant("a")])
        ],
        "load": lambda tf, s: loaded(tf, s),
        "partial_run": lambda tf, s: partial(tf, s),
        "as_default": lambda tf, s: kept_open(tf),
        "fed_array_comes_back": lambda tf, s: fed_object(tf, s),
        "make_callable_with_feed": lambda tf, s: callable_with_feed(tf, s),
    }
)
def python_answers(tf, np, function):
    tf.constant(0, name="so_that_the_graph_is_not_empty")
    return Facts(answer=inside_a_session(tf, function))


def loaded(tf, session):
    v = tf.Variable([1.0, 2.0])
    session.run(v.initializer)
    v.load([5.0, 6.0], session)
    return [v.eval().tolist(), v.eval(session).tolist()]


def partial(tf, session):
    a, b = tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, [])
    first, second = a + 1.0, (a + 1.0) * b
    handle = session.partial_run_setup([first, second], [a, b])
    return [float(session.partial_run(handle, first, {a: 1.0})), float(session.partial_run(handle, second, {b: 2.0}))]


def kept_open(tf):
    session = tf.Session()
    with session.as_default():
        inside = tf.constant(1).eval().item()
    after = session.run(tf.constant(2)).item()
    session.close()
    return [inside, after]


def fed_object(tf, session):
    x = tf.placeholder(tf.float32, [])
    value = session.run([x, x], {x: 2.0})
    return [float(value[0]), value[0] is value[1]]


def callable_with_feed(tf, session):
    x = tf.placeholder(tf.float32, [2])
    function = session.make_callable({"y": x * 2.0}, [x])
    return function([1.0, 2.0])["y"].tolist()


def closed(tf):
    session = tf.Session()
    session.close()
    session.run(tf.constant(1))


def twice_in_partial_run(tf):
    a = tf.placeholder(tf.float32, [])
    b = a + 1.0
    session = tf.Session()
    handle = session.partial_run_setup([b], [a])
    session.partial_run(handle, b, {a: 1.0})
    session.partial_run(handle, b, {a: 1.0})


@each(
    {
        "eval_without_session": lambda tf: tf.constant(1).eval(),
        "run_without_session": lambda tf: tf.no_op().run(),
        "closed": closed,
        "empty_graph": lambda tf: tf.Session(graph=tf.Graph()).run([]),
        "partial_run_twice": twice_in_partial_run,
        "graph_type": lambda tf: tf.Session(graph=3),
        "config_type": lambda tf: tf.Session(config=3),
    },
    raises=True,
)
def session_raises(tf, np, function):
    function(tf)
