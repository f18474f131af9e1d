"""Training goes the same way by native code as by tier 1: the examples, and the course notes' three variants.

Rounding differs from the first step on, and training makes differences grow: what is allowed says how much. The curves
of the regressions are compared step by step; of the other examples, the final numbers that they print.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("llvmlite")

import graphrt as tf
from benchmarks import data
from benchmarks.cases import notes
from graphrt.native import dispatch
from tests.examples.test_examples import FOLDER, run

MODES = ("0", "force")


def same_curves(variant, mine, others):
    """Step by step; before a batch normalization, however, a bias has no effect, and its gradient is rounding (1e-7,
    where those of weights are 1e-2) which Adam makes whole steps of: there, the beginning, and where it leads to."""
    if variant == "batch norm":
        np.testing.assert_allclose(mine[:10], others[:10], rtol=3e-3)
        np.testing.assert_allclose(np.mean(mine[-50:]), np.mean(others[-50:]), rtol=0.1)
    else:
        np.testing.assert_allclose(mine[:10], others[:10], rtol=1e-5)
        np.testing.assert_allclose(mine, others, rtol=1e-2)


@pytest.fixture
def native_runs(monkeypatch):
    runs = []
    original = dispatch.Tiered._natively

    def natively(self, native, fed):
        runs.append(1)
        return original(self, native, fed)

    monkeypatch.setattr(dispatch.Tiered, "_natively", natively)
    return runs


@pytest.mark.parametrize("variant", ["plain", "dropout", "batch norm"])
def test_curves_of_the_regression_example(variant, monkeypatch, native_runs):
    monkeypatch.setattr(sys, "path", [str(FOLDER), *sys.path])
    monkeypatch.setenv("MPLBACKEND", "Agg")
    example = importlib.import_module("02_regression")
    results = []
    for mode in MODES:
        monkeypatch.setenv("GRAPHRT_NATIVE", mode)
        results.append(example.train(variant, 200, seed=1))
    assert len(native_runs) >= 200
    (losses, _, curve), (native_losses, _, native_curve) = results
    same_curves(variant, native_losses, losses)
    np.testing.assert_allclose(native_curve, curve, rtol=1e-2, atol=0.3 if variant == "batch norm" else 2e-2)


@pytest.mark.parametrize("variant", ["plain", "dropout", "batch norm"])
def test_curves_of_the_notes(variant, monkeypatch, native_runs):
    curves = []
    for mode in MODES:
        monkeypatch.setenv("GRAPHRT_NATIVE", mode)
        with tf.Graph().as_default(), tf.Session() as sess:
            tf.set_random_seed(4)
            train, loss, inputs = notes.graph(tf, variant)
            sess.run(tf.global_variables_initializer())
            xs, ys, picked = data.regression(np)
            feeds = {inputs["training"]: True} if variant == "batch norm" else {}
            if variant == "dropout":
                feeds[inputs["rate"]] = 0.2
            losses = []
            for _ in range(200):
                rows = picked()
                feeds[inputs["x"]], feeds[inputs["y"]] = xs[rows], ys[rows]
                losses.append(sess.run([loss, train], feeds)[0])
            curves.append((losses, sess.run(tf.trainable_variables())))
    assert len(native_runs) >= 200
    (losses, variables), (native_losses, native_variables) = curves
    assert losses[-1] < 0.9 * losses[0]
    same_curves(variant, native_losses, losses)
    if variant != "batch norm":
        for mine, others in zip(native_variables, variables, strict=True):
            np.testing.assert_allclose(mine, others, rtol=1e-2, atol=5e-3)


@pytest.mark.parametrize(
    ("name", "steps", "tolerance"),
    [
        ("03_gradient_descent_variants", 200, 1e-4),
        ("04_optimizer_paths", 200, 1e-4),
        ("05_digits", 60, 2e-2),
    ],
)
def test_final_numbers_of_the_other_examples(name, steps, tolerance, monkeypatch, tmp_path: Path):
    numbers = []
    for mode in MODES:
        monkeypatch.setenv("GRAPHRT_NATIVE", mode)
        numbers.append(run(name, tmp_path, "--steps", str(steps))[1])
    assert numbers[0].keys() == numbers[1].keys()
    for key, value in numbers[0].items():
        assert abs(numbers[1][key] - value) <= tolerance * abs(value) + 1e-6, key
