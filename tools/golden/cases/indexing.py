"""x[...] with every kind of index: the nodes it makes, static shapes and values."""

from tools.golden.case import Run, case, each

INDICES = {
    "int": lambda tf, x: x[0],
    "negative_int": lambda tf, x: x[-1],
    "two_ints": lambda tf, x: x[1, 2],
    "all_ints": lambda tf, x: x[1, 2, 3],
    "row": lambda tf, x: x[0:1],
    "column": lambda tf, x: x[:, 0],
    "column_kept": lambda tf, x: x[:, 0:1],
    "all": lambda tf, x: x[:],
    "all_all": lambda tf, x: x[:, :],
    "from": lambda tf, x: x[1:],
    "to": lambda tf, x: x[:1],
    "to_negative": lambda tf, x: x[:, :-1],
    "from_negative": lambda tf, x: x[:, -2:],
    "step": lambda tf, x: x[:, ::2],
    "backwards": lambda tf, x: x[::-1],
    "backwards_range": lambda tf, x: x[:, 2:0:-1],
    "backwards_to": lambda tf, x: x[..., :1:-2],
    "ellipsis_end": lambda tf, x: x[0, ...],
    "ellipsis_start": lambda tf, x: x[..., 0],
    "ellipsis_middle": lambda tf, x: x[0, ..., 1],
    "ellipsis_alone": lambda tf, x: x[...],
    "ellipsis_empty": lambda tf, x: x[0, 1, ..., 2],
    "newaxis_first": lambda tf, x: x[tf.newaxis],
    "newaxis_last": lambda tf, x: x[..., tf.newaxis],
    "newaxis_middle": lambda tf, x: x[:, tf.newaxis, 1:],
    "none": lambda tf, x: x[:, None],
    "newaxis_and_int": lambda tf, x: x[0, None, 1:, None, 2],
    "beyond": lambda tf, x: x[:, 7:9],
    "empty": lambda tf, x: x[:, 2:1],
    "long": lambda tf, x: x[:, :100],
    "tensor_int": lambda tf, x: x[:, tf.shape(x)[0] - 1],
    "tensor_slice": lambda tf, x: x[:, tf.constant(1) :],
    "tensor_both": lambda tf, x: x[tf.constant(0) : tf.constant(2), 1],
    "list": lambda tf, x: x[[0, 1]],
    "tuple_of_slices": lambda tf, x: x[(slice(0, 1), slice(None), 2)],
    "bool_tensor": lambda tf, x: x[x > 12.0],
    "twice": lambda tf, x: x[0][1],
    "numpy_int": lambda tf, x: x[numpy_one(tf)],
    "mixed": lambda tf, x: x[-1, ::2, 1:3],
}


def numpy_one(tf):
    return tf.int64.as_numpy_dtype(1)


@each({name: (function,) for name, function in INDICES.items()})
def tensor(tf, np, function):
    x = tf.placeholder(tf.float32, [None, 3, 4], name="x")
    return Run({"y": function(tf, x)}, {x: np.arange(24, dtype=np.float32).reshape(2, 3, 4)}, vary=False)


NAMES = "int column ellipsis_start newaxis_first backwards empty beyond mixed tensor_int"


@each({name: (INDICES[name],) for name in NAMES.split()})
def known_shape(tf, np, function):
    x = tf.placeholder(tf.float32, [2, 3, 4], name="x")
    return Run({"y": function(tf, x)}, {x: np.arange(24, dtype=np.float32).reshape(2, 3, 4)}, vary=False)


@each({name: (INDICES[name],) for name in NAMES.split()})
def unknown_rank(tf, np, function):
    x = tf.placeholder(tf.float32, name="x")
    return Run({"y": function(tf, x)}, {x: np.arange(24, dtype=np.float32).reshape(2, 3, 4)}, vary=False)


@each({name: (INDICES[name],) for name in ["int", "column", "row", "newaxis_last", "step", "tensor_int"]})
def variable(tf, np, function):
    v = tf.Variable(np.arange(24, dtype=np.float32).reshape(2, 3, 4), name="v")
    return Run({"y": function(tf, v)}, init=tf.global_variables_initializer())


@case
def assign_to_slices(tf, np):
    v = tf.Variable([1.0, 2.0, 3.0], name="v")
    m = tf.Variable(np.zeros([2, 3], np.float32), name="m")
    init = tf.global_variables_initializer()
    first, second = v[1:].assign([9.0, 8.0]), m[:, 1].assign([4.0, 5.0])
    return [Run({"first": first}, init=init), Run({"second": second}), Run({"v": v, "m": m})]


@each(
    {
        "too_many": lambda tf, x: x[0, 0, 0],
        "known_beyond": lambda tf, x: x[7],
        "two_ellipses": lambda tf, x: x[..., ...],
        "string": lambda tf, x: x["a"],
        "float": lambda tf, x: x[1.5],
        "zero_step": lambda tf, x: x[::0],
        "negative_beyond": lambda tf, x: x[-3],
    },
    raises=True,
)
def declaring_raises(tf, np, function):
    function(tf, tf.placeholder(tf.float32, [2, 3], name="x"))


@case(raises=True)
def running_raises(tf, np):
    x = tf.placeholder(tf.float32, [None])
    return Run({"y": x[5]}, {x: [1.0, 2.0]})
