"""Programs of what has been declared in the default graph, before and after passes."""

from __future__ import annotations

import graphrt as tf
from graphrt.graph.program import Program
from graphrt.graph.verify import verify
from graphrt.passes.base import Pass
from graphrt.passes.capture import capture
from graphrt.passes.key import PlanKey


def rewritten(fetches, feeds=(), passes: tuple[Pass, ...] = ()) -> Program:
    """The program of ``fetches`` after ``passes``, verified before and after each of them."""
    graph = tf.get_default_graph()
    elements = tuple(graph.as_graph_element(fetch) for fetch in fetches)
    fed = tuple(graph.as_graph_element(feed) for feed in feeds)
    program = capture(elements, fed)
    verify(program)
    for step in passes:
        program = step(program, PlanKey(elements, fed))
        verify(program)
    return program


def lines(program: Program) -> list[str]:
    """The printed program, line by line, without what only declares feeds, constants and variables."""
    sources = ("= _Feed(", "= Const(", "= VariableV2(")
    return [line for line in str(program).splitlines() if not any(source in line for source in sources)]
