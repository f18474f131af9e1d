"""A session asks its backend whether its plans have a native tier, and which."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("llvmlite")

import graphrt as tf
from graphrt.backends.device_double import DEVICE_DOUBLE
from graphrt.backends.numpy_backend import NUMPY, NumpyBackend
from graphrt.native.dispatch import Tiered
from graphrt.native.tiers import tier_for


def call_of(monkeypatch, backend):
    """What a session on a backend calls to run a plan on a variable."""
    monkeypatch.delenv("GRAPHRT_NATIVE", raising=False)
    monkeypatch.setattr("graphrt.runtime.session.backend_for", lambda options: backend)
    with tf.Graph().as_default():
        variable = tf.Variable(np.ones(3, np.float32))
        total = tf.reduce_sum(variable * 2)
        with tf.Session() as sess:
            sess.run(variable.initializer)
            assert sess.run(total) == 6
            return sess._plan((total,), ()).call


def test_plans_of_numpy_arrays_have_the_cpus(monkeypatch):
    assert isinstance(call_of(monkeypatch, NUMPY), Tiered)


def test_it_is_the_target_that_counts_and_not_the_name(monkeypatch):
    class Renamed(NumpyBackend):
        name = "arrays"

    class Plain(NumpyBackend):
        target = None

    assert isinstance(call_of(monkeypatch, Renamed()), Tiered)
    assert not isinstance(call_of(monkeypatch, Plain()), Tiered)


def test_devices_have_none_yet(monkeypatch):
    assert DEVICE_DOUBLE.target is None
    assert not isinstance(call_of(monkeypatch, DEVICE_DOUBLE), Tiered)


def test_a_target_without_native_code_is_a_mistake(monkeypatch):
    class Strange(NumpyBackend):
        target = "abacus"

    with pytest.raises(ValueError, match="there is native code for the target 'cpu', not for 'abacus'"):
        call_of(monkeypatch, Strange())
    assert tier_for("cpu") is Tiered
