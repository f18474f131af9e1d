"""IPython's magics that run code or change where it runs, for notebooks under `graphrt run` (notebook.py).

A line magic is `function(shell, line)`, a cell magic `function(shell, line, cell)`; either raises UnknownUseError for
options that it does not know, and is left out then.
"""

from __future__ import annotations

import builtins
import contextlib
import cProfile
import io
import os
import pstats
import shlex
import statistics
import subprocess
import sys
import time
import timeit
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphrt.cli.script import FOR_CHILDREN

if TYPE_CHECKING:
    from graphrt.cli.notebook import Shell

_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "us"), (1e-9, "ns"))
_REPEATS = 7
_PYLAB = """
import numpy, matplotlib
from matplotlib import pylab, mlab, pyplot
np, plt = numpy, pyplot
from pylab import *
from numpy import *
"""


class UnknownUseError(Exception):
    """Options that a magic has in IPython and not here."""


class Captured:
    """What `%%capture name` keeps: the texts that its cell has printed (figures are closed unseen)."""

    def __init__(self, stdout: str, stderr: str) -> None:
        self.stdout, self.stderr = stdout, stderr

    def __str__(self) -> str:
        return self.stdout

    def show(self) -> None:
        """Print what was captured."""
        sys.stdout.write(self.stdout)
        sys.stderr.write(self.stderr)

    __call__ = show


def _time(shell: Shell, line: str) -> Any:
    return _timed(shell, line)


def _time_cell(shell: Shell, line: str, cell: str) -> Any:
    return _timed(shell, f"{line}\n{cell}" if line else cell, own_line=bool(line))


def _timed(shell: Shell, code: str, own_line: bool = True) -> Any:
    """Run code that begins on the line of the magic, or below it; print how long it took; the last value."""
    padded = "\n" * (shell.line() - own_line) + code
    before, started = os.times(), time.perf_counter()
    try:
        return shell.run_python(padded)
    finally:
        wall, after = time.perf_counter() - started, os.times()
        user, system = after.user - before.user, after.system - before.system
        print(f"CPU times: user {shown(user)}, sys: {shown(system)}, total: {shown(user + system)}")
        print(f"Wall time: {shown(wall)}")


def _timeit(shell: Shell, line: str) -> Any:
    options, statement = _options(line, "nr", "qo")
    return _measured(shell, options, statement, "pass")


def _timeit_cell(shell: Shell, line: str, cell: str) -> Any:
    options, setup = _options(line, "nr", "qo")
    return _measured(shell, options, cell, setup or "pass")


def _measured(shell: Shell, options: dict[str, str], statement: str, setup: str) -> Any:
    if not statement.strip():
        raise UnknownUseError("it needs a statement")
    timer = timeit.Timer(shell.as_python(statement), shell.as_python(setup), globals=shell.user_ns)
    loops = int(options["n"]) if "n" in options else timer.autorange()[0]
    runs = [spent / loops for spent in timer.repeat(int(options.get("r", _REPEATS)), loops)]
    if "q" not in options:
        spread = statistics.pstdev(runs)
        print(
            f"{shown(statistics.mean(runs))} ± {shown(spread)} per loop "
            f"(mean ± std. dev. of {len(runs)} run{'s' * (len(runs) != 1)}, {loops:,} loop{'s' * (loops != 1)} each)"
        )
    return runs if "o" in options else None


def _prun(shell: Shell, line: str) -> Any:
    return _profiled(shell, line, own_line=True)


def _prun_cell(shell: Shell, line: str, cell: str) -> Any:
    return _profiled(shell, f"{line}\n{cell}" if line else cell, own_line=bool(line))


def _profiled(shell: Shell, code: str, own_line: bool) -> Any:
    if code.startswith("-"):
        raise UnknownUseError("with options")
    profile = cProfile.Profile()
    padded = "\n" * (shell.line() - own_line) + code
    try:
        profile.runcall(shell.run_python, padded)
    finally:
        pstats.Stats(profile, stream=sys.stdout).sort_stats("tottime").print_stats(20)


def _capture(shell: Shell, line: str, cell: str) -> None:
    words = line.split()
    name = words.pop() if words and not words[-1].startswith("-") else ""
    known = {"--no-stdout", "--no-stderr", "--no-display"}
    if not known.issuperset(words):
        raise UnknownUseError(f"with {' '.join(words)}")
    out, err = io.StringIO(), io.StringIO()
    try:
        with contextlib.ExitStack() as stack:
            if "--no-stdout" not in words:
                stack.enter_context(contextlib.redirect_stdout(out))
            if "--no-stderr" not in words:
                stack.enter_context(contextlib.redirect_stderr(err))
            shell.display_value(shell.run_python("\n" * shell.line() + cell), cell)
    finally:
        pyplot = sys.modules.get("matplotlib.pyplot")
        if pyplot is not None and "--no-display" not in words:
            pyplot.close("all")
        if name:
            shell.user_ns[name] = Captured(out.getvalue(), err.getvalue())


def _run(shell: Shell, line: str) -> None:
    """`%run script.py arguments`: as a script, whose variables the cells get; with -i it sees theirs."""
    words = shlex.split(shell.var_expand(line))
    shares = words[:1] == ["-i"]
    words = words[shares:]
    if not words or words[0].startswith("-"):
        raise UnknownUseError("with other options than -i" if words else "it needs a file")
    path = Path(words[0]).expanduser()
    path = path if path.exists() or path.suffix else path.with_suffix(".py")
    content = path.read_bytes()
    if path.suffix == ".ipynb":
        shell.run_other(path.name, content)
        return
    namespace = shell.user_ns if shares else {"__name__": "__main__", "__file__": str(path), "__builtins__": builtins}
    saved_argv, saved_path = sys.argv, sys.path
    sys.argv, sys.path = [str(path), *words[1:]], [str(path.resolve().parent), *sys.path]
    try:
        exec(compile(content, str(path), "exec", dont_inherit=True), namespace)
    except SystemExit as end:
        if end.code not in (None, 0):
            raise
    finally:
        sys.argv, sys.path = saved_argv, saved_path
    shell.user_ns.update({name: value for name, value in namespace.items() if not name.startswith("__")})


def _env(shell: Shell, line: str) -> Any:
    text = shell.var_expand(line).strip()
    name, equals, value = text.partition("=")
    if not equals:
        name, equals, value = text.partition(" ")
    if not name:
        return dict(os.environ)
    if not equals:
        if name not in os.environ:
            raise UnknownUseError(f"there is no variable {name} in the environment")
        return os.environ[name]
    os.environ[name.strip()] = value.strip()
    print(f"env: {name.strip()}={value.strip()}")
    return None


def _cd(shell: Shell, line: str) -> None:
    here = Path.cwd()
    target = shell.var_expand(line).strip().strip("'\"") or "~"
    os.chdir(shell.left_folder or here if target == "-" else Path(target).expanduser())
    shell.left_folder = here
    print(Path.cwd())


def _pwd(shell: Shell, line: str) -> str:
    return str(Path.cwd())


def _pip(shell: Shell, line: str) -> None:
    shell.system(f"{shlex.quote(sys.executable)} -m pip {line}")


def _pylab(shell: Shell, line: str) -> None:
    exec(_PYLAB, shell.user_ns)


def _accepted(shell: Shell, line: str) -> None:
    """Settings of things that a run without a person has not: where figures open, when modules are loaded anew."""


def _tensorflow_version(shell: Shell, line: str) -> None:
    """Colab's choice between TensorFlow 1 and 2."""
    if not line.strip().startswith("1"):
        raise UnknownUseError("graphrt is TensorFlow 1")


def _no_extension(shell: Shell, line: str) -> None:
    raise UnknownUseError("extensions of IPython do not run here")


def _shell_cell(program: str) -> Callable[[Shell, str, str], None]:
    def run(shell: Shell, line: str, cell: str) -> None:
        _script(shell, [*shlex.split(program), *shlex.split(line)], cell)

    return run


def _script_cell(shell: Shell, line: str, cell: str) -> None:
    _script(shell, shlex.split(line), cell)


def _script(shell: Shell, command: list[str], cell: str) -> None:
    """A cell in another language, as the input of its program; one that fails ends the notebook."""
    if not command or command[0].startswith("-"):
        raise UnknownUseError("without a program")
    # (For `%%python` cells `import tensorflow` means what it means here.)
    paths = [FOR_CHILDREN, *filter(None, [os.environ.get("PYTHONPATH")])]
    own = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)} if command[0] == sys.executable else None
    done = subprocess.run(command, input=cell, capture_output=True, text=True, errors="replace", env=own, check=False)
    sys.stdout.write(done.stdout)
    sys.stderr.write(done.stderr)
    if done.returncode:
        raise subprocess.CalledProcessError(done.returncode, command)


def _writefile(shell: Shell, line: str, cell: str) -> None:
    words = shlex.split(shell.var_expand(line))
    appends = words[:1] in (["-a"], ["--append"])
    if len(words) != 1 + appends:
        raise UnknownUseError("it needs one file")
    path = Path(words[-1]).expanduser()
    print(f"{'Appending to' if appends else 'Overwriting' if path.exists() else 'Writing'} {path}")
    with path.open("a" if appends else "w", encoding="utf-8") as file:
        file.write(cell if cell.endswith("\n") else cell + "\n")


def _options(line: str, valued: str, flags: str) -> tuple[dict[str, str], str]:
    """The options at the beginning of a line ('-n 10 -q' or '-n10'), and what follows them."""
    options: dict[str, str] = {}
    while line.startswith("-"):
        word, _, rest = line.partition(" ")
        letter, value = word[1:2], word[2:]
        if letter in valued and letter:
            if not value:
                value, _, rest = rest.strip().partition(" ")
            if not value.isdigit() or not int(value):
                raise UnknownUseError(f"-{letter} needs a number")
        elif letter not in flags or not letter or value:
            raise UnknownUseError(f"with {word}")
        options[letter] = value
        line = rest.strip()
    return options, line


def shown(seconds: float) -> str:
    """A time with three digits: '1.23 ms'.

    >>> shown(0.00123456), shown(75.0), shown(0.0)
    ('1.23 ms', '1min 15s', '0 ns')
    """
    if seconds >= 60:
        return f"{int(seconds // 60)}min {seconds % 60:.0f}s"
    for size, unit in _UNITS:
        if seconds >= size or unit == "ns":
            return f"{seconds / size:.3g} {unit}"
    raise AssertionError(seconds)


LINE_MAGICS: dict[str, Callable[[Shell, str], Any]] = {
    "time": _time,
    "timeit": _timeit,
    "prun": _prun,
    "run": _run,
    "env": _env,
    "set_env": _env,
    "cd": _cd,
    "pwd": _pwd,
    "pip": _pip,
    "pylab": _pylab,
    "tensorflow_version": _tensorflow_version,
    "load_ext": _no_extension,
    "reload_ext": _no_extension,
    "sx": lambda shell, line: shell.getoutput(line),
    "system": lambda shell, line: shell.getoutput(line),
    **dict.fromkeys(("matplotlib", "config", "autoreload", "colors", "xmode", "aimport"), _accepted),
}
CELL_MAGICS: dict[str, Callable[[Shell, str, str], Any]] = {
    "time": _time_cell,
    "timeit": _timeit_cell,
    "prun": _prun_cell,
    "capture": _capture,
    "writefile": _writefile,
    "file": _writefile,
    "script": _script_cell,
    "bash": _shell_cell("bash"),
    "sh": _shell_cell("sh"),
    "python": _shell_cell(f"{shlex.quote(sys.executable)} -"),
    "python3": _shell_cell(f"{shlex.quote(sys.executable)} -"),
}
