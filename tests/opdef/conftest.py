"""Each test has a graph, and may define ops."""

import pytest

import graphrt as tf


@pytest.fixture(autouse=True)
def graph(ops_of_the_test):
    with tf.Graph().as_default() as graph:
        yield graph
