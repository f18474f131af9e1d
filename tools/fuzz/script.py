"""A described graph as the Python that a user would write, for reports: ``Built`` runs on a ``tf`` that takes notes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from tools.fuzz.build import Built


class Name:
    """What stands for a tensor, a variable or a function of ``tf`` in the text."""

    def __init__(self, notes: Notes, text: str) -> None:
        self.notes = notes
        self.text = text
        self.dtype = self

    def __repr__(self) -> str:
        return self.text

    def __getattr__(self, name: str) -> Any:
        if name in ("base_dtype", "dtype"):
            return self
        if name == "op":
            return self
        return Name(self.notes, f"{self.text}.{name}")

    def __call__(self, *arguments: Any, **keywords: Any) -> Name:
        given = [_shown(a) for a in arguments] + [f"{key}={_shown(value)}" for key, value in keywords.items()]
        return self.notes.line(f"{self.text}({', '.join(given)})")

    def __add__(self, other: Any) -> Name:
        return self.notes.line(f"{self} + {_shown(other)}")

    def __sub__(self, other: Any) -> Name:
        return self.notes.line(f"{self} - {_shown(other)}")

    def __rsub__(self, other: Any) -> Name:
        return self.notes.line(f"{_shown(other)} - {self}")

    def __mul__(self, other: Any) -> Name:
        return self.notes.line(f"{self} * {_shown(other)}")

    def __rmul__(self, other: Any) -> Name:
        return self.notes.line(f"{_shown(other)} * {self}")

    def __truediv__(self, other: Any) -> Name:
        return self.notes.line(f"{self} / {_shown(other)}")

    def __pow__(self, other: Any) -> Name:
        return self.notes.line(f"{self} ** {_shown(other)}")

    def __gt__(self, other: Any) -> Name:
        return self.notes.line(f"{self} > {_shown(other)}")

    def __getitem__(self, item: Any) -> Name:
        return self.notes.line(f"{self.text}[{_shown_item(item)}]")

    def set_shape(self, shape: Any) -> None:
        """Known to the reader."""


class Notes(Name):
    """A ``tf`` that writes down what is called."""

    def __init__(self) -> None:
        super().__init__(self, "tf")
        self.lines: list[str] = []
        self.margin = ""
        self.count = 0

    def line(self, expression: str) -> Name:
        self.count += 1
        self.lines.append(f"{self.margin}t{self.count} = {expression}")
        return Name(self, f"t{self.count}")

    def Variable(self, value: Any, name: str) -> Name:
        self.lines.append(f"{name} = tf.Variable({_shown(value)})")
        return Name(self, name)

    @contextmanager
    def control_dependencies(self, control: Any) -> Iterator[None]:
        self.lines.append(f"{self.margin}with tf.control_dependencies({control}):")
        before, self.margin = self.margin, self.margin + "    "
        yield
        self.margin = before

    def cond(self, predicate: Name, *branches: Callable[[], Any]) -> Name:
        names = []
        for branch in branches:
            self.count += 1
            names.append(f"branch{self.count}")
            self.lines.append(f"{self.margin}def {names[-1]}():")
            before, self.margin = self.margin, self.margin + "    "
            self.lines.append(f"{self.margin}return {branch()}")
            self.margin = before
        return self.line(f"tf.cond({predicate}, {', '.join(names)})")


def script(description: dict[str, Any]) -> str:
    """The whole program, with its runs."""
    notes = Notes()
    built = Built(notes, description)
    lines = ["import numpy as np", "import graphrt as tf", "", *notes.lines, "", "with tf.Session() as sess:"]
    lines.append("    sess.run(tf.global_variables_initializer())")
    for run in description["runs"]:
        feeds = ", ".join(f"{built.objects[int(key)]}: {value}" for key, value in run["feeds"].items())
        laid = "" if run["layout"] == "plain" else f"  # arrays {run['layout']}: operations.laid_out"
        lines.append(f"    print(sess.run({built.fetches(run)}, {{{feeds}}})){laid}")
    lines.append(f"    print(sess.run({built.variables}))")
    return "\n".join(lines)


def _shown(value: Any) -> str:
    if isinstance(value, np.ndarray):
        if value.size > 4 and np.all(value == value.flat[0]):
            return f"np.full({list(value.shape)}, {value.flat[0]}, '{value.dtype}')"
        return f"np.array({value.tolist()}, '{value.dtype}')"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_shown(item) for item in value)}]"
    if callable(value) and not isinstance(value, Name):
        return "lambda a: a + a" if value.__name__ == "<lambda>" else str(value.__name__)
    return repr(value)


def _shown_item(item: Any) -> str:
    if isinstance(item, tuple):
        return ", ".join(_shown_item(part) for part in item)
    if isinstance(item, slice):
        text = ":".join("" if part is None else str(part) for part in (item.start, item.stop))
        return text if item.step is None else f"{text}:{item.step}"
    return str(item)
