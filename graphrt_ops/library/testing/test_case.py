"""TestCase: unittest's, with sessions and comparisons of arrays."""

from __future__ import annotations

import random
import re
import tempfile
import threading
import unittest
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

import graphrt_ops as F
from graphrt.errors import OpError
from graphrt.graph import Tensor, get_default_graph
from graphrt.graph.stacks import get_default_session, reset_default_graph
from graphrt.runtime.session import Session
from graphrt_ops.library.testing.machine import gpu_device_name

_SEED = 87654321
_TOLERANCE = 1e-6


class TestCase(unittest.TestCase):
    """A test whose default graph is new, and whose random numbers are the same each time.

    ``with self.session() as sess`` opens a session; the ``assert`` methods take arrays, tensors (of which they take the
    values, in the default session), and what converts to arrays.
    """

    def __init__(self, methodName="runTest") -> None:  # noqa: N803 (the name is unittest's)
        super().__init__(methodName)
        self._threads: list[CheckedThread] = []
        self._cached: Session | None = None

    def setUp(self) -> None:
        random.seed(_SEED)
        np.random.seed(_SEED)
        reset_default_graph()
        F.set_random_seed(_SEED)

    def tearDown(self) -> None:
        if self._cached is not None:
            self._cached.close()
        for thread in self._threads:
            thread.check_termination()

    # -- sessions ------------------------------------------------------------------------------------------------------

    @contextmanager
    def session(self, graph=None, config=None, use_gpu=False, force_gpu=False) -> Iterator[Session]:
        """A new session, the default one in the block; on the CPU unless a GPU is asked for."""
        with Session(graph=graph, config=config) as session, self._device(session, use_gpu, force_gpu):
            yield session

    @contextmanager
    def cached_session(self, graph=None, config=None, use_gpu=False, force_gpu=False) -> Iterator[Session]:
        """The one session of the test: it keeps its variables from block to block."""
        if self._cached is None:
            self._cached = Session(graph=graph, config=config)
        elif graph is not None and graph is not self._cached.graph:
            raise ValueError(
                "The graph used to get the cached session is different than the one that was used to make it"
            )
        graph, session = self._cached.graph.as_default(), self._cached.as_default()
        with graph, session, self._device(self._cached, use_gpu, force_gpu):
            yield self._cached

    @contextmanager
    def test_session(self, graph=None, config=None, use_gpu=False, force_gpu=False) -> Iterator[Session]:
        """``cached_session`` without a graph, ``session`` with one."""
        opened = self.cached_session if graph is None else self.session
        with opened(graph=graph, config=config, use_gpu=use_gpu, force_gpu=force_gpu) as session:
            yield session

    @staticmethod
    @contextmanager
    def _device(session: Session, use_gpu: bool, force_gpu: bool) -> Iterator[None]:
        if force_gpu:
            name = gpu_device_name()
            if not name:
                raise unittest.SkipTest("the test needs a GPU")
            with session.graph.device(name):
                yield
        elif use_gpu:
            yield
        else:
            with session.graph.device("/device:CPU:0"):
                yield

    def evaluate(self, tensors) -> Any:
        """The values of a structure of tensors, in the default session or that of the test."""
        session = get_default_session()
        if session is not None:
            return session.run(tensors)
        with self.test_session() as session:
            return session.run(tensors)

    def get_temp_dir(self) -> str:
        """A folder of the test's own, which is removed after it."""
        if not hasattr(self, "_folder"):
            self._folder = tempfile.TemporaryDirectory()
            self.addCleanup(self._folder.cleanup)
        return self._folder.name

    def checkedThread(self, target: Callable, args=None, kwargs=None) -> CheckedThread:
        """A thread whose exceptions fail the test at ``join()``; a test that does not join it fails."""
        thread = CheckedThread(self, target, args or (), kwargs or {})
        self._threads.append(thread)
        return thread

    # -- comparisons of arrays -----------------------------------------------------------------------------------------

    def _array(self, value) -> np.ndarray:
        if isinstance(value, Tensor) or hasattr(value, "initializer"):
            value = self.evaluate(value)
        return np.asarray(value)

    def assertAllEqual(self, a, b, msg=None) -> None:
        """The same shapes and elements (nan equals nan)."""
        a, b = self._array(a), self._array(b)
        self._same_shape(a, b, msg)
        if a.dtype.kind in "US":
            a = a.astype(np.bytes_).astype(object)
        if b.dtype.kind in "US":
            b = b.astype(np.bytes_).astype(object)
        floating = a.dtype.kind in "fc" and b.dtype.kind in "fc"
        same = (a == b) | (np.isnan(a) & np.isnan(b)) if floating else a == b
        self._all(same, f"not equal:\n{a}\n{b}", msg)

    def assertNotAllEqual(self, a, b, msg=None) -> None:
        try:
            self.assertAllEqual(a, b)
        except AssertionError:
            return
        self.fail(self._formatMessage(msg, f"the two values are equal at all elements: {a!r}"))

    def assertAllClose(self, a, b, rtol=_TOLERANCE, atol=_TOLERANCE, msg=None) -> None:
        """Elements that differ by at most ``atol + rtol * abs(b)``; structures are compared part by part."""
        if isinstance(a, Mapping) or isinstance(b, Mapping):
            self.assertIsInstance(a, Mapping, msg)
            self.assertIsInstance(b, Mapping, msg)
            self.assertCountEqual(a, b, msg)
            for key in a:
                self.assertAllClose(a[key], b[key], rtol, atol, msg)
            return
        if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)) and _is_ragged(a):
            self.assertEqual(len(a), len(b), msg)
            for x, y in zip(a, b, strict=True):
                self.assertAllClose(x, y, rtol, atol, msg)
            return
        a, b = self._array(a), self._array(b)
        self._same_shape(a, b, msg)
        self._all(np.isclose(a, b, rtol=rtol, atol=atol, equal_nan=True), f"not close:\n{a}\n{b}", msg)

    def assertNotAllClose(self, a, b, **kwargs) -> None:
        try:
            self.assertAllClose(a, b, **kwargs)
        except AssertionError:
            return
        self.fail("The two values are close at all elements")

    def assertAllCloseAccordingToType(
        self,
        a,
        b,
        rtol=_TOLERANCE,
        atol=_TOLERANCE,
        float_rtol=_TOLERANCE,
        float_atol=_TOLERANCE,
        half_rtol=1e-3,
        half_atol=1e-3,
        bfloat16_rtol=1e-2,
        bfloat16_atol=1e-2,
        msg=None,
    ) -> None:
        """``assertAllClose`` with the tolerances of the coarser of the two types."""
        a, b = self._array(a), self._array(b)
        names = {a.dtype.name, b.dtype.name}
        for kinds, kind_rtol, kind_atol in (
            ({"float32", "complex64"}, float_rtol, float_atol),
            ({"float16"}, half_rtol, half_atol),
            ({"bfloat16"}, bfloat16_rtol, bfloat16_atol),
        ):
            if names & kinds:
                rtol, atol = max(rtol, kind_rtol), max(atol, kind_atol)
        self.assertAllClose(a, b, rtol, atol, msg)

    def assertNear(self, f1, f2, err, msg=None) -> None:
        """Two numbers that are equal or differ by at most ``err``."""
        self.assertTrue(f1 == f2 or abs(f1 - f2) <= err, self._formatMessage(msg, f"{f1!r} != {f2!r} +/- {err!r}"))

    def assertArrayNear(self, farray1, farray2, err, msg=None) -> None:
        self.assertEqual(len(farray1), len(farray2), msg)
        for f1, f2 in zip(farray1, farray2, strict=True):
            self.assertNear(float(f1), float(f2), err, msg)

    def assertNDArrayNear(self, ndarray1, ndarray2, err, msg=None) -> None:
        """Two arrays whose difference has a norm of less than ``err``."""
        self.assertTrue(np.linalg.norm(self._array(ndarray1) - self._array(ndarray2)) < err, msg)

    def assertAllGreater(self, a, comparison_target) -> None:
        self._all(self._array(a) > comparison_target, f"not all greater than {comparison_target}: {a}")

    def assertAllGreaterEqual(self, a, comparison_target) -> None:
        self._all(self._array(a) >= comparison_target, f"not all at least {comparison_target}: {a}")

    def assertAllLess(self, a, comparison_target) -> None:
        self._all(self._array(a) < comparison_target, f"not all less than {comparison_target}: {a}")

    def assertAllLessEqual(self, a, comparison_target) -> None:
        self._all(self._array(a) <= comparison_target, f"not all at most {comparison_target}: {a}")

    def assertAllInRange(
        self, target, lower_bound, upper_bound, open_lower_bound=False, open_upper_bound=False
    ) -> None:
        array = self._array(target)
        low = array > lower_bound if open_lower_bound else array >= lower_bound
        high = array < upper_bound if open_upper_bound else array <= upper_bound
        self._all(low & high, f"not all between {lower_bound} and {upper_bound}: {array}")

    def assertAllInSet(self, target, expected_set) -> None:
        array = self._array(target)
        self._all(np.isin(array, list(expected_set)), f"not all in {expected_set}: {array}")

    def assertShapeEqual(self, np_array, tf_tensor, msg=None) -> None:
        """The shape of an array, and the static shape of a tensor."""
        self.assertIsInstance(np_array, (np.ndarray, np.generic), msg)
        self.assertEqual(list(np_array.shape), tf_tensor.shape.as_list(), msg)

    def assertDTypeEqual(self, target, expected_dtype) -> None:
        self.assertEqual(self._array(target).dtype, np.dtype(getattr(expected_dtype, "as_numpy_dtype", expected_dtype)))

    def _same_shape(self, a: np.ndarray, b: np.ndarray, msg) -> None:
        self.assertEqual(a.shape, b.shape, self._formatMessage(msg, f"shapes differ: {a.shape} and {b.shape}"))

    def _all(self, holds, text: str, msg=None) -> None:
        holds = np.asarray(holds)
        if not holds.all():
            wrong = [tuple(int(i) for i in index) for index in np.argwhere(~holds)[:10]]
            self.fail(self._formatMessage(msg, f"{text}\nat {np.count_nonzero(~holds)} elements, such as {wrong}"))

    # -- other comparisons ---------------------------------------------------------------------------------------------

    @contextmanager
    def assertRaisesWithPredicateMatch(self, exception_type, expected_err_re_or_predicate) -> Iterator[None]:
        """The block raises ``exception_type``, whose message matches an expression (or which fulfils a predicate)."""
        try:
            yield
        except exception_type as error:
            if callable(expected_err_re_or_predicate):
                fits = expected_err_re_or_predicate(error)
            else:
                text = (
                    f"{error.message} {error.op.name if error.op else ''}" if isinstance(error, OpError) else str(error)
                )
                fits = re.search(expected_err_re_or_predicate, text) is not None
            if not fits:
                raise AssertionError(f"Exception of type {type(error)}: {error}") from error
        else:
            self.fail(f"{exception_type} was not raised")

    def assertRaisesOpError(self, expected_err_re_or_predicate):
        """The block raises a ``tf.errors.OpError`` whose message matches."""
        return self.assertRaisesWithPredicateMatch(OpError, expected_err_re_or_predicate)

    def assertStartsWith(self, actual, expected_start, msg=None) -> None:
        if not actual.startswith(expected_start):
            self.fail(self._formatMessage(msg, f"{actual!r} does not start with {expected_start!r}"))

    def assertItemsEqual(self, first, second, msg=None) -> None:
        self.assertCountEqual(first, second, msg)

    def assertEmpty(self, container, msg=None) -> None:
        self.assertEqual(len(container), 0, msg)

    def assertNotEmpty(self, container, msg=None) -> None:
        self.assertNotEqual(len(container), 0, msg)

    def assertLen(self, container, expected_len, msg=None) -> None:
        self.assertEqual(len(container), expected_len, msg)

    def assertBetween(self, value, minv, maxv, msg=None) -> None:
        self.assertTrue(minv <= value <= maxv, self._formatMessage(msg, f"{value!r} is not between {minv} and {maxv}"))

    def assertDeviceEqual(self, device1, device2, msg=None) -> None:
        """Two device names (or functions) that mean the same."""
        self.assertEqual(_canonical(device1), _canonical(device2), msg)


def _is_ragged(value) -> bool:
    try:
        return np.asarray(value, dtype=None).dtype == object or any(isinstance(part, Tensor) for part in value)
    except (ValueError, TypeError):
        return True


def _canonical(device) -> str:
    with get_default_graph().device(device):
        return F.no_op().device


class CheckedThread:
    """A thread whose exceptions are not lost."""

    def __init__(self, test: TestCase, target: Callable, args, kwargs) -> None:
        self._test = test
        self._error: BaseException | None = None
        self._joined = False

        def run() -> None:
            try:
                target(*args, **kwargs)
            except BaseException as error:  # handed on to the thread that joins
                self._error = error

        self._thread = threading.Thread(target=run)

    def start(self) -> None:
        self._thread.start()

    def join(self) -> None:
        """Waits for it; fails the test if it raised."""
        self._thread.join()
        self._joined = True
        if self._error is not None:
            self._test.fail(f"Error in checkedThread: {self._error!r}")

    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def check_termination(self) -> None:
        """Fails the test if nobody has joined the thread."""
        if not self._joined:
            self._test.fail("A checked thread was not joined.")


def main(argv=None) -> None:
    """Runs the tests of the module that was started (unittest's ``main``)."""
    unittest.main(argv=argv)
