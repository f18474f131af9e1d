"""tf.gradients: appends the nodes that compute derivatives to the user's graph.

The walk goes back from ``ys`` over the nodes that lie between ``xs`` and ``ys``; a node is differentiated when the
gradients of all its consumers are known. Names and order of the new nodes are TF1's.
"""

from __future__ import annotations

import collections
import enum
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from graphrt.autodiff.unconnected import remember
from graphrt.dtypes import TRAINABLE
from graphrt.export import export
from graphrt.graph.graph import Graph, graph_of
from graphrt.graph.operation import Operation, Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef.builders import builders
from graphrt.opdef.convert import convert_to_tensor
from graphrt.opdef.indexed_slices import IndexedSlices
from graphrt.opdef.registry import gradient_function

Gradient = Tensor | IndexedSlices


@export("AggregationMethod")
class AggregationMethod:
    """How the gradients of a tensor that is used several times are added."""

    ADD_N = 0
    DEFAULT = ADD_N
    EXPERIMENTAL_TREE = 1
    EXPERIMENTAL_ACCUMULATE_N = 2


@export("UnconnectedGradients")
class UnconnectedGradients(enum.Enum):
    """What the gradient is of an x that the ys do not depend on: None, or zeros."""

    NONE = "none"
    ZERO = "zero"


@export("gradients")
def gradients(
    ys: Any,
    xs: Any,
    grad_ys: Any = None,
    name: str = "gradients",
    colocate_gradients_with_ops: bool = False,
    gate_gradients: bool = False,
    aggregation_method: int | None = None,
    stop_gradients: Any = None,
    unconnected_gradients: UnconnectedGradients | str = UnconnectedGradients.NONE,
) -> list[Any]:
    """The derivatives of the sum of ``ys`` with respect to each x.

    Args:
      ys: a tensor or a list of tensors. xs: a tensor, variable, or a list of them.
      grad_ys: the gradients of the ys, one for each (None for ones): tensors of their shapes.
      name: the name scope of the new nodes.
      colocate_gradients_with_ops: place each gradient where its op is.
      gate_gradients: let no gradient of a node's inputs be used before all of them are computed.
      aggregation_method: a value of ``AggregationMethod``.
      stop_gradients: tensors to be taken as constants.
      unconnected_gradients: a value of ``UnconnectedGradients``.

    Returns:
      A list with one tensor (or IndexedSlices, or None) for each x.

    Raises:
      LookupError: if a node between x and y has no gradient.
      ValueError: if an argument is invalid.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     x = tf.constant(3.0)
    ...     print(sess.run(tf.gradients(x * x, x)))
    [np.float32(6.0)]
    """
    unconnected = _checked_unconnected(unconnected_gradients)
    ys, xs, stops = _as_list(ys), _as_list(xs), _as_list(stop_gradients)
    grad_ys = [None] * len(ys) if grad_ys is None else _as_list(grad_ys)
    if len(grad_ys) != len(ys):
        raise ValueError(f"Passed {len(grad_ys)} grad_ys for {len(ys)} ys")
    with name_scope(name, "gradients", [v for v in (*ys, *xs, *stops, *grad_ys) if v is not None]):
        graph = graph_of([*ys, *xs])
        graph.unique_name("uid")  # TF1 takes this name here
        targets = [_as_gradient_value(y, f"y_{i}") for i, y in enumerate(ys)]
        sources = [_source(x, i) for i, x in enumerate(xs)]
        walk = _Walk(graph, colocate_gradients_with_ops, gate_gradients, aggregation_method)
        seeds = walk.seeds(targets, grad_ys)
        walk.run(targets, seeds, sources, [_source(s, i) for i, s in enumerate(stops)])
    found = [walk.gradient_of(x, unconnected) for x in sources]
    if any(gradient is None for gradient in found):
        remember(graph, targets, sources, found)
    return found


def _as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _checked_unconnected(value: UnconnectedGradients | str) -> UnconnectedGradients:
    try:
        return UnconnectedGradients(value)
    except ValueError:
        raise ValueError(f"Unknown value for unconnected_gradients: {value!r}; expected 'none' or 'zero'") from None


def _as_gradient_value(value: Any, name: str) -> Any:
    return value if isinstance(value, IndexedSlices) else convert_to_tensor(value, name=name)


def _source(x: Any, index: int) -> Tensor:
    """The tensor of an x; of a variable, the reference that its readers read."""
    if isinstance(x, IndexedSlices):
        return x.values
    return convert_to_tensor(x, name=f"x_{index}", as_ref=True)


def is_trainable(tensor: Tensor) -> bool:
    """True if gradients flow through tensors of this type."""
    return tensor.dtype.base_dtype in TRAINABLE


class _Walk:
    """One call of ``gradients``: the gradients found so far, by node and output."""

    def __init__(self, graph: Graph, colocate: bool, gate: bool, aggregation_method: int | None) -> None:
        method = AggregationMethod.DEFAULT if aggregation_method is None else aggregation_method
        if method not in (0, 1, 2):
            raise ValueError(f"Invalid aggregation_method specified {aggregation_method}.")
        self.graph = graph
        self.colocate = colocate
        self.gate = gate
        self.method = method
        self.found: dict[Operation, list[Any]] = {}
        self.waiting: dict[Operation, int] = {}

    # -- where it starts -----------------------------------------------------------------------------------------------

    def seeds(self, ys: Sequence[Any], grad_ys: Sequence[Any]) -> list[Any]:
        """The gradients of the ys themselves: those given, or ones."""
        values = [g if g is None else _as_gradient_value(g, f"grad_y_{i}") for i, g in enumerate(grad_ys)]
        return [self._seed(y, given, i) for i, (y, given) in enumerate(zip(ys, values, strict=True))]

    def _seed(self, y: Any, given: Any, index: int) -> Any:
        name = f"grad_ys_{index}"
        if given is None:
            if y.dtype.is_complex:
                raise TypeError(f"Gradients of complex tensors must set grad_ys (y.dtype = {y.dtype!r})")
            with self._near(y.op):
                return builders().ones_of(y, name)
        if isinstance(given, IndexedSlices):
            return given
        if given.dtype.base_dtype is not y.dtype.base_dtype:
            raise TypeError(
                f"Gradient type {given.dtype.name} generated for tensor {y} with type {y.dtype.name} must be the same "
                "type"
            )
        return builders().handed_on(given, name)

    def _near(self, op: Operation) -> AbstractContextManager[None]:
        return self.graph.colocate_with(op) if self.colocate else nullcontext()

    # -- which nodes count ---------------------------------------------------------------------------------------------

    def _count(self, to_ops: Sequence[Operation], from_ops: Sequence[Operation]) -> set[Operation]:
        """Fills ``waiting`` with how many uses of each node's outputs lie between; returns the ys' nodes that do."""
        reached: set[Operation] = set()
        queue = collections.deque(from_ops)
        while queue:
            op = queue.popleft()
            if op in reached:
                continue
            reached.add(op)
            for tensor in op.outputs:
                if is_trainable(tensor):
                    queue.extend(tensor._consumers)
        reachable = {op for op in to_ops if op in reached}
        between: dict[Operation, None] = {}
        queue.extend(to_ops)
        while queue:
            op = queue.popleft()
            if op in reached and op not in between:
                between[op] = None
                queue.extend(tensor.op for tensor in op.inputs)
        self.waiting = dict.fromkeys(between, 0)
        for op in between:
            for tensor in op.inputs:
                if tensor.op in self.waiting:
                    self.waiting[tensor.op] += 1
        return reachable

    def run(self, ys: Sequence[Any], seeds: Sequence[Any], xs: Sequence[Tensor], stops: Sequence[Tensor]) -> None:
        """Finds the gradients of all tensors between xs and ys."""
        to_ops = [y.op for y in ys]
        from_ops = [x.op for x in xs]
        reachable = self._count(to_ops, from_ops)
        for y, seed in zip(ys, seeds, strict=True):
            self._add(y.values if isinstance(y, IndexedSlices) else y, seed)
        ready = dict.fromkeys(op for op in to_ops if op in reachable and not self.waiting.get(op, 0))
        ends = {op for op in from_ops if not any(self.waiting.get(t.op, 0) for t in op.inputs)}
        ends |= {tensor.op for tensor in stops}
        queue = collections.deque(ready)
        while queue:
            op = queue.popleft()
            with self._near(op):
                gradients_in = self._differentiated(op, op in ends)
                for tensor, gradient in zip(op.inputs, gradients_in, strict=True):
                    if gradient is not None:
                        self._add(tensor, gradient)
            for tensor in op.inputs:
                if tensor.op in self.waiting:
                    self.waiting[tensor.op] -= 1
                    if self.waiting[tensor.op] == 0:
                        queue.append(tensor.op)

    def _add(self, tensor: Tensor, gradient: Any) -> None:
        lists = self.found.get(tensor.op)
        if lists is None:
            lists = self.found[tensor.op] = [[] for _ in tensor.op.outputs]
        held = lists[tensor.value_index]
        if isinstance(held, list):
            held.append(gradient)

    # -- one node ------------------------------------------------------------------------------------------------------

    def _differentiated(self, op: Operation, is_end: bool) -> Sequence[Any]:
        """The gradients of the node's inputs."""
        nothing = [None] * len(op.inputs)
        out = self._summed(op)
        if not any(gradient is not None for gradient in out) or is_end:
            return nothing
        function = gradient_function(op)
        if function is None:
            return nothing
        for i, tensor in enumerate(op.outputs):
            if out[i] is None and is_trainable(tensor):
                out[i] = self._zeros(op, i)
        with name_scope(op.name + "_grad"):
            results = function(op, *out)
            results = list(results) if isinstance(results, (list, tuple)) else [results]
            self._check(op, results)
            if self.gate and sum(gradient is not None for gradient in results) > 1:
                with self.graph.device(None), self.graph.colocate_with(None, ignore_existing=True):
                    results = _gated(results)
        for tensor, gradient in zip(op.inputs, results, strict=True):
            if isinstance(gradient, Tensor):
                gradient.set_shape(tensor.shape)
        return results

    @staticmethod
    def _zeros(op: Operation, index: int) -> Any:
        """The gradient of an output that nothing uses."""
        context = op._control_flow_context
        if op.opdef.role == "switch" and context is not None:
            return context.zeros_like_output(op, index)
        return builders().zeros_of(op.outputs[index], static=False)

    @staticmethod
    def _check(op: Operation, results: Sequence[Any]) -> None:
        if len(results) != len(op.inputs):
            raise ValueError(
                f"Num gradients {len(results)} generated for op {op} do not match num inputs {len(op.inputs)}"
            )

    # -- adding up -----------------------------------------------------------------------------------------------------

    def _summed(self, op: Operation) -> list[Any]:
        """The gradients of the node's outputs, each added up to one value (None where there is none)."""
        lists = self.found.setdefault(op, [[] for _ in op.outputs])
        for i, gradients_of in enumerate(lists):
            if isinstance(gradients_of, list):
                lists[i] = self._total(op, gradients_of)
        return lists

    def _total(self, op: Operation, terms: Sequence[Any]) -> Any:
        terms = [term for term in terms if term is not None]
        if len(terms) < 2:
            return terms[0] if terms else None
        if any(isinstance(term, IndexedSlices) for term in terms):
            return _added_slices(terms)
        if self.method == AggregationMethod.DEFAULT:
            return self._added_by_device(terms)
        if (
            self.method == AggregationMethod.EXPERIMENTAL_ACCUMULATE_N
            and len(terms) > 2
            and all(term.shape.is_fully_defined() for term in terms)
        ):
            return builders().sum_as_they_come(terms)
        with name_scope(op.name + "_gradient_sum"):
            total = terms[0]
            for term in terms[1:]:
                total = builders().sum_of([total, term])
            return total

    def _added_by_device(self, terms: Sequence[Tensor]) -> Tensor:
        """Adds up what is on one device there (beside its first term, as TF1 asks), and then the sums."""
        devices: dict[str, list[Tensor]] = {}
        for term in terms:
            devices.setdefault(term.device or "", []).append(term)
        sums = []
        for device in sorted(devices):
            on_device = devices[device]
            with self.graph.colocate_with(on_device[0].op, ignore_existing=True):
                sums.append(builders().sum_of(on_device))
        return builders().sum_of(sums)

    def gradient_of(self, x: Tensor, unconnected: UnconnectedGradients) -> Any:
        """What was found for x."""
        held = self.found.get(x.op)
        gradient = None if held is None else held[x.value_index]
        if isinstance(gradient, list):
            gradient = self._total(x.op, gradient)
        if gradient is None and unconnected is UnconnectedGradients.ZERO:
            return builders().zeros_of(x)
        return gradient


def _added_slices(terms: Sequence[Gradient]) -> Gradient:
    """Sparse gradients side by side; made dense where one of them is."""
    if any(isinstance(term, Tensor) for term in terms):
        return builders().sum_of(terms)
    slices = [term for term in terms if isinstance(term, IndexedSlices)]
    indices = [term.indices for term in slices]
    if len({tensor.dtype for tensor in indices}) > 1:
        indices = [builders().as_int64(tensor) for tensor in indices]
    return IndexedSlices(
        builders().joined([term.values for term in slices]),
        builders().joined(indices),
        slices[0].dense_shape,
    )


def _gated(gradients_in: Iterable[Any]) -> list[Any]:
    """The same gradients, none of which is available before all of them are."""
    values = list(gradients_in)
    tensors = [g.values if isinstance(g, IndexedSlices) else g for g in values]
    gated = builders().together(tensors)
    return [
        IndexedSlices(tensor, g.indices, g.dense_shape) if isinstance(g, IndexedSlices) else tensor
        for g, tensor in zip(values, gated, strict=True)
    ]
