"""Files and texts: SVG, HTML data, Graphviz source (golden), NetworkX, GraphML."""

from __future__ import annotations

import importlib
import json
import re
import shutil
import struct
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from types import ModuleType

import networkx
import pytest
from samples import network, op, waiting_network

import graphrt as tf
from graphrt.view import export
from graphrt.view.graphviz_export import to_graphviz
from graphrt.view.html import to_html
from graphrt.view.page_data import page_data
from graphrt.view.picture import make_picture, open_all
from graphrt.view.records import TensorRecord
from graphrt.view.svg import to_svg
from graphrt.view.tools import MissingToolError

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def graph():
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [None, 3], name="x")
        with tf.name_scope("layer"):
            y = tf.add(x, 1.0, name="plus")
        with tf.control_dependencies([y]):
            tf.multiply(y, y, name="square")
    return graph


def test_networkx_has_every_op_and_every_edge(graph):
    result = graph.to_networkx()
    assert list(result.nodes) == ["x", "layer/plus/y", "layer/plus", "square"]
    plus = result.nodes["layer/plus"]
    assert (plus["type"], plus["scope"], plus["shapes"], plus["dtypes"]) == ("Add", "layer", ["(?, 3)"], ["float32"])
    assert re.fullmatch(r".*test_exports\.py:\d+", plus["source"])
    assert plus["line"] == 'y = tf.add(x, 1.0, name="plus")'
    assert result.number_of_edges("layer/plus", "square") == 2
    first = result.edges["x", "layer/plus", 0]
    assert first == {
        "tensor": "x:0",
        "shape": "(?, 3)",
        "dtype": "float32",
        "control": False,
        "input": 0,
    }
    assert networkx.is_directed_acyclic_graph(result)


def test_control_edges_are_marked():
    with tf.Graph().as_default() as graph:
        first = tf.constant(1, name="first")
        with tf.control_dependencies([first]):
            tf.constant(2, name="second")
    (edge,) = graph.to_networkx().edges(data=True)
    assert edge[:2] == ("first", "second")
    assert (edge[2]["tensor"], edge[2]["control"], edge[2]["input"]) == ("^first", True, -1)


def test_graphml_can_be_read_back(graph, tmp_path):
    path = export.write(graph, tmp_path / "graph.graphml")
    read = networkx.read_graphml(path)
    assert set(read.nodes) == {op.name for op in graph.get_operations()}
    assert read.nodes["x"]["shapes"] == "(?, 3)"


def test_graphviz_source_is_golden():
    records = [
        op("x", "Placeholder", role="placeholder"),
        op("scope/two", "Const", role="constant", shape="()", value="2."),
        op("scope/Mul", "Mul", ["x", "scope/two"]),
        op("step", "NoOp", control=["scope/Mul"], outputs=0),
    ]
    golden = Path(__file__).with_name("tiny.dot").read_text()
    assert to_graphviz(make_picture(records, title="tiny")).source == golden


def test_graphviz_shows_what_a_rewrite_removed_in_grey(graph, tmp_path):
    with tf.Graph().as_default() as smaller:
        tf.placeholder(tf.float32, [None, 3], name="x")
    text = export.write(graph, tmp_path / "both.dot", after=smaller).read_text()
    grey = [line for line in text.splitlines() if "#c9c9c9" in line and "label=" in line and "->" not in line]
    assert len(grey) == 2  # 'plus' with its constant, and 'square'
    assert 'fillcolor="#d9f2e6"' in text


def test_gradients_are_one_node_until_opened():
    picture = make_picture(network())
    closed = to_graphviz(picture).source
    assert re.search(r'label="gradients\\n\d+ ops', closed)
    assert 'label="dense_1/MatMul_grad' not in closed
    assert 'label="dense_1/MatMul_grad' in to_graphviz(picture, open_all(picture, gradients=True)).source


def test_a_missing_dot_names_the_ways_that_need_none(graph, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    for name, layout in (("graph.pdf", "own"), ("graph.png", "dot"), ("graph.svg", "dot")):
        with pytest.raises(MissingToolError, match=r"needs the program 'dot'.*\.html.*\.svg.*\.dot or \.graphml"):
            export.write(graph, tmp_path / name, layout=layout)
        assert not (tmp_path / name).exists()
    assert export.write(graph, tmp_path / "graph.svg").read_text().startswith("<svg")
    assert export.write(graph, tmp_path / "graph.dot", layout="dot").read_text().startswith("digraph")


@pytest.mark.parametrize("module", ["resvg_py", "font_source_sans_pro"])
def test_a_missing_extra_is_named_with_what_installs_it(graph, tmp_path, monkeypatch, module):
    for name in ("resvg_py", "font_source_sans_pro"):
        monkeypatch.setitem(sys.modules, name, None if name == module else ModuleType(name))
    with pytest.raises(MissingToolError, match=rf"needs the package {module}: pip install 'graphrt\[png\]'.*\.html"):
        export.write(graph, tmp_path / "graph.png")
    assert not (tmp_path / "graph.png").exists()


def size_of(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def test_png_is_our_own_drawing_with_its_texts(graph, tmp_path):
    raster = png_maker()
    content = export.write(graph, tmp_path / "graph.png").read_bytes()
    text = to_svg(export.picture_of(graph), fonts=raster.FONTS, dark=False)
    width, height = re.findall(r'width="(\d+)" height="(\d+)"', text)[0]
    assert size_of(content) == (2 * int(width), 2 * int(height))
    without = re.sub("<text.*?</text>", "", text)
    assert len(content) > 1.2 * len(raster.to_png(without))


def test_a_huge_png_is_scaled_down():
    raster = png_maker()
    content = raster.to_png('<svg xmlns="http://www.w3.org/2000/svg" width="90000" height="3000"></svg>')
    width, height = size_of(content)
    assert 50e6 < width * height <= 61e6


def png_maker():
    reason = "the extra [png] is not installed"
    for module in ("resvg_py", "font_source_sans_pro"):
        pytest.importorskip(module, reason=reason)
    return importlib.import_module("graphrt.view.raster")


@pytest.mark.skipif(shutil.which("dot") is None, reason="no 'dot' program on the PATH")
def test_drawings_by_dot(graph, tmp_path):
    assert export.write(graph, tmp_path / "graph.png", layout="dot").read_bytes().startswith(b"\x89PNG")
    by_dot = export.write(graph, tmp_path / "graph.svg", layout="dot").read_text()
    assert "Generated by graphviz" in by_dot
    assert export.write(graph, tmp_path / "graph.pdf").read_bytes().startswith(b"%PDF")


def test_an_unknown_suffix_is_refused(graph, tmp_path):
    with pytest.raises(ValueError, match=r"'graph.bmp': the suffix says .* \.svg, \.html, \.png"):
        export.write(graph, tmp_path / "graph.bmp")
    with pytest.raises(ValueError, match=r"layout must be 'own', or 'dot' for another file than \.html; got 'dot'"):
        export.write(graph, tmp_path / "graph.html", layout="dot")
    with pytest.raises(ValueError, match="expand must be one of auto, none, scopes, all, got 'some'"):
        export.write(graph, tmp_path / "graph.svg", expand="some")


def test_svg_is_well_formed_and_shows_nodes_lines_and_tooltips():
    picture = make_picture(network())
    root = ElementTree.fromstring(to_svg(picture))
    texts = ["".join(element.itertext()) for element in root.iter(f"{SVG}text")]
    for expected in ("x", "kernel", "3×3", "MatMul", "Relu", "loss", "gradients", "[0, 1]", "int32 2"):
        assert expected in texts
    titles = [element.text or "" for element in root.iter(f"{SVG}title")]
    assert any("model.py:30 in build\n    line 30 </script> & <b>" in title for title in titles)
    assert len([path for path in root.iter(f"{SVG}path") if path.get("marker-end")]) >= 7


def test_html_is_self_contained_and_its_data_is_whole():
    picture = make_picture(network(), title="a <title> & more")
    text = to_html(picture)
    assert "@DATA@" not in text and "@SCRIPT@" not in text
    assert not re.search(r"""(src|href)=["']|url\(["']?http|@import|fetch\(|XMLHttpRequest""", text)
    assert "<title>a &lt;title&gt; &amp; more</title>" in text
    content = re.search(r'<script id="data" type="application/json">(.*?)</script>', text, re.S)
    data = json.loads(content.group(1))
    assert data == json.loads(json.dumps(page_data(picture)))
    assert len(data["nodes"]) == len(picture.nodes) and len(data["loose"]) == len(picture.edges)
    assert any("line 30 </script> & <b>" in entry for entry in data["table"])


def test_five_thousand_ops_are_drawn():
    records = [op("x", "Placeholder", role="placeholder")]
    for block in range(50):
        for number in range(100):
            before = records[-1].name
            other = records[max(0, len(records) - 1 - (number * 7) % 40)].name
            records.append(op(f"block_{block}/unit_{number // 10}/op_{number}", inputs=[before, other]))
    text = to_html(make_picture(records))
    assert len(text) < 2_000_000


def test_unknown_rank_and_unknown_length_are_told_apart():
    shapes = {"<unknown>": "any rank", "(?,)": "?", "(?, 3)": "?×3", "()": "scalar", "(2, ?)": "2×?"}
    assert {shape: TensorRecord("float32", shape).text for shape in shapes} == shapes
    assert TensorRecord("int64", "<unknown>").text == "int64 any rank"
    with tf.Graph().as_default() as graph:
        tf.add(tf.placeholder(tf.float32, name="anything"), tf.placeholder(tf.float32, [None], name="vector"))
    text = export.svg(graph)
    assert '">any rank</text>' in text and '">?</text>' in text
    notes = page_data(export.picture_of(graph))["notes"]
    assert [note.partition(":")[0] for note in notes] == ["?", "any rank"]


def test_ten_thousand_ops_that_all_wait_for_the_same_hundred_stay_a_small_page():
    text = to_html(make_picture(waiting_network(10_000)))
    assert len(text) < 4_000_000


@pytest.mark.parametrize("suffix", [".svg", ".html", ".dot", ".graphml"])
def test_an_empty_graph_has_a_picture(tmp_path, suffix):
    path = export.write(tf.Graph(), tmp_path / f"empty{suffix}")
    assert path.stat().st_size > 50


def test_a_loop_has_a_picture():
    records = [
        op("while/Enter", "Enter", ["start"]),
        op("start", "Const", role="constant", value="0"),
        op("while/Merge", "Merge", ["while/Enter", "while/NextIteration"], outputs=2),
        op("while/Add", "Add", ["while/Merge"]),
        op("while/NextIteration", "NextIteration", ["while/Add"]),
    ]
    text = to_svg(make_picture(records))
    assert len(re.findall(r'<path class="line control" d="M[^"]*C', text)) == 1
