"""The nested drawing: boxes in boxes, every edge drawn or said to be loose, whatever is open."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import network, op, variable

from graphrt.view.arrange import Arrangement, Box, arrange, loose_ends, make_containers
from graphrt.view.picture import ROOT, Picture, make_picture
from graphrt.view.records import OpRecord

QUICK = settings(deadline=None, max_examples=120)


@st.composite
def nested_graphs(draw: st.DrawFn) -> list[OpRecord]:
    """Random ops in random scopes; inputs and control inputs come from earlier ops (so scopes can form cycles)."""
    records: list[OpRecord] = []
    for number in range(draw(st.integers(1, 18))):
        scope = draw(st.sampled_from(["", "a/", "a/b/", "a/b/c/", "d/", "d/e/", "gradients/", "gradients/a/"]))
        names = [record.name for record in records]
        inputs = draw(st.lists(st.sampled_from(names), max_size=3)) if names else []
        control = draw(st.lists(st.sampled_from(names), max_size=1)) if names else []
        records.append(op(f"{scope}op{number}", inputs=inputs, control=control))
    return records


def inside(inner: Box, outer: Box) -> bool:
    return (
        outer.x - 1e-6 <= inner.x
        and outer.y - 1e-6 <= inner.y
        and inner.x + inner.width <= outer.x + outer.width + 1e-6
        and inner.y + inner.height <= outer.y + outer.height + 1e-6
    )


def apart(a: Box, b: Box) -> bool:
    return (
        a.x + a.width <= b.x + 1e-6
        or b.x + b.width <= a.x + 1e-6
        or a.y + a.height <= b.y + 1e-6
        or b.y + b.height <= a.y + 1e-6
    )


def check_boxes(picture: Picture, drawing: Arrangement, opened: set[int]) -> None:
    boxes = {box.number: box for box in drawing.boxes}
    visible = {picture.visible(node.number, opened) for node in picture.nodes if not node.children}
    assert {number for number, box in boxes.items() if not box.opened} == visible
    page = Box(ROOT, 0, 0, drawing.width, drawing.height, True)
    for number, box in boxes.items():
        parent = picture.nodes[number].parent
        assert inside(box, boxes.get(parent, page))
        for other in picture.nodes[parent].children:
            assert other >= number or apart(box, boxes[other])


@QUICK
@given(nested_graphs(), st.data())
def test_boxes_are_nested_and_apart_and_every_edge_is_accounted_for(records, data):
    picture = make_picture(records)
    groups = [node.number for node in picture.nodes if node.children]
    opened = {ROOT}
    for group in groups:  # only what can be seen can be open
        if picture.nodes[group].parent in opened and data.draw(st.booleans()):
            opened.add(group)
    containers, loose = make_containers(picture)
    drawing = arrange(picture, containers, opened)
    check_boxes(picture, drawing, opened)
    assert drawing == arrange(picture, containers, opened)
    drawn = sum(len(container.links) for group, container in containers.items() if group in opened)
    assert len(drawing.lines) == drawn
    loose_edges = {item.edge for item in loose}
    dots, curves = loose_ends(picture, loose, opened)
    for position, edge in enumerate(picture.edges):
        ends = picture.visible(edge.source, opened), picture.visible(edge.target, opened)
        if ends[0] == ends[1]:
            continue
        if position in loose_edges:
            hubs = [(hub, way) for number in ends for hub, way in dots.get(number, {})]
            assert ends in curves or (ends[1], "to") in hubs or (ends[0], "from") in hubs
        else:
            assert reaches(picture, containers, edge.source, edge.target, opened)


def reaches(picture, containers, source, target, opened) -> bool:
    """Whether lines lead from one visible node to the other, through the ports of open groups."""
    path_up, path_down = picture.ancestors(source), picture.ancestors(target)
    depth = next(d for d, (a, b) in enumerate(zip(path_up, path_down, strict=False)) if a != b)
    common = containers[path_up[depth - 1]]
    index = {("node", member.number): i for i, member in enumerate(common.members) if member.role == "node"}
    pair = index["node", path_up[depth]], index["node", path_down[depth]]
    if pair not in [(link.source, link.target) for link in common.links]:
        return False
    behind = pair[0]
    for level in range(depth, len(path_down) - 1):
        container = containers[path_down[level]]
        ports = [i for i, m in enumerate(container.members) if (m.role, m.number) == ("entry", behind)]
        child = next(i for i, m in enumerate(container.members) if (m.role, m.number) == ("node", path_down[level + 1]))
        if len(ports) != 1 or (ports[0], child) not in [(link.source, link.target) for link in container.links]:
            return False
        behind = ports[0]
    return True


def test_lines_begin_and_end_on_their_boxes():
    picture = make_picture(network(3))
    opened = {node.number for node in picture.nodes if node.children}
    containers, _ = make_containers(picture)
    drawing = arrange(picture, containers, opened)
    boxes = {box.number: box for box in drawing.boxes}
    checked = 0
    for line in drawing.lines:
        container = containers[line.container]
        link = container.links[line.link]
        for end, (x, top, bottom), y in (
            (link.source, line.stops[0], line.stops[0][1]),
            (link.target, line.stops[-1], line.stops[-1][2]),
        ):
            member = container.members[end]
            if member.role != "node":
                continue
            box = boxes[member.number]
            assert box.x <= x <= box.x + box.width
            edge = box.y + box.height if end == link.source else box.y
            assert abs(y - edge) < 1e-6 and top <= bottom + 1e-6
            checked += 1
    assert checked > 20


def test_edges_into_a_hub_are_loose_and_hubs_stay_joined():
    records = [op(f"v{number}", "Placeholder", role="placeholder") for number in range(9)]
    records.append(op("gradients/AddN", "AddN", [record.name for record in records]))
    records.append(op("update_a/Apply", "ApplyAdam", ["gradients/AddN", *(f"v{number}" for number in range(9))]))
    picture = make_picture(records)
    containers, loose = make_containers(picture)
    assert len(loose) == 18
    assert {item.hub for item in loose} == {"target"}
    assert len(containers[ROOT].links) == 1


def drawn_links(records: list[OpRecord]) -> set[tuple[str, str]]:
    picture = make_picture(records)
    container = make_containers(picture)[0][ROOT]
    names = [picture.nodes[member.number].name for member in container.members]
    return {(names[link.source], names[link.target]) for link in container.links}


@pytest.mark.parametrize("fed", [True, False])
def test_the_forward_pass_stays_where_weight_decay_makes_a_hub_of_the_loss(fed):
    kind, role, shape = ("Placeholder", "placeholder", "(?, 3)") if fed else ("Const", "constant", "(9, 3)")
    records = [op(name, kind, role=role, shape=shape) for name in ("x", "labels")]
    value = "x"
    for layer in range(9):
        records += variable(f"layer{layer}/w", "(3, 3)")
        records.append(op(f"layer{layer}/MatMul", "MatMul", [value, f"layer{layer}/w/read"]))
        records.append(op(f"loss/L2Loss_{layer}", "L2Loss", [f"layer{layer}/w/read"], "()"))
        value = f"layer{layer}/MatMul"
    records.append(op("loss/decay", "AddN", [f"loss/L2Loss_{layer}" for layer in range(9)], "()"))
    records.append(op("loss/cross", "Cross", [value, "labels"], "()"))
    records.append(op("loss/total", "Add", ["loss/cross", "loss/decay"], "()"))
    records.append(op("gradients/Fill", "Fill", ["loss/total"]))
    drawn = drawn_links(records)
    assert {("layer8", "loss"), ("labels", "loss"), ("x", "layer0")} <= drawn
    assert {(f"layer{layer}", f"layer{layer + 1}") for layer in range(8)} <= drawn
    assert ("layer3", "loss") not in drawn


def test_side_inputs_and_summaries_are_no_forward_pass():
    records = [op("x", "Placeholder", role="placeholder"), op("training", "Placeholder", role="placeholder")]
    records.append(op("noise", "RandomStandardNormal", stateful=True))
    value = "noise"
    for layer in range(9):
        records.append(op(f"layer{layer}", "Layer", [value, "training"]))
        records.append(op(f"summary{layer}", "HistogramSummary", [f"layer{layer}"], "()", dtype="string"))
        value = f"layer{layer}"
    records.append(op("merged", "MergeSummary", [f"summary{layer}" for layer in range(9)], "()", dtype="string"))
    drawn = drawn_links(records)
    assert {("noise", "layer0"), ("layer0", "layer1"), ("layer4", "summary4")} <= drawn
    assert not {link for link in drawn if link[0] == "training" or link[1] == "merged"}


def test_what_only_a_busy_placeholder_feeds_stays_joined_to_it():
    records = [op("x", "Placeholder", role="placeholder")]
    records += [op(f"tower{number}/Square", "Square", ["x"]) for number in range(20)]
    records.append(op("sum", "AddN", [f"tower{number}/Square" for number in range(20)]))
    drawn = drawn_links(records)
    assert len(drawn) == 40


def test_cycles_between_scopes_are_drawn_as_free_curves():
    records = [op("a/one"), op("b/two", inputs=["a/one"]), op("a/three", inputs=["b/two"]), op("b/four")]
    picture = make_picture(records)
    containers, loose = make_containers(picture)
    assert [item.hub for item in loose] == [""]
    dots, curves = loose_ends(picture, loose, {ROOT})
    assert not dots
    assert [(picture.nodes[a].name, picture.nodes[b].name) for a, b in curves] == [("b", "a")]
    assert len(containers[ROOT].links) == 1
