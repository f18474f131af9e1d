"""Gradient descent on the weights of a product, done by the product itself.

    g = product(x, dy); w = w - g * rate    ->    w = w - rate * product(x, dy), by BLAS, which adds to what is there

The gradient, which is as large as the weights, is then never stored: of the five times that memory of this size was
gone through, two are left. The numbers differ by rounding: a product and a sum that were rounded before are not.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from graphrt.native.expressions import Expression, Tracer
from graphrt.native.work import Array, Called, Changed, Lowered, Memory, Node, without


@dataclass
class _Step:
    """A descent that was found: the operands of ``variable - gradient * rate``."""

    gradient: int
    rate: int


def accumulated(lowered: Lowered) -> Lowered:
    """``lowered`` with such pairs of nodes made one."""
    uses: Counter[Memory] = Counter(a.memory for n in lowered.nodes for a in n.reads)
    makers = {
        n.outputs[0].memory: n
        for n in lowered.nodes
        if isinstance(n, Called) and n.lowering.accumulating is not None and isinstance(n.outputs[0], Array)
    }
    gone: dict[int, int] = {}  # the product's position -> that of the update which now does it
    for node in list(lowered.nodes):
        if not isinstance(node, Changed) or len(node.outputs) != 1:
            continue
        found = _descent(node)
        if found is None:
            continue
        gradient, rate = node.inputs[found.gradient], node.inputs[found.rate]
        assert isinstance(gradient, Array)
        assert isinstance(rate, Array)
        product = makers.get(gradient.memory)
        if product is None or product.guard != node.guard:
            continue
        if not gradient.whole or gradient.memory.kind != "arena" or uses[gradient.memory] != 1:
            continue
        output = node.outputs[0]
        assert isinstance(output, Array)
        home = output.memory.owner()
        if output.memory.host is None or home in {a.memory.owner() for a in product.inputs if isinstance(a, Array)}:
            continue  # it does not lie where the variable was, or the product reads that
        if not _reads_first(product, node, lowered):
            continue
        assert product.lowering.accumulating is not None
        lowered.nodes[node.position] = Called(
            node.op,
            [*product.inputs, rate],
            list(node.outputs),
            (node.after | product.after) - {product.position},
            node.position,
            guard=node.guard,
            lowering=product.lowering.accumulating,
        )
        gone[product.position] = node.position
    return without(lowered, {product: (update,) for product, update in gone.items()}) if gone else lowered


def _descent(node: Changed) -> _Step | None:
    """Recognises ``variable - gradient * rate`` with a rate of one element."""
    tracer = Tracer()
    arrays = [a for a in node.inputs if isinstance(a, Array)]
    made = node.expression(tracer, *[tracer.input(i, a.dtype) for i, a in enumerate(arrays)])
    made = made[0] if isinstance(made, tuple) else made
    if not isinstance(made, Expression) or made.kind != "sub":
        return None
    variable, step = made.arguments
    if variable.kind != "input" or not _replaced(node, arrays[variable.arguments[0]]) or step.kind != "mul":
        return None
    inputs = [a.arguments[0] if a.kind == "input" else None for a in step.arguments]
    constants = [a for a in step.arguments if a.kind == "constant"]
    for gradient, rate in (inputs, inputs[::-1]):
        if gradient is None or arrays[gradient].shape != node.domain:
            continue
        if rate is None and constants:
            # The expression has the number itself; the array that it came from is among the inputs.
            rate = next(
                (i for i, a in enumerate(arrays) if a.memory.kind == "constant" and a.nbytes == a.dtype.itemsize), None
            )
        if rate is not None and rate != gradient and arrays[rate].nbytes == arrays[rate].dtype.itemsize:
            return _Step(gradient, rate)
    return None


def _replaced(node: Changed, array: Array) -> bool:
    """True if it is the version that the node makes its own of."""
    return any(node.inputs[k] is array for k in node.replaces.values())


def _reads_first(product: Node, update: Node, lowered: Lowered) -> bool:
    """True if nothing that the product reads is written between it and the update."""
    read = {a.memory.owner() for a in product.inputs if isinstance(a, Array)}
    for node in lowered.nodes[product.position + 1 : update.position + 1]:
        if any(isinstance(o, Array) and o.memory.owner() in read for o in node.outputs):
            return False
    return True
