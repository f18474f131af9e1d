"""Ops that are defined in a test are forgotten after it."""

import pytest

import graphrt as tf
from graphrt.opdef import registry


@pytest.fixture(autouse=True)
def registers_as_before(monkeypatch):
    assert callable(tf.no_op)  # the op library is there
    monkeypatch.setattr(registry, "_OPDEFS", dict(registry._OPDEFS))
    monkeypatch.setattr(registry, "_GRADIENTS", dict(registry._GRADIENTS))


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph
