"""Very long plans: the same lines, each a small function of its own instead of a part of one huge function.

Python compiles ten microseconds a line, which is half of what making a plan may take. But nearly all lines of a long
plan have one of a few dozen forms, and only the forms are compiled:

    t7 = add_5(t3, t6); del t6    ->    def step(v): v[p0] = p1(v[p2], v[p3]); v[p4] = None

Values lie in a list ``v``; the plan runs the steps one after another, which costs each of them a tenth of a microsecond
more. See docs/decisions/0062-long-plans-run-step-by-step.md.
"""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from typing import Any

from graphrt.graph.operation import Operation

# A string, or a name that is no attribute.
_NAME = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|(?<![\w.])[A-Za-z_]\w*")
_LOCAL = re.compile(r"[tdh]\d+|f\d+_\w*|_")
_WORDS = frozenset("if else not and or is del None True False out raise return all with errstate v".split())
_MOST_FORMS = 4096
_LONG = 500  # characters of a line
# The inputs of a node that takes a list of many, and many values that it uses last.
_LONG_TUPLE = re.compile(r"\(((?:\w+, ){64,}\w+)\)")
_LONG_DEL = re.compile(r"\bdel ((?:\w+, ){64,}\w+)")

Step = Callable[[list[Any]], None]


@dataclass(frozen=True)
class Steps:
    """The function of a stepwise plan, where in its list ``v`` the values of the text's names are, and its line that
    runs a step (whose number in the text is then in ``line_number``)."""

    function: Callable[..., tuple[Any, ...]]
    slots: dict[str, int]
    line: int


_MAKERS: dict[str, Callable[..., Step]] = {}


def stepwise(text: Sequence[str], lines: Mapping[int, Operation], names: Mapping[str, Any]) -> Steps:
    """Makes a plan of a text, in which ``lines`` says which lines are nodes (or conditions of nodes) and ``names`` what
    the global names stand for."""
    split = _Split(names)
    before: list[str] = []
    after: list[str] = []
    for number, line in enumerate(text[1:], start=2):
        if number in lines:
            split.add(number, line)
        elif not line.lstrip().startswith("with "):
            (after if split.steps else before).append(line)
    parameters = re.findall(r"\w+", text[0].partition("(")[2])
    places = [f"    v[{split.slot(parameter)}] = {parameter}" for parameter in parameters]
    first, last = [split.whole(line) for line in before], [split.whole(line) for line in after]
    loop = [
        "    with errstate(all='ignore'):",
        "        for line_number, step in steps:",
        "            step(v)",
    ]
    body = [text[0], f"    v = [None] * {len(split.slots)}", *places, *first, *loop, *last]
    scope = {**names, "steps": tuple(split.steps)}
    exec(compile("\n".join(body), "<graphrt plan>", "exec"), scope)
    return Steps(scope["plan"], split.slots, body.index(loop[-1]) + 1)


class _Split:
    """The steps so far, and where values lie."""

    def __init__(self, names: Mapping[str, Any]) -> None:
        self.names = names
        self.slots: dict[str, int] = {}
        self.steps: list[tuple[int, Step]] = []
        self.open: list[tuple[int, str]] = []  # the conditions around the line, each with its margin

    def slot(self, name: str) -> int:
        return self.slots.setdefault(name, len(self.slots))

    def add(self, number: int, line: str) -> None:
        """Makes a step of a line; a line that only opens a block is remembered for the lines in it."""
        statement = line.lstrip()
        margin = len(line) - len(statement)
        while self.open and self.open[-1][0] >= margin:
            self.open.pop()
        if statement.endswith(":"):
            self.open.append((margin, statement[3:-1]))
            return
        if self.open:
            conditions = " and ".join(f"({condition})" for _, condition in self.open)
            statement = f"if {conditions}: {statement}"
        self.steps.append((number, self._step(statement)))

    def _shortened(self, statement: str) -> tuple[str, dict[str, Any]]:
        """A line with thousands of names, with calls in the place of their lists; and the functions that are called."""
        made: dict[str, Any] = {}

        def call(function: Any) -> str:
            made[f"many{len(made)}"] = function
            return f"many{len(made) - 1}(v)"

        def gathered(match: re.Match[str]) -> str:
            names = match[1].split(", ")
            if any(name in self.names for name in names):
                return match[0]  # constants are among them, which do not lie in the list of values
            return call(itemgetter(*[self.slot(name) for name in names]))

        def dropped(match: re.Match[str]) -> str:
            return call(partial(_drop, [self.slot(name) for name in match[1].split(", ")]))

        return _LONG_DEL.sub(dropped, _LONG_TUPLE.sub(gathered, statement)), made

    def _step(self, statement: str) -> Step:
        parameters: list[Any] = []

        slots, names = self.slots, self.names
        if len(statement) > _LONG:
            statement, made = self._shortened(statement)
            names = ChainMap(made, names) if made else names  # type: ignore[arg-type]

        def placed(match: re.Match[str]) -> str:
            name = match[0]
            slot = slots.get(name)
            if slot is None:
                if name in names:
                    parameters.append(names[name])
                    return f"p{len(parameters) - 1}"
                if name in _WORDS or name[0] in "'\"":
                    return name
                assert _LOCAL.fullmatch(name), name
                slot = slots[name] = len(slots)
            parameters.append(slot)
            return f"v[p{len(parameters) - 1}]"

        form = _dropping(_NAME.sub(placed, statement))
        maker = _MAKERS.get(form)
        if maker is None:
            maker = _made(form, len(parameters))
        return maker(*parameters)

    def whole(self, line: str) -> str:
        """A line of the plan's own function."""

        def placed(match: re.Match[str]) -> str:
            name = match[0]
            is_value = name not in self.names and name not in _WORDS and _LOCAL.fullmatch(name) is not None
            return f"v[{self.slot(name)}]" if is_value else name

        return _dropping(_NAME.sub(placed, line))


def _drop(places: Sequence[int], values: list[Any]) -> None:
    for place in places:
        values[place] = None


def _dropping(statement: str) -> str:
    """``del`` of a place in the list would make it shorter: nothing is put there instead."""
    if "del " not in statement:
        return statement
    parts = [
        " = ".join([*part[4:].split(", "), "None"]) if part.startswith("del ") else part
        for part in statement.split("; ")
    ]
    return "; ".join(parts)


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
