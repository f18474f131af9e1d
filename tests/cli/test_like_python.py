"""Scripts under `python` and under `graphrt run`: the same output, the same errors, the same way to end.

Differences that are meant: `graphrt:` stands where python names itself, frames of `graphrt run` (and of runpy) are not
in tracebacks, `sys.path` has one folder more, `sys.modules` holds more, and `sys.orig_argv` is the real one.
"""

from __future__ import annotations

import os
import py_compile
import re
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).resolve().parents[2]
PYTHON = [sys.executable]
GRAPHRT = [sys.executable, "-m", "graphrt", "run"]
POSIX = pytest.mark.skipif(os.name != "posix", reason="signals, fork and /dev/stdin are POSIX's")

# name -> source of the script
SCRIPTS = {
    # -- what it is told of itself
    "argv": "import sys; print(sys.argv, len(sys.argv))",
    "names": "print(__name__, __file__, __spec__, __package__, __doc__, __cached__)",
    "docstring": "'''words'''\nprint(__doc__)",
    "globals": "print(sorted(globals()))",
    "annotations": "import __main__\nx: int = 3\nprint(__annotations__, __main__.__annotations__)",
    "builtins": "import builtins; print(__builtins__ is builtins, type(__builtins__).__name__)",
    "loader": "print(type(__loader__).__name__, __loader__.name, __loader__.path == __file__)",
    "loader reads": "print(__loader__.get_data(__file__)[:5], __loader__.is_package('__main__'))",
    "main module": "import __main__, sys; print(__main__ is sys.modules['__main__'], __main__.__dict__ is globals())",
    "path": "import sys; print([p for p in sys.path if not p.endswith('children')])",
    "flags": "import sys; print(sys.flags)",
    "not optimized": "print(__debug__)\nassert False, 'checked'",
    "modules": "import sys; print({'os', 'sys', '__main__'} <= set(sys.modules))",
    "limits": "import sys; print(sys.getrecursionlimit(), sys.getswitchinterval())",
    "encoding": "import sys; print(sys.stdout.encoding, sys.stderr.errors, sys.stdin.encoding)",
    "hooks": "import sys; print(sys.excepthook is sys.__excepthook__, sys.displayhook is sys.__displayhook__)",
    "no ps1": "import sys; print(hasattr(sys, 'ps1'), sys.flags.interactive)",
    "tracing": "import sys; print(sys.gettrace(), sys.getprofile())",
    "gc": "import gc; print(gc.isenabled(), gc.get_threshold())",
    "signals": "import signal; print([signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)])",
    "frames": "import sys; print(sys._getframe().f_code.co_name, sys._getframe().f_code.co_filename)",
    "inspect": "import inspect\ndef f(): pass\nprint(inspect.getsource(f), inspect.getfile(f), inspect.getmodule(f))",
    "locale": "import locale; print(locale.setlocale(locale.LC_ALL), locale.getpreferredencoding(False))",
    "threads": "import threading; print(threading.active_count(), threading.current_thread().name)",
    # -- __future__ and syntax
    "annotations are evaluated": "def f(x: 1 + 1): pass\nprint(f.__annotations__)",
    "annotations are not": "from __future__ import annotations\ndef f(x: 1 + 1): pass\nprint(f.__annotations__)",
    "exec inherits nothing": "exec('def f(x: 1 + 1): pass'); print(f.__annotations__)",
    "dataclass": "from dataclasses import dataclass, fields\n@dataclass\nclass A:\n"
    "    x: int = 1\nprint(fields(A)[0].type)",
    "future is late": "x = 1\nfrom __future__ import annotations",
    "syntax error": "x = (1,\n  2",
    "syntax error in a line": "print(1)\nx = = 2",
    "indentation": "if True:\nx = 1",
    "syntax warning": "x = 1\nprint(x is 1)",
    "invalid escape": "print('\\d')",
    "error in eval": "eval('1 +')",
    "empty": "",
    "only a comment": "# nothing",
    "no newline at the end": "print(1)",
    "top-level return": "return 1",
    "top-level await": "await x",
    # -- ways to end
    "exit 3": "import sys; sys.exit(3)",
    "exit None": "import sys; sys.exit()",
    "exit text": "import sys; sys.exit('that is all')",
    "exit tuple": "import sys; sys.exit((1, 'x'))",
    "exit large": "import sys; sys.exit(257)",
    "exit negative": "import sys; sys.exit(-1)",
    "exit True": "import sys; sys.exit(True)",
    "exit float": "import sys; sys.exit(1.5)",
    "quit": "quit(4)",
    "SystemExit's child": "class Stop(SystemExit): pass\nraise Stop(5)",
    "SystemExit's code": "e = SystemExit(); e.code = 6; raise e",
    "SystemExit in a thread": "import threading, sys\n"
    "t = threading.Thread(target=sys.exit, args=(3,)); t.start(); t.join()",
    "os._exit": "import os, sys; print('lost'); sys.stdout.flush(); os._exit(7)",
    "error": "def f():\n    return 1 / 0\nprint('before')\nf()",
    "error with a cause": "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    raise KeyError('x') from e",
    "error with a context": "try:\n    1 / 0\nexcept ZeroDivisionError:\n    {}['x']",
    "error with notes": "e = ValueError('x')\nif hasattr(e, 'add_note'): e.add_note('note')\nraise e",
    "group": "import sys\n"
    "if sys.version_info >= (3, 11): exec('raise ExceptionGroup(\"g\", [ValueError(1), KeyError(2)])')",
    "empty error": "raise ValueError",
    "error of several lines": "raise ValueError('a\\nb')",
    "error with a bad str": "class E(Exception):\n    def __str__(self): raise 1\nraise E",
    "BaseException": "raise BaseException('base')",
    "GeneratorExit": "raise GeneratorExit('x')",
    "StopIteration": "next(iter([]))",
    "assertion": "assert 1 == 2, 'no'",
    "recursion": "import sys\nsys.setrecursionlimit(200)\ndef f(): f()\ntry:\n    f()\n"
    "except RecursionError as e: print(e)",
    "error in a thread": "import threading\n"
    "t = threading.Thread(target=lambda: 1 / 0, name='T'); t.start(); t.join(); print('on')",
    "error in del": "class A:\n    def __del__(self): 1 / 0\na = A(); del a; print('on')",
    "suggestion": "value = 1\nprint(valeu)",
    "import error": "import nothing_of_that_name",
    "relative import": "from . import x",
    "relative import of a name": "from .x import y",
    "error in a module": "import helper; helper.fail()",
    "error at import": "import broken",
    # -- atexit, threads, order of output
    "atexit": "import atexit\natexit.register(print, 'first'); atexit.register(print, 'second'); print('body')",
    "atexit after an error": "import atexit, sys\natexit.register(lambda: print(sys.last_type, sys.last_value))\n1 / 0",
    "atexit after exit": "import atexit, sys\natexit.register(print, 'end'); sys.exit(3)",
    "error in atexit": "import atexit\natexit.register(lambda: 1 / 0)\nprint('body')",
    "exit in atexit": "import atexit, sys\natexit.register(sys.exit, 5)\nprint('body')",
    "thread outlives": "import threading, time\n"
    "threading.Thread(target=lambda: (time.sleep(.1), print('late'))).start(); print('end')",
    "thread outlives an error": "import threading, time\n"
    "threading.Thread(target=lambda: (time.sleep(.1), print('late'))).start(); 1 / 0",
    "daemon dies": "import threading, time\n"
    "threading.Thread(target=lambda: (time.sleep(9), print('never')), daemon=True).start(); print('end')",
    "objects die": "class A:\n    def __del__(self): print('dies')\na = A(); print('end')",
    "objects die after an error": "class A:\n    def __del__(self): print('dies')\na = A(); raise ValueError",
    "no newline": "import sys; sys.stdout.write('x'); sys.stderr.write('y')",
    "stdout closed": "import sys; sys.stdout.close(); sys.exit(2)",
    "stdout replaced": "import io, sys; sys.stdout = io.StringIO(); print('lost'); sys.exit(1)",
    "stderr replaced": "import io, sys; sys.stderr = io.StringIO(); 1 / 0",
    "stderr is None": "import sys; sys.stderr = None; 1 / 0",
    "binary output": "import sys; sys.stdout.buffer.write(b'\\xff\\n'); print('text')",
    "surrogates": "print(ascii('\\udc80')); raise ValueError('\\udc80')",
    "cannot be written": "print('\\udc80')",
    # -- hooks
    "excepthook": "import sys\n"
    "sys.excepthook = lambda *e: print('hook', e[0], e[1], e[2].tb_lineno, e[2].tb_next)\n1 / 0",
    "excepthook for exit": "import sys\nsys.excepthook = lambda *e: print('hook'); sys.exit(3)",
    "excepthook for Ctrl-C": "import sys\nsys.excepthook = lambda *e: print('hook', e[0]); raise KeyboardInterrupt",
    "excepthook calls python's": "import sys\ndef hook(*e):\n    print('mine'); sys.__excepthook__(*e)\n"
    "sys.excepthook = hook\n1 / 0",
    "excepthook exits": "import sys\nsys.excepthook = lambda *e: sys.exit(9)\n1 / 0",
    "excepthook for a syntax error": "import sys\nsys.excepthook = lambda *e: print('hook', e[0])\nexec('x = = 1')",
    "displayhook": "import sys\nsys.displayhook = print\n3",
    "audit": "import sys\nsys.addaudithook(lambda e, a: e == 'mine' and print(e, a)); sys.audit('mine', 1)",
    # -- warnings
    "warnings": "import warnings\n"
    "warnings.warn('a'); warnings.warn('b', DeprecationWarning); warnings.warn('c', ImportWarning)",
    "filters": "import warnings; print(warnings.filters)",
    "warnings once": "import warnings\nfor _ in range(3): warnings.warn('again')",
    "warnings as errors": "import warnings\nwarnings.simplefilter('error'); warnings.warn('a')",
    # -- pickles and processes
    "pickle": "import pickle\nclass P: pass\nq = pickle.loads(pickle.dumps(P())); print(type(q) is P, P.__module__)",
    "import main": "import __main__\nclass P: pass\nprint(__main__.P is P)",
    "module beside": "import helper; print(helper.WHO, helper.__file__)",
    "subprocess": "import subprocess, sys; print(subprocess.run([sys.executable, '-c', 'print(6)'], stdout=-1).stdout)",
    "asyncio": "import asyncio\nasync def main():\n    await asyncio.sleep(0); print('ran')\nasyncio.run(main())",
    "futures": "from concurrent.futures import ThreadPoolExecutor\n"
    "print(list(ThreadPoolExecutor(2).map(abs, [-1, -2])))",
    "input": "print(input(), input('? '))",
    "stdin to its end": "import sys; print(sys.stdin.read())",
    "input at the end": "input(); input(); input()",
    "linecache": "import linecache; print(linecache.getline(__file__, 1))",
    "runpy": "import runpy; print(sorted(runpy.run_path('helper.py'))[-2:])",
    "logging": "import logging\nlogging.warning('w'); logging.info('i'); logging.getLogger('x').error('e')",
    "argparse": "import argparse\np = argparse.ArgumentParser(); p.add_argument('-o'); p.parse_args(['--none'])",
    "unittest": "import unittest\nclass T(unittest.TestCase):\n    def test(self): self.fail('x')\n"
    "import io, sys\nr = unittest.TextTestRunner(stream=io.StringIO()).run(T('test')); print(len(r.failures))",
}
ON_POSIX = {
    "KeyboardInterrupt": "raise KeyboardInterrupt",
    "KeyboardInterrupt's child": "class K(KeyboardInterrupt): pass\nraise K('x')",
    "SIGINT": "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\nprint('never')",
    "SIGINT caught": "import os, signal\ntry:\n    os.kill(os.getpid(), signal.SIGINT)\n"
    "except KeyboardInterrupt: print('caught')",
    "SIGINT with atexit": "import atexit, os, signal\natexit.register(print, 'tidy')\n"
    "os.kill(os.getpid(), signal.SIGINT)",
    "SIGINT with a thread": "import os, signal, threading, time\n"
    "threading.Thread(target=lambda: (time.sleep(.2), print('late'))).start()\nos.kill(os.getpid(), signal.SIGINT)",
    "SIGINT and a handler": "import os, signal\n"
    "signal.signal(2, lambda *a: print('handled')); os.kill(os.getpid(), 2); print('on')",
    "SIGINT ignored": "import os, signal\nsignal.signal(2, signal.SIG_IGN); os.kill(os.getpid(), 2); print('on')",
    "SIGTERM": "import os, signal; print('lost'); os.kill(os.getpid(), signal.SIGTERM)",
    "SIGKILL": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "SIGSEGV": "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
    "SIGPIPE": "import os, signal; print(signal.getsignal(signal.SIGPIPE)); "
    "signal.signal(signal.SIGPIPE, signal.SIG_DFL)\n"
    "os.kill(os.getpid(), signal.SIGPIPE)",
    "abort": "import os; os.abort()",
    "exec": "import os, sys; os.execv(sys.executable, [sys.executable, '-c', 'print(5)'])",
    "fork": "import os\nif not (pid := os.fork()): os._exit(3)\nprint(os.waitpid(pid, 0)[1])",
    "fork that ends": "import os, sys\nprint('once', flush=True)\n"
    "if not (pid := os.fork()): sys.exit(3)\nprint(os.waitpid(pid, 0)[1])",
    "core limits": "import resource; print(resource.getrlimit(resource.RLIMIT_NOFILE))",
}
POOL = """
import multiprocessing, sys
class Point:
    def __init__(self, x): self.x = x
def double(point):
    return Point(point.x * 2), __name__ == '__main__', sys.argv
if __name__ == '__main__':
    with multiprocessing.get_context({method!r}).Pool(2) as pool:
        for point, is_main, argv in pool.map(double, [Point(1), Point(2)]):
            print(type(point) is Point, point.x, is_main, argv)
"""
ON_POSIX |= {f"pool by {m}": POOL.format(method=m) for m in ("fork", "spawn", "forkserver")}

HELPERS = {
    "helper.py": "WHO = 'helper beside the script'\ndef fail():\n    raise KeyError('in helper')\n",
    "broken.py": "x = = 1\n",
}


@pytest.fixture
def folder(tmp_path):
    for name, source in HELPERS.items():
        (tmp_path / name).write_text(source)
    return tmp_path


def outcome(command: list[str], folder: Path, **options) -> SimpleNamespace:
    """What running a command did."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "MPLBACKEND": "agg", "PYTHONDONTWRITEBYTECODE": "1"}
    environment |= options.pop("environment", {})
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, timeout=120, check=False,
        **({"input": b"one\ntwo\n"} | options),
    )  # fmt: skip
    return SimpleNamespace(status=done.returncode, stdout=_plain(done.stdout), stderr=_plain(done.stderr))


def _plain(output: bytes) -> str:
    text = output.decode(errors="backslashreplace").replace(f"{sys.executable}: ", "graphrt: ")
    text = re.sub(r"0x[0-9a-f]+", "0x", text)
    # Who started python does not matter to a script.
    return re.sub(r'  File "<frozen runpy>", line \d+, in \w+\n', "", text)


def same(folder: Path, *words: str, **options) -> SimpleNamespace:
    """Runs both, and returns what both did."""
    expected = outcome([*PYTHON, *words], folder, **options)
    actual = outcome([*GRAPHRT, *words], folder, **options)
    assert actual == expected
    return expected


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts(folder, name):
    (folder / "script.py").write_text(SCRIPTS[name])
    same(folder, "script.py", "--", "-x", "", "--full-traceback", "é")


@POSIX
@pytest.mark.parametrize("name", ON_POSIX)
def test_scripts_of_posix(folder, name):
    (folder / "script.py").write_text(ON_POSIX[name])
    same(folder, "script.py")


@POSIX
def test_an_interrupt_is_a_death_by_the_signal(folder):
    (folder / "script.py").write_text(ON_POSIX["SIGINT"])
    assert same(folder, "script.py").status == -signal.SIGINT


@pytest.mark.parametrize(
    "source",
    [
        "\ufeffprint('BOM')".encode(),
        "# -*- coding: latin-1 -*-\nprint(ascii('é'))".encode("latin-1"),
        b"print(1)\r\nprint('''a\r\nb''' == 'a\\nb')\r\n1/0\r\n",
        b"print(1)\rprint(2)\r",
        "é = 'naïve'\nprint(ascii(é))\n1/0".encode(),
        b"#!/usr/bin/env python\nprint(1)",
        b"\x0cprint(1)",
    ],
)
def test_encodings_and_line_ends(folder, source):
    (folder / "script.py").write_bytes(source)
    same(folder, "script.py")


@pytest.mark.parametrize(
    "source",
    [
        b"# coding: nonsense\n",
        "print(ascii('é'))".encode("latin-1"),
        b"x = 1\x0cy",
        b"if 1:\n        x\n\ty",
        pytest.param(
            b"\0",
            marks=pytest.mark.skipif(sys.version_info < (3, 11, 4), reason="a NUL was the end of the file for Python"),
        ),
    ],
)
def test_the_words_of_some_syntax_errors_are_other_ones(folder, source):
    """Python reads the file in its own way, which compile() does not have; what happens is the same."""
    (folder / "script.py").write_bytes(source)
    ends = [outcome([*command, "script.py"], folder) for command in (PYTHON, GRAPHRT)]
    for end in ends:
        assert (end.status, end.stdout) == (1, "")
        assert re.match(r"(SyntaxError|TabError|ValueError): ", end.stderr.splitlines()[-1])
        assert "Traceback" not in end.stderr or "ValueError" in end.stderr


@pytest.mark.parametrize(
    "name", ["./script.py", "sub/../script.py", "sub/link.py", "sub/script", "sub/naïve ☃.py", "-"]
)
def test_names_of_scripts(folder, name):
    source = "import sys\nprint(sys.argv, sys.path[0], __file__, sorted(globals()))\n"
    source += "def f(x: 1): 1 / 0\nprint(f.__annotations__)\nf(1)"
    (folder / "sub").mkdir()
    for path in ("script.py", "sub/script", "sub/naïve ☃.py"):
        (folder / path).write_text(source)
    if os.name == "posix":
        (folder / "sub" / "link.py").symlink_to("../script.py")
    same(folder, name, "-", "--", "x", input=source.encode())


@POSIX
def test_stdin_as_a_file(folder):
    source = b"import sys\nprint(sys.argv, __file__)\ndef f(x: 1): pass\nprint(f.__annotations__)"
    assert same(folder, "/dev/stdin", "x", input=source).status == 0
    (folder / "script.py").write_bytes(source)
    with (folder / "script.py").open("rb") as file:
        assert same(folder, "/dev/stdin", input=None, stdin=file).status == 0


@pytest.mark.parametrize("name", ["nothing.py", "sub", "sub/nothing/at/all.py"])
def test_what_is_no_script(folder, name):
    (folder / "sub").mkdir()
    assert same(folder, name).status in (1, 2)


@pytest.mark.skipif(os.name != "posix" or os.getuid() == 0, reason="root may read everything")
def test_what_may_not_be_read(folder):
    (folder / "script.py").write_text("")
    (folder / "script.py").chmod(0)
    assert same(folder, "script.py").status == 2


def test_folders_and_zip_files(folder):
    """With a package beside __main__.py, which is found in there."""
    source = "import sys, part\nprint(sys.argv, sys.path[0], __file__, __name__, __package__, __spec__.name, part.X)"
    (folder / "app").mkdir()
    (folder / "app" / "__main__.py").write_text(source)
    (folder / "app" / "part.py").write_text("X = 7")
    with zipfile.ZipFile(folder / "app.zip", "w") as archive:
        for name in ("__main__.py", "part.py"):
            archive.write(folder / "app" / name, name)
    for name in ("app", "app/", "./app", "app.zip"):
        assert same(folder, name, "x").status == 0


def test_compiled_files(folder):
    (folder / "script.py").write_text("print(__file__, type(__loader__).__name__)")
    py_compile.compile(str(folder / "script.py"), str(folder / "script.pyc"))
    assert same(folder, "script.pyc").status == 0


def test_two_dashes_before_the_script(folder):
    (folder / "script.py").write_text(SCRIPTS["argv"])
    assert same(folder, "--", "script.py", "--", "-h").stdout.startswith("['script.py', '--', '-h']")


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONUNBUFFERED": "1"},
        {"PYTHONWARNINGS": "error"},
        {"PYTHONIOENCODING": "ascii:replace"},
        {"PYTHONSAFEPATH": "1"},
        {"PYTHONOPTIMIZE": "1"},
        {"PYTHONDEVMODE": "0"},
    ],
    ids=str,
)
def test_environments(folder, environment):
    (folder / "script.py").write_text(
        "import sys, warnings\nprint('é', __debug__, sys.flags.safe_path if hasattr(sys.flags, 'safe_path') else 0)\n"
        "sys.stderr.write('e\\n')\nprint([p for p in sys.path if not p.endswith('children')])\n"
        "assert True\nwarnings.warn('w')\n1 / 0"
    )
    same(folder, "script.py", environment=environment)


@POSIX
@pytest.mark.parametrize("ends", ["", "1 / 0", "raise KeyboardInterrupt", "sys.exit(4)"])
def test_a_pipe_that_nobody_reads(folder, ends):
    (folder / "script.py").write_text(f"import sys\nprint('x' * 100_000)\n{ends}")
    results = []
    for command in (PYTHON, GRAPHRT):
        reading, writing = os.pipe()
        os.close(reading)
        with os.fdopen(writing, "wb") as closed:
            done = subprocess.run(
                [*command, "script.py"], cwd=folder, stdout=closed, stderr=subprocess.PIPE, timeout=120, check=False,
                env=os.environ | {"PYTHONPATH": str(ROOT)},
            )  # fmt: skip
        results.append((done.returncode, _plain(done.stderr)))
    assert results[0] == results[1]


@POSIX
def test_ctrl_c_of_a_terminal_while_it_sleeps(folder):
    (folder / "script.py").write_text("import time\nprint('ready', flush=True)\ntime.sleep(60)")
    results = []
    for command in (PYTHON, GRAPHRT):
        process = subprocess.Popen(
            [*command, "script.py"], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        assert process.stdout.readline() == b"ready\n"
        time.sleep(1)  # it comes to the next line
        process.send_signal(signal.SIGINT)
        stderr = process.communicate(timeout=60)[1]
        results.append((process.returncode, _plain(stderr)))
    assert results[0] == results[1]
    assert results[0][0] == -signal.SIGINT


@POSIX
@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_processes_of_a_script_have_tensorflow(folder, method):
    """They import the script, and `tensorflow` with it, without our import hook; another one does not come first."""
    (folder / "elsewhere" / "tensorflow").mkdir(parents=True)
    (folder / "elsewhere" / "tensorflow" / "__init__.py").write_text("raise RuntimeError('the wrong one')")
    (folder / "script.py").write_text(
        "import multiprocessing\nimport tensorflow as tf\nimport tensorflow.train\n"
        "from tensorflow.python.framework import ops\n"
        "def work(x):\n"
        "    with tf.Graph().as_default(), tf.Session() as sess:\n"
        "        return tf.__version__, tf.train is tensorflow.train, float(sess.run(tf.constant(x) * 2.0))\n"
        "if __name__ == '__main__':\n"
        f"    with multiprocessing.get_context({method!r}).Pool(2) as pool:\n"
        "        print(pool.map(work, [1.0, 2.0]))\n"
    )
    elsewhere = f"{ROOT}{os.pathsep}{folder / 'elsewhere'}"
    result = outcome([*GRAPHRT, "script.py"], folder, environment={"PYTHONPATH": elsewhere})
    assert result.stderr == ""
    assert result.stdout == "[('1.15.0', True, 2.0), ('1.15.0', True, 4.0)]\n"
