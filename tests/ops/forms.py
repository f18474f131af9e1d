"""An op's meaning is stated up to four times: by its kernel, a specialized kernel, a scalar expression, a lowering.

``disagreements(...)`` finds where two of them differ. The nodes are those of the graphs of the table's cases and of
their gradients, each by itself; the values are hard ones: signed zeros, infinities, nan, subnormal numbers, the ends of
the type, and what the graph makes of them; for elementwise ops all pairs of such numbers. Forms agree bit for bit (any
nan with any nan), or as nearly as ``STATED`` says. Complex numbers are left out: only kernels know them.
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
        ends = np.iinfo(dtype)
        chosen = {0, 1, 2, 3, 7, ends.min, ends.max, ends.min + 1, ends.max // 2, max(ends.min, -1)}
        return np.array(sorted(chosen), dtype)
    info = ml_dtypes.finfo(dtype)
    steps = [0.1, 1 / 3, 0.5, 1.0, 1 - info.eps / 2, 1 + info.eps, 2.5, 3.0, 88.0, 104.0, 514.62555, 710.0]
    small = [0.0, info.smallest_subnormal, 0.75 * float(info.tiny), info.tiny, 1e-20, info.eps]
    with np.errstate(over="ignore"):
        positive = np.array([float(x) for x in (*small, *steps, 1e20, info.max, np.inf)]).astype(dtype)
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
    smallest = float(ml_dtypes.finfo(array.dtype).smallest_subnormal)
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
        or any(t.dtype.is_ref or t.dtype.is_complex or t.dtype.name == "string" for t in op.inputs)
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
    if result.dtype.kind == "f" and output.dtype.is_integer:
        return None  # the quotient of integers, of which no code is made
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

    def refuses(self, values: Values) -> bool:
        """Whether it finds that the values are bad."""
        try:
            self(values)
        except tf.errors.OpError:
            return True
        return False

    def __call__(self, values: Values) -> Values:
        feeds = dict(zip(self.node.placeholders, [values[i] for i in self.node.varying], strict=True))
        return _listed(self.session.run(list(self.node.op.outputs), feeds))


# -- how near ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Nearness:
    """How far apart two forms of an op may be.

    Attributes:
      own, largest, absolute, terms: so many units in the last place of the number itself, of the largest finite number
        around it, of 1, and of the sum of the magnitudes of what is added up to it.
      subnormal: what is no normal number may be 0.
      signs: zeros have the same sign. (Those of sums do not, as the order of adding decides; nor is it said which of
        two zeros is the larger.)
    """

    own: float = 0.0
    largest: float = 0.0
    absolute: float = 0.0
    terms: float = 0.0
    subnormal: bool = False
    signs: bool = True


EXACT = Nearness()
_FUNCTION = Nearness(own=4)  # two elementary functions, each within 2 units
_QUOTIENT = Nearness(own=3)  # made of a few operations, in another order
_SUM = Nearness(terms=8, signs=False)
_ROW = Nearness(own=8, largest=8, signs=False)
_ANY_ZERO = Nearness(signs=False)
STATED: dict[str, Nearness] = {
    **dict.fromkeys(
        """Exp Expm1 Log Log1p Pow Sigmoid Tanh Sin Cos Tan Asin Acos Atan Atan2 Sinh Cosh Asinh Acosh Atanh Erf Erfc
        Rsqrt Softplus Xlogy""".split(),
        _FUNCTION,
    ),
    **dict.fromkeys("Elu Selu".split(), Nearness(own=4, signs=False)),
    **dict.fromkeys("Max Maximum Min Minimum Relu Relu6 ClipByValue MaxPool".split(), _ANY_ZERO),
    "Sigmoid": Nearness(own=4, subnormal=True),
    "Lgamma": Nearness(own=8, absolute=8),
    **dict.fromkeys("TanhGrad SigmoidGrad RsqrtGrad SqrtGrad InvGrad ReciprocalGrad Cumprod Prod".split(), _QUOTIENT),
    **dict.fromkeys(
        """AddN AvgPool AvgPoolGrad BatchMatMulV2 BiasAddGrad Conv2D Conv2DBackpropFilter Conv2DBackpropInput Cumsum
        DepthwiseConv2dNative DepthwiseConv2dNativeBackpropFilter DepthwiseConv2dNativeBackpropInput MatMul MaxPoolGrad
        Mean Sum UnsortedSegmentSum ScatterNd GatherNd L2Loss""".split(),
        _SUM,
    ),
    **dict.fromkeys(
        """FusedBatchNorm FusedBatchNormV2 FusedBatchNormGrad FusedBatchNormGradV2 LRN LRNGrad LogSoftmax Softmax
        SoftmaxCrossEntropyWithLogits SparseSoftmaxCrossEntropyWithLogits""".split(),
        _ROW,
    ),
}
"""How near the forms of an op are; those of others are equal."""


def differing(actual: np.ndarray, expected: np.ndarray, near: Nearness, magnitudes: np.ndarray | None) -> np.ndarray:
    """Where two arrays differ; any nan is like any other."""
    if not tf.as_dtype(expected.dtype).is_floating:
        return np.asarray(actual != expected)
    info = ml_dtypes.finfo(expected.dtype)
    x, y = actual.astype(np.longdouble), expected.astype(np.longdouble)
    finite = np.isfinite(x) & np.isfinite(y)
    size = np.where(finite, np.abs(y), 0)
    units = near.own * size + near.largest * size.max(initial=0) + near.absolute
    if near.terms and magnitudes is not None:
        units = units + near.terms * np.where(np.isfinite(magnitudes), magnitudes.astype(np.longdouble), 0)
    rounded = near.own or near.largest or near.terms
    allowed = units * float(info.eps) + (4 * float(info.smallest_subnormal) if rounded else 0)
    if near.subnormal:
        allowed = np.maximum(allowed, float(info.smallest_normal))
    equal = (x == y) | (np.isnan(x) & np.isnan(y))
    with np.errstate(invalid="ignore"):
        close = finite & (np.abs(x - y) <= allowed)
        other_zero = (x == 0) & (y == 0) & (np.signbit(x) != np.signbit(y))
    return ~(equal | close) | (other_zero if near.signs else False)


# -- comparing ---------------------------------------------------------------------------------------------------------


class Forms:
    """All forms of one node."""

    def __init__(self, op: Operation, values: Values) -> None:
        self.node = node_alone(op, values)
        self.values = values
        self.shapes = [value.shape for value in values]
        self.native = ByNativeCode(self.node) if has_native_form(self.node) else None

    def disagreements(self, values: Values) -> Iterator[str]:
        """What is wrong with the forms' answers for some values."""
        node = self.node
        try:
            expected = by_kernel(node, values)
        except (ValueError, tf.errors.OpError) as refusal:
            if self.native is not None and not self.native.refuses(values):
                yield f"{node.text}: the kernel says {refusal}, native code nothing"
            return
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


def every_pair(node: Node, values: Values, rng: np.random.Generator) -> Values | None:
    """For an elementwise op all pairs of hard numbers (of three inputs and more: some), beside what is constant."""
    numbers = [hard_numbers(v.dtype) if v.dtype.kind in "fiu" else np.array([False, True]) for v in values]
    if any(values[i].ndim for i in range(len(values)) if i not in node.varying):
        return None
    if len(node.varying) <= 2:
        columns = np.meshgrid(*[numbers[i] for i in node.varying])
    else:
        columns = [rng.choice(numbers[i], _SOME) for i in node.varying]
    result = list(values)
    for index, column in zip(node.varying, columns, strict=True):
        result[index] = column.reshape(-1).astype(values[index].dtype)
    return result


_SOME = 4096
_REFUSING = ("Div", "FloorDiv", "FloorMod", "Mod", "Pow", "TruncateDiv", "TruncateMod")  # some integers on the right
_SEEN: set[Any] = set()


def disagreements(graph: tf.Graph, outputs: Sequence[Any], feeds: dict[Any, np.ndarray]) -> list[str]:
    """What is wrong with the forms of the ops that compute ``outputs``; nodes that were looked at before are not."""
    ops = [op for op in ancestors(outputs) if has_forms(op)]
    values = values_of(graph, ops, feeds)
    fresh = [op for op in ops if _is_new(signature(op, values[op]))]
    nodes = {op: Forms(op, values[op]) for op in fresh}
    wrong = []
    for number, (name, flavour) in enumerate(FLAVOURS.items()):
        rng = np.random.default_rng(number)
        hard = {t: flavour(a, rng) if tf.as_dtype(a.dtype).is_floating else a for t, a in feeds.items()}
        try:
            values = values_of(graph, fresh, hard) if fresh else {}
        except tf.errors.OpError:
            continue  # a decomposition, say, that refuses such values
        for op, forms in nodes.items():
            if [v.shape for v in values[op]] == forms.shapes:
                wrong += [f"{name}: {text}" for text in forms.disagreements(values[op])]
    for op, forms in nodes.items():
        forms.close()
        wrong += _of_pairs(op, forms)
    return wrong


def _is_new(found: Any) -> bool:
    new = found not in _SEEN
    _SEEN.add(found)
    return new


def _of_pairs(op: Operation, forms: Forms) -> list[str]:
    if not op.opdef.elementwise:
        return []
    values = every_pair(forms.node, forms.values, np.random.default_rng(0))
    if values is None or "shape" in op.attrs or not _is_new(signature(op, values)):
        return []
    if op.type in _REFUSING and values[1].dtype.kind in "iu":
        values[1] = np.where(values[1] > 0, values[1], values[1].dtype.type(5))
    large = Forms(op, values)
    wrong = [f"all pairs: {text}" for text in large.disagreements(values)]
    large.close()
    return wrong
