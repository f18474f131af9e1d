"""Pictures of graphs that the op library builds: a network with batch normalization, trained by Adam."""

from __future__ import annotations

import re

import pytest

import graphrt as tf
from graphrt.view import export
from graphrt.view.arrange import make_containers
from graphrt.view.picture import ROOT, default_open


@pytest.fixture(scope="module")
def graph():
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [None, 4], name="x")
        training = tf.placeholder(tf.bool, name="training")
        hidden = tf.layers.dense(x, 8, name="hidden")
        hidden = tf.nn.relu(tf.layers.batch_normalization(hidden, training=training, name="norm"))
        loss = tf.reduce_mean(tf.square(tf.layers.dense(hidden, 1, name="output")), name="loss")
        with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
            tf.train.AdamOptimizer(0.1).minimize(loss)
        tf.global_variables_initializer()
    return graph


def test_what_stands_at_the_top(graph):
    picture = export.picture_of(graph)
    kinds = {picture.nodes[number].name: picture.nodes[number].kind for number in picture.nodes[ROOT].children}
    expected = {"x": "placeholder", "training": "placeholder", "gradients": "gradient", "Adam": "update"}
    expected |= {"hidden": "scope", "norm": "scope", "output": "scope", "loss": "op", "init": "control"}
    expected |= {"beta1_power": "variable", "beta2_power": "variable", "Relu": "op", "Square": "op"}
    assert expected.items() <= kinds.items()
    assert picture.nodes[ROOT].count == len(graph.get_operations())
    kernel = next(node for node in picture.nodes if node.name == "hidden/kernel" and node.children)
    slots = {picture.nodes[child].name for child in kernel.children if picture.nodes[child].kind == "variable"}
    assert slots == {"hidden/kernel", "hidden/kernel/Adam", "hidden/kernel/Adam_1"}


def test_every_edge_is_a_line_or_loose(graph):
    picture = export.picture_of(graph)
    containers, loose = make_containers(picture)
    assert sum(len(op.inputs) + len(op.control_inputs) for op in graph.get_operations()) == len(picture.edges)
    assert all(len(container.links) == len(container.layers.chains) for container in containers.values())
    hubs = {picture.nodes[picture.visible(picture.edges[item.edge].target, {ROOT})].name for item in loose}
    assert {"gradients", "Adam", "init"} <= hubs


def test_everything_can_be_drawn(graph, tmp_path):
    for expand in ("auto", "none", "scopes", "all"):
        text = export.write(graph, tmp_path / f"{expand}.svg", expand=expand).read_text()
        assert text.count("<rect") > 10
    assert "ResourceApply" not in text and "ApplyAdam" in text
    assert "tf.layers.dense(x, 8" in text


def test_a_training_step_explained(graph):
    with tf.Session(graph=graph) as sess:
        report = sess.explain("Adam", {"x:0": None, "training:0": None})
    assert report.ops_left < report.ops_needed < report.ops_in_graph == len(graph.get_operations())
    assert re.search(r"^plan \(\d+ steps", str(report), re.M)
    assert "test_real_graphs.py" in report.source


def test_scopes_that_are_open_at_first_fit(graph):
    picture = export.picture_of(graph)
    opened = default_open(picture)
    shown = {picture.visible(node.number, opened) for node in picture.nodes if not node.children}
    assert len(shown) <= 70
    assert not {picture.nodes[number].kind for number in opened} & {"gradient", "variable", "update"}
