"""Reads of variables that must see a write: part of capturing a program, not an optimization.

A variable has one read, made with it, that all expressions share; it comes before the writes of a run. But a node that
waits for a write sees what was written, although the shared read does not wait for it: in TF1 the read passes on the
variable's own buffer. So ``with tf.control_dependencies([train]): average.apply(variables)`` averages new values.
"""

from __future__ import annotations

from graphrt.graph.accesses import accesses, bits_of, writers_before
from graphrt.graph.operation import Operation, Tensor
from graphrt.graph.program import Program


def add_late_reads(program: Program) -> None:
    """Gives nodes that wait for a write a read of their own that waits for it, too.

    r = Identity(v); a = Assign(v, x); y = Mul(r, c) after a    ->    s = Identity(v) after a; y = Mul(s, c) after a
    """
    order = program.operations()
    if not any(op.opdef.writes for op in order):
        return
    _, writers = accesses(order)
    if not writers:
        return
    bits = bits_of(writers)
    before = writers_before(program, order, bits)
    made: dict[tuple[Operation, tuple[Operation, ...]], Tensor] = {}
    for op in order:
        mask = before.get(op)
        if mask is None:
            continue
        for index, tensor in enumerate(op._inputs):
            read = _read_behind(tensor)
            if read is None or read is op:
                continue
            group = writers.get(read._inputs[0].op, ())
            earlier = before.get(tensor.op, 0)
            late = tuple(w for w in group if w is not op and mask & bits[w] and not earlier & bits[w])
            if late:
                key = (read, late)
                if key not in made:
                    made[key] = _read_again(program, read, late)
                op._update_input(index, made[key])
    if made:
        program.changed()


def _read_behind(tensor: Tensor) -> Operation | None:
    """The read of a variable whose value ``tensor`` is, handed on by identities; None if it is none."""
    op = tensor.op
    while op.opdef.role == "identity":
        source = op._inputs[0]
        if source.dtype.is_ref:
            return op if source.op.opdef.role == "variable" else None
        op = source.op
    return None


def _read_again(program: Program, read: Operation, late: tuple[Operation, ...]) -> Tensor:
    graph = program.graph
    op = graph.add_operation(read.opdef, read._inputs, dict(read.attrs), graph.unique_name(read.name))
    op._add_control_inputs([*read._control_inputs, *late])
    op.source = read.source
    program.stand_in(op, program.origins[read])
    program.set_guard(op, program.guard(read))
    return op._outputs[0]
