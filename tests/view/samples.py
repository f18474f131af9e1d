"""Graphs for the tests of pictures, as records: they need no op library."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from graphrt.view.records import OpRecord, SourceRecord, TensorRecord

Names = list[str]


def op(
    name: str,
    kind: str = "Add",
    inputs: Names | None = None,
    shape: str = "(?, 3)",
    control: Names | None = None,
    role: str = "",
    dtype: str = "float32",
    outputs: int = 1,
    value: str = "",
    line: int = 0,
    stateful: bool = False,
) -> OpRecord:
    """A record; inputs are written 'producer' or 'producer:1'."""
    pairs = [(text.partition(":")[0], int(text.partition(":")[2] or 0)) for text in inputs or []]
    tensor = TensorRecord(dtype.removesuffix("_ref"), shape, dtype.endswith("_ref"))
    source = SourceRecord("model.py", line, "build", f"line {line} </script> & <b>") if line else None
    record = OpRecord(
        name, kind, tuple(pairs), (tensor,) * outputs, tuple(control or []), "", (("T", dtype),), source, role, value
    )
    writes = kind.startswith(("Assign", "Apply", "SparseApply", "Scatter")) and kind != "ScatterNd"
    return replace(record, stateful=stateful, writes=writes)


def variable(name: str, shape: str, line: int = 0) -> list[OpRecord]:
    """A TF1 reference variable with its initial value, Assign and read."""
    initial = f"{name}/Initializer/zeros"
    return [
        op(initial, "Const", shape=shape, role="constant", value="0."),
        op(name, "VariableV2", shape=shape, role="variable", dtype="float32_ref", line=line),
        op(f"{name}/Assign", "Assign", [name, initial], shape, dtype="float32_ref"),
        op(f"{name}/read", "Identity", [name], shape),
    ]


def network(layers: int = 2) -> list[OpRecord]:
    """x -> dense layers in scopes -> loss, with gradients, updates and an initializer, as TF1 names them."""
    records = [op("x", "Placeholder", role="placeholder", line=1)]
    value, variables = "x", []
    for layer in range(layers):
        scope = f"dense_{layer}"
        records += variable(f"{scope}/kernel", "(3, 3)", line=10 + layer)
        variables.append(f"{scope}/kernel")
        records.append(op(f"{scope}/MatMul", "MatMul", [value, f"{scope}/kernel/read"], line=20 + layer))
        records.append(op(f"{scope}/Relu", "Relu", [f"{scope}/MatMul"], line=20 + layer))
        value = f"{scope}/Relu"
    records.append(op("Const", "Const", shape="(2,)", dtype="int32", role="constant", value="[0, 1]"))
    records.append(op("loss", "Mean", [value, "Const"], "()", line=30))
    gradient = "gradients/Fill"
    records.append(op(gradient, "Fill", [], line=31))
    updates = []
    for layer in reversed(range(layers)):
        scope = f"dense_{layer}"
        inner = f"gradients/{scope}/MatMul_grad/MatMul"
        records.append(op(inner, "MatMul", [gradient, f"{scope}/Relu", f"{scope}/kernel/read"], line=31))
        gradient = inner
        update = f"GradientDescent/update_{scope}/kernel/ApplyGradientDescent"
        records.append(op(update, "ApplyGradientDescent", [f"{scope}/kernel", inner], dtype="float32_ref"))
        updates.append(update)
    records.append(op("GradientDescent", "NoOp", control=updates, outputs=0))
    records.append(op("init", "NoOp", control=[f"{name}/Assign" for name in variables], outputs=0))
    return records


def waiting_network(count: int) -> list[OpRecord]:
    """A hundred updates that `count` ops of gradients wait for, as with batch normalization and UPDATE_OPS."""
    records = [op(f"norm_{number}/AssignMovingAvg", "Assign") for number in range(100)]
    waits = [record.name for record in records]
    for number in range(count):
        scope = f"gradients/stage{number // 1000}/block{number // 100}/norm_grad"
        records.append(op(f"{scope}/op_{number}", inputs=[records[-1].name], control=waits, line=number % 500 + 1))
    return records


def node_names(data: dict[str, Any]) -> list[str]:
    """The names of all nodes of a page's data (page_data.py), as data.js puts them together."""
    names: list[str] = []
    for parent, goes_on, rest, *_ in data["nodes"]:
        names.append((names[parent] if goes_on else "") + rest)
    return names
