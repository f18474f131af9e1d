"""Any text anywhere in a graph: every picture of it is still well formed, and shows the text."""

from __future__ import annotations

import json
import linecache
import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser

import networkx
import pytest
from samples import node_names, op

import graphrt as tf
from graphrt.view import export
from graphrt.view.graphviz_export import to_graphviz
from graphrt.view.memory_picture import svg as memory_svg
from graphrt.view.picture import make_picture
from graphrt.view.printable import printable, printable_name
from graphrt.view.timeline import Timeline

CONTROLS = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))]
HOSTILE = [
    *CONTROLS,
    *"\"'\\<>&[]{}|;/é☃\u2028\u2029\u202e\u2066\ufeff\ufffe\uffff\ud800\udfff\U0001f600\U0001fffe",
    *[
        "\\\\",
        '\\"',
        '"\\',
        "\\n",
        "\\N",
        "\\G",
        "&lt;",
        "&#0;",
        "]]>",
        "<!--",
        "</script>",
        "</title>",
        "<b>x</b>",
        "%%",
    ],
    *["-->", "@DATA@", "a" * 500, "\r\n", "\ud83d\ude00"],
]
# Where a text of the user's can stand.
PLACES = ("scope", "name", "type", "attribute", "value", "device", "file", "function", "line", "title")


def hostile_graph(text: str, places: tuple[str, ...]) -> tf.Graph:
    """A graph with the text in its names, attributes, constants, devices and source lines."""
    name = f"scope{text}/op{text}" if "scope" in places else f"scope/op{text}" if "name" in places else "scope/op"
    file = f"file{text}.py" if "file" in places else "file.py"
    with tf.Graph().as_default() as graph:
        source = "\n".join(["c = tf.constant('value')", "d = tf.identity(c)", "e = tf.string_join([c, d])"])
        namespace = {"tf": tf}
        code = compile(source, "replaced", "exec")
        exec(code.replace(co_filename=file, co_name=text if "function" in places else "f"), namespace)
        for number, key in enumerate("cde"):
            operation = namespace[key].op
            operation.name = f"{name}{number}"
            if "device" in places:
                operation._device = f"/job:x{text}"
            if "attribute" in places:
                operation.attrs[f"attr{text}"] = text
        if "value" in places:
            namespace["c"].op.attrs["value"] = namespace["c"].op.attrs["value"] + text.encode(errors="surrogatepass")
        if "line" in places:
            linecache.cache[file] = (1, None, [f"tf.f()  # {text}\n"] * 3, file)
        else:
            linecache.cache.pop(file, None)
    return graph


def check_dot(source: str) -> None:
    """The tokens of the DOT language, and nothing else; brackets close."""
    token = re.compile(r'\s+|"(?:\\[\s\S]|[^"\\])*"|[A-Za-z_][A-Za-z_0-9]*|-?(?:\.\d+|\d+(?:\.\d*)?)|->|[{}\[\]=;,]')
    at, depth = 0, 0
    while at < len(source):
        match = token.match(source, at)
        assert match is not None, f"no token of DOT: {source[at : at + 60]!r}"
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", match[0])
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(match[0], 0)
        at = match.end()
    assert depth == 0
    source.encode()
    if shutil.which("dot"):
        subprocess.run(["dot", "-Tdot"], input=source.encode(), check=True, stdout=subprocess.DEVNULL)


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_png_of_hostile_texts(tmp_path, text):
    for module in ("resvg_py", "font_source_sans_pro"):
        pytest.importorskip(module, reason="the extra [png] is not installed")
    written = export.write(hostile_graph(text, PLACES), tmp_path / "g.png", title=text, expand="all").read_bytes()
    assert written.startswith(b"\x89PNG")


class Page(HTMLParser):
    """The JSON and the title of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.texts: dict[str, str] = {}
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.stack.append(f"{tag}#{dict(attrs).get('id', '')}")

    def handle_data(self, data):
        if self.stack:
            self.texts[self.stack[-1]] = self.texts.get(self.stack[-1], "") + data


def texts_of(svg: str) -> str:
    return "\n".join(ElementTree.fromstring(svg).itertext())


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_every_format_is_well_formed(tmp_path, text):
    check_all(tmp_path, text, PLACES)


@pytest.mark.parametrize("place", PLACES)
def test_wherever_the_text_stands(tmp_path, place):
    for text in ("\x07", "\0", "\r\n", "\u2028", "\ud800", '\\"', "\\", "<b>x</b>", "</script>", "]]>", "&#0;"):
        check_all(tmp_path, text, (place,))


def check_all(tmp_path, text: str, places: tuple[str, ...]) -> None:
    graph = hostile_graph(text, places)
    title = f"title{text}" if "title" in places else "title"
    for expand in ("none", "all"):
        for suffix in (".svg", ".html", ".dot", ".gv", ".graphml"):
            written = export.write(graph, tmp_path / f"g{suffix}", title=title, expand=expand).read_bytes().decode()
            if suffix in (".dot", ".gv"):
                check_dot(written)
            elif suffix == ".html":
                check_page(written)
            else:
                ElementTree.fromstring(written)
    networkx.read_graphml(tmp_path / "g.graphml")
    export.frame(graph, title=title).encode()


def check_page(text: str) -> None:
    page = Page(text)
    (data,) = [content for tag, content in page.texts.items() if tag.startswith("script") and content.startswith("{")]
    names = node_names(json.loads(data))
    assert len(names) >= 4


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_what_is_shown(text):
    """The text, with Python's escapes for what cannot stand in a picture."""
    records = [op(f"scope/{text}", line=3), op("other", inputs=[f"scope/{text}"])]
    if ":" in text or "/" in text:
        return
    shown = printable_name(text)
    graph = hostile_graph(text, ("name",))
    assert f"scope/op{shown}0" in graph.to_networkx().nodes
    if len(text) < 10:
        assert f"op{shown}0" in texts_of(export.svg(graph, expand="all"))
    assert make_picture(records).nodes[1].name


def test_printable():
    assert printable('é☃\t"<&>\\') == 'é☃\t"<&>\\'
    assert printable("a\nb\x00\x85\u2028\udc80\ufffe") == "a\\nb\\x00\\x85\\u2028\\udc80\\ufffe"
    assert printable_name("\n") != printable_name("\\n")


@pytest.mark.parametrize("label", ["<b>", '"', "a\\", "\\", '\\"', "<", "x\ny"])
def test_labels_of_clusters_nodes_edges_and_graphs_in_dot(label):
    """`dot` shows what was written: quotes end nothing, backslashes stand for themselves, < > is no HTML."""
    records = [op(f"{label}/a"), op(f"{label}/b", inputs=[f"{label}/a"])]
    picture = make_picture(records, title=label)
    source = to_graphviz(picture, {node.number for node in picture.nodes}).source
    check_dot(source)
    labels = re.findall(r'label=("(?:\\.|[^"\\])*"|[^\s\]]+)', source)
    wanted = label.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
    assert f'"{wanted}"' in labels


def test_pictures_of_memory():
    for text in HOSTILE:
        ElementTree.fromstring(memory_svg(text, [text, "b"], [10, 20], []))


SAFE_NAMES = "".join(chr(code) for code in (*range(1, 9), *range(14, 28), 0x7F, 0x80, 0x9F)) + "\"'\\<>&☃"


def test_timelines_are_json_and_explanations_are_text(tmp_path):
    """(Line ends in names: tests of the plan's source.)"""
    metadata = tf.RunMetadata()
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [3])
        outputs = []
        for character in SAFE_NAMES:
            y = tf.add(x, float(ord(character)))
            y.op.name = f"scope/op{character}"
            outputs.append(y)
        options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
        sess.run(outputs, {x: [1.0, 2.0, 3.0]}, options=options, run_metadata=metadata)
        trace = json.loads(Timeline(metadata.step_stats).generate_chrome_trace_format())
        names = {event["args"]["name"] for event in trace["traceEvents"]}
        assert f"scope/op{SAFE_NAMES[-1]}" in names
        explanation = sess.explain(outputs, {x: [1.0, 2.0, 3.0]}, memory=True)
        for text in (str(explanation), explanation._repr_html_()):
            assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", text)
        for timeline in explanation.memory:
            ElementTree.fromstring(timeline.svg())
            assert "\x01" not in str(timeline)
        ElementTree.parse(explanation.write(tmp_path / "e.svg"))
