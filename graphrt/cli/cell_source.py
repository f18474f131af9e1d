"""What IPython adds to Python in a cell (%magic, !command, name?), as the calls that IPython makes of it.

Lines keep their numbers, so that errors and the recorded lines of ops point into the cell as it was written.
"""

from __future__ import annotations

import io
import re
import tokenize

_ASSIGNED = re.compile(r"""^(\s*[\w\s.,*()\[\]'"]+=\s*)(?P<sign>%|!)(?P<text>[^=\s].*)$""")
_HELP = re.compile(r"^\s*(\?{1,2}\s*[\w.]+|[%\w.]+\s*\?{1,2})\s*;?\s*$")
_NOTHING = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)


def as_python(source: str) -> str:
    """The cell as Python, with calls of `get_ipython()` where IPython's syntax stood.

    >>> print(as_python("%matplotlib inline\\nfiles = !ls *.py\\nif files:\\n    %time f(files)"))
    get_ipython().run_line_magic('matplotlib', 'inline')
    files = get_ipython().getoutput('ls *.py')
    if files:
        get_ipython().run_line_magic('time', 'f(files)')
    """
    lines = source.split("\n")
    first = next((index for index, line in enumerate(lines) if line.strip()), 0)
    if lines[first].startswith("%%"):
        name, rest = _first_word(lines[first][2:])
        body = "\n".join(lines[first + 1 :])
        return "\n" * first + f"get_ipython().run_cell_magic({name!r}, {rest!r}, {body!r})"
    result: list[str] = []
    while len(result) < len(lines):
        line, used = lines[len(result)], 1
        if _may_be_command(line) and _at_a_statement(result):
            while line.endswith("\\") and len(result) + used < len(lines):
                line = line[:-1].rstrip() + " " + lines[len(result) + used].strip()
                used += 1
            line = _command(line)
        result += [line] + [""] * (used - 1)
    return "\n".join(result)


def ends_quietly(source: str) -> bool:
    """Whether the last of the code is a semicolon: then notebooks do not show the last value."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (tokenize.TokenError, SyntaxError):
        return False
    code = [token for token in tokens if token.type not in _NOTHING]
    return bool(code) and code[-1].string == ";"


def _may_be_command(line: str) -> bool:
    return line.lstrip().startswith(("%", "!", "?")) or bool(_ASSIGNED.match(line)) or bool(_HELP.match(line))


def _at_a_statement(before: list[str]) -> bool:
    """Whether a statement may begin after these lines: no string, bracket or backslash of theirs goes on."""
    if not before:
        return True
    if before[-1].endswith("\\"):
        return False
    try:
        list(tokenize.generate_tokens(io.StringIO("\n".join([*before, ""])).readline))
    except tokenize.TokenError:
        return False
    except SyntaxError:  # the compiler will say so
        return True
    return True


def _command(line: str) -> str:
    """One logical line in IPython's syntax as Python."""
    assigned = _ASSIGNED.match(line)
    if assigned is not None:
        text = assigned["text"].strip()
        return assigned[1] + (_magic(text) if assigned["sign"] == "%" else f"get_ipython().getoutput({text!r})")
    text = line.strip()
    indent = line[: len(line) - len(line.lstrip())]
    if _HELP.match(line):
        return f"{indent}get_ipython().left_out({text!r}, 'nobody is there to read help')"
    if text.startswith("!!"):
        return f"{indent}get_ipython().getoutput({text[2:].strip()!r})"
    if text.startswith("!"):
        return f"{indent}get_ipython().system({text[1:].strip()!r})"
    return indent + _magic(text[1:])


def _magic(text: str) -> str:
    name, rest = _first_word(text)
    return f"get_ipython().run_line_magic({name!r}, {rest!r})"


def _first_word(text: str) -> tuple[str, str]:
    words = text.split(maxsplit=1)
    return words[0] if words else "", words[1].strip() if len(words) > 1 else ""
