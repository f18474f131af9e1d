"""The table-driven test of ops: one row says what an op computes, and a dozen checks are made of it.

    CASES = [case(tf.nn.softplus, lambda x: np.logaddexp(x, 0), [sample(normal(2, 3)), sample(SPECIAL)])]
    test_softplus = checks(CASES)

NumPy arrays among a sample's arguments are fed; everything else (axes, flags, shapes) is passed on as it is. Arrays of
floats take on the type under test; those of other types stay what they are. The reference gets the same arguments,
in float64, and must not be made of graphrt.

Checked for each type: the value; the declared type and shape against the real ones, with full and with partial shapes;
that inputs are left alone (they are read-only) and may be strided; in-place against not; rewritten against not; first
and second gradients along random directions against differences in float64; the device double and, where there is one,
the GPU; the scalar expression that code generators read; that all forms of an op agree on hard values; and the errors.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

import graphrt as tf
from graphrt.backends.base import Backend
from graphrt.backends.numpy_backend import NUMPY
from graphrt.backends.select import gpu_count
from graphrt.passes.key import PlanOptions
from tests.ops import forms, scalar_math

TOLERANCES = {
    "float16": 2e-3,
    "bfloat16": 2e-2,
    "float32": 1e-5,
    "float64": 1e-12,
    "complex64": 1e-5,
    "complex128": 1e-12,
}
SPECIAL = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -1.0, 1e-20, 20.0, -20.0])
_LARGE = 4096  # elements: plan/inplace.py leaves smaller arrays alone
# All checks but one are about the kernels, whether GRAPHRT_NATIVE=force or not.
KERNELS = PlanOptions(verify=True, native="off")
ALL: list[Case] = []


@dataclass(frozen=True)
class Sample:
    """The arguments of one call."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]


def sample(*args: Any, **kwargs: Any) -> Sample:
    """One call's arguments: arrays are fed, the rest is passed on."""
    return Sample(args, kwargs)


@dataclass(frozen=True)
class Error:
    """A call that must fail, when it is declared or when it runs."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    raises: type[Exception]
    match: str


def error(raises: type[Exception], match: str, *args: Any, **kwargs: Any) -> Error:
    """A call that must raise; ``match`` is a regular expression for its message."""
    return Error(args, kwargs, raises, match)


@dataclass(frozen=True)
class Case:
    """What ``case`` was given."""

    name: str
    function: Callable[..., Any]
    reference: Callable[..., Any]
    samples: Sequence[Sample]
    errors: Sequence[Error]
    dtypes: Sequence[str]
    tolerance: dict[str, float]
    gradient: bool | str
    second: bool | str
    gradient_samples: Sequence[Sample]
    partial_shapes: bool | str
    covers: Sequence[str] = field(default=())


def case(
    function: Callable[..., Any],
    reference: Callable[..., Any],
    samples: Sequence[Sample],
    *,
    name: str = "",
    errors: Sequence[Error] = (),
    dtypes: Sequence[str] = ("float32", "float64"),
    tolerance: dict[str, float] | float | None = None,
    gradient: bool | str = True,
    second: bool | str = True,
    gradient_samples: Sequence[Sample] | None = None,
    partial_shapes: bool | str = True,
    covers: Sequence[str] = (),
) -> Case:
    """One row of the table.

    Args:
      function: the public function. reference: an independent one, of the same arguments.
      samples: calls to check: broadcasting, empty, scalar, unequal sizes; nan and inf where there is no gradient.
      name: needed where the function has none of its own.
      errors: calls that must fail. dtypes: the types that arrays of floats take on.
      tolerance: relative (and absolute) for each type, or for all.
      gradient, second: a text is the reason why there is no (second) derivative to check.
      gradient_samples: where to differentiate, if not at those of ``samples`` that are finite.
      partial_shapes: a text is the reason why the function needs known shapes.
      covers: op types that this case tests beside those that ``function`` returns.
    """
    row = Case(
        name=name or function.__name__,
        function=function,
        reference=reference,
        samples=samples,
        errors=errors,
        dtypes=dtypes,
        tolerance=tolerance if isinstance(tolerance, dict) else dict.fromkeys(dtypes, tolerance) if tolerance else {},
        gradient=gradient,
        second=second,
        gradient_samples=[s for s in samples if _is_finite(s)] if gradient_samples is None else gradient_samples,
        partial_shapes=partial_shapes,
        covers=covers,
    )
    ALL.append(row)
    return row


# -- arrays ------------------------------------------------------------------------------------------------------------


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    """Standard normal numbers, the same each time."""
    return np.asarray(np.random.default_rng([seed, *shape]).normal(size=shape))


def uniform(*shape: int, low: float = 0.0, high: float = 1.0, seed: int = 0) -> np.ndarray:
    """Uniform numbers, the same each time."""
    return np.asarray(np.random.default_rng([seed, *shape]).uniform(low, high, shape))


def whole(*shape: int, low: int = -9, high: int = 9, seed: int = 0) -> np.ndarray:
    """Whole numbers, as floats: they take on the type under test."""
    return np.asarray(np.random.default_rng([seed, *shape]).integers(low, high, shape, endpoint=True), np.float64)


def _mapped(value: Any, leaf: Callable[[np.ndarray], Any]) -> Any:
    """``value`` with every array in it (or in lists, tuples and dicts of it) replaced."""
    if isinstance(value, np.ndarray):
        return leaf(value)
    if isinstance(value, (list, tuple)):
        return type(value)([_mapped(item, leaf) for item in value])
    if isinstance(value, dict):
        return {key: _mapped(item, leaf) for key, item in value.items()}
    return value


def _arrays(value: Any) -> list[np.ndarray]:
    found: list[np.ndarray] = []
    _mapped(value, found.append)
    return found


def _is_finite(call: Sample) -> bool:
    return all(np.isfinite(a).all() for a in _arrays((call.args, call.kwargs)) if a.dtype.kind in "fc")


def _typed(array: np.ndarray, dtype: str) -> np.ndarray:
    """Floats as the type under test; complex numbers if that is complex."""
    kind = tf.as_dtype(dtype)
    if array.dtype.kind == "f" or (array.dtype.kind == "c" and kind.is_complex):
        return array.astype(kind.as_numpy_dtype)
    return array


def _precise(array: np.ndarray) -> np.ndarray:
    if array.dtype.kind == "c":
        return array.astype(np.complex128)
    return array.astype(np.float64) if tf.as_dtype(array.dtype).is_floating else array


# -- running -----------------------------------------------------------------------------------------------------------


@dataclass
class Declared:
    """A graph with one call of the function, and what to feed it."""

    graph: tf.Graph
    placeholders: list[Any]
    outputs: list[Any]
    feeds: dict[Any, np.ndarray]

    def run(
        self, fetches: Any = None, options: PlanOptions | None = None, feeds: Any = None, backend: Any = None
    ) -> Any:
        with tf.Session(graph=self.graph) as session:
            session._options = options or KERNELS
            if backend is not None:
                session._backend = backend
            return session.run(self.outputs if fetches is None else fetches, feeds or self.feeds)


def declare(
    function: Callable[..., Any],
    call: Sample | Error,
    dtype: str,
    shape_of: Callable[[tuple[int, ...], int], Any] = lambda shape, index: shape,
    prepare: Callable[[Any], Any] = lambda tensor: tensor,
) -> Declared:
    """A call of ``function`` on placeholders: ``shape_of`` says what they are declared as."""
    graph = tf.Graph()
    placeholders: list[Any] = []
    feeds: dict[Any, np.ndarray] = {}

    def leaf(array: np.ndarray) -> Any:
        array = _typed(array, dtype)
        array.flags.writeable = not array.flags.owndata  # a kernel that writes into its inputs is found out
        index = len(placeholders)
        tensor = tf.placeholder(tf.as_dtype(array.dtype), shape_of(array.shape, index), name=f"input_{index}")
        placeholders.append(tensor)
        feeds[tensor] = array
        return prepare(tensor)

    with graph.as_default():
        args, kwargs = _mapped(call.args, leaf), _mapped(call.kwargs, leaf)
        result = function(*args, **kwargs)
    return Declared(graph, placeholders, _flat(result), feeds)


def _flat(result: Any) -> list[Any]:
    if isinstance(result, (list, tuple)):
        return [tensor for item in result for tensor in _flat(item)]
    return [result]


def _expected(row: Case, call: Sample, dtype: str) -> list[np.ndarray]:
    def precise(array: np.ndarray) -> np.ndarray:
        return _precise(_typed(array, dtype))

    with np.errstate(all="ignore"):
        result = row.reference(*_mapped(call.args, precise), **_mapped(call.kwargs, precise))
    return [np.asarray(value) for value in (result if isinstance(result, (list, tuple)) else [result])]


def same(actual: Any, expected: Any, tolerance: float, what: str = "") -> None:
    """Asserts that two arrays agree, nan with nan."""
    actual, expected = np.asarray(actual), np.asarray(expected)
    assert actual.shape == expected.shape, f"{what}: shape {actual.shape}, expected {expected.shape}"
    if actual.dtype.kind in "OSUb" or (actual.dtype.kind in "iu" and expected.dtype.kind in "iub"):
        # The reference may count in a wider type, as NumPy does.
        wide = actual.dtype.kind in "iu" and expected.dtype.kind in "iu"
        np.testing.assert_array_equal(actual, expected.astype(actual.dtype) if wide else expected, err_msg=what)
    else:
        if actual.dtype.itemsize == 2:  # what a 16-bit float cannot hold is infinite
            with np.errstate(over="ignore"):
                expected = expected.astype(actual.dtype)
        np.testing.assert_allclose(_precise(actual), _precise(expected), tolerance, tolerance, err_msg=what)


def _all_same(actual: Sequence[Any], expected: Sequence[Any], tolerance: float, what: str) -> None:
    assert len(actual) == len(expected), f"{what}: {len(actual)} outputs, expected {len(expected)}"
    for i, (one, other) in enumerate(zip(actual, expected, strict=True)):
        same(one, other, tolerance, f"{what}, output {i}")


def _samples(row: Case, dtype: str) -> list[Sample]:
    """The samples that the type can hold: only floats have nan and inf."""
    kind = tf.as_dtype(dtype)
    return [call for call in row.samples if kind.is_floating or kind.is_complex or _is_finite(call)]


def _tolerance(row: Case, dtype: str) -> float:
    return row.tolerance.get(dtype, TOLERANCES.get(dtype, 0.0))


# -- the checks --------------------------------------------------------------------------------------------------------


def check_forward(row: Case, dtype: str) -> None:
    """Values against the reference, declared types and shapes against real ones."""
    for call in _samples(row, dtype):
        declared = declare(row.function, call, dtype)
        values = declared.run()
        _all_same(values, _expected(row, call, dtype), _tolerance(row, dtype), f"{row.name}{call}")
        _agree(declared.outputs, values, f"{row.name}{call}")


def _agree(tensors: Sequence[Any], values: Sequence[Any], what: str) -> None:
    for tensor, value in zip(tensors, values, strict=True):
        value = np.asarray(value)
        assert tf.as_dtype(value.dtype) == tensor.dtype.base_dtype, (
            f"{what}: made {value.dtype}, declared {tensor.dtype}"
        )
        assert tensor.shape.is_compatible_with(value.shape), f"{what}: made {value.shape}, declared {tensor.shape}"


def check_partial_shapes(row: Case, dtype: str) -> None:
    """The same values where nothing, only the rank, or only every other dimension is known."""
    declarations = {
        "unknown rank": lambda shape, index: None,
        "known rank": lambda shape, index: [None] * len(shape),
        "every other dimension": lambda shape, index: [None if (i + index) % 2 else d for i, d in enumerate(shape)],
    }
    for call in _samples(row, dtype):
        expected = declare(row.function, call, dtype).run()
        for what, shape_of in declarations.items():
            declared = declare(row.function, call, dtype, shape_of)
            values = declared.run()
            _all_same(values, expected, _tolerance(row, dtype), f"{row.name}{call} with {what}")
            _agree(declared.outputs, values, f"{row.name}{call} with {what}")


def check_strided(row: Case, dtype: str) -> None:
    """The same values from arrays that do not lie in one piece."""
    for call in _samples(row, dtype):
        declared = declare(row.function, call, dtype)
        for view in (_every_other, _transposed_in_memory):
            feeds = {tensor: view(array) for tensor, array in declared.feeds.items()}
            _all_same(
                declared.run(feeds=feeds), declared.run(), _tolerance(row, dtype), f"{row.name}{call} {view.__name__}"
            )


def _every_other(array: np.ndarray) -> np.ndarray:
    """The same array, each element followed by one that is not part of it, and backwards in memory."""
    if array.ndim == 0:
        return array
    wide = np.repeat(array, 2, axis=-1)[..., ::-1]
    return np.ascontiguousarray(wide)[..., ::-1][..., ::2]


def _transposed_in_memory(array: np.ndarray) -> np.ndarray:
    return np.asfortranarray(array) if array.ndim > 1 else array


def check_passes(row: Case, dtype: str) -> None:
    """Rewritten and not, fed and as constants: the same values."""
    for call in _samples(row, dtype):
        declared = declare(row.function, call, dtype)
        values = declared.run()
        _all_same(declared.run(options=PlanOptions(optimize=False)), values, 0.0, f"{row.name}{call} as declared")
        constant = _declare_with_constants(row.function, call, dtype)
        _all_same(constant.run(), values, _tolerance(row, dtype), f"{row.name}{call} of constants")


def check_native(row: Case, dtype: str) -> None:
    """By native code, as far as there is any, the same values as by the kernels; run twice, since memory is reused."""
    options = PlanOptions(native="on", strict=True)
    for call in _samples(row, dtype):
        declared = declare(row.function, call, dtype)
        values = declared.run()
        with tf.Session(graph=declared.graph) as session:
            session._options = options
            for _ in range(2):
                actual = session.run(declared.outputs, declared.feeds)
                _all_same(actual, values, 10 * _tolerance(row, dtype), f"{row.name}{call} by native code")


def _declare_with_constants(function: Callable[..., Any], call: Sample, dtype: str) -> Declared:
    graph = tf.Graph()
    with graph.as_default():
        args, kwargs = _mapped((call.args, call.kwargs), lambda array: tf.constant(_typed(array, dtype)))
        return Declared(graph, [], _flat(function(*args, **kwargs)), {})


def check_in_place(row: Case, dtype: str) -> None:
    """On large arrays whose memory may be taken over: the same values, and the plan does take it over."""
    for call in _samples(row, dtype):
        declared = declare(row.function, call, dtype)
        op = declared.outputs[0].op
        shape = declared.outputs[0].shape
        # Only inputs of an elementwise op may be enlarged without a thought, and only its own.
        if not (op.opdef.overwrites and op.opdef.elementwise) or not shape.num_elements():
            continue
        if list(op.inputs) != declared.placeholders:
            continue
        large = Sample(_mapped(call.args, lambda a, s=shape: _enlarged(a, s)), call.kwargs)
        plain = declare(row.function, large, dtype)
        fresh = declare(row.function, large, dtype, prepare=lambda tensor: _fresh(tensor))
        unchanged = PlanOptions(optimize=False, verify=True)  # rules would take away what makes the memory fresh
        same(fresh.run(options=unchanged)[0], plain.run()[0], 0.0, f"{row.name}{call} in place")
        with tf.Session(graph=fresh.graph) as session:
            session._options = unchanged
            assert "out=" in str(session.explain(fresh.outputs, fresh.feeds)), f"{row.name}: memory was not taken over"


def _enlarged(array: np.ndarray, shape: Any) -> np.ndarray:
    dims = tuple(shape.as_list())
    copies = _LARGE // max(int(np.prod(dims)), 1) + 1
    return np.broadcast_to(array, (copies, *dims)).copy()


def _fresh(tensor: Any) -> Any:
    """The same values in memory that only the next op uses."""
    if tensor.dtype == tf.bool:
        return tf.logical_not(tf.logical_not(tensor))
    return tf.bitwise.invert(tf.bitwise.invert(tensor)) if tensor.dtype.is_integer else tf.negative(tf.negative(tensor))


def check_scalar_expression(row: Case, dtype: str) -> None:
    """What the code generators read, evaluated with NumPy, against the kernel."""
    for call in _samples(row, dtype):
        declared = declare(row.function, call, dtype)
        op = declared.outputs[0].op
        expression = op.opdef.scalar_expression
        if expression is None or [t.name for t in op.inputs] != [p.name for p in declared.placeholders]:
            continue
        parameters = list(inspect.signature(expression).parameters)[1 + len(op.inputs) :]
        attributes = {name: op.attrs[name] for name in parameters}
        with np.errstate(all="ignore"):
            value = expression(scalar_math, *declared.feeds.values(), **attributes)
        actual = declared.run()[0]
        finite = np.isfinite(actual) if actual.dtype.kind == "f" else np.ones(actual.shape, bool)
        value = np.broadcast_to(value, actual.shape)
        same(value[finite], actual[finite], 10 * _tolerance(row, dtype), f"scalar expression of {op.type}{call}")


def check_forms(row: Case, dtype: str) -> None:
    """Every op of the call and of its gradient, on hard values: its kernel, its specialized kernel, its scalar
    expression and native code make the same of them (tests/ops/forms.py)."""
    differentiated = {id(call): call for call in row.gradient_samples} if row.gradient is True else {}
    for key, call in ({id(call): call for call in _samples(row, dtype)} | differentiated).items():
        declared = declare(row.function, call, dtype)
        outputs, feeds = declared.outputs, declared.feeds
        if key in differentiated:
            outputs, feeds = _with_gradients(declared)
        with np.errstate(all="ignore"):
            wrong = forms.disagreements(declared.graph, outputs, feeds)
        assert not wrong, f"{row.name}{call}:\n" + "\n".join(wrong[:20])


def _with_gradients(declared: Declared) -> tuple[list[Any], dict[Any, np.ndarray]]:
    """The outputs and, where there are any, the gradients of all floats, and what is fed to compute them."""
    xs = [x for x in declared.placeholders if x.dtype.is_floating]
    ys = [y for y in declared.outputs if y.dtype.is_floating]
    if not xs or not ys:
        return declared.outputs, declared.feeds
    values = [np.asarray(value) for value in declared.run(ys)]
    with declared.graph.as_default():
        weights = [tf.placeholder(y.dtype, value.shape) for y, value in zip(ys, values, strict=True)]
        gradients = [tf.convert_to_tensor(g) for g in tf.gradients(ys, xs, weights) if g is not None]
    given = {w: normal(*value.shape, seed=3).astype(value.dtype) for w, value in zip(weights, values, strict=True)}
    return [*declared.outputs, *gradients], {**declared.feeds, **given}


def check_device_double(row: Case, dtype: str) -> None:
    """On arrays that refuse to become NumPy arrays unasked: the kernel computes where its inputs are."""
    from graphrt.backends.device_double import DEVICE_DOUBLE

    _check_on_device(row, dtype, DEVICE_DOUBLE)


def check_gpu(row: Case, dtype: str) -> None:
    """On the GPU, where there is one."""
    from graphrt.backends.cupy_backend import CupyBackend

    _check_on_device(row, dtype, CupyBackend())


def _check_on_device(row: Case, dtype: str, backend: Backend) -> None:
    for call in _samples(row, dtype):
        declared = declare(row.function, call, dtype)
        values = declared.run(backend=backend)
        _all_same(values, declared.run(backend=NUMPY), _tolerance(row, dtype), f"{row.name}{call} on {backend.name}")


def check_gradient(row: Case, dtype: str) -> None:
    """The first derivative along a random direction against differences, in float64."""
    checked = sum(_check_derivatives(row, call, second=False) for call in row.gradient_samples)
    assert checked, f"{row.name}: no sample can be differentiated; say why with gradient='...'"


def check_second_gradient(row: Case, dtype: str) -> None:
    """The derivative of the first gradient along a random direction against differences, in float64."""
    for call in row.gradient_samples:
        _check_derivatives(row, call, second=True)


def _check_derivatives(row: Case, call: Sample, second: bool) -> bool:
    declared = declare(row.function, call, "float64")
    with declared.graph.as_default():
        xs = [p for p in declared.placeholders if p.dtype == tf.float64]
        ys = [y for y in declared.outputs if y.dtype == tf.float64]
        if not xs or not ys:
            return False
        weights = [tf.constant(normal(*np.shape(y), seed=i + 7)) for i, y in enumerate(declared.run(ys))]
        total = tf.add_n([tf.reduce_sum(w * y) for w, y in zip(weights, ys, strict=True)])
        gradients = tf.gradients(ys, xs, weights)
        _check_gradient_shapes(row, xs, gradients)
        if second:
            directions = [normal(*x.shape.as_list(), seed=i + 17) for i, x in enumerate(xs)]
            terms = [tf.reduce_sum(d * g) for d, g in zip(directions, gradients, strict=True) if g is not None]
            if not terms:
                return False
            total = tf.add_n([tf.convert_to_tensor(term) for term in terms])
            gradients = tf.gradients(total, xs)
    _check_along_a_direction(row, call, declared, xs, total, gradients)
    return True


def _check_gradient_shapes(row: Case, xs: Sequence[Any], gradients: Sequence[Any]) -> None:
    for x, gradient in zip(xs, gradients, strict=True):
        if gradient is not None:
            assert gradient.dtype == x.dtype, f"{row.name}: the gradient of {x.name} is {gradient.dtype}"
            assert gradient.shape.is_compatible_with(x.shape), (
                f"{row.name}: the gradient of {x.name} has {gradient.shape}"
            )


def _check_along_a_direction(row: Case, call: Sample, declared: Declared, xs, total, gradients) -> None:
    directions = [normal(*x.shape.as_list(), seed=i + 27) for i, x in enumerate(xs)]
    found = [gradient for gradient in gradients if gradient is not None]
    with declared.graph.as_default():
        found = [tf.convert_to_tensor(gradient) for gradient in found]
    with tf.Session(graph=declared.graph) as session:
        values = iter(session.run(found, declared.feeds))
        analytic = sum(
            float(np.sum(next(values) * direction))
            for gradient, direction in zip(gradients, directions, strict=True)
            if gradient is not None
        )

        def at(distance: float) -> float:
            moved = {x: declared.feeds[x] + distance * d for x, d in zip(xs, directions, strict=True)}
            return float(session.run(total, {**declared.feeds, **moved}))

        step = 1e-3  # the formula's error is of the order of its fourth power
        numeric = (8 * (at(step) - at(-step)) - (at(2 * step) - at(-2 * step))) / (12 * step)
    np.testing.assert_allclose(analytic, numeric, 1e-6, 1e-6, err_msg=f"derivative of {row.name}{call}")


# A device does not look at these (nor does TF1's GPU): the host would have to wait for it.
_ONLY_ON_THE_CPU = (r"indices\[1\] = 3 is not in \[0, 3\)", "label value of 4")


def check_error(row: Case, failing: Error) -> None:
    """The call fails as it should, when it is declared or when it runs."""
    backend = NUMPY if failing.match in _ONLY_ON_THE_CPU else None
    with pytest.raises(failing.raises, match=failing.match):
        declare(row.function, failing, row.dtypes[0]).run(backend=backend)


# -- the tests ---------------------------------------------------------------------------------------------------------

_EACH_TYPE = (check_forward, check_strided, check_passes, check_in_place, check_native, check_forms)
_ONCE = (check_partial_shapes, check_scalar_expression)


def _checks_of(row: Case) -> list[Any]:
    found = [(row, check, dtype) for dtype in row.dtypes for check in _EACH_TYPE]
    first = row.dtypes[0]
    found += [(row, check, first) for check in _ONCE if check is not check_partial_shapes or row.partial_shapes is True]
    found.append((row, check_device_double, first))
    if gpu_count():
        found += [(row, check_gpu, dtype) for dtype in row.dtypes]
    floats = any(array.dtype.kind == "f" for call in row.samples for array in _arrays((call.args, call.kwargs)))
    if row.gradient is True and floats and any(dtype.startswith("float") for dtype in row.dtypes):
        found.append((row, check_gradient, "float64"))
        if row.second is True:
            found.append((row, check_second_gradient, "float64"))
    found += [(row, check_error, failing) for failing in row.errors]
    return found


def checks(cases: Sequence[Case]) -> Callable[..., None]:
    """The test function of a list of cases: assign it to a name that starts with ``test_``."""
    table = [entry for row in cases for entry in _checks_of(row)]
    names = [
        f"{r.name}-{c.__name__.removeprefix('check_')}-{d if isinstance(d, str) else d.match}" for r, c, d in table
    ]

    @pytest.mark.any_mode
    @pytest.mark.parametrize(("row", "check", "detail"), table, ids=names)
    def test(row: Case, check: Callable[[Case, Any], None], detail: Any) -> None:
        check(row, detail)

    return test
