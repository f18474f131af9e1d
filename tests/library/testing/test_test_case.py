"""tf.test.TestCase, by tests that hold and tests that must fail."""

import unittest

import numpy as np
import pytest

import graphrt as tf


class Holds(tf.test.TestCase):
    __test__ = False  # run by test_what_holds

    def test_sessions(self):
        x = tf.constant([1.0, 2.0])
        with self.session() as sess:
            self.assertIs(tf.get_default_session(), sess)
            self.assertAllEqual(x, [1.0, 2.0])
        v = tf.Variable(3.0)
        with self.cached_session() as first:
            first.run(v.initializer)
        with self.test_session() as second:
            self.assertIs(first, second)
            self.assertEqual(second.run(v), 3.0)
        self.assertEqual(self.evaluate({"v": v})["v"], 3.0)
        with self.test_session(graph=tf.Graph()) as other:
            self.assertIsNot(other, first)

    def test_comparisons(self):
        self.assertAllEqual([[1, 2]], np.array([[1, 2]]))
        self.assertAllEqual(["a"], np.array([b"a"], object))
        self.assertAllEqual([np.nan], [np.nan])
        self.assertAllClose({"a": [1.0], "b": (2.0, [3.0])}, {"a": [1.0 + 1e-8], "b": (2.0, [3.0])})
        self.assertAllClose([1.0, 2.0], [1.01, 2.0], atol=0.1)
        self.assertNotAllClose([1.0], [1.1])
        self.assertNotAllEqual([1.0], [1.1])
        self.assertAllCloseAccordingToType(np.float16(1.0), np.float16(1.0009))
        self.assertNear(1.0, 1.05, 0.1)
        self.assertArrayNear([1.0, 2.0], [1.05, 2.0], 0.1)
        self.assertNDArrayNear(np.ones(2), np.ones(2), 0.1)
        self.assertAllGreater([2, 3], 1)
        self.assertAllLess([2, 3], 4)
        self.assertAllInRange([0.0, 1.0], 0, 1)
        self.assertAllInSet([1, 2, 1], {1, 2})
        self.assertShapeEqual(np.zeros([2, 3]), tf.zeros([2, 3]))
        self.assertStartsWith("graphrt", "graph")
        self.assertDeviceEqual("/cpu:0", "/device:CPU:0")

    def test_errors(self):
        with self.session() as sess, self.assertRaisesOpError("uninitialized"):
            sess.run(tf.Variable(1.0))
        with self.assertRaisesWithPredicateMatch(ValueError, "bo+"):
            raise ValueError("boo")
        with self.assertRaisesWithPredicateMatch(ValueError, lambda e: str(e) == "boo"):
            raise ValueError("boo")

    def test_threads_and_folders(self):
        seen = []
        thread = self.checkedThread(seen.append, args=(self.get_temp_dir(),))
        thread.start()
        thread.join()
        self.assertEqual(seen, [self.get_temp_dir()])

    def test_random_numbers_are_the_same_each_time(self):
        self.assertEqual(tf.get_default_graph().seed, 87654321)
        self.assertNear(np.random.random_sample(), np.random.RandomState(87654321).random_sample(), 0)

    def test_gpu(self):
        with self.session(force_gpu=True):
            self.assertTrue(tf.test.is_gpu_available())


FAILING = {
    "equal": lambda t: t.assertAllEqual([1, 2], [1, 3]),
    "shapes": lambda t: t.assertAllEqual([1, 1], [[1], [1]]),
    "close": lambda t: t.assertAllClose([1.0], [1.1]),
    "keys": lambda t: t.assertAllClose({"a": 1.0}, {"b": 1.0}),
    "not_close": lambda t: t.assertNotAllClose([1.0], [1.0]),
    "near": lambda t: t.assertNear(1.0, 2.0, 0.5),
    "range": lambda t: t.assertAllInRange([1.0], 0, 1, open_upper_bound=True),
    "set": lambda t: t.assertAllInSet([1, 3], {1, 2}),
    "no_error": lambda t: t.assertRaisesOpError("x").__enter__() or t.fail("not raised"),
    "thread": lambda t: joined(t.checkedThread(lambda: 1 / 0)),
    "shape": lambda t: t.assertShapeEqual(np.zeros([2]), tf.zeros([3])),
}


def joined(thread):
    thread.start()
    thread.join()


def outcome(test):
    result = unittest.TestResult()
    test.run(result)
    assert not result.errors, result.errors
    return result


@pytest.mark.parametrize("name", [name for name in dir(Holds) if name.startswith("test_") and name != "test_session"])
def test_what_holds(name):
    result = outcome(Holds(name))
    assert result.wasSuccessful(), result.failures
    if name == "test_gpu":
        assert bool(result.skipped) is not tf.test.is_gpu_available()


@pytest.mark.parametrize("name", FAILING)
def test_what_fails(name):
    class Fails(tf.test.TestCase):
        def runTest(self):
            FAILING[name](self)

    assert len(outcome(Fails()).failures) == 1


def test_main_runs_the_module(monkeypatch):
    called = {}
    monkeypatch.setattr(unittest, "main", lambda **options: called.update(options))
    tf.test.main(argv=["program"])
    assert called == {"argv": ["program"]}


def test_a_thread_that_nobody_joins_fails_the_test():
    class Forgets(tf.test.TestCase):
        def runTest(self):
            self.checkedThread(lambda: None).start()

    assert len(outcome(Forgets()).failures) == 1
