"""Running the code cells of a notebook one after the other, as a kernel would, without a kernel.

After each cell its figures are shown and closed, and the value of its last expression is printed. IPython's commands
are run by magics.py; what cannot run here (pages of HTML, magics of extensions) is left out, and said to be.
"""

from __future__ import annotations
import __future__

import ast
import importlib
import json
import linecache
import os
import re
import subprocess
import sys
from pathlib import Path
from types import CodeType
from typing import Any

from graphrt.cli import figures
from graphrt.cli.cell_source import as_python, ends_quietly
from graphrt.cli.magics import CELL_MAGICS, LINE_MAGICS, UnknownUseError

_INSTALLS = re.compile(
    r"\s*(sudo\s+)?(\S*pip[\d.]*|\S*python[\d.]*\W*\s-m\s+pip|conda|mamba|apt|apt-get)\s+(-\S+\s+)*install\b"
)
_EXPANDED = re.compile(r"\$\$|\$(?P<name>[A-Za-z_]\w*)|\{(?P<expression>[^{}]+)\}")


def run_cells(name: str, content: bytes, namespace: dict[str, Any]) -> None:
    """Execute the code cells of the notebook `name` in `namespace`."""
    Shell(name, namespace).run_notebook(content)


def code_cells(name: str, text: bytes) -> list[str]:
    """The sources of the code cells that hold something, in order (notebook formats 3 and 4)."""
    try:
        content = json.loads(text)
    except ValueError as error:
        raise ValueError(f"{name} is not a notebook: {error}") from error
    sheets = content.get("worksheets", [content])
    cells = [cell for sheet in sheets for cell in sheet.get("cells", [])]
    sources = [cell.get("source", cell.get("input", "")) for cell in cells if cell.get("cell_type") == "code"]
    joined = ["".join(source) if isinstance(source, list) else source for source in sources]
    return [source for source in joined if source.strip()]


class Shell:
    """What `get_ipython()` gives in a notebook that graphrt runs: the part of IPython's shell that cells use.

    Attributes:
      user_ns: the variables of the cells. execution_count: the number of the cell that runs.
    """

    def __init__(self, notebook: str, namespace: dict[str, Any]) -> None:
        self.notebook = notebook
        self.user_ns = namespace
        self.execution_count = 0
        self.left_folder: Path | None = None  # by %cd, which goes back there for a dash
        self.compiler = Compiler()
        self._inputs: list[str] = [""]
        self._outputs: dict[int, Any] = {}
        namespace.update({"_": "", "__": "", "___": ""})
        namespace.setdefault("display", display)
        self.bind()

    def bind(self) -> None:
        """Make this the shell that the cells' variables know."""
        named = {"get_ipython": lambda: self, "In": self._inputs, "Out": self._outputs}
        self.user_ns.update({**named, "_ih": self._inputs, "_oh": self._outputs})

    @property
    def cell(self) -> str:
        """What tracebacks call the cell that runs."""
        return f"{self.notebook} cell {self.execution_count}"

    def run_notebook(self, content: bytes) -> None:
        """All code cells; the first one that fails is the last."""
        for source in code_cells(self.notebook, content):
            self.run_cell(source)

    def run_cell(self, raw_cell: str) -> None:
        """One cell: its code, then the value of its last expression, then its figures, even if it has failed."""
        self.execution_count += 1
        self._inputs.append(raw_cell)
        # Tracebacks and the recorded lines of ops read it from here; no mtime: it is never checked against a file.
        linecache.cache[self.cell] = (len(raw_cell), None, raw_cell.splitlines(keepends=True), self.cell)
        try:
            self.display_value(self.run_python(raw_cell), raw_cell)
        except (Exception, SystemExit):  # (after Ctrl-C nobody wants to close windows first)
            show_figures()
            raise
        show_figures()

    def run_other(self, notebook: str, content: bytes) -> None:
        """Another notebook's cells, on the same variables."""
        try:
            run_cells(notebook, content, self.user_ns)
        finally:
            self.bind()

    def as_python(self, source: str) -> str:
        """A cell, or a part of one, without IPython's syntax."""
        return as_python(source)

    def display_value(self, value: Any, source: str) -> None:
        """What becomes of the value of a cell's last expression: `_`, `Out`, and it is shown, unless `;` ends it."""
        if value is None or ends_quietly(source):
            return
        names = self.user_ns
        names["___"], names["__"], names["_"] = names.get("__"), names.get("_"), value
        self._outputs[self.execution_count] = names[f"_{self.execution_count}"] = value
        if not _will_be_shown(value):
            display(value)

    def run_python(self, source: str) -> Any:
        """Run code in the namespace of the cells; the value of its last expression, or None."""
        source = as_python(source)
        tree = ast.parse(source, self.cell)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(self.compiler(tree, self.cell, "exec"), self.user_ns)
        if not isinstance(last, ast.Expr):
            return None
        return eval(self.compiler(ast.Expression(last.value), self.cell, "eval"), self.user_ns)

    def run_line_magic(self, magic_name: str, line: str, _stack_depth: int = 1) -> Any:
        """`%name line`."""
        function = LINE_MAGICS.get(magic_name)
        if function is None:
            return self.left_out(f"%{magic_name} {line}", "an unknown magic")
        try:
            return function(self, line)
        except UnknownUseError as error:
            return self.left_out(f"%{magic_name} {line}", str(error))

    def run_cell_magic(self, magic_name: str, line: str, cell: str) -> Any:
        """`%%name line` and the lines below."""
        function = CELL_MAGICS.get(magic_name)
        if function is None:
            return self.left_out(f"%%{magic_name} {line}", "an unknown magic, and its cell")
        try:
            return function(self, line, cell)
        except UnknownUseError as error:
            return self.left_out(f"%%{magic_name} {line}", f"{error}, and its cell")

    def magic(self, arg_s: str) -> Any:
        """The older way to say `run_line_magic`."""
        name, _, line = arg_s.strip().lstrip("%").partition(" ")
        return self.run_line_magic(name, line.strip())

    def system(self, cmd: str) -> None:
        """`!command`: its output is printed, its exit status is `_exit_code`."""
        command = self.var_expand(cmd)
        if self.installs(command):
            return
        sys.stdout.flush()
        process = subprocess.Popen(
            command,
            shell=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        assert process.stdout is not None
        for line in process.stdout:
            sys.stdout.write(line)  # (not to the process's own: %%capture may have put another there)
        self.user_ns["_exit_code"] = process.wait()

    def getoutput(self, cmd: str) -> list[str]:
        """`lines = !command`: what it prints."""
        command = self.var_expand(cmd)
        if self.installs(command):
            return []
        found = subprocess.run(
            command,
            shell=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        return found.stdout.splitlines()

    def installs(self, cmd: str) -> bool:
        """Whether the command would install packages; it is then said to be left out."""
        found = bool(_INSTALLS.match(cmd))
        if found:
            self.left_out(f"!{cmd}", "graphrt installs nothing")
        return found

    def var_expand(self, cmd: str) -> str:
        """The text with {expressions} and $names of the cells in it; what has no value stays as it is."""

        def expanded(match: re.Match[str]) -> str:
            if match[0] == "$$":
                return "$"
            if match["name"] is not None:
                return str(self.user_ns[match["name"]]) if match["name"] in self.user_ns else match[0]
            try:
                return str(eval(match["expression"], self.user_ns))
            except Exception:
                return match[0]  # (braces of the shell's own, as in awk)

        return _EXPANDED.sub(expanded, cmd)

    def line(self) -> int:
        """The line of the cell that runs now."""
        frame = sys._getframe()
        while frame.f_back is not None and frame.f_code.co_filename != self.cell:
            frame = frame.f_back
        return frame.f_lineno if frame.f_code.co_filename == self.cell else 1

    def left_out(self, what: str, why: str) -> None:
        """Say on stderr what a cell asks for and does not get."""
        print(f"graphrt: {self.cell}: left out {what.strip()!r} ({why})", file=sys.stderr)


class Compiler:
    """Compiles as a kernel does: `from __future__ import` in one cell holds in all that follow (and ours in none)."""

    def __init__(self) -> None:
        self._flags = 0

    def __call__(self, tree: ast.Module | ast.Expression, name: str, mode: str) -> CodeType:
        code: CodeType = compile(tree, name, mode, self._flags, dont_inherit=True)
        for feature in __future__.all_feature_names:
            self._flags |= code.co_flags & getattr(__future__, feature).compiler_flag
        return code


def display(*objs: Any) -> None:
    """What notebooks call `display`: figures are shown, everything else is printed."""
    for value in objs:
        if _is_figure(value) and figures.ENVIRONMENT in os.environ:
            importlib.import_module("graphrt.cli.figure_backend").save_figure(value)
        else:
            print(repr(value))


def show_figures() -> None:
    """Show and close what the cell has drawn, as notebooks do at the end of a cell."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None and pyplot.get_fignums() and not _shows_nothing():
        pyplot.show(block=True)
        pyplot.close("all")


def _shows_nothing() -> bool:
    """True where the notebook itself has chosen so (`matplotlib.use("Agg")`): its figures stay open, as in Jupyter."""
    backend: str = sys.modules["matplotlib"].get_backend()
    return backend.lower() in figures.WITHOUT_WINDOWS


def _is_figure(value: Any) -> bool:
    module = sys.modules.get("matplotlib.figure")
    return module is not None and isinstance(value, module.Figure)


def _will_be_shown(value: Any) -> bool:
    """Whether the end of the cell shows this figure anyway."""
    helpers = sys.modules.get("matplotlib._pylab_helpers")
    if helpers is None or not _is_figure(value):
        return False
    return any(manager.canvas.figure is value for manager in helpers.Gcf.get_all_fig_managers())
