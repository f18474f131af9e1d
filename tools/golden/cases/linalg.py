"""Diagonals, identity matrices, QR: nodes, values, gradients, errors."""

from tools.golden.case import Run, case, each

SHAPED = {
    "diag": lambda tf, x: tf.diag(x),
    "diag_part_of_diag": lambda tf, x: tf.diag_part(tf.diag(x)),
    "matrix_diag": lambda tf, x: tf.matrix_diag(x),
    "matrix_diag_named": lambda tf, x: tf.linalg.diag(x, name="d"),
    "matrix_diag_part": lambda tf, x: tf.matrix_diag_part(x),
    "matrix_diag_part_square": lambda tf, x: tf.linalg.diag_part(tf.matrix_diag(x)),
    "matrix_set_diag": lambda tf, x: tf.matrix_set_diag(x, x[:, 0]),
    "tensor_diag": lambda tf, x: tf.linalg.tensor_diag_part(tf.linalg.tensor_diag(x)),
}


@each(SHAPED)
def diagonals(tf, np, function):
    x = tf.placeholder(tf.float32, [2, 3], name="x")
    y = function(tf, x)
    return Run({"y": y, "dx": tf.gradients(y, x)[0]}, {x: np.array([[1, 2, 3], [4, 5, 6]], np.float32)})


@each({name: SHAPED[name] for name in ("diag", "matrix_diag", "matrix_diag_part")})
def of_unknown_shape(tf, np, function):
    x = tf.placeholder(tf.float64, [None, None], name="x")
    y = function(tf, x)
    return Run({"y": y, "dx": tf.gradients(y, x)[0]}, {x: np.array([[1, 2, 3], [4, 5, 6]], np.float64)})


@case
def set_diag_of_unknown_shape(tf, np):
    x = tf.placeholder(tf.float32, [None, None, None], name="x")
    d = tf.placeholder(tf.float32, [None, None], name="d")
    y = tf.matrix_set_diag(x, d)
    feed = {x: np.arange(12, dtype=np.float32).reshape(1, 3, 4), d: np.array([[-1, -2, -3]], np.float32)}
    return Run({"y": y, "dx": tf.gradients(y, [x, d])}, feed)


@each(
    {
        "square": lambda tf: tf.eye(3),
        "wide": lambda tf: tf.eye(2, 3, dtype=tf.int32, name="e"),
        "batch": lambda tf: tf.eye(2, batch_shape=[2, 1], dtype=tf.float64),
        "equal": lambda tf: tf.eye(2, 2),
        "empty": lambda tf: tf.eye(0, 2),
    }
)
def eye(tf, np, function):
    return Run({"e": function(tf)})


@case
def eye_of_tensors(tf, np):
    n, m = tf.placeholder(tf.int32, [], name="n"), tf.placeholder(tf.int32, [], name="m")
    return Run({"a": tf.eye(n), "b": tf.eye(n, m, batch_shape=[2])}, {n: np.int32(2), m: np.int32(3)})


@each({"tall": ([2, 4, 3],), "square": ([3, 3],), "wide": ([2, 4],)}, tolerance=1e-10)
def qr(tf, np, shape):
    x = tf.placeholder(tf.float64, shape, name="x")
    values = np.random.RandomState(0).randn(*shape)
    q, r = tf.qr(x)
    full_q, full_r = tf.linalg.qr(x, full_matrices=True, name="full")
    return Run({"q": q, "r": r, "full_q": full_q, "full_r": full_r}, {x: values})


@each(
    {
        "diag_part_of_unequal": lambda tf: tf.diag_part(tf.zeros([2, 3])),
        "diag_part_of_odd_rank": lambda tf: tf.diag_part(tf.zeros([2])),
        "matrix_diag_part_of_vector": lambda tf: tf.matrix_diag_part(tf.zeros([2])),
        "matrix_diag_of_scalar": lambda tf: tf.matrix_diag(1.0),
        "qr_of_vector": lambda tf: tf.qr(tf.zeros([3])),
        "set_diag_too_long": lambda tf: tf.matrix_set_diag(tf.zeros([2, 3]), tf.zeros([3])),
    },
    raises=True,
)
def declaring_raises(tf, np, function):
    function(tf)
