"""Constants, fills, placeholders, conversion: dtypes, names and values; zeros and ones below and above 1000 elements."""

from collections import OrderedDict

from tools.golden.case import Facts, Run, case, each, grid

VALUES = OrderedDict(
    [
        ("int", lambda np: 3),
        ("negative_int", lambda np: -3),
        ("big_int", lambda np: 2**31),
        ("float", lambda np: 1.5),
        ("bool", lambda np: True),
        ("complex", lambda np: 1 + 2j),
        ("str", lambda np: "text"),
        ("bytes", lambda np: b"bytes"),
        ("unicode", lambda np: "h\u00e9"),
        ("list", lambda np: [1, 2, 3]),
        ("floats", lambda np: [[1.0, 2.0], [3.0, 4.0]]),
        ("mixed", lambda np: [1, 2.5]),
        ("tuple", lambda np: (1.0, 2.0)),
        ("empty", lambda np: []),
        ("empty_rows", lambda np: [[], []]),
        ("strings", lambda np: [["a", "bb"], ["", "c"]]),
        ("bools", lambda np: [True, False]),
        ("np_float64", lambda np: np.array([1.0, 2.0])),
        ("np_scalar64", lambda np: np.float64(1.5)),
        ("np_float32", lambda np: np.float32(1.5)),
        ("np_int64", lambda np: np.array([1, 2])),
        ("np_uint8", lambda np: np.array([[1], [2]], np.uint8)),
        ("np_float16", lambda np: np.array([0.1], np.float16)),
        ("np_bool", lambda np: np.array([True])),
        ("np_strings", lambda np: np.array(["x", "yy"])),
        ("np_zero_dimensional", lambda np: np.array(4.0)),
        ("np_empty", lambda np: np.zeros([0, 3], np.float32)),
        ("np_fortran", lambda np: np.asfortranarray(np.arange(6.0).reshape(2, 3))),
        ("range", lambda np: list(range(12))),
    ]
)


@each({name: (value,) for name, value in VALUES.items()})
def constant_of(tf, np, value):
    return Run({"constant": tf.constant(value(np)), "converted": tf.convert_to_tensor(value(np), name="t")})


@each(
    {
        "dtype": ([1, 2], {"dtype": "float32"}),
        "float_in_float64": (1, {"dtype": "float64"}),
        "int64": (5, {"dtype": "int64"}),
        "uint8": ([1, 255], {"dtype": "uint8"}),
        "float16": (0.1, {"dtype": "float16"}),
        "complex": (1.5, {"dtype": "complex64"}),
        "bool": (True, {"dtype": "bool"}),
        "fill_shape": (7, {"shape": [2, 3]}),
        "fill_zero": (0.0, {"shape": [3], "name": "z"}),
        "fill_list": ([1, 2], {"shape": [2, 3]}),
        "reshape": ([1, 2, 3, 4], {"shape": [2, 2]}),
        "fill_empty": (1.0, {"shape": [0, 2]}),
        "named": (1.0, {"name": "given"}),
        "name_slash": (1.0, {"name": "exact/"}),
        "verified": ([1, 2], {"shape": [2], "verify_shape": True}),
    }
)
def constant_options(tf, np, value, options):
    return Run({"c": tf.constant(value, **options)})


@case
def constant_from_arrays_with_dtype(tf, np):
    return Run(
        {"truncated": tf.constant(np.array([3.7, -3.7]), dtype=tf.int32), "up": tf.constant(np.arange(3), tf.float32)}
    )


@each(
    {
        "float_to_int": lambda tf: tf.constant(3.7, dtype=tf.int32),
        "too_many": lambda tf: tf.constant([1, 2, 3], shape=[2]),
        "verify_shape": lambda tf: tf.constant(1.0, shape=[2], verify_shape=True),
        "ragged": lambda tf: tf.constant([[1, 2], [3]]),
        "none": lambda tf: tf.constant(None),
        "string_to_float": lambda tf: tf.constant("a", dtype=tf.float32),
        "mixed_strings": lambda tf: tf.constant(["a", 1]),
        "tensor_other_dtype": lambda tf: tf.convert_to_tensor(tf.constant(1), dtype=tf.float32),
        "uint8_too_large": lambda tf: tf.constant(1.5, tf.uint8),
        "bool_from_int": lambda tf: tf.constant(1, tf.bool),
        "bad_dtype": lambda tf: tf.constant(1, dtype="nosuch"),
        "bad_name": lambda tf: tf.constant(1, name="a b"),
        "underscore_name": lambda tf: tf.constant(1, name="_a"),
        "minus_one_in_placeholder": lambda tf: tf.placeholder(tf.float32, [-1, 3]),
        "python_type": lambda tf: tf.as_dtype(int),
        "list_of_arrays": lambda tf: tf.constant([tf.float32.as_numpy_dtype([1.0]), [2.0]]),
        "object": lambda tf: tf.convert_to_tensor(object()),
    },
    raises=True,
)
def constant_raises(tf, np, function):
    function(tf)


@each(
    {
        "none": (None,),
        "scalar": ([],),
        "known": ([2, 3],),
        "partial": ([None, 3],),
        "tuple": ((None, 2),),
        "one_int": (5,),
    }
)
def placeholder(tf, np, shape):
    p = tf.placeholder(tf.float32, shape)
    q = tf.placeholder("float", shape=shape, name="q")
    return Facts(p=str(p), q=str(q), ops=[p.op.type, q.op.type])


@case
def placeholder_with_default(tf, np):
    p = tf.placeholder_with_default([1.0, 2.0], [None], name="p")
    q = tf.placeholder_with_default(tf.constant(3), [])
    fetches = {"p": p * 2.0, "q": q}
    return [Run(fetches), Run(fetches, {p: [5.0, 6.0, 7.0], q: 4})]


SIZES = {"scalar": [], "small": [2, 3], "999": [999], "1000": [1000], "1001": [7, 143], "empty": [0], "tuple": (2, 2)}
DTYPES = ["float32", "int32", "float64", "bool", "string", "complex64"]


@each(grid(size=list(SIZES)))
def zeros_and_ones(tf, np, size):
    shape = SIZES[size]
    return Run({"zeros": tf.zeros(shape), "ones": tf.ones(shape), "named": tf.zeros(shape, tf.int32, name="n")})


@each(grid(dtype=DTYPES))
def zeros_of_type(tf, np, dtype):
    fetches = {"small": tf.zeros([2], dtype), "large": tf.zeros([50, 20], dtype)}
    if dtype != "string":
        fetches.update({"ones": tf.ones([2], dtype), "large_ones": tf.ones([50, 20], dtype)})
    return Run(fetches)


@case
def zeros_of_tensor_shapes(tf, np):
    x = tf.placeholder(tf.int32, [2])
    dimension = tf.placeholder(tf.float32, [None, 4]).shape[1]
    fetches = {"tensor": tf.zeros(x), "shape": tf.ones(tf.TensorShape([2, 3])), "dimension": tf.zeros([dimension, 2])}
    fetches["int64"] = tf.zeros(tf.constant([2, 1], tf.int64))
    return Run(fetches, {x: [1, 2]})


@case
def fills(tf, np):
    n = tf.placeholder(tf.int32, [])
    fetches = {
        "python": tf.fill([2, 3], 9),
        "float": tf.fill([2], 1.5, name="f"),
        "string": tf.fill([2], "s"),
        "tensor": tf.fill([n, 2], tf.constant(3.0)),
        "scalar": tf.fill([], 2),
        "empty": tf.fill([0, 2], 2.0),
    }
    return Run(fetches, {n: 2})


@each(grid(size=["2x3", "1000"], dtype=["float32", "int32", "string", "bool"]))
def likes(tf, np, size, dtype):
    shape = [2, 3] if size == "2x3" else [1000]
    fill = {"float32": 1.5, "int32": 2, "string": "s", "bool": True}[dtype]
    x = tf.constant(fill, shape=shape, name="x")
    fetches = {"zeros": tf.zeros_like(x)}
    if dtype != "string":
        fetches["ones"] = tf.ones_like(x)
    fetches["list"] = tf.zeros_like([[1.0, 2.0]])
    return Run(fetches)


@case
def dtype_facts(tf, np):
    names = "float16 float32 float64 int8 int16 int32 int64 uint8 uint16 bool string complex64 complex128 qint8".split()
    rows = {}
    for name in names:
        dtype = getattr(tf, name)
        rows[name] = [
            dtype.name,
            repr(dtype),
            dtype.is_floating,
            dtype.is_integer,
            dtype.is_complex,
            dtype.is_bool,
            dtype.is_unsigned,
            dtype.as_datatype_enum,
            dtype.size,
            dtype.base_dtype == dtype,
            dtype == name,
        ]
    variable = tf.Variable(1.0)
    return Facts(
        rows=rows,
        limits=[bool(tf.float32.max > 3e38), int(tf.int8.min), int(tf.int8.max), int(tf.uint8.max)],
        as_dtype=[tf.as_dtype(x).name for x in ("float", "double", np.float32, np.dtype("int64"), tf.int32)],
        ref=[variable.dtype.name, variable.dtype == tf.float32, variable.dtype.base_dtype == tf.float32],
        compatible=[tf.float32.is_compatible_with(tf.int32), tf.float32.is_compatible_with(variable.dtype)],
        numpy=[np.dtype(tf.float32.as_numpy_dtype).name, np.dtype(tf.bool.as_numpy_dtype).name],
    )


CASTS = "float16 float32 float64 int8 uint8 int16 int32 int64 bool complex64".split()


@each(grid(source=["float32", "int32", "bool", "float64"], target=CASTS))
def cast(tf, np, source, target):
    values = {
        "float32": [1.9, -1.9, 0.0, 100.5, 0.4],
        "float64": [1.9, -1.9, 0.0, 100.5, 0.4],
        "int32": [300, -1, 0, 127, 65536],
        "bool": [True, False],
    }[source]
    if target in ("uint8",) and source.startswith("float"):
        values = [1.9, 0.0, 100.5]  # a negative float to unsigned is undefined in C
    x = tf.placeholder(source, [None])
    return Run({"y": tf.cast(x, target)}, {x: np.array(values, source)}, vary=False)


@case
def strings(tf, np):
    x = tf.placeholder(tf.string, [None])
    fetches = {
        "add": tf.constant("a") + tf.constant("b"),
        "join": tf.string_join([x, "z"], separator="-"),
        "equal": tf.equal(x, "a"),
        "as_string": tf.as_string([1.5, 2.0]),
        "to_number": tf.string_to_number(["1.5", "2"]),
    }
    return Run(fetches, {x: ["a", "b"]})


@case
def shapes_as_tensors(tf, np):
    shape = tf.TensorShape([2, 3])
    tensors = [tf.convert_to_tensor(value) for value in (shape, shape[0], tf.TensorShape([]), tf.TensorShape([2**40]))]
    tensors += [tf.identity(shape), tf.constant([1, 1]) + shape, tf.constant(2) * shape[1]]
    return Run({"values": tensors, "reshaped": tf.reshape(tf.range(6), shape)})
