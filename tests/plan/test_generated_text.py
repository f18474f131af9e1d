"""No text of the user's becomes code: what a node is called is not in the Python that plans are compiled from.

Names are checked where nodes are made (tests/graph/test_names.py); here they get past the doors, by changing nodes.
"""

from __future__ import annotations

import ast
import builtins
import sys
import unicodedata

import numpy as np
import pytest

import graphrt as tf
from graphrt.formats import messages
from graphrt.plan import codegen

# All that ends a line for somebody, hides, or is no part of an identifier though `\w` matches it.
CONTROLS = [
    chr(code)
    for code in range(sys.maxunicode + 1)
    if unicodedata.category(chr(code)) in ("Cc", "Cf", "Zl", "Zp", "Cs") and (code < 0x3000 or code in (0xD800, 0xFEFF))
]
OTHERS = ["'", '"', "\\", "#", "²", "\\\n", '"""', "{", "%s", "\N{LATIN SMALL LIGATURE FI}"]
PAYLOAD = "__import__('builtins').graphrt_executed = 1"


@pytest.fixture(autouse=True)
def _nothing_executed():
    builtins.graphrt_executed = 0
    yield
    executed = builtins.graphrt_executed
    del builtins.graphrt_executed
    assert not executed, "text of the user's was executed"


@pytest.fixture
def compiled(monkeypatch):
    """The texts that graphrt compiles while the test runs."""
    texts: list[str] = []
    real = builtins.compile

    def recording(source, filename, *arguments, **keywords):
        if isinstance(source, str) and "graphrt" in sys._getframe(1).f_globals.get("__name__", ""):
            texts.append(source)
        return real(source, filename, *arguments, **keywords)

    monkeypatch.setattr(builtins, "compile", recording)
    return texts


def _graph(rename):
    """A graph of a feed, a variable, a branch, a constant and some arithmetic; `rename` gets every node's name."""
    graph = tf.Graph()
    with graph.as_default():
        x = tf.placeholder(tf.float32, [3, 3], "x")
        v = tf.Variable(np.eye(3, dtype=np.float32) * 2, name="v", use_resource=False)
        inverse = tf.matrix_inverse(x + v)
        y = tf.cond(tf.reduce_sum(x) > 0, lambda: tf.tanh(inverse) * 2.0, lambda: inverse)
        branch_only = tf.get_default_graph().get_operation_by_name("cond/mul").outputs[0]
        update = v.assign_add(tf.exp(-x))
        initializer = tf.global_variables_initializer()
    graph._unfetchable.clear()  # a tensor of a branch is fetched, too: the plan checks that the branch was taken
    for op in graph.get_operations():
        op.name = rename(op.name)
    return graph, x, initializer, [[y, update], [y, branch_only, inverse]]


def _run(rename):
    graph, x, initializer, fetches = _graph(rename)
    sources = []
    with tf.Session(graph=graph) as session:
        session.run(initializer)
        for wanted in fetches:
            for _ in range(3):
                values = session.run(wanted, {x: np.eye(3, dtype=np.float32)})
            sources.append(session._plan(tuple(t.op.outputs[0] for t in wanted), (x,)).source)
    return values, sources


def _statements(text: str) -> list[tuple[str, int]]:
    """The statements of a text, with their lines."""
    found = [(type(n).__name__, n.lineno) for n in ast.walk(ast.parse(text)) if isinstance(n, ast.stmt)]
    return sorted(found, key=lambda entry: entry[1])


def _plain(name: str) -> str:
    return name


def _hostile(text: str):
    def rename(name: str) -> str:
        return f"{name}{text}{PAYLOAD} #"

    return rename


def _all_texts():
    """One graph's nodes get all the characters in turn; there are too many for a graph each on every tier."""
    texts = [*CONTROLS, *OTHERS]
    return ["".join(texts[i : i + 40]) + "\n" for i in range(0, len(texts), 40)]


TEXTS = pytest.mark.parametrize(
    "text", ["\r", "\x0c", "\u2028", "\n    ", *_all_texts()], ids=lambda text: f"{len(text)}{text[0]!a}"
)


@pytest.mark.parametrize("mode", ["plan", "steps", "native"])
@TEXTS
def test_names_are_not_in_compiled_text(monkeypatch, compiled, mode, text):
    """Known statements on known lines, whatever the nodes are called."""
    if mode == "steps":
        monkeypatch.setattr(codegen, "_MOST_LINES", 2)
    monkeypatch.setenv("GRAPHRT_NATIVE", "force" if mode == "native" else "0")
    _run(_plain)  # whatever is compiled once a process
    compiled.clear()
    expected, _ = _run(_plain)
    known = [_statements(source) for source in compiled]
    assert known
    compiled.clear()
    values, _ = _run(_hostile(text))
    assert [_statements(source) for source in compiled] == known
    for source in compiled:
        assert "graphrt_executed" not in source
    for a, b in zip(values, expected, strict=True):
        np.testing.assert_array_equal(a, b)


@TEXTS
def test_what_is_printed_for_people_has_the_same_lines(text):
    """`plan.source` shows names beside the lines; who compiles what is printed gets the same statements, too."""
    _, known = _run(_plain)
    _, shown = _run(_hostile(text))
    for mine, plain in zip(shown, known, strict=True):
        assert _statements(mine) == _statements(plain)
        assert len(mine.splitlines()) == len(plain.splitlines())


@pytest.mark.parametrize("character", ["\n", "\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"], ids=ascii)
@pytest.mark.parametrize("end", ["", "/"])
def test_an_imported_name_executes_nothing(character, end):
    """The attack that was found: a MatrixInverse renamed in the file, imported and run three times."""
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [2, 2], "x")
        tf.matrix_inverse(x, name="y")
    graph_def = messages.GraphDef.FromString(graph.as_graph_def().SerializeToString())
    graph_def.node[1].name = f"y{character}        {PAYLOAD}{character}{end}"
    with tf.Graph().as_default() as graph:
        with pytest.raises(ValueError, match=r"Node name contains invalid characters"):
            tf.import_graph_def(graph_def, name="")
        with tf.Session() as session:
            for op in graph.get_operations():
                for _ in range(3):
                    session.run(op, {"x:0": np.eye(2)} if op.type == "MatrixInverse" else {op.outputs[0]: np.eye(2)})
