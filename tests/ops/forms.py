"""An op's meaning is stated up to four times: by its kernel, a specialized kernel, a scalar expression, a lowering.

``disagreements(...)`` finds where two of them differ. The nodes are those of the graphs of the table's cases and of
their gradients, each by itself; the values are hard ones: signed zeros, infinities, nan, subnormal numbers, the ends of
the type, and what the graph makes of them. Forms agree bit for bit (any nan with any nan), or as nearly as ``STATED``
says.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import ml_dtypes
import numpy as np

import graphrt as tf
from graphrt.graph import Operation
from graphrt.native.expressions import ELEMENTS
from graphrt.passes.key import PlanOptions
from tests.ops import scalar_math

PLAIN = PlanOptions(optimize=False, native="off")
NATIVE = PlanOptions(native="on", strict=True)

Values = list[np.ndarray]


# -- hard values -------------------------------------------------------------------------------------------------------


def hard_numbers(dtype: Any) -> np.ndarray:
    """The numbers of a type at which functions end, change, overflow or lose their sign."""
    dtype = np.dtype(dtype)
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        return np.array(
            sorted({0, 1, 2, 3, 7, info.min, info.max, info.min + 1, info.max // 2, max(info.min, -1)}), dtype
        )
    info = np.finfo(dtype)
    steps = [0.1, 1 / 3, 0.5, 1.0, 1 - info.eps / 2, 1 + info.eps, 2.5, 3.0, 88.0, 104.0, 514.62555, 710.0]
    sizes = [0.0, info.smallest_subnormal, info.tiny * 0.75, info.tiny, 1e-20, info.eps, *steps, 1e20, info.max, np.inf]
    with np.errstate(over="ignore"):
        positive = np.array(sizes, np.float64).astype(dtype)
    return np.concatenate([positive, -positive, np.array([np.nan], dtype)])


def _sprinkled(*numbers: float) -> Callable[[np.ndarray, np.random.Generator], np.ndarray]:
    """A quarter of the array's elements replaced."""

    def change(array: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        chosen = rng.choice(np.array(numbers, array.dtype), array.shape)
        return np.where(rng.random(array.shape) < 0.25, chosen, array)

    return change


def _filled(*numbers: float) -> Callable[[np.ndarray, np.random.Generator], np.ndarray]:
    def change(array: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return np.asarray(rng.choice(np.array(numbers, array.dtype), array.shape))

    return change


def _subnormal(array: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    smallest = np.finfo(array.dtype).smallest_subnormal
    return np.asarray(rng.choice(np.array([-5, -1, 0, 1, 3]) * smallest, array.shape)).astype(array.dtype)


FLAVOURS: dict[str, Callable[[np.ndarray, np.random.Generator], np.ndarray]] = {
    "as they are": lambda array, rng: array,
    "some nan": _sprinkled(np.nan),
    "some inf": _sprinkled(np.inf),
    "some -inf": _sprinkled(-np.inf),
    "some infinite": _sprinkled(np.inf, -np.inf),
    "some zeros": _sprinkled(0.0, -0.0, 0.0, -0.0),
    "all 0": _filled(0.0),
    "all -0": _filled(-0.0),
    "all inf": _filled(np.inf),
    "all -inf": _filled(-np.inf),
    "all nan": _filled(np.nan),
    "subnormal": _subnormal,
    "large": _filled(1e19, 2e19),
}
"""How floats are made hard: what sums of them are does not hang on the order of adding."""


# -- nodes -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Node:
    """One op of a graph, in a graph of its own: what is constant stays so, all other inputs are fed."""

    op: Operation
    placeholders: Sequence[Any]
    varying: Sequence[int]

    @property
    def text(self) -> str:
        inputs = ", ".join(f"{t.dtype.name}{t.shape.as_list()}" for t in self.op.inputs)
        return f"{self.op.type}({inputs})"


def node_alone(op: Operation, values: Values) -> Node:
    """``op`` by itself, its inputs declared with the shapes of ``values``."""
    inputs: list[Any] = []
    varying = []
    with tf.Graph().as_default() as graph:
        for index, (tensor, value) in enumerate(zip(op.inputs, values, strict=True)):
            if tensor.op.opdef.role == "constant":
                inputs.append(tf.constant(value, tensor.dtype))
            else:
                varying.append(index)
                inputs.append(tf.placeholder(tensor.dtype, value.shape))
        made = op.opdef.create(graph, inputs, dict(op.attrs), None)
    return Node(made, [inputs[i] for i in varying], varying)


def has_forms(op: Operation) -> bool:
    """Whether an op is a function of its inputs' values and nothing else, and is stated more than once."""
    opdef = op.opdef
    several = (opdef.scalar_expression, opdef.lowering, opdef.specialization, opdef.overwrites or None)
    return any(form is not None for form in several) and bool(op.inputs) and not (
        opdef.role or opdef.stateful or opdef.writes or opdef.host_only or opdef.checks
        or any(t.dtype.is_ref or t.dtype.base_dtype.name in ("string", "resource", "variant") for t in op.inputs)
    )  # fmt: skip


def signature(op: Operation, values: Values) -> Any:
    """Equal for nodes that no form can tell apart."""
    constants = [
        value.tobytes() if tensor.op.opdef.role == "constant" else None
        for tensor, value in zip(op.inputs, values, strict=True)
    ]
    return (op.type, repr(sorted(op.attrs.items())), *[(v.dtype.name, v.shape) for v in values], *constants)


def ancestors(tensors: Sequence[Any]) -> list[Operation]:
    """Every op that tensors are computed by."""
    found: dict[Operation, None] = {}
    todo = [tensor.op for tensor in tensors]
    while todo:
        op = todo.pop()
        if op not in found:
            found[op] = None
            todo += [tensor.op for tensor in op.inputs]
    return list(found)


# -- forms -------------------------------------------------------------------------------------------------------------


def by_kernel(node: Node, values: Values, out: np.ndarray | None = None) -> Values:
    """What the op's kernel makes of the values."""
    kernel = node.op.opdef.bind(node.op, np, None)
    keywords = {} if out is None else {"out": out}
    return _listed(kernel(*node.op.opdef.grouped(values, node.op.attrs), **keywords))


def _listed(result: Any) -> Values:
    return [np.asarray(part) for part in (result if isinstance(result, (list, tuple)) else [result])]


def in_place(node: Node, values: Values) -> Iterator[tuple[str, Values]]:
    """What the kernel makes where it may write over one of its inputs."""
    output = node.op.outputs[0]
    for index in node.op.opdef.overwrites:
        given = [value.copy() for value in values]
        if given[index].shape == tuple(output.shape.as_list()) and given[index].dtype == output.dtype.as_numpy_dtype:
            yield f"the kernel over input {index}", by_kernel(node, given, given[index])


def by_specialization(node: Node, values: Values) -> Values | None:
    """What the kernel makes that is made for the node, if there is one."""
    opdef = node.op.opdef
    if opdef.specialization is None or opdef.takes_lists:
        return None
    constants = [None if i in node.varying else value for i, value in enumerate(values)]
    kernel = opdef.specialization(node.op, np, *constants)
    return None if kernel is None else _listed(kernel(*[values[i] for i in node.varying]))


def by_expression(node: Node, values: Values) -> Values | None:
    """What NumPy makes of the scalar expression, if there is one (which integers' divisions do without)."""
    opdef = node.op.opdef
    expression = opdef.scalar_expression
    if expression is None or any(value.dtype.char not in ELEMENTS for value in values):
        return None
    parameters = list(inspect.signature(expression).parameters.values())[1 + len(values) :]
    attributes = {p.name: node.op.attrs[p.name] for p in parameters if p.kind is not p.VAR_POSITIONAL}
    output = node.op.outputs[0]
    result = np.asarray(expression(scalar_math, *values, **attributes))
    return [np.broadcast_to(result, output.shape.as_list()).astype(output.dtype.as_numpy_dtype)]


def has_native_form(node: Node) -> bool:
    opdef = node.op.opdef
    known = all(np.dtype(t.dtype.as_numpy_dtype).char in ELEMENTS for t in (*node.op.inputs, *node.op.outputs))
    return known and (opdef.scalar_expression is not None or opdef.lowering is not None)


class ByNativeCode:
    """The node by its lowering or its expression, compiled once."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.session = tf.Session(graph=node.op.graph)
        self.session._options = NATIVE

    def __call__(self, values: Values) -> Values:
        feeds = dict(zip(self.node.placeholders, [values[i] for i in self.node.varying], strict=True))
        return _listed(self.session.run(list(self.node.op.outputs), feeds))


# -- how near ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Nearness:
    """How far apart two forms of an op may be: so many units in the last place of the number itself, or of the largest
    finite number around it, or (``terms``) of the sum of the magnitudes of what is added up to it."""

    own: float = 0.0
    largest: float = 0.0
    terms: float = 0.0


EXACT = Nearness()
_FUNCTION = Nearness(own=4)  # two elementary functions, each within 2 units
_QUOTIENT = Nearness(own=3)  # made of a few operations, in another order
_SUM = Nearness(terms=8)
_ROW = Nearness(own=8, largest=8)
STATED: dict[str, Nearness] = {
    **dict.fromkeys(
        """Exp Expm1 Log Log1p Pow Sigmoid Tanh Sin Cos Tan Asin Acos Atan Atan2 Sinh Cosh Asinh Acosh Atanh Erf Erfc
        Rsqrt Softplus Elu Selu Xlogy""".split(),
        _FUNCTION,
    ),
    **dict.fromkeys("TanhGrad SigmoidGrad RsqrtGrad SqrtGrad InvGrad ReciprocalGrad Cumprod Prod".split(), _QUOTIENT),
    **dict.fromkeys(
        """AddN AvgPool AvgPoolGrad BatchMatMulV2 BiasAddGrad Conv2D Conv2DBackpropFilter Conv2DBackpropInput Cumsum
        DepthwiseConv2dNative DepthwiseConv2dNativeBackpropFilter DepthwiseConv2dNativeBackpropInput MatMul MaxPoolGrad
        Mean Sum UnsortedSegmentSum ScatterNd GatherNd L2Loss""".split(),
        _SUM,
    ),
    **dict.fromkeys(
        """FusedBatchNorm FusedBatchNormV2 FusedBatchNormGrad FusedBatchNormGradV2 LRN LRNGrad LogSoftmax Softmax
        SoftmaxCrossEntropyWithLogits SparseSoftmaxCrossEntropyWithLogits Lgamma""".split(),
        _ROW,
    ),
}
"""How near the forms of an op are; those of others are equal."""


def differing(actual: np.ndarray, expected: np.ndarray, near: Nearness, magnitudes: np.ndarray | None) -> np.ndarray:
    """Where two arrays differ: any nan is like any other, and zeros have signs unless they are sums."""
    if not tf.as_dtype(expected.dtype).is_floating:
        return np.asarray(actual != expected)
    info = ml_dtypes.finfo(expected.dtype)
    x, y = actual.astype(np.longdouble), expected.astype(np.longdouble)
    finite = np.isfinite(x) & np.isfinite(y)
    size = np.where(finite, np.abs(y), 0)
    units = near.own * size + near.largest * size.max(initial=0)
    if near.terms and magnitudes is not None:
        units = units + near.terms * np.where(np.isfinite(magnitudes), magnitudes.astype(np.longdouble), 0)
    allowed = units * float(info.eps) + (0 if near == EXACT else 4 * float(info.smallest_subnormal))
    equal = (x == y) | (np.isnan(x) & np.isnan(y))
    with np.errstate(invalid="ignore"):
        close = finite & (np.abs(x - y) <= allowed)
        other_zero = (x == 0) & (y == 0) & (np.signbit(x) != np.signbit(y))
    return ~(equal | close) | (other_zero if not (near.terms or near.largest) else False)


# -- comparing ---------------------------------------------------------------------------------------------------------


class Forms:
    """All forms of one node."""

    def __init__(self, op: Operation, values: Values) -> None:
        self.node = node_alone(op, values)
        self.native = ByNativeCode(self.node) if has_native_form(self.node) else None

    def disagreements(self, values: Values) -> Iterator[str]:
        """What is wrong with the forms' answers for some values."""
        node = self.node
        expected = by_kernel(node, values)
        magnitudes = _magnitudes(node, values)
        for name, actual in self._others(values):
            for i, (one, other) in enumerate(zip(actual, expected, strict=True)):
                if one.dtype != other.dtype or one.shape != other.shape:
                    yield f"{name} makes {one.dtype}{one.shape}, the kernel {other.dtype}{other.shape}"
                    continue
                near = STATED.get(node.op.type, EXACT)
                wrong = differing(one, other, near, magnitudes[i])
                if wrong.any():
                    at = np.argwhere(wrong)[0].tolist()
                    yield (
                        f"output {i} of {node.text}: {int(wrong.sum())} of {wrong.size} differ; {name} gives "
                        f"{one[tuple(at)]!r}, the kernel {other[tuple(at)]!r} at {at}"
                    )

    def _others(self, values: Values) -> Iterator[tuple[str, Values]]:
        yield from in_place(self.node, values)
        specialized = by_specialization(self.node, values)
        if specialized is not None:
            yield "the specialized kernel", specialized
        expressed = by_expression(self.node, values)
        if expressed is not None:
            yield "the scalar expression", expressed
        if self.native is not None:
            yield "native code", self.native(values)

    def close(self) -> None:
        if self.native is not None:
            self.native.session.close()


def _magnitudes(node: Node, values: Values) -> list[np.ndarray | None]:
    """Of what is linear in its floats: the sums of the terms' magnitudes."""
    if not STATED.get(node.op.type, EXACT).terms:
        return [None] * len(node.op.outputs)
    absolute = [np.abs(value) if tf.as_dtype(value.dtype).is_floating else value for value in values]
    return list(by_kernel(node, absolute))


def values_of(graph: tf.Graph, ops: Sequence[Operation], feeds: dict[Any, np.ndarray]) -> dict[Operation, Values]:
    """The inputs of ops, as the plain plan computes them."""
    tensors = list(dict.fromkeys(tensor for op in ops for tensor in op.inputs))
    with tf.Session(graph=graph) as session:
        session._options = PLAIN
        found = dict(zip(tensors, session.run(tensors, feeds), strict=True))
    return {op: [np.asarray(found[tensor]) for tensor in op.inputs] for op in ops}
