"""The tree that a picture shows: scopes, folded variables, gradients, updates; what is open; before and after."""

from __future__ import annotations

from samples import network, op, variable

from graphrt.view.look import face_of
from graphrt.view.picture import ROOT, Picture, default_open, make_picture, open_all
from graphrt.view.records import compare


def shown(picture: Picture, opened: set[int]) -> list[str]:
    return sorted(
        {picture.nodes[picture.visible(node.number, opened)].name for node in picture.nodes if not node.children}
    )


def kinds(picture: Picture) -> dict[str, str]:
    return {picture.nodes[number].name: picture.nodes[number].kind for number in picture.nodes[ROOT].children}


def test_top_of_a_network():
    picture = make_picture(network())
    assert kinds(picture) == {
        "x": "placeholder",
        "dense_0": "scope",
        "dense_1": "scope",
        "Const": "constant",
        "loss": "op",
        "gradients": "gradient",
        "GradientDescent": "update",
        "init": "control",
    }
    assert picture.nodes[ROOT].count == len(network())
    for number, node in enumerate(picture.nodes):
        assert node.number == number
        assert all(picture.nodes[child].parent == number > node.parent or number == ROOT for child in node.children)


def test_a_variable_is_one_node_with_its_read_assign_and_initial_value():
    picture = make_picture(network())
    dense = next(node for node in picture.nodes if node.name == "dense_0")
    children = {picture.nodes[child].label: picture.nodes[child].kind for child in dense.children}
    assert children == {"kernel": "variable", "MatMul": "op", "Relu": "op"}
    kernel = next(node for node in picture.nodes if node.name == "dense_0/kernel" and node.children)
    assert kernel.count == 4
    assert (face_of(kernel).label, face_of(kernel).detail) == ("kernel", "3×3")


def test_an_initial_value_elsewhere_is_folded_too_unless_something_else_uses_it():
    records = [
        op("random_normal/shape", "Const", role="constant", value="[1]"),
        op("random_normal/Random", "RandomStandardNormal", ["random_normal/shape"]),
        op("random_normal", "Add", ["random_normal/Random", "random_normal/Random"]),
        op("w", "VariableV2", role="variable", dtype="float32_ref"),
        op("w/Assign", "Assign", ["w", "random_normal"], dtype="float32_ref"),
        op("w/read", "Identity", ["w"]),
    ]
    assert kinds(make_picture(records)) == {"w": "variable"}
    used = [*records, op("y", "Neg", ["random_normal"])]
    assert kinds(make_picture(used)) == {"random_normal": "scope", "w": "variable", "y": "op"}


def test_without_folding_a_variable_is_a_scope_of_its_ops():
    picture = make_picture(variable("w", "(2,)"), fold_variables=False)
    node = next(node for node in picture.nodes if node.name == "w" and node.children)
    assert node.kind == "scope"
    assert {picture.nodes[child].label for child in node.children} == {"Initializer", "w", "Assign", "read"}


def test_constants_in_the_scope_of_their_op_are_folded_into_it():
    records = [op("x"), op("Mean/axis", "Const", role="constant", value="0"), op("Mean", "Mean", ["x", "Mean/axis"])]
    picture = make_picture(records)
    assert kinds(picture) == {"x": "op", "Mean": "op"}
    assert next(node for node in picture.nodes if node.name == "Mean" and node.children).count == 2


def test_a_scope_with_one_child_is_joined_with_it():
    picture = make_picture([op("a/b/c/Add"), op("a/b/c/Mul"), op("d/only/Sub")])
    assert [picture.nodes[number].label for number in picture.nodes[ROOT].children] == ["a/b/c", "d/only"]


def test_what_is_open_at_first():
    picture = make_picture(network())
    names = {picture.nodes[number].name for number in default_open(picture)}
    assert names == {"", "dense_0", "dense_1"}
    assert default_open(picture, budget=1) == {ROOT}
    # Layers of equal size open together or not at all.
    assert default_open(picture, budget=11) == {ROOT}
    assert "gradients" in shown(picture, open_all(picture))
    assert "gradients" not in shown(picture, open_all(picture, gradients=True))


def test_before_and_after():
    before = [op("x"), op("a", inputs=["x"]), op("b", inputs=["a"])]
    after = [op("x"), op("b", inputs=["x"]), op("fused", inputs=["x"])]
    merged = compare(before, after)
    assert {record.name: record.state for record in merged} == {
        "x": "kept",
        "a": "removed",
        "b": "kept",
        "fused": "added",
    }
    picture = make_picture(merged)
    assert {node.name: node.state for node in picture.nodes if node.op} == {
        "x": "kept",
        "a": "removed",
        "b": "kept",
        "fused": "added",
    }


def test_a_scope_that_lost_some_ops_says_how_many():
    before = [op("a/x"), op("a/y", inputs=["a/x"]), op("a/z", inputs=["a/y"])]
    picture = make_picture(compare(before, [before[0], op("a/z", inputs=["a/x"])]))
    (scope,) = (picture.nodes[number] for number in picture.nodes[ROOT].children)
    assert (scope.state, face_of(scope).detail) == ("kept", "3 ops, 1 removed")
    gone = make_picture(compare(before, []))
    assert [face_of(gone.nodes[number]).detail for number in gone.nodes[ROOT].children] == ["3 ops"]
