"""A plan as text, and what each of its lines is."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from types import FrameType
from typing import Any

from graphrt.graph.operation import Operation, Tensor
from graphrt.graph.program import Program
from graphrt.plan.statement import Body, Code, Statement, text_of
from graphrt.plan.stepwise import Steps

_NOT_AN_IDENTIFIER = re.compile(r"[^A-Za-z0-9_]+")


@dataclass
class Generated:
    """The text of a plan, what its global names stand for, and which node each line is."""

    program: Program
    body: Body
    text: list[str]  # without comments
    lines: dict[int, Operation]
    numbered: dict[int, Statement]  # the statement of each line that is a node
    function: Callable[..., tuple[Any, ...]] | None = None
    steps: Steps | None = None  # if it is so long that it runs step by step

    @cached_property
    def source(self) -> str:
        """The plan with a comment on each line that names its node and the user's line: to be read, not to be run."""
        text = list(self.text)
        for number, op in self.lines.items():
            if not text[number - 1].endswith(":"):
                text[number - 1] += f"  # {comment_on(self.program, op)}"
        return "\n".join(text) + "\n"

    def value_in(self, frame: FrameType) -> Callable[[Tensor], Any]:
        """What finds the values of tensors in a frame of the function: None for what is not, or no more, there."""
        held, slots = frame.f_locals, self.steps.slots if self.steps is not None else {}

        def value(tensor: Tensor) -> Any:
            name = self.body.values.get(tensor, "")
            return held["v"][slots[name]] if name in slots else held.get(name, self.body.names.get(name))

        return value


def written_down(program: Program, body: Body) -> Generated:
    """The statements of a plan as the text of one function."""
    return _Writer(program, body).run()


@cache
def identifier(op_type: str) -> str:
    """The type of an op as a part of a Python name."""
    return _NOT_AN_IDENTIFIER.sub("_", op_type).lower()


def comment_on(program: Program, op: Operation) -> str:
    """A node and where it was made, on one line whatever its name is."""
    user = program.origin(op)
    where = f"  {user.source}" if user.source is not None else ""
    text = f"{op.type} '{user.name}'{where}"
    return text if text.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


class _Writer:
    def __init__(self, program: Program, body: Body) -> None:
        self.program = program
        self.body = body
        self.text: list[str] = []
        self.lines: dict[int, Operation] = {}
        self.numbered: dict[int, Statement] = {}
        self.open: list[tuple[Code, Operation]] = []  # the open ``if`` blocks

    def run(self) -> Generated:
        body = self.body
        self.text.append(f"def plan({', '.join(body.parameters)}):")
        for statement in body.before:
            self._statement(statement, 1)
        indent = 1
        if body.computes:
            self.text.append("    with errstate(all='ignore'):")
            indent = 2
        for block in body.blocks:
            self.open = []
            if block.locked:
                self.text.append("    " * indent + "with lock:")
            for statement in block.statements:
                self._statement(statement, indent + block.locked)
        if body.computes and not any(block.statements for block in body.blocks):
            self.text.append("        pass")
        self.open = []
        for statement in body.after:
            self._statement(statement, 1)
        results = [text_of(result) for result in body.results]
        self.text.append(f"    return ({', '.join(results)}{',' if len(results) == 1 else ''})")
        return Generated(self.program, body, self.text, self.lines, self.numbered)

    def _statement(self, statement: Statement, indent: int) -> None:
        common = 0
        wanted = list(zip(statement.conditions, statement.deciding, strict=True))
        while common < min(len(wanted), len(self.open)) and wanted[common] == self.open[common]:
            common += 1
        self.open = self.open[:common]
        for condition, op in wanted[common:]:
            self.text.append("    " * (indent + len(self.open)) + f"if {text_of(condition)}:")
            self.lines[len(self.text)] = op
            self.open.append((condition, op))
        line = text_of(statement.code)
        if statement.gone:
            line += f"; del {', '.join(statement.gone)}"
        if statement.blanked:
            line += f"; {' = '.join([*statement.blanked, 'None'])}"
        self.text.append("    " * (indent + len(self.open)) + line)
        if statement.op is not None:
            self.lines[len(self.text)] = statement.op
            self.numbered[len(self.text)] = statement
