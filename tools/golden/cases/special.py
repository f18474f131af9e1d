"""Matrix decompositions and equations, einsum, counting, products without nan, complex numbers: values and gradients."""

from tools.golden.case import Run, case, each
from tools.golden.families import exact, fails, integers, table, uniform

SQUARE = uniform(3, 3, low=-1.0, high=1.0)
TWO = ["float32", "float64"]
EVERY = ["float32", "float64", "batch", "second"]


def regular(tf, x):
    """A matrix far from singular."""
    return x + 3.0 * tf.eye(3, dtype=x.dtype)


def positive(tf, x):
    """A symmetric positive definite matrix."""
    return tf.matmul(x, x, transpose_b=True) + tf.eye(3, dtype=x.dtype)


table(
    [
        ("matrix_inverse", lambda tf, x: tf.matrix_inverse(regular(tf, x)), [SQUARE], EVERY),
        ("matrix_inverse_adjoint", lambda tf, x: tf.linalg.inv(regular(tf, x), adjoint=True), [SQUARE], ["value"]),
        ("matrix_determinant", lambda tf, x: tf.matrix_determinant(regular(tf, x)), [SQUARE], TWO),
        ("slogdet", lambda tf, x: tf.linalg.slogdet(regular(tf, x)), [SQUARE], TWO),
        ("logdet", lambda tf, x: tf.linalg.logdet(positive(tf, x)), [SQUARE], ["float64"]),
        ("cholesky", lambda tf, x: tf.cholesky(positive(tf, x)), [SQUARE], ["float32", "float64", "batch"]),
        (
            "cholesky_solve",
            lambda tf, x, b: tf.cholesky_solve(tf.cholesky(positive(tf, x)), b),
            [SQUARE, uniform(3, 2)],
            ["float64"],
        ),
        ("matrix_solve", lambda tf, x, b: tf.matrix_solve(regular(tf, x), b), [SQUARE, uniform(3, 2)], EVERY),
        (
            "matrix_solve_adjoint",
            lambda tf, x, b: tf.matrix_solve(regular(tf, x), b, adjoint=True),
            [SQUARE, uniform(3, 2)],
            TWO,
        ),
        (
            "matrix_solve_stack",
            lambda tf, x, b: tf.matrix_solve(regular(tf, x), b),
            [uniform(2, 3, 3), uniform(2, 3, 1)],
            TWO,
        ),
        ("self_adjoint_eigvals", lambda tf, x: tf.self_adjoint_eigvals(positive(tf, x)), [SQUARE], ["float64"]),
        ("self_adjoint_eig", lambda tf, x: tf.self_adjoint_eig(positive(tf, x))[0], [SQUARE], ["float64"]),
        ("singular_values", lambda tf, x: tf.svd(x, compute_uv=False), [uniform(2, 4)], ["float64"]),
        (
            "function_of_svd",
            lambda tf, x: (lambda s, u, v: tf.matmul(u * s * s, v, adjoint_b=True))(*tf.svd(x)),
            [uniform(3, 3)],
            ["float64"],
        ),
        (
            "function_of_wide_svd",
            lambda tf, x: (lambda s, u, v: tf.matmul(u * s * s, v, adjoint_b=True))(*tf.svd(x)),
            [uniform(2, 4)],
            ["float64"],
        ),
        (
            "function_of_tall_svd",
            lambda tf, x: (lambda s, u, v: tf.matmul(u * s * s, v, adjoint_b=True))(*tf.svd(x)),
            [uniform(4, 2)],
            ["float64"],
        ),
        ("least_squares_tall", lambda tf, a, b: tf.matrix_solve_ls(a, b), [uniform(4, 2), uniform(4, 1)], ["float64"]),
        (
            "least_squares_wide",
            lambda tf, a, b: tf.matrix_solve_ls(a, b, l2_regularizer=0.5),
            [uniform(2, 4), uniform(2, 1)],
            ["float64"],
        ),
        ("pinv", lambda tf, x: tf.linalg.pinv(x), [uniform(2, 4)], ["float64", "value"]),
        (
            "pinv_of_singular",
            lambda tf, x: tf.linalg.pinv(x, rcond=0.1),
            [exact([[1.0, 2.0], [2.0, 4.0]])],
            ["value", "value_batch"],
        ),
        (
            "matrix_rank",
            lambda tf, x: tf.linalg.matrix_rank(x),
            [exact([[1.0, 2.0], [2.0, 4.0]])],
            ["value", "value_batch"],
        ),
        ("normalize", lambda tf, x: tf.linalg.normalize(x, axis=1), [uniform(2, 3)], TWO),
        ("normalize_ord1", lambda tf, x: tf.linalg.normalize(x, ord=1, name="n")[0], [uniform(2, 3)], ["float32"]),
        ("cross", lambda tf, a, b: tf.cross(a, b), [uniform(2, 3), uniform(2, 3)], EVERY),
        fails("inverse_of_zeros", lambda tf, x: tf.matrix_inverse(x), [exact([[0.0, 0.0], [0.0, 0.0]])]),
        fails("inverse_of_rectangle", lambda tf, x: tf.matrix_inverse(x), [uniform(2, 3)]),
        fails("cholesky_of_negative", lambda tf, x: tf.cholesky(x), [exact([[-1.0, 0.0], [0.0, 1.0]])]),
    ],
    tolerance=2e-5,
)

EQUATIONS = {
    "matmul": ("ij,jk->ik", [uniform(2, 3), uniform(3, 4)]),
    "transpose": ("ij->ji", [uniform(2, 3)]),
    "rows": ("ij->i", [uniform(2, 3)]),
    "inner": ("i,i->", [uniform(3), uniform(3)]),
    "frobenius": ("ij,ij->", [uniform(2, 3), uniform(2, 3)]),
    "outer": ("i,j->ij", [uniform(3), uniform(2)]),
    "stack": ("bij,bjk->bik", [uniform(5, 2, 3), uniform(5, 3, 2)]),
    "shared": ("bij,kj->bik", [uniform(5, 2, 3), uniform(4, 3)]),
    "permuted": ("bij,bjk->ikb", [uniform(5, 2, 3), uniform(5, 3, 2)]),
    "four": ("bijm,bjkl->biml", [uniform(2, 2, 3, 2), uniform(2, 3, 2, 2)]),
    "chain": ("ij,jk,kl->il", [uniform(2, 3), uniform(3, 2), uniform(2, 4)]),
    "implicit": ("ij,jk", [uniform(2, 3), uniform(3, 4)]),
    "ellipsis": ("...ij,jk->...ik", [uniform(5, 2, 3), uniform(3, 4)]),
    "elementwise": ("ij,ij->ij", [uniform(2, 3), uniform(2, 3)]),
}
table(
    [
        (
            "einsum_" + _name,
            lambda tf, *inputs, equation=_equation: tf.einsum(equation, *inputs),
            _samples,
            TWO + ["batch"],
        )
        for _name, (_equation, _samples) in EQUATIONS.items()
    ]
    + [fails("einsum_diagonal", lambda tf, x: tf.einsum("ii->i", x), [SQUARE])]
)

SOME_ZEROS = exact([[0.0, 1.5, -2.0], [0.5, 0.0, 3.0]])
ABOVE_ZERO = uniform(2, 3, low=0.3, high=2.0)
table(
    [
        ("xlogy", lambda tf, x, y: tf.math.xlogy(x, y), [SOME_ZEROS, ABOVE_ZERO], EVERY),
        ("xlogy_row", lambda tf, x, y: tf.math.xlogy(x, y), [SOME_ZEROS, uniform(3, low=0.3, high=2.0)], TWO),
        (
            "xlogy_zero",
            lambda tf, x, y: tf.math.xlogy(x, y),
            [exact([0.0, 0.0, 0.0]), exact([0.0, -1.0, float("nan")])],
            ["value"],
        ),
        ("xdivy", lambda tf, x, y: tf.math.xdivy(x, y), [SOME_ZEROS, ABOVE_ZERO], EVERY),
        (
            "xdivy_zero",
            lambda tf, x, y: tf.math.xdivy(x, y),
            [exact([0.0, 0.0, 1.0]), exact([0.0, float("nan"), 2.0])],
            ["value"],
        ),
        ("multiply_no_nan", lambda tf, x, y: tf.math.multiply_no_nan(x, y), [ABOVE_ZERO, SOME_ZEROS], EVERY),
        (
            "multiply_no_nan_row",
            lambda tf, x, y: tf.math.multiply_no_nan(x, y),
            [ABOVE_ZERO, exact([0.0, 1.0, 2.0])],
            TWO + ["batch"],
        ),
        (
            "multiply_no_nan_zero",
            lambda tf, x, y: tf.math.multiply_no_nan(x, y),
            [exact([float("nan"), float("inf"), 1.0]), exact([0.0, 0.0, 2.0])],
            ["value"],
        ),
        ("reciprocal_no_nan", lambda tf, x: tf.math.reciprocal_no_nan(x), [SOME_ZEROS], TWO),
        ("polyval", lambda tf, x: tf.math.polyval([1.0, -2.0, 0.5], x), [SOME_ZEROS], ["float32", "batch"]),
        ("polyval_of_nothing", lambda tf, x: tf.math.polyval([], x), [SOME_ZEROS], ["float32"]),
        ("lbeta", lambda tf, x: tf.lbeta(x), [ABOVE_ZERO], TWO + ["batch"]),
        ("nextafter", lambda tf, x, y: tf.math.nextafter(x, y), [SOME_ZEROS, ABOVE_ZERO], TWO),
        ("polygamma", lambda tf, x: tf.polygamma(tf.ones([], x.dtype), x), [ABOVE_ZERO], TWO),
        ("zeta", lambda tf, x: tf.zeta(2.5 * tf.ones([], x.dtype), x), [ABOVE_ZERO], TWO),
        ("bessel_i0", lambda tf, x: tf.math.bessel_i0(x), [uniform(2, 3, low=-3, high=3)], EVERY),
        ("bessel_i1", lambda tf, x: tf.math.bessel_i1(x), [uniform(2, 3, low=-3, high=3)], EVERY),
        (
            "bessel_scaled",
            lambda tf, x: [tf.math.bessel_i0e(x), tf.math.bessel_i1e(x)],
            [exact([0.0, 1.0, -9.0, 50.0, 300.0])],
            TWO,
        ),
        (
            "igamma",
            lambda tf, a, x: tf.igamma(a, x),
            [uniform(2, 3, low=0.3, high=5), uniform(2, 3, low=0.1, high=9)],
            TWO,
        ),
        (
            "igammac",
            lambda tf, a, x: tf.igammac(a, x),
            [uniform(3, low=0.3, high=5), uniform(2, 3, low=0.1, high=9)],
            TWO + ["batch"],
        ),
        (
            "igamma_corners",
            lambda tf, a, x: tf.igamma(a, x),
            [exact([1.0, 1.0, -1.0, 2.0]), exact([0.0, -1.0, 1.0, 50.0])],
            ["value"],
        ),
        (
            "betainc",
            lambda tf, a, b, x: tf.betainc(a, b, x),
            [ABOVE_ZERO, ABOVE_ZERO, uniform(2, 3, low=0.1, high=0.9)],
            TWO,
        ),
        (
            "betainc_scalars",
            lambda tf, x: tf.betainc(2.0 * tf.ones([], x.dtype), tf.ones([], x.dtype), x),
            [exact([0.0, 0.2, 1.0])],
            ["value"],
        ),
        ("cumulative_logsumexp", lambda tf, x: tf.math.cumulative_logsumexp(x, axis=1), [SOME_ZEROS], TWO + ["batch"]),
        (
            "cumulative_logsumexp_exclusive",
            lambda tf, x: tf.math.cumulative_logsumexp(x, axis=1, exclusive=True, reverse=True),
            [SOME_ZEROS],
            ["float32"],
        ),
        ("bincount", lambda tf, x: tf.bincount(x), [integers(6)], ["value"]),
        (
            "bincount_of_matrix",
            lambda tf, x: tf.bincount(x, minlength=6, dtype=tf.float32),
            [integers(2, 3)],
            ["value"],
        ),
        ("bincount_maxlength", lambda tf, x: tf.math.bincount(x, maxlength=2), [integers(6)], ["value"]),
        ("bincount_weights", lambda tf, x, w: tf.bincount(x, weights=w), [integers(6), uniform(6)], ["float32"]),
        ("bincount_empty", lambda tf, x: tf.bincount(x), [integers(0)], ["value"]),
        fails("bincount_negative", lambda tf, x: tf.bincount(x), [exact([1, -1], "int32")], ["value"]),
        (
            "histogram_fixed_width",
            lambda tf, x: tf.histogram_fixed_width(x, [0.0, 2.0], nbins=5),
            [uniform(9, low=-1, high=3)],
            ["value"],
        ),
    ],
    tolerance=1e-5,
)

COMPLEX = {
    "multiply": lambda tf, x, y: x * y,
    "divide": lambda tf, x, y: x / y,
    "subtract": lambda tf, x, y: x - y,
    "square": lambda tf, x, y: tf.square(x),
    "sqrt": lambda tf, x, y: tf.sqrt(x),
    "reciprocal": lambda tf, x, y: tf.reciprocal(x),
    "exp": lambda tf, x, y: tf.exp(x),
    "log": lambda tf, x, y: tf.log(x),
    "sin": lambda tf, x, y: tf.sin(x),
    "tanh": lambda tf, x, y: tf.tanh(x),
    "sigmoid": lambda tf, x, y: tf.sigmoid(x),
    "conj": lambda tf, x, y: tf.conj(x) * y,
    "matmul": lambda tf, x, y: tf.matmul(x, y, adjoint_b=True),
    "reduce_sum": lambda tf, x, y: tf.reduce_sum(x * y, 0),
    "reduce_mean": lambda tf, x, y: tf.reduce_mean(x, 1),
    "abs": lambda tf, x, y: tf.complex(tf.abs(x), tf.abs(y)),
    "angle": lambda tf, x, y: tf.complex(tf.angle(x), tf.real(y)),
    "parts": lambda tf, x, y: tf.complex(tf.real(x), tf.imag(y)),
    "pow": lambda tf, x, y: tf.pow(x, y),
    "squared_difference": lambda tf, x, y: tf.squared_difference(x, y),
}


@each(COMPLEX, tolerance=2e-5)
def gradients_of_complex(tf, np, function):
    x, y = (tf.placeholder(tf.complex64, [2, 2], name=name) for name in "xy")
    loss = tf.reduce_sum(tf.real(function(tf, x, y)))
    gradients = [g for g in tf.gradients(loss, [x, y]) if g is not None]
    feed = {
        x: np.array([[1 + 2j, 0.5 - 1j], [-1 + 0.3j, 2j]], np.complex64),
        y: np.array([[0.5j, 1 + 1j], [2, 1 - 1j]], np.complex64),
    }
    return Run({"loss": loss, "gradients": gradients}, feed, vary=False)


@case
def histogram_of_integers(tf, np):
    x = tf.placeholder(tf.int32, [None], name="x")
    return Run({"y": tf.histogram_fixed_width(x, [0, 10], nbins=3, dtype=tf.int64)}, {x: [0, 4, 9, -3, 12]}, vary=False)


@each({name: name for name in "abs negative sign square sqrt erf tanh cast".split()})
def of_sparse_tensors(tf, np, name):
    values = tf.placeholder(tf.float32, [None], name="values")
    sparse = tf.SparseTensor([[0, 0], [1, 1]], values, [2, 3])
    result = tf.cast(sparse, tf.float64) if name == "cast" else getattr(tf, name)(sparse)
    return Run({"values": result.values, "indices": result.indices}, {values: [0.5, 2.0]})
