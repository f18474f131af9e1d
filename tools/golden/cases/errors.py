"""Golden cases of errors: the class, the moment, and what a message must name (values, names, words scripts grep)."""

import builtins

from tools.golden.case import Facts, each

DECLARING = {
    # name: (build, words that TF1's message holds)
    "add_shapes": (lambda tf: tf.add(tf.zeros([2]), tf.zeros([3])), ["2", "3"]),
    "matmul_inner": (lambda tf: tf.matmul(tf.zeros([2, 3]), tf.zeros([4, 5])), ["3", "4"]),
    "matmul_rank": (lambda tf: tf.matmul(tf.zeros([2]), tf.zeros([2])), []),
    "add_types": (lambda tf: tf.constant(1) + tf.constant(1.0), ["int32", "float32"]),
    "int_times_float": (lambda tf: tf.constant(1) * 2.5, ["int32"]),
    "reshape_size": (lambda tf: tf.reshape(tf.zeros([6]), [4, 2]), ["6", "8"]),
    "concat_rank": (lambda tf: tf.concat([tf.zeros([2]), tf.zeros([2, 2])], 0), []),
    "stack_shapes": (lambda tf: tf.stack([tf.zeros([2]), tf.zeros([3])]), []),
    "unstack_unknown": (lambda tf: tf.unstack(tf.placeholder(tf.float32, [None])), ["Cannot infer num"]),
    "split_uneven": (lambda tf: tf.split(tf.zeros([5]), 2), []),
    "squeeze": (lambda tf: tf.squeeze(tf.zeros([2]), [0]), []),
    "expand_dims": (lambda tf: tf.expand_dims(tf.zeros([2]), 5), []),
    "transpose": (lambda tf: tf.transpose(tf.zeros([2, 2]), [0, 1, 2]), []),
    "constant_shape": (lambda tf: tf.constant([1, 2, 3], shape=[2]), []),
    "constant_type": (lambda tf: tf.constant(1.5, tf.int32), ["int32"]),
    "constant_ragged": (lambda tf: tf.constant([[1], [1, 2]]), []),
    "convert_none": (lambda tf: tf.convert_to_tensor(None), ["None values not supported"]),
    "convert_type": (lambda tf: tf.convert_to_tensor(tf.constant(1), tf.float32), ["int32", "float32"]),
    "bool_of_tensor": (lambda tf: bool(tf.constant(True)), []),
    "if_tensor": (lambda tf: 1 if tf.constant(1) > 0 else 2, []),
    "iterate_tensor": (lambda tf: list(tf.constant([1, 2])), []),
    "len_of_tensor": (lambda tf: len(tf.constant([1, 2])), []),
    "index_too_many": (lambda tf: tf.zeros([2])[0, 0], []),
    "index_out": (lambda tf: tf.zeros([2])[2], []),
    "index_float": (lambda tf: tf.zeros([2])[0.5], []),
    "assign_item": (lambda tf: tf.zeros([2]).__setitem__(0, 1.0), []),
    "set_shape": (lambda tf: tf.zeros([2]).set_shape([3]), []),
    "as_list": (lambda tf: tf.placeholder(tf.float32).shape.as_list(), []),
    "placeholder_type": (lambda tf: tf.placeholder("number"), []),
    "bad_name": (lambda tf: tf.constant(1, name="a b"), ["a b", "not a valid"]),
    "bad_first": (lambda tf: tf.constant(1, name="_a"), ["_a", "not a valid"]),
    "bad_scope": (lambda tf: tf.name_scope("a b").__enter__(), ["not a valid scope name"]),
    "variable_no_value": (lambda tf: tf.Variable(), ["initial_value"]),
    "variable_shapeless": (lambda tf: tf.Variable(tf.placeholder(tf.float32)), []),
    "get_variable_twice": (lambda tf: [tf.get_variable("v", [1]) for _ in range(2)], ["v already exists", "reuse"]),
    "get_variable_shapeless": (lambda tf: tf.get_variable("v"), ["v"]),
    "get_variable_missing": (lambda tf: _reused(tf, [1]), ["does not exist"]),
    "get_variable_other_shape": (lambda tf: _reused(tf, [2], [3]), []),
    "get_variable_other_type": (lambda tf: _reused(tf, [2], [2], dtype=tf.float64), ["float64"]),
    "get_variable_init_shape": (lambda tf: tf.get_variable("v", [2], initializer=tf.zeros([2])), []),
    "assign_shape": (lambda tf: tf.assign(tf.Variable([1.0, 2.0]), [1.0]), []),
    "assign_type": (lambda tf: tf.assign(tf.Variable(1.0), tf.constant(1)), ["float32"]),
    "other_graph": (lambda tf: tf.constant(1) + _elsewhere(tf), ["same graph"]),
    "finalized": (lambda tf: (tf.get_default_graph().finalize(), tf.constant(1)), ["finalized"]),
    "tensor_by_op_name": (lambda tf: _named(tf).get_tensor_by_name("a"), ["a", ":"]),
    "tensor_unknown": (lambda tf: _named(tf).get_tensor_by_name("b:0"), ["b:0"]),
    "tensor_beyond": (lambda tf: _named(tf).get_tensor_by_name("a:1"), ["a:1"]),
    "operation_unknown": (lambda tf: _named(tf).get_operation_by_name("b"), ["b"]),
    "operation_by_tensor": (lambda tf: _named(tf).get_operation_by_name("a:0"), ["a:0"]),
    "element_unknown": (lambda tf: _named(tf).as_graph_element("b"), ["b"]),
    "cast_nothing": (lambda tf: tf.cast(tf.constant(1), "number"), []),
    "reduce_bool": (lambda tf: tf.reduce_sum(tf.constant([True])), []),
    "argmax_bool": (lambda tf: tf.argmax(tf.constant([True])), []),
    "equal_types": (lambda tf: tf.equal(tf.constant([1], tf.int64), tf.constant([1])), ["int64", "int32"]),
    "one_hot_float": (lambda tf: tf.one_hot(tf.constant([1.0]), 3), ["float32"]),
    "gather_float": (lambda tf: tf.gather(tf.zeros([3]), 1.0), []),
    "range_backwards": (lambda tf: tf.range(3, 0), []),
    "pad_shape": (lambda tf: tf.pad(tf.zeros([2]), [[1, 1], [1, 1]]), []),
    "pad_mode": (lambda tf: tf.pad(tf.zeros([2]), [[1, 1]], "WRAP"), ["WRAP"]),
    "tile_rank": (lambda tf: tf.tile(tf.zeros([2]), [2, 2]), []),
    "where_half": (lambda tf: tf.where(tf.constant([True]), tf.zeros([1])), []),
    "add_n_nothing": (lambda tf: tf.add_n([]), []),
    "add_n_shapes": (lambda tf: tf.add_n([tf.zeros([2]), tf.zeros([3])]), []),
    "sqrt_int": (lambda tf: tf.sqrt(tf.constant(4)), ["int32"]),
    "random_backwards": (lambda tf: tf.random_uniform([2], dtype=tf.int32), ["maxval"]),
    "control_none": (lambda tf: tf.control_dependencies([1]).__enter__(), []),
    "device_unknown": (lambda tf: _on(tf, "/what:0"), []),
    "dimension_division": (lambda tf: tf.zeros([4]).shape[0] / 2, ["//"]),
    "run_without_session": (lambda tf: tf.constant(1).eval(), ["default session"]),
    "collection_scope": (
        lambda tf: tf.get_variable_scope().reuse_variables() or tf.get_variable("v", [1]),
        [],
    ),
    "no_attribute": (lambda tf: tf.constant(1).op.get_attr("nothing"), ["nothing"]),
    "uninitialized_dtype": (lambda tf: tf.as_dtype("what"), []),
}


def _reused(tf, shape, other=None, **options):
    if other is not None:
        tf.get_variable("v", other)
    with tf.variable_scope("", reuse=True):
        return tf.get_variable("v", shape, **options)


def _elsewhere(tf):
    with tf.Graph().as_default():
        return tf.constant(1)


def _named(tf):
    tf.constant(1, name="a")
    return tf.get_default_graph()


def _on(tf, device):
    with tf.device(device):
        return tf.constant(1)


def _facts(tf, function, words):
    """The class's name, whether it is one of tf.errors, and which of the words its message holds."""
    try:
        function()
    except Exception as error:
        text = str(error)
        names = [kind.__name__ for kind in type(error).__mro__]  # the first is the nearest public class
        return Facts(
            raised=next(name for name in names if hasattr(tf.errors, name) or hasattr(builtins, name)),
            bases=[
                kind.__name__
                for kind in (ValueError, TypeError, KeyError, tf.errors.OpError)
                if isinstance(error, kind)
            ],
            words={word: word in text for word in words},
        )
    return Facts(raised="nothing")


@each({name: name for name in DECLARING})
def declaring(tf, np, name):
    build, words = DECLARING[name]
    with tf.Graph().as_default():  # what a failed call leaves behind is not compared
        return _facts(tf, lambda: build(tf), words)


def _placeholders(tf, *shapes):
    return [tf.placeholder(tf.float32, shape, name="xyz"[i]) for i, shape in enumerate(shapes)]


RUNNING = {
    # name: (build -> (fetch, feed), words)
    "not_fed": (lambda tf, np: (_placeholders(tf, None)[0] * 2, {}), ["'x'", "dtype float"]),
    "not_fed_shape": (lambda tf, np: (_placeholders(tf, [2, 3])[0] * 2, {}), ["x", "feed a value", "[2,3]"]),
    "uninitialized": (lambda tf, np: (tf.Variable(1.0, name="v") * 2, {}), ["uninitialized value v"]),
    "uninitialized_resource": (
        lambda tf, np: (tf.get_variable("v", [1], use_resource=True) * 2, {}), ["v", "uninitialized"],
    ),
    "matmul": (
        lambda tf, np: (lambda x, y: (tf.matmul(x, y), {x: np.zeros([2, 3]), y: np.zeros([4, 5])}))(
            *_placeholders(tf, [None, None], [None, None])
        ),
        ["[2,3]", "[4,5]"],
    ),
    "add": (
        lambda tf, np: (lambda x, y: (x + y, {x: np.zeros(2), y: np.zeros(3)}))(*_placeholders(tf, [None], [None])),
        ["Incompatible shapes", "[2]", "[3]"],
    ),
    "reshape": (
        lambda tf, np: (lambda x: (tf.reshape(x, [2, 2]), {x: np.zeros(3)}))(*_placeholders(tf, [None])), ["3", "4"],
    ),
    "concat": (
        lambda tf, np: (lambda x, y: (tf.concat([x, y], 0), {x: np.zeros([1, 2]), y: np.zeros([1, 3])}))(
            *_placeholders(tf, [None, None], [None, None])
        ),
        [],
    ),
    "gather": (lambda tf, np: (tf.gather(tf.zeros([3]), [5]), {}), ["5"]),
    "divide_by_zero": (lambda tf, np: (tf.constant(1) // tf.constant(0), {}), []),
    "check_numerics": (lambda tf, np: (tf.check_numerics(tf.log(tf.constant(0.0)), "look"), {}), ["look", "Inf"]),
    "assert": (lambda tf, np: (tf.Assert(tf.constant(False), ["because"]), {}), ["assertion failed", "because"]),
    "assert_equal": (
        lambda tf, np: (lambda x: (tf.assert_equal(x, 2.0, message="two"), {x: 1.0}))(*_placeholders(tf, [])), ["two"],
    ),
    "feed_shape": (
        lambda tf, np: (lambda x: (x * 2, {x: np.zeros([2, 4])}))(*_placeholders(tf, [None, 3])),
        ["Cannot feed value of shape (2, 4)", "(?, 3)", "x:0"],
    ),
    "feed_tensor": (
        lambda tf, np: (lambda x: (x * 2, {x: tf.constant(1.0)}))(*_placeholders(tf, None)), ["cannot be a tf.Tensor"],
    ),
    "feed_name": (lambda tf, np: (_placeholders(tf, None)[0] * 2, {"w:0": 1.0}), ["w:0"]),
    "fetch_none": (lambda tf, np: (tf.no_op() and None, {}), ["Fetch argument None"]),
    "squeeze": (
        lambda tf, np: (lambda x: (tf.squeeze(x, [0]), {x: np.zeros([2])}))(*_placeholders(tf, [None])), [],
    ),
    "sparse_labels": (
        lambda tf, np: (
            tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[3], logits=tf.zeros([1, 3])), {}
        ),
        ["3"],
    ),
    "conv2d": (
        lambda tf, np: (
            lambda x: (tf.nn.conv2d(x, tf.zeros([3, 3, 2, 1]), [1, 1, 1, 1], "SAME"), {x: np.zeros([1, 4, 4, 3])})
        )(*_placeholders(tf, [None, None, None, None])),
        [],
    ),
    "split": (
        lambda tf, np: (lambda x: (tf.split(x, 2), {x: np.zeros(5)}))(*_placeholders(tf, [None])), ["2", "5"],
    ),
    "stack": (
        lambda tf, np: (lambda x, y: (tf.stack([x, y]), {x: np.zeros(1), y: np.zeros(2)}))(
            *_placeholders(tf, [None], [None])
        ),
        ["[1]", "[2]"],
    ),
    "slice": (
        lambda tf, np: (lambda x: (tf.slice(x, [2], [3]), {x: np.zeros(4)}))(*_placeholders(tf, [None])), [],
    ),
    "index": (lambda tf, np: (lambda x: (x[7], {x: np.zeros(4)}))(*_placeholders(tf, [None])), ["7"]),
    "bias_add": (
        lambda tf, np: (lambda x, y: (tf.nn.bias_add(x, y), {x: np.zeros([1, 2]), y: np.zeros(3)}))(
            *_placeholders(tf, [None, None], [None])
        ),
        [],
    ),
    "multinomial_range": (lambda tf, np: (tf.random_uniform([2], 3, 3, tf.int32), {}), ["minval"]),
    "argmax_axis": (
        lambda tf, np: (lambda x: (tf.argmax(x, 3), {x: np.zeros([1, 2])}))(*_placeholders(tf, None)), ["3"],
    ),
    "sum_axis": (
        lambda tf, np: (lambda x: (tf.reduce_sum(x, 3), {x: np.zeros([1, 2])}))(*_placeholders(tf, None)), ["3"],
    ),
    "transpose": (
        lambda tf, np: (lambda x: (tf.transpose(x, [1, 0]), {x: np.zeros([2])}))(*_placeholders(tf, None)), [],
    ),
    "no_gpu": (lambda tf, np: (_on(tf, "/gpu:7"), {}), []),
}  # fmt: skip


@each({name: name for name in RUNNING})
def running(tf, np, name):
    build, words = RUNNING[name]
    with tf.Graph().as_default(), tf.Session() as session:
        fetch, feed = build(tf, np)
        return _facts(tf, lambda: session.run(fetch, feed), words)
