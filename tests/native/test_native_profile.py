"""Kernels timed in their place: all of them, in order, and without a trace in the session."""

from __future__ import annotations

import re

import numpy as np
import pytest

pytest.importorskip("llvmlite")

import graphrt as tf
from graphrt.native import roofline as roofline_module
from graphrt.native.dispatch import Tiered
from graphrt.native.profile import KernelTimes, kernel_times, measured
from graphrt.native.roofline import Roofline, confirmed, roofline
from graphrt.view.kernel_table import confirmed_by, kernel_table


@pytest.fixture
def trained(monkeypatch):
    """Native code of a training step with Python in its middle, the values that are fed, and its session."""
    monkeypatch.setenv("GRAPHRT_NATIVE", "force")
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [None, 8])
        w = tf.Variable(np.ones((8, 5), np.float32), name="w")
        hidden = tf.sigmoid(tf.matmul(x, w))
        text = tf.as_string(tf.reduce_sum(hidden))
        loss = tf.reduce_mean(tf.square(hidden)) + tf.strings.to_number(text)
        train = tf.train.AdamOptimizer(0.1).minimize(loss)
        sess.run(tf.global_variables_initializer())
        value = np.linspace(-1, 1, 32, dtype=np.float32).reshape(4, 8)
        sess.run([train, loss], {x: value})
        plans = [r.plan.call for r in sess._runners.values() if isinstance(r.plan.call, Tiered)]
        kinds = [kind for tiered in plans for kind in tiered.kinds.values()]
        natives = [kind.native for kind in kinds if kind.native is not None and kind.native.lowered.feeds]
        yield natives[0], [value], lambda: sess.run(tf.global_variables())


def test_each_kernel_has_a_time(trained):
    native, fed, _ = trained
    times = kernel_times(native, fed, runs=5)
    calls = [call for region in native.module.calls for call in region]
    assert len(native.module.calls) == 2
    assert [call for call, _ in times] == calls
    assert all(0 <= seconds < 1 for _, seconds in times)
    assert sum(seconds for _, seconds in times) > 0


def test_variables_are_as_before(trained):
    native, fed, variables = trained
    before = variables()
    arrays = [slot.value for slot in native.slots]
    kernel_times(native, fed, runs=3)
    for old, new in zip(before, variables(), strict=True):
        np.testing.assert_array_equal(old, new)
    assert all(slot.value is array for slot, array in zip(native.slots, arrays, strict=True))


def test_python_between_the_regions_is_named(trained):
    native, fed, _ = trained
    times = measured(native, fed, runs=3)
    assert [[op.type for op in ops] for ops, _ in times.python] == [[], ["AsString", "StringToNumber"], []]
    assert times.step > 0


def test_the_table_names_kernels_and_lines(trained):
    native, fed, _ = trained
    lines = kernel_table(native, measured(native, fed, runs=3), Roofline(1e11, 1e10))
    kernels = sum(len(region) for region in native.module.calls)
    assert len(lines) == 1 + kernels + 3 + 2
    assert any(re.search(r"product 4x8 \* 8x5 .*test_native_profile\.py:\d+", line) for line in lines)
    assert "Python: AsString, StringToNumber" in "\n".join(lines)
    slowest = kernel_table(native, measured(native, fed, runs=3), Roofline(1e11, 1e10), top=2)
    assert len(slowest) == 1 + 2 + 3 + 2


def test_the_roofline():
    machine = roofline()
    assert 1e9 < machine.flops < 1e14
    assert 1e8 < machine.bytes < 1e13
    assert machine is roofline()
    assert Roofline(10.0, 5.0).seconds(20.0, 1.0) == 2.0
    assert Roofline(10.0, 5.0).seconds(1.0, 20.0) == 4.0
    speeds = [speed for _, speed in machine.cached] + [machine.bytes]
    assert speeds == sorted(speeds, reverse=True)


def test_what_caches_hold_moves_faster():
    machine = Roofline(1e9, 1.0, cached=((100, 8.0), (1000, 4.0)))
    assert [machine.speed(size) for size in (1, 99, 100, 1000, 1 << 27, 1 << 28)] == [8.0, 8.0, 8.0, 4.0, 4.0, 1.0]


@pytest.fixture
def measurements(monkeypatch):
    """What measuring finds, in order (flops; the last one for ever); returns how often it was asked."""
    found: list[float] = []
    asked: list[float] = []

    def measure(seconds: float) -> Roofline:
        asked.append(seconds)
        return Roofline(found.pop(0) if len(found) > 1 else found[0], 1e12, ((1 << 19, 1e12),))

    monkeypatch.setattr(roofline_module, "_measured", measure)
    monkeypatch.setattr(roofline_module._Known, "best", None)
    return found, asked


def test_a_roofline_that_a_kernel_exceeds_is_measured_again(measurements):
    found, asked = measurements
    found += [1e9, 1e9, 2e9, 5e9, 1e9]
    machine = confirmed([(1e9, 1.0, 0.25)])  # 4 GFLOP/s
    assert (machine.flops, machine.exceeded, machine.steady) == (5e9, 0, False)
    assert len(asked) == 4 and asked[3] > asked[2]
    assert machine.share(1e9, 1.0, 0.25) == pytest.approx(0.8)
    assert confirmed([(1e9, 1.0, 0.25)]) == machine and len(asked) == 4  # what was once measured counts


def test_a_roofline_that_cannot_be_known_says_so(measurements):
    found, asked = measurements
    found += [1e9]
    machine = confirmed([(1e9, 1.0, 0.25), (1e9, 1.0, 2.0), (1e9, 1.0, 1e-9)])
    assert machine.exceeded == 1 and len(asked) == 2 + 4
    assert machine.share(1e9, 1.0, 2.0) is None
    assert str(machine).startswith("not known, the machine is busy: 1 kernel ran faster than")
    assert roofline().exceeded == 0  # later kernels may say otherwise


def test_no_share_is_printed_of_what_is_not_known(trained, measurements):
    measurements[0].append(1.0)
    native, fed, _ = trained
    times = measured(native, fed, runs=3)
    slow = KernelTimes([(call, 1e-3) for call, _ in times.kernels], times.python, times.step)
    lines = kernel_table(native, slow, confirmed_by(slow))
    kernels = lines[1 : 1 + len(times.kernels)]
    assert [line.count("%") for line in kernels] == [1] * len(kernels)  # the share of the step
    assert any(" ? " in line for line in kernels)
    assert not any("at the roofline" in line for line in lines)
    assert "not known" in lines[-1]
