"""Damaged GraphDefs: a corpus of graphs that graphrt itself wrote, and seeded ways of damaging them.

A seed decides everything: which graph, and how it is damaged (its bytes, its nodes, their attributes and inputs).
"""

from __future__ import annotations

import functools
import importlib
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from google.protobuf.message import DecodeError, EncodeError

import graphrt as tf
from graphrt.formats import messages
from graphrt.opdef.registry import all_opdefs
from tests.ops import harness

NUMBERS = (0, 1, -1, 2, 3, 7, 255, 2**16, 2 * 10**7, 2**31 - 1, 2**31, -(2**31), 2**62, 2**63 - 1, -(2**63))
SIZES = (0, 1, 2, -1, -2, 5, 2**16, 2**31 - 1, 2**40, 2**62, 2**63 - 1)
TEXTS = (
    b"",
    b"a",
    b"SAME",
    b"VALID",
    b"NHWC",
    b"NCHW",
    b"\r",
    b"\xff\xfe",
    "\u2028".encode(),
    b"x" * 5000,
    b"%d%s",
    b"-1",
)
INPUTS = ("", "^", ":", "x:-1", "^x:0", "x:7", "x:99999999999", "nobody", "x:0:0", " x", "x:\u0663", "_x")
NAMES = ("", "a b", "a\n", "a\r", "\u2028", "_a", "a/", "/", "a\x00", "a" * 10000, "é")
DEVICES = ("/cpu:0\n", "/job:a\r", "/cpu:-1", "/cpu:x", "/", "nowhere", "/gpu:0", "/device:CPU:99999999999999999999")
Choice = random.Random


@functools.cache
def corpus() -> list[bytes]:
    """One small graph for each call in the tables of tests/ops, and some that train, branch and keep state."""
    for path in sorted((Path(__file__).resolve().parents[1] / "ops").rglob("test_*.py")):
        if "checks(" in path.read_text(encoding="utf-8") and path.stem not in ("test_coverage", "test_harness"):
            importlib.import_module(f"tests.ops.{path.parent.name}.{path.stem}".replace("ops.ops.", "ops."))
    graphs = [
        harness.declare(row.function, call, row.dtypes[0]).graph for row in harness.ALL for call in row.samples[:2]
    ]
    for make in (_training, _branches, _state, _strings):
        with tf.Graph().as_default() as graph:
            make()
        graphs.append(graph)
    return [graph.as_graph_def().SerializeToString(deterministic=True) for graph in graphs]


def _training() -> None:
    x = tf.placeholder(tf.float32, [None, 4], "x")
    y = tf.layers.dense(tf.layers.dense(x, 3, tf.nn.relu), 1)
    tf.train.AdamOptimizer().minimize(tf.reduce_mean(tf.square(y)))
    tf.global_variables_initializer()


def _branches() -> None:
    x = tf.placeholder(tf.float32, [3], "x")
    y = tf.cond(tf.reduce_sum(x) > 0, lambda: tf.cond(x[0] > 1, lambda: x * 2, lambda: x), lambda: tf.reverse(x, [0]))
    tf.gradients(y, x)


def _state() -> None:
    v = tf.Variable([[1.0, 2.0], [3.0, 4.0]], name="v", use_resource=False)
    with tf.control_dependencies([v.assign_add(v), tf.scatter_update(v, [0], [[5.0, 6.0]])]):
        tf.identity(v[:, 0], name="y")
    tf.global_variables_initializer()


def _strings() -> None:
    x = tf.placeholder(tf.string, [2], "x")
    tf.string_join([x, tf.as_string(tf.fill([2], 3.0))], name="y")


def damaged(seed: int) -> bytes:
    """The bytes of a damaged graph."""
    choose = random.Random(seed)
    data = choose.choice(corpus())
    if choose.random() < 0.2:
        return _damaged_bytes(choose, data)
    graph_def = messages.GraphDef.FromString(data)
    for _ in range(choose.choice((1, 1, 1, 2, 3, 6))):
        try:
            choose.choice(WAYS)(choose, graph_def)
        except (ValueError, TypeError, EncodeError):
            continue  # protobuf itself refuses some of the values: no such file can be written
    return graph_def.SerializeToString(deterministic=True)


def parsed(data: bytes) -> Any:
    """The GraphDef, or None if the bytes are none."""
    try:
        return messages.GraphDef.FromString(data)
    except DecodeError:
        return None


def _damaged_bytes(choose: Choice, data: bytes) -> bytes:
    content = bytearray(data)
    for _ in range(choose.choice((1, 1, 2, 4))):
        at = choose.randrange(len(content) + 1)
        way = choose.randrange(4)
        if way == 0 and at < len(content):
            content[at] = choose.randrange(256)
        elif way == 1:
            content[at:at] = bytes(choose.choices(range(256), k=choose.choice((1, 2, 8))))
        elif way == 2:
            del content[at : at + choose.choice((1, 2, 16))]
        else:
            start = choose.randrange(len(content) + 1)
            content[at:at] = content[start : start + choose.choice((4, 32, 200))]
    return bytes(content)


# -- ways of damaging a graph ------------------------------------------------------------------------------------------


def _node(choose: Choice, graph_def: Any) -> Any:
    if not graph_def.node:
        graph_def.node.add(name="x", op="NoOp")
    inner = [node for node in graph_def.node if node.op != "Placeholder"]
    return choose.choice(inner if inner and choose.random() < 0.8 else graph_def.node)


def _hostile_value(choose: Choice, value: Any, field: str | None) -> None:
    """Puts something hostile, of the kind `field`, into an AttrValue."""
    if field == "i":
        value.i = choose.choice(NUMBERS)
    elif field == "f":
        value.f = choose.choice((0.0, -1.0, float("nan"), float("inf"), 1e38))
    elif field == "b":
        value.b = choose.random() < 0.5
    elif field == "s":
        value.s = choose.choice(TEXTS)
    elif field == "type":
        value.type = choose.choice((*range(24), 101, 103, 77))
    elif field == "shape":
        _hostile_shape(choose, value.shape)
    elif field == "tensor":
        _hostile_tensor(choose, value.tensor)
    elif field == "list":
        _hostile_list(choose, value.list)
    else:
        value.func.name = "f"
        value.func.attr["a"].func.attr["b"].func.name = "g"


def _hostile_shape(choose: Choice, shape: Any) -> None:
    way = choose.randrange(4)
    if way == 0:
        shape.unknown_rank = not shape.unknown_rank
    elif way == 1 and shape.dim:
        choose.choice(shape.dim).size = choose.choice(SIZES)
    elif way == 2:
        for _ in range(choose.choice((1, 2, 40, 300))):
            shape.dim.add(size=choose.choice((1, 1, choose.choice(SIZES))))
    elif shape.dim:
        del shape.dim[choose.randrange(len(shape.dim))]


def _hostile_tensor(choose: Choice, tensor: Any) -> None:
    way = choose.randrange(5)
    lists = [(field.name, values) for field, values in tensor.ListFields() if field.name.endswith("_val")]
    if way == 0:
        _hostile_shape(choose, tensor.tensor_shape)
    elif way == 1:
        tensor.dtype = choose.choice((*range(24), 101))
    elif way == 2:
        content = bytearray(tensor.tensor_content)
        del content[choose.randrange(len(content) + 1) :]
        tensor.tensor_content = bytes(content) or b"abc"
    elif way == 3 and tensor.tensor_content:
        content = bytearray(tensor.tensor_content)
        for _ in range(3):
            content[choose.randrange(len(content))] = choose.choice((0, 0x7F, 0x80, 0xFF))
        tensor.tensor_content = bytes(content)
    elif lists:
        name, values = choose.choice(lists)
        if choose.random() < 0.5:
            del values[choose.randrange(len(values)) :]
        else:
            values.append(choose.choice(TEXTS) if name == "string_val" else choose.choice(NUMBERS))


def _hostile_list(choose: Choice, values: Any) -> None:
    filled = [field.name for field, _ in values.ListFields()] or ["i"]
    name = choose.choice(filled)
    items = getattr(values, name)
    way = choose.randrange(3)
    if way == 0 and items:
        del items[choose.randrange(len(items))]
    elif way == 1 and items and name == "i":
        items[choose.randrange(len(items))] = choose.choice(NUMBERS)
    elif name == "i":
        items.append(choose.choice(NUMBERS))
    else:
        values.i.append(choose.choice(NUMBERS))


def _attribute(choose: Choice, graph_def: Any) -> None:
    node = _node(choose, graph_def)
    if node.attr:
        value = node.attr[choose.choice(sorted(node.attr))]
        _hostile_value(choose, value, value.WhichOneof("value"))


def _constant(choose: Choice, graph_def: Any) -> None:
    """Other numbers in a constant, of its own type: axes, sizes, indices, paddings."""
    constants = [node for node in graph_def.node if node.op == "Const"]
    if not constants:
        return _attribute(choose, graph_def)
    tensor = choose.choice(constants).attr["value"].tensor
    if tensor.tensor_content:
        width = {3: 4, 9: 8, 1: 4, 2: 8}.get(tensor.dtype, 1)
        content = bytearray(tensor.tensor_content)
        at = choose.randrange(max(1, len(content) // width)) * width
        content[at : at + width] = choose.choice(NUMBERS).to_bytes(9, "little", signed=True)[:width]
        tensor.tensor_content = bytes(content)
        return None
    for _, values in tensor.ListFields():
        if hasattr(values, "extend") and len(values):
            values[choose.randrange(len(values))] = choose.choice(TEXTS if tensor.dtype == 7 else NUMBERS)
    return None


def _attribute_of_another_kind(choose: Choice, graph_def: Any) -> None:
    node = _node(choose, graph_def)
    if node.attr:
        key = choose.choice(sorted(node.attr))
        node.attr[key].Clear()
        _hostile_value(
            choose, node.attr[key], choose.choice(("i", "f", "b", "s", "type", "shape", "tensor", "list", "func"))
        )


def _lost_attribute(choose: Choice, graph_def: Any) -> None:
    node = _node(choose, graph_def)
    if node.attr:
        del node.attr[choose.choice(sorted(node.attr))]


def _foreign_attribute(choose: Choice, graph_def: Any) -> None:
    node, other = _node(choose, graph_def), _node(choose, graph_def)
    key = choose.choice(sorted(other.attr) or ["T"])
    name = choose.choice((key, "_class", "_gradient_op_type", "_output_shapes", "_compute", "value"))
    node.attr[name].CopyFrom(other.attr[key])


def _type(choose: Choice, graph_def: Any) -> None:
    types = [*sorted(all_opdefs()), "", "Nothing", "_Feed", "x" * 10000]
    _node(choose, graph_def).op = choose.choice(types)


def _other_type_of_the_graph(choose: Choice, graph_def: Any) -> None:
    _node(choose, graph_def).op = _node(choose, graph_def).op


def _input(choose: Choice, graph_def: Any) -> None:
    node = _node(choose, graph_def)
    other = _node(choose, graph_def).name
    texts = (other, f"{other}:1", f"^{other}", f"{other}:0", choose.choice(INPUTS))
    way = choose.randrange(4)
    if way == 0 and node.input:
        del node.input[choose.randrange(len(node.input))]
    elif way == 1 and node.input:
        node.input[choose.randrange(len(node.input))] = choose.choice(texts)
    elif way == 2 and node.input:
        node.input.insert(choose.randrange(len(node.input)), node.input[0])
    else:
        node.input.append(choose.choice(texts))


def _name(choose: Choice, graph_def: Any) -> None:
    node = _node(choose, graph_def)
    way = choose.randrange(4)
    if way == 0:
        node.name = choose.choice(NAMES)
    elif way == 1:
        node.name = _node(choose, graph_def).name
    elif way == 2:
        node.device = choose.choice(DEVICES)
    else:
        node.attr["_class"].list.s.append(choose.choice((b"loc:@x", b"loc:@" + node.name.encode(), b"loc:@\xff")))


def _nodes(choose: Choice, graph_def: Any) -> None:
    at = choose.randrange(len(graph_def.node) or 1)
    if choose.random() < 0.5 and graph_def.node:
        del graph_def.node[at]
    else:
        copy = graph_def.node.add()
        copy.CopyFrom(_node(choose, graph_def))
        copy.name += choose.choice(("", "_again"))


def _another_graph(choose: Choice, graph_def: Any) -> None:
    graph_def.MergeFrom(messages.GraphDef.FromString(choose.choice(corpus())))
    for i, node in enumerate(graph_def.node):
        if choose.random() < 0.5:
            node.name = f"{node.name}_{i}"


def _versions(choose: Choice, graph_def: Any) -> None:
    graph_def.versions.min_consumer = choose.choice((0, 134, 999, -1))


WAYS: tuple[Callable[[Choice, Any], None], ...] = (
    *(_attribute,) * 16,
    *(_constant,) * 16,
    *(_attribute_of_another_kind,) * 2,
    _lost_attribute,
    _foreign_attribute,
    *(_type,) * 2,
    _other_type_of_the_graph,
    *(_input,) * 4,
    _name,
    _nodes,
    _another_graph,
    _versions,
)
