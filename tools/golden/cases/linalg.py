"""Diagonals, identity matrices, QR: nodes, values, gradients, errors."""

from tools.golden.case import Run, case, each, grid

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


@each({"tall": ([2, 4, 3], 0), "square": ([3, 3], 1), "one": ([4, 2], None)}, tolerance=1e-10)
def qr_gradient(tf, np, shape, output):
    x = tf.placeholder(tf.float64, shape, name="x")
    factors = tf.qr(x)
    y = factors if output is None else factors[output]
    return Run({"dx": tf.gradients(y, x)[0]}, {x: np.random.RandomState(0).randn(*shape)})


BANDS = {"lower": (-1, 0), "upper": (0, -1), "diagonal": (0, 0), "wide": (1, 2), "all": (-1, -1)}


@each(BANDS)
def band_part(tf, np, lower, upper):
    x = tf.placeholder(tf.float32, [2, 3, 4], name="x")
    y = tf.matrix_band_part(x, lower, upper)
    z = tf.linalg.band_part(x, tf.constant(lower), tf.constant(upper), name="z")
    feed = {x: np.arange(1, 25, dtype=np.float32).reshape(2, 3, 4)}
    return Run({"y": y, "z": z, "dx": tf.gradients(y, x)[0]}, feed)


@each(grid(lower=[True, False], adjoint=[True, False], shape=["matrix", "batch"]), tolerance=1e-10)
def triangular_solve(tf, np, lower, adjoint, shape):
    batch = [] if shape == "matrix" else [2]
    a, b = tf.placeholder(tf.float64, batch + [3, 3], name="a"), tf.placeholder(tf.float64, batch + [3, 2], name="b")
    y = tf.matrix_triangular_solve(a, b, lower=lower, adjoint=adjoint)
    random = np.random.RandomState(0)
    feed = {a: random.randn(*(batch + [3, 3])) + 3 * np.eye(3), b: random.randn(*(batch + [3, 2]))}
    return Run({"y": y, "d": tf.gradients(y, [a, b])}, feed, vary=False)


def gradient_of_qr(tf, shape):
    x = tf.placeholder(tf.float32, shape)
    tf.gradients(tf.qr(x), x)


@case(raises=True)
def singular_triangle(tf, np):
    return Run({"x": tf.matrix_triangular_solve(tf.zeros([2, 2]), tf.ones([2, 1]))})


@case(raises=True)
def too_many_diagonals(tf, np):
    return Run({"x": tf.matrix_band_part(tf.zeros([2, 3]), 3, 0)})


@each(
    {
        "diag_part_of_unequal": lambda tf: tf.diag_part(tf.zeros([2, 3])),
        "diag_part_of_odd_rank": lambda tf: tf.diag_part(tf.zeros([2])),
        "matrix_diag_part_of_vector": lambda tf: tf.matrix_diag_part(tf.zeros([2])),
        "matrix_diag_of_scalar": lambda tf: tf.matrix_diag(1.0),
        "qr_of_vector": lambda tf: tf.qr(tf.zeros([3])),
        "qr_gradient_of_wide": lambda tf: gradient_of_qr(tf, [2, 3]),
        "qr_gradient_of_unknown": lambda tf: gradient_of_qr(tf, [None, None]),
        "solve_not_square": lambda tf: tf.matrix_triangular_solve(tf.zeros([3, 2]), tf.zeros([3, 2])),
        "solve_unequal": lambda tf: tf.matrix_triangular_solve(tf.zeros([3, 3]), tf.zeros([2, 2])),
        "set_diag_too_long": lambda tf: tf.matrix_set_diag(tf.zeros([2, 3]), tf.zeros([3])),
    },
    raises=True,
)
def declaring_raises(tf, np, function):
    function(tf)
