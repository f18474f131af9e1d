"""The HTML page in a real headless Chromium: what it draws, what opens, search, keys, details; no errors logged."""

from __future__ import annotations

import time

import pytest
from browser import DOWN, UP, Browser, missing, move
from samples import network, op, waiting_network

from graphrt.view.arrange import arrange, make_containers
from graphrt.view.html import to_html
from graphrt.view.look import colour_class, face_of
from graphrt.view.picture import Node, default_open, make_picture, open_all

pytestmark = [pytest.mark.browser, pytest.mark.skipif(bool(missing()), reason=missing() or "a browser is there")]

ENTER, DOWN_ARROW, ESCAPE = "\ue007", "\ue015", "\ue00c"
LAYOUT = """
const drawing = new Arranger(nodes, containerOf, new Set(arguments[0])).run();
return [drawing.boxes.map(b => [b.number, b.x, b.y, b.width, b.height]), drawing.lines.map(l => l.stops),
        drawing.width, drawing.height];
"""
NAMES = "return [...document.querySelectorAll('.node, .group')].map(e => nodes[e.dataset.number].name)"
PLACE = """
const number = nodes.findIndex(node => node.name === arguments[0]);
const box = elements.get(number).querySelector('.box').getBoundingClientRect();
return [box.left, box.top, box.width, box.height];
"""


# Milliseconds from the start of loading until the drawing stands in the document, and something has been painted.
FIRST_SIGHT = """
const painted = performance.getEntriesByType('paint').map(entry => entry.startTime);
return Math.max(...painted, performance.getEntriesByName('drawn')[0].startTime);
"""


@pytest.fixture(scope="module")
def browser():
    with Browser() as browser:
        yield browser


@pytest.fixture
def picture():
    return make_picture(network(3), title="three layers")


@pytest.fixture
def page(browser, picture, tmp_path):
    path = tmp_path / "graph.html"
    path.write_text(to_html(picture))
    browser.open(path)
    yield browser
    assert browser.errors() == []


def shown(page: Browser) -> set[str]:
    return set(page.run(NAMES))


def settle(page: Browser) -> None:
    page.run("fit()")
    time.sleep(0.35)  # boxes glide to their places


def click(page: Browser, name: str, times: int = 1, at: tuple[float, float] = (0.5, 0.5)) -> None:
    settle(page)
    left, top, width, height = page.run(PLACE, name)
    page.pointer(move(left + at[0] * width, top + at[1] * height), *([DOWN, UP] * times))


def numbers(value: object) -> list[float]:
    if isinstance(value, (list, tuple)):
        return [number for item in value for number in numbers(item)]
    assert isinstance(value, (int, float))
    return [float(value)]


@pytest.mark.parametrize("everything", [False, True])
def test_the_page_places_everything_where_python_does(page, picture, everything):
    opened = open_all(picture, gradients=True, variables=True) | {0} if everything else default_open(picture)
    drawing = arrange(picture, make_containers(picture)[0], opened)
    expected = (
        [(box.number, box.x, box.y, box.width, box.height) for box in drawing.boxes],
        [line.stops for line in drawing.lines],
        drawing.width,
        drawing.height,
    )
    assert numbers(page.run(LAYOUT, sorted(opened))) == pytest.approx(numbers(expected), abs=1e-6)


EDGES = """
return [...data.loose].map((_, e) => [edges.source[e], edges.target[e], tensorOf(e), textOf(e), isLoose(e)]);
"""
NODES = """
const words = op => [op.type, op.value, op.attrs, op.line ?? 0, op.outputs.length];
return nodes.map(n => [n.name, n.label, n.detail, n.kind, n.style, n.parent, n.children ?? [], n.op ? words(n.op) : 0]);
"""


def node_words(node: Node) -> list[object]:
    face, made = face_of(node), node.op
    words: object = 0
    if made is not None:
        line = made.source.lineno if made.source else 0
        words = [made.type, made.value, [list(pair) for pair in made.attrs], line, len(made.outputs)]
    return [node.name, face.label, face.detail, node.kind, colour_class(node), node.parent, node.children, words]


def test_the_page_holds_what_the_picture_does(browser, tmp_path):
    records = network(3)
    records.append(op("a/😀é/x", "Odd", ["dense_1/Relu"], outputs=3))
    records.append(op("a/😀é/xy", "Odd", ["a/😀é/x:2"], control=["x", "loss"]))
    picture = make_picture(records)
    path = tmp_path / "graph.html"
    path.write_text(to_html(picture))
    browser.open(path)
    loose = {item.edge for item in make_containers(picture)[1]}
    assert browser.run(EDGES) == [
        [edge.source, edge.target, edge.tensor, edge.text or "control", position in loose]
        for position, edge in enumerate(picture.edges)
    ]
    assert browser.run(NODES) == [node_words(node) for node in picture.nodes]
    assert browser.errors() == []


def test_the_first_sight_of_ten_thousand_ops_takes_less_than_a_second(browser, tmp_path):
    path = tmp_path / "large.html"
    path.write_text(to_html(make_picture(waiting_network(10_000))))
    assert path.stat().st_size < 8_000_000
    seen = []
    for _ in range(3):  # (other processes may be busy)
        browser.open(path)
        seen.append(browser.run(FIRST_SIGHT))
    assert 0 < min(seen) < 1000, f"{seen} ms"
    assert browser.errors() == []


def test_first_sight(page):
    assert page.run("return document.title") == "three layers"
    names = shown(page)
    assert {"x", "dense_0", "dense_0/MatMul", "dense_2/Relu", "gradients", "loss", "init"} <= names
    assert not any(name.startswith("gradients/") for name in names)
    assert page.run("return document.getElementById('counts').textContent").startswith("30 ops, ")
    assert page.run("return document.querySelectorAll('#lines path').length") >= 8
    assert page.run("return performance.getEntriesByType('resource').length") == 0


def test_scopes_open_and_close(page):
    click(page, "gradients", times=2)
    assert any(name.startswith("gradients/") for name in shown(page))
    click(page, "gradients", times=2, at=(0.5, 0.02))
    assert not any(name.startswith("gradients/") for name in shown(page))
    page.run("document.getElementById('close-all').click()")
    assert "dense_0/MatMul" not in shown(page)
    page.run("document.getElementById('open-all').click()")
    assert "dense_0/MatMul" in shown(page)


def test_an_opened_scope_stays_where_it_was(page):
    settle(page)
    before = page.run(PLACE, "gradients")
    left, top, width, height = before
    page.pointer(move(left + width / 2, top + height / 2), *([DOWN, UP] * 2))
    time.sleep(0.35)
    assert page.run(PLACE, "gradients")[:2] == pytest.approx(before[:2], abs=1.5)


def test_hover_shows_type_shape_and_source_line(page):
    settle(page)
    left, top, width, height = page.run(PLACE, "loss")
    page.pointer(move(left + width / 2, top + height / 2))
    tip = page.run("const tip = document.getElementById('tip'); return tip.hidden ? '' : tip.textContent")
    for expected in ("loss", "Mean", "float32 ()", "model.py:30 in build", "line 30 </script> & <b>"):
        assert expected in tip
    assert page.run("return document.querySelectorAll('.line.lit').length") == 3  # one of them in two pieces


def test_details_of_a_clicked_node_and_jumping_along_its_edges(page):
    click(page, "dense_1/Relu")
    text = page.run("return document.getElementById('details').innerText")
    for expected in ("dense_1/Relu", "MADE AT", "model.py:21 in build", "dense_1/MatMul:0", "USED BY (2)"):
        assert expected in text
    page.run("[...document.querySelectorAll('.jump')].find(b => b.textContent.includes('gradients/')).click()")
    assert any(name.startswith("gradients/dense_0/MatMul_grad") or name == "gradients" for name in shown(page))
    assert page.run("return nodes[selected].name").startswith("gradients/")


def test_search_by_keyboard(page):
    page.run("document.body.focus()")
    page.keys("/")
    page.keys("matmul_grad")
    assert page.run("return document.querySelectorAll('#results li').length") >= 3
    page.keys(DOWN_ARROW + ENTER)
    name = page.run("return nodes[selected].name")
    assert "MatMul_grad" in name
    assert page.run("return document.activeElement.dataset.number") == str(page.run("return selected"))
    page.keys(ESCAPE)
    assert page.run("return document.getElementById('details').hidden")


def test_keys_move_open_and_zoom(page):
    page.run("focus(nodes.findIndex(node => node.name === 'dense_0' && node.children))")
    page.keys(ENTER)
    assert "dense_0/MatMul" not in shown(page)
    assert page.run("return document.activeElement.getAttribute('aria-expanded')") == "false"
    page.keys(DOWN_ARROW)
    assert page.run("return nodes[focused].name") == "dense_1"
    scale = page.run("return view.scale")
    page.keys("+")
    assert page.run("return view.scale") == pytest.approx(1.25 * scale)
    assert page.run("return document.querySelectorAll('[tabindex=\"0\"][data-number]').length") == 1


def test_dragging_pans_and_the_wheel_zooms(page):
    x, y = page.run("return [view.x, view.y]")
    page.pointer(move(40, 400), DOWN, move(100, 430, 50), move(140, 470, 50), UP)
    assert page.run("return [view.x, view.y]") == pytest.approx([x + 100, y + 70], abs=2)
    scale = page.run("return view.scale")
    page.run(
        "canvas.dispatchEvent(new WheelEvent('wheel', {deltaY: -100, clientX: 300, clientY: 300, cancelable: true}))"
    )
    assert page.run("return view.scale") > scale


def test_light_and_dark(page):
    colour = "return getComputedStyle(document.body).backgroundColor"
    first = page.run(colour)
    page.run("document.getElementById('theme').click()")
    second = page.run(colour)
    assert {first, second} == {"rgb(255, 255, 255)", "rgb(18, 22, 28)"}
    fills = page.run("return [...document.querySelectorAll('.node .box')].map(e => getComputedStyle(e).fill)")
    assert "rgb(0, 0, 0)" not in fills


def test_the_legend_stands_beside_the_drawing(browser, tmp_path):
    path = tmp_path / "graph.html"
    path.write_text(to_html(make_picture([op(f"op{number}", inputs=[]) for number in range(400)])))
    browser.open(path)
    canvas, legend = (
        browser.run(f"return document.getElementById('{name}').getBoundingClientRect().toJSON()")
        for name in ("canvas", "legend")
    )
    assert legend["height"] > 10 and legend["top"] >= canvas["bottom"] - 0.5
    assert browser.run("return document.documentElement.scrollHeight <= innerHeight")


def test_an_empty_graph(browser, tmp_path):
    path = tmp_path / "empty.html"
    path.write_text(to_html(make_picture([])))
    browser.open(path)
    browser.keys("0" + DOWN_ARROW + ENTER)
    assert browser.run("return document.getElementById('counts').textContent") == "0 ops, 0 edges"
    assert browser.errors() == []
