"""Running the code cells of a notebook one after the other, as a kernel would, without a kernel.

The value of a cell's last expression is printed, as a notebook shows it. IPython's own commands (lines that begin with
% or !, cells in another language) cannot run here: they are left out, and said to be.
"""

from __future__ import annotations
import __future__

import ast
import json
import linecache
import re
import sys
from types import CodeType
from typing import Any

# Cell magics whose body is ordinary Python.
_PYTHON_CELLS = ("%%time", "%%timeit", "%%capture", "%%prun", "%%python", "%%python3")
_LINE_MAGIC = re.compile(r"^(\s*)(%[A-Za-z]|!|\?|%%)")
_ASSIGNED = re.compile(r"^\s*[\w, ]+=\s*[%!][A-Za-z]")


def run_cells(name: str, content: bytes, namespace: dict[str, Any]) -> None:
    """Execute the code cells of the notebook `name` in `namespace`."""
    namespace.setdefault("display", _display)
    compiler = _Compiler()
    for number, source in enumerate(code_cells(name, content), 1):
        code, skipped = without_magics(source)
        for line in skipped:
            print(f"graphrt: {name} cell {number}: skipped {line!r}", file=sys.stderr)
        _run_cell(f"{name} cell {number}", code, namespace, compiler)


def code_cells(name: str, text: bytes) -> list[str]:
    """The sources of the code cells, in order (notebook formats 3 and 4)."""
    try:
        content = json.loads(text)
    except ValueError as error:
        raise ValueError(f"{name} is not a notebook: {error}") from error
    sheets = content.get("worksheets", [content])
    cells = [cell for sheet in sheets for cell in sheet.get("cells", [])]
    sources = [cell.get("source", cell.get("input", "")) for cell in cells if cell.get("cell_type") == "code"]
    return ["".join(source) if isinstance(source, list) else source for source in sources]


def without_magics(source: str) -> tuple[str, list[str]]:
    """The cell with IPython's commands commented out (line numbers stay), and what was left out."""
    lines = source.split("\n")
    first = next((index for index, line in enumerate(lines) if line.strip()), 0)
    command = lines[first].strip() if lines else ""
    if command.startswith("%%") and not command.startswith(_PYTHON_CELLS):
        return "", [command]
    skipped = []
    for index, line in enumerate(lines):
        if not (_LINE_MAGIC.match(line) or _ASSIGNED.match(line)):
            continue
        if _parses("\n".join(lines)):  # a line that begins with % inside a string or an expression
            break
        indent = line[: len(line) - len(line.lstrip())]
        lines[index] = f"{indent}pass  # {line.strip()}"
        skipped.append(line.strip())
    return "\n".join(lines), skipped


def _parses(source: str) -> bool:
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


def _run_cell(name: str, source: str, namespace: dict[str, Any], compiler: _Compiler) -> None:
    # Tracebacks and the recorded lines of ops read the text from here; no mtime: it is never checked against a file.
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    tree = ast.parse(source, name)
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, ast.Expr):
        exec(compiler(tree, name, "exec"), namespace)
    else:
        del tree.body[-1]
        exec(compiler(tree, name, "exec"), namespace)
        value = eval(compiler(ast.Expression(last.value), name, "eval"), namespace)
        # A semicolon at the end hides the value, in notebooks.
        if value is not None and not source.rstrip().endswith(";"):
            namespace["_"] = value
            print(repr(value))


class _Compiler:
    """Compiles as a kernel does: `from __future__ import` in one cell holds in all that follow (and ours in none)."""

    def __init__(self) -> None:
        self._flags = 0

    def __call__(self, tree: ast.Module | ast.Expression, name: str, mode: str) -> CodeType:
        code: CodeType = compile(tree, name, mode, self._flags, dont_inherit=True)
        for feature in __future__.all_feature_names:
            self._flags |= code.co_flags & getattr(__future__, feature).compiler_flag
        return code


def _display(*values: Any) -> None:
    """What notebooks call `display`: here it prints."""
    for value in values:
        print(repr(value))
