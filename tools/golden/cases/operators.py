"""Python's operators on tensors and variables, with tensors, Python numbers and NumPy arrays on either side."""

import operator

from tools.golden.case import Facts, Run, case, each, grid

ARITHMETIC = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "truediv": operator.truediv,
    "floordiv": operator.floordiv,
    "mod": operator.mod,
    "pow": operator.pow,
    "less": operator.lt,
    "less_equal": operator.le,
    "greater": operator.gt,
    "greater_equal": operator.ge,
}
# NumPy scalars and arrays compare by themselves before asking the tensor only where __array_priority__ says so.
FLOAT_OPERANDS = {
    "tensor": lambda tf, np: tf.constant([2.0, 3.0]),
    "float": lambda tf, np: 2.5,
    "int": lambda tf, np: 2,
    "list": lambda tf, np: [2.0, 3.0],
    "array32": lambda tf, np: np.array([2.0, 3.0], np.float32),
    "array64": lambda tf, np: np.array([2.0, 3.0]),
    "scalar64": lambda tf, np: np.float64(2.0),
    "scalar32": lambda tf, np: np.float32(2.0),
    "variable": lambda tf, np: tf.Variable([2.0, 3.0]),
}


@each(grid(name=list(ARITHMETIC), other=list(FLOAT_OPERANDS)))
def float_operators(tf, np, name, other):
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    operand = FLOAT_OPERANDS[other](tf, np)
    function = ARITHMETIC[name]
    fetches = {"right": function(x, operand), "left": function(operand, x)}
    init = tf.global_variables_initializer()
    return Run(fetches, {x: np.array([[1.5, 2.0], [0.5, 3.5]], np.float32)}, init=init)


INTEGER_OPERANDS = {
    "int": lambda tf, np: 2,
    "array": lambda tf, np: np.array([2, 3], np.int32),
    "array64": lambda tf, np: np.array([2, 3]),
    "float_array": lambda tf, np: np.array([2.5, 3.5]),
    "tensor": lambda tf, np: tf.constant([2, 3]),
}


@each(grid(name=list(ARITHMETIC), other=list(INTEGER_OPERANDS)))
def integer_operators(tf, np, name, other):
    x = tf.placeholder(tf.int32, [None, 2], name="x")
    operand = INTEGER_OPERANDS[other](tf, np)
    function = ARITHMETIC[name]
    fetches = {"right": function(x, operand), "left": function(operand, x)}
    return Run(fetches, {x: np.array([[7, 1], [3, 4]], np.int32)})


@each(grid(name=["add", "sub", "mul", "truediv", "pow", "less"], other=["float", "array64", "scalar64"]))
def variable_operators(tf, np, name, other):
    v = tf.Variable([[1.5, 2.0]], name="v")
    function = ARITHMETIC[name]
    operand = FLOAT_OPERANDS[other](tf, np)
    fetches = {"right": function(v, operand), "left": function(operand, v)}
    return Run(fetches, init=tf.global_variables_initializer())


@case
def unary_operators(tf, np):
    x, b = tf.placeholder(tf.float32, [None]), tf.placeholder(tf.bool, [None])
    v = tf.Variable([1.0, -2.0])
    fetches = {"neg": -x, "abs": abs(x), "invert": ~b, "neg_v": -v, "abs_v": abs(v)}
    return Run(fetches, {x: [1.0, -2.0], b: [True, False]}, init=tf.global_variables_initializer())


@case
def logical_operators(tf, np):
    a, b = tf.placeholder(tf.bool, [None]), tf.placeholder(tf.bool, [2])
    fetches = {"and": a & b, "or": a | b, "xor": a ^ b, "rand": np.array([True, False]) & a, "python": a & True}
    return Run(fetches, {a: [True, False], b: [True, True]}, vary=False)


@each(
    {
        "small": ("uint8", [7, 2]),
        "int8": ("int8", [-7, 2]),
        "int16": ("int16", [7, 2]),
        "int32": ("int32", [-7, 2]),
        "int64": ("int64", [7, -2]),
        "float16": ("float16", [7, 2]),
        "float64": ("float64", [7, -2]),
    }
)
def division_types(tf, np, dtype, values):
    x, y = tf.placeholder(dtype, []), tf.placeholder(dtype, [])
    fetches = {"truediv": x / y, "floordiv": x // y, "div": tf.div(x, y), "divide": tf.divide(x, y)}
    if dtype not in ("uint8", "int8", "int16"):
        fetches["mod"] = x % y
    return Run(fetches, {x: np.array(values[0], dtype), y: np.array(values[1], dtype)})


@case
def complex_operators(tf, np):
    x = tf.placeholder(tf.complex64, [])
    fetches = {"add": x + 1.0, "mul": x * (1 + 1j), "div": x / 2.0, "neg": -x, "abs": abs(x)}
    return Run(fetches, {x: np.complex64(3 + 4j)})


@case
def augmented_assignment_rebinds(tf, np):
    x = tf.placeholder(tf.float32, [], name="x")
    v = tf.Variable(1.0, name="v")
    x += 1
    x *= 2
    y = v
    y += 1.0
    return [
        Facts(x=x.name, y=y.name, type=y.op.type),
        Run({"x": x, "y": y}, {"x:0": 3.0}, init=tf.global_variables_initializer()),
    ]


@case
def comparison_is_identity(tf, np):
    a, b = tf.constant(1), tf.constant(1)
    return Facts(same=a == a, other=a == b, differ=a != b, hashed=len({a, b, a}), member=a in [b, a], number=a == 1)


@each(
    {
        "bool": lambda tf, x: bool(x),
        "if": lambda tf, x: 1 if x > 0.0 else 2,
        "not": lambda tf, x: not x,
        "chained": lambda tf, x: 0.0 < x < 1.0,
        "iterate": lambda tf, x: list(x),
        "len": lambda tf, x: len(x),
        "int_float": lambda tf, x: x + tf.constant(1),
        "float_double": lambda tf, x: x + tf.constant(1.0, tf.float64),
        "float_complex": lambda tf, x: x + 1j,
        "int_times_float": lambda tf, x: tf.constant(3) * 2.5,
        "int_times_whole_float": lambda tf, x: tf.constant(3) * 2.0,
        "float_times_int_first": lambda tf, x: 2.5 * tf.constant(3),
        "add_int_float": lambda tf, x: tf.add(1, 2.5),
        "shapes": lambda tf, x: x + tf.zeros([3, 4]),
        "string": lambda tf, x: x + "a",
        "none": lambda tf, x: x + None,
        "and_floats": lambda tf, x: x & x,
        "invert_float": lambda tf, x: ~x,
        "matmul_vectors": lambda tf, x: tf.matmul(x, x),
        "matmul_shapes": lambda tf, x: tf.matmul(tf.zeros([2, 3]), tf.zeros([4, 5])),
        "matmul_both_flags": lambda tf, x: tf.matmul(tf.zeros([2, 3]), tf.zeros([3, 2]), True, adjoint_a=True),
        "float": lambda tf, x: float(x),
        "numpy_function": lambda tf, x: tf.constant(1) << 2,
        "index_float": lambda tf, x: x[0.5],
        "set_item": lambda tf, x: x.__setitem__(0, 1.0),
        "attribute": lambda tf, x: x.nosuch,
        "other_graph": lambda tf, x: x + other_graph_tensor(tf),
        "logical_and_ints": lambda tf, x: tf.logical_and(1, 2),
    },
    raises=True,
)
def declaring_raises(tf, np, function):
    function(tf, tf.placeholder(tf.float32, [2], name="x"))


def other_graph_tensor(tf):
    with tf.Graph().as_default():
        return tf.constant([1.0, 2.0])
