"""Very long plans: the same statements, each a small function of its own instead of a part of one huge function.

Python compiles ten microseconds a line, which is half of what making a plan may take. But nearly all lines of a long
plan have one of a few dozen forms, and only the forms are compiled:

    t7 = add_5(t3, t6); del t6    ->    def step(v): v[p0] = p1(v[p2], v[p3]); v[p4] = None

Values lie in a list ``v``; the plan runs the steps one after another, which costs each of them a tenth of a microsecond
more. See docs/decisions/0062-long-plans-run-step-by-step.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from typing import Any

from graphrt.plan.statement import Body, Global, Local, Several, Statement, text_of, tuple_text

_MOST_FORMS = 4096
_MANY = 64  # names in one place, from which on they are gathered by one call

Step = Callable[[list[Any]], None]


@dataclass(frozen=True)
class Steps:
    """The function of a stepwise plan, where in its list ``v`` the values of the text's names are, and its lines that
    run a step (whose number in the text is then in ``line_number``; 0 where none runs)."""

    function: Callable[..., tuple[Any, ...]]
    slots: dict[str, int]
    lines: frozenset[int]


_MAKERS: dict[str, Callable[..., Step]] = {}


def stepwise(body: Body, numbered: Mapping[int, Statement]) -> Steps:
    """Makes the plan of a body, whose statements have these numbers in the text that is shown."""
    return _Stepwise(body, {id(statement): number for number, statement in numbered.items()}).run()


class _Stepwise:
    def __init__(self, body: Body, numbers: Mapping[int, int]) -> None:
        self.body = body
        self.names = body.names
        self.numbers = numbers
        self.slots: dict[str, int] = {}
        self.text: list[str] = []
        self.loops: set[int] = set()

    def run(self) -> Steps:
        body, text = self.body, self.text
        scope = dict(self.names)
        text.append(f"def plan({', '.join(body.parameters)}):")
        text.append("    line_number = 0")
        text.append("")  # where the list is made, when its length is known
        text.extend(f"    v[{self._slot(parameter)}] = {parameter}" for parameter in body.parameters)
        for statement in body.before:
            self._whole(statement, 1)
        text.append("    with errstate(all='ignore'):")
        for i, block in enumerate(body.blocks):
            indent = 2
            if block.locked:
                text.append("        with lock:")
                indent = 3
            scope[f"steps{i}"] = tuple([self._step(statement) for statement in block.statements])
            text.append("    " * indent + f"for line_number, step in steps{i}:")
            text.append("    " * indent + "    step(v)")
            self.loops.add(len(text))
        text.append("        pass")
        text.append("    line_number = 0")
        for statement in body.after:
            self._whole(statement, 1)
        results = [text_of(result, self._placed) for result in body.results]
        text.append(f"    return ({', '.join(results)}{',' if len(results) == 1 else ''})")
        text[2] = f"    v = [None] * {len(self.slots)}"
        exec(compile("\n".join(text), "<graphrt plan>", "exec"), scope)
        return Steps(scope["plan"], self.slots, frozenset(self.loops))

    def _slot(self, name: str) -> int:
        return self.slots.setdefault(name, len(self.slots))

    def _placed(self, name: Local | Global) -> str:
        """A name in the plan's own function."""
        return f"v[{self._slot(name)}]" if isinstance(name, Local) else name

    def _whole(self, statement: Statement, indent: int) -> None:
        """A statement that is a line of the plan's own function."""
        number = self.numbers.get(id(statement))
        if number is not None:
            self.text.append("    " * indent + f"line_number = {number}")
        self.text.append("    " * indent + text_of(statement.code, self._placed))

    def _step(self, statement: Statement) -> tuple[int, Step]:
        parameters: list[Any] = []

        def placed(name: Local | Global) -> str:
            if isinstance(name, Local):
                parameters.append(self._slot(name))
                return f"v[p{len(parameters) - 1}]"
            parameters.append(self.names[name])
            return f"p{len(parameters) - 1}"

        def several(names: Several) -> str:
            if len(names.names) < _MANY or not all(isinstance(name, Local) for name in names.names):
                return tuple_text(names, placed)
            parameters.append(itemgetter(*[self._slot(name) for name in names.names]))
            return f"p{len(parameters) - 1}(v)"

        form = text_of(statement.code, placed, several)
        if statement.conditions:
            form = f"if {' and '.join(f'({text_of(c, placed)})' for c in statement.conditions)}: {form}"
        dropped = (*statement.gone, *statement.blanked)
        if len(dropped) >= _MANY:
            parameters.append(partial(_drop, [self._slot(name) for name in dropped]))
            form += f"; p{len(parameters) - 1}(v)"
        elif dropped:  # (``del`` of a place in the list would make it shorter)
            form += f"; {' = '.join([placed(name) for name in dropped])} = None"
        maker = _MAKERS.get(form)
        if maker is None:
            maker = _made(form, len(parameters))
        return self.numbers.get(id(statement), 0), maker(*parameters)


def _drop(places: list[int], values: list[Any]) -> None:
    for place in places:
        values[place] = None


def _made(form: str, count: int) -> Callable[..., Step]:
    """Compiles a form: a function that is given what its parameters stand for, and returns the step."""
    if len(_MAKERS) >= _MOST_FORMS:
        _MAKERS.clear()
    parameters = ", ".join(f"p{i}" for i in range(count))
    scope: dict[str, Any] = {}
    text = f"def maker({parameters}):\n    def step(v):\n        {form}\n    return step\n"
    exec(compile(text, "<graphrt step>", "exec"), scope)
    maker: Callable[..., Step] = scope["maker"]
    _MAKERS[form] = maker
    return maker
