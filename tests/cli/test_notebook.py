"""Notebooks under `graphrt run` and `graphrt view`: cells as in Jupyter, figures, magics, what is left out."""

from __future__ import annotations

import json
import struct

import pytest
from test_run import graphrt

from graphrt.cli.cell_source import as_python, ends_quietly
from graphrt.cli.magics import shown


def notebook(*cells: str) -> str:
    content = [{"cell_type": "markdown", "source": ["# title"]}]
    content += [{"cell_type": "code", "source": cell.splitlines(keepends=True)} for cell in cells]
    return json.dumps({"nbformat": 4, "cells": content})


@pytest.fixture
def run(tmp_path):
    def run(*cells: str, command: tuple[str, ...] = ("run",)):
        (tmp_path / "notes.ipynb").write_text(notebook(*cells))
        return graphrt(tmp_path, *command, "notes.ipynb")

    return run


def test_a_notebook(run):
    result = run(
        "%matplotlib inline\nimport tensorflow as tf\n!pip install nothing\nx = 3",
        "%%javascript\n$.getScript('x')",
        "",
        "x + 4",
        "x;  # hidden",
        "value = '''\n%not a magic\n'''\nvalue.strip()",
        "int(tf.Session().run(tf.constant(x) * 2))",
        "def f():\n    return 1 / 0\nf()",
        "print('never')",
    )
    assert result.stdout.splitlines() == ["7", "'%not a magic'", "6"]
    lines = result.stderr.splitlines()
    assert lines[:2] == [
        "graphrt: notes.ipynb cell 1: left out '!pip install nothing' (graphrt installs nothing)",
        "graphrt: notes.ipynb cell 2: left out '%%javascript' (an unknown magic, and its cell)",
    ]
    assert '  File "notes.ipynb cell 7", line 2, in f' in lines
    assert "    return 1 / 0" in lines
    assert lines[-1] == "ZeroDivisionError: division by zero"
    assert result.returncode == 1


FIGURES = (
    "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.figure(figsize=(1, 1))\nplt.plot([1, 2])",
    "plt.figure(figsize=(2, 1))\nplt.plot([2, 1])\nplt.show()\n"
    "plt.figure(figsize=(3, 1))\nplt.plot([3])\nlen(plt.get_fignums())",
    "len(plt.get_fignums())",
    "figure, axes = plt.subplots(figsize=(4, 1))\nfigure",
    "axes.plot([1])\nfigure",
    "plt.figure(figsize=(5, 1))\nplt.nothing",
)


def test_figures_are_shown_and_closed_at_the_end_of_their_cell(run, tmp_path):
    result = run(*FIGURES)
    assert result.stdout.splitlines()[1:] == ["1", "0"]
    assert result.stdout.startswith("[<matplotlib.lines.Line2D object")
    saved = [f"graphrt: saved notes-figure-{number}.png" for number in range(1, 7)]
    assert [line for line in result.stderr.splitlines() if "saved" in line] == saved
    widths = []
    for number in range(1, 7):
        widths.append(struct.unpack(">I", (tmp_path / f"notes-figure-{number}.png").read_bytes()[16:20])[0] // 100)
    assert widths == [1, 2, 3, 4, 4, 5]
    assert result.returncode == 1 and "nothing" in result.stderr


def test_figures_of_a_view_are_not_written(run, tmp_path):
    first = "import tensorflow as tf\ntf.constant(1, name='one')"
    result = run(first, *FIGURES[:5], command=("view", "-o", "g.svg"))
    assert result.returncode == 0, result.stderr
    assert not list(tmp_path.glob("*.png"))


def test_a_backend_that_shows_nothing_keeps_its_figures(run, tmp_path):
    result = run(
        "import matplotlib\nmatplotlib.use('Agg')\nimport matplotlib.pyplot as plt\nf = plt.figure()",
        "len(plt.get_fignums())",
    )
    assert (result.stdout, result.stderr) == ("1\n", "")


def test_magics_run_code(run, tmp_path):
    (tmp_path / "helper.py").write_text("import sys\nmade = sys.argv[1:]\nsame = __name__ == '__main__'\n")
    result = run(
        "import numpy as np\n%time x = 1 + 1\n%time x + 40",
        "%%time\ny = 5\ny * x",
        "calls = []\n%timeit -n 3 -r 2 calls.append(1)\nlen(calls)",
        "%%timeit -n1 -r1 z = 2\ncalls.append(z)\ncalls.append(z)",
        "calls[-1], 'z' in globals()",
        "%%capture out\nprint('hidden')\nimport tensorflow as tf",
        "out.stdout, tf.__version__",
        "%run helper.py a 'b c'\nmade, same",
        "%env NOTEBOOK_X=7\nimport os\nvalue = %env NOTEBOOK_X\nos.environ['NOTEBOOK_X'], value",
        "name = 'word'\nlines = !echo {name} $name $$HOME {1 + 1}\nlines == [f'word word {os.environ[\"HOME\"]} 2']",
        "!echo printed\nif x:\n    !echo inside; exit 3\n_exit_code",
        "%%bash\necho from bash $NOTEBOOK_X",
        "%%writefile made.py\nanswer = 42",
        "import made as other\nother.answer",
        "%%python\nimport tensorflow as tf\nprint(tf.__version__)",
        "get_ipython().run_line_magic('pwd', '')[-3:] == os.getcwd()[-3:]",
        "print(In[1][:6], Out[14], _14, _)\nlen(In)",
    )
    out = [line for line in result.stdout.splitlines() if not line.startswith(("CPU times", "Wall time"))]
    assert result.stderr == ""
    assert result.stdout.count("Wall time: ") == 3
    assert out[:3] == ["42", "10", out[2]] and " per loop (mean ± std. dev. of 2 runs, 3 loops each)" in out[2]
    assert out[3] == "6" and "of 1 run, 1 loop each" in out[4]
    assert out[5:] == [
        "(2, False)",
        "('hidden\\n', '1.15.0')",
        "(['a', 'b c'], True)",
        "env: NOTEBOOK_X=7",
        "('7', '7')",
        "True",
        "printed",
        "inside",
        "3",
        "from bash 7",
        "Writing made.py",
        "42",
        "1.15.0",
        "True",
        "import 42 42 True",
        "18",
    ]


def test_cd_goes_there_and_back(run, tmp_path):
    (tmp_path / "below").mkdir()
    result = run("%cd below", "%cd -", "%cd -")
    assert result.stdout.splitlines() == [str(tmp_path / "below"), str(tmp_path), str(tmp_path / "below")]


def test_unknown_magics_are_said_and_the_rest_goes_on(run):
    result = run(
        "%tensorflow_version 1.x\n%tensorboard --logdir x\n%load_ext autoreload\n"
        "%autoreload 2\nlen?\n%timeit -z 1\n%config A.b = 1\n1 + 1",
        "%%html\n<b>x</b>",
        "try:\n    get_ipython().run_cell_magic('bash', '', 'exit 2')\nexcept Exception as error:\n    print(error)",
    )
    assert result.stdout == "2\nCommand '['bash']' returned non-zero exit status 2.\n"
    assert result.stderr.splitlines() == [
        "graphrt: notes.ipynb cell 1: left out '%tensorboard --logdir x' (an unknown magic)",
        "graphrt: notes.ipynb cell 1: left out '%load_ext autoreload' (extensions of IPython do not run here)",
        "graphrt: notes.ipynb cell 1: left out 'len?' (nobody is there to read help)",
        "graphrt: notes.ipynb cell 1: left out '%timeit -z 1' (with -z)",
        "graphrt: notes.ipynb cell 2: left out '%%html' (an unknown magic, and its cell)",
    ]


def test_errors_in_magics_point_at_the_line_of_the_cell(run):
    result = run("a = 1\n\n%time 1 / 0")
    assert '  File "notes.ipynb cell 1", line 3, in <module>' in result.stderr.splitlines()
    result = run("%%time\na = 1\nb = a / 0")
    assert '  File "notes.ipynb cell 1", line 3, in <module>' in result.stderr.splitlines()
    assert "    b = a / 0" in result.stderr.splitlines()
    assert "Wall time" in result.stdout


def test_what_people_do_to_notebooks(run, tmp_path):
    result = run(
        "import matplotlib.pyplot as plt\nplt.ion()\nplt.plot([1])\nplt.show();",
        'import sys, os\nout = !{sys.executable} -c "import sys; sys.stdout.buffer.write(bytes([255]))"\nout',
        "!{sys.executable} -m pip install x\n!sudo apt-get -y install x\n%pip install x\ny = !pip3 install x\ny",
        "%time a = 1; b = a + 1\nc = %time b + 1\nc, {k: 1 for k in 'ab'}",
        "%%capture\nplt.plot([1])\n1 / 0",
    )
    out = [line for line in result.stdout.splitlines() if not line.startswith(("CPU times", "Wall time"))]
    assert out == ["['\ufffd']", "[]", "(3, {'a': 1, 'b': 1})"]
    assert result.stderr.count("(graphrt installs nothing)") == 4
    assert "ZeroDivisionError" in result.stderr and '"notes.ipynb cell 5", line 3' in result.stderr
    assert [path.name for path in tmp_path.glob("*.png")] == ["notes-figure-1.png"]


@pytest.mark.parametrize(("end", "figures"), [("exit()", 1), ("1 / 0", 1), ("raise KeyboardInterrupt", 0)])
def test_figures_of_a_cell_that_ends_the_notebook(run, tmp_path, end, figures):
    run(f"import matplotlib.pyplot as plt\nplt.plot([1])\n{end}")
    assert len(list(tmp_path.glob("*.png"))) == figures


def test_a_cell_with_an_error_of_syntax_is_named(run):
    result = run("x = 1", "%matplotlib inline\ny = (1,\n")
    assert '  File "notes.ipynb cell 2", line 2' in result.stderr.splitlines()
    assert "SyntaxError: '(' was never closed" in result.stderr


def test_another_notebook_is_run_on_the_same_variables(run, tmp_path):
    (tmp_path / "other.ipynb").write_text(notebook("there = here + 1", "%time 3"))
    result = run("here = 1\n%run other.ipynb\nthere, get_ipython().notebook, len(In)")
    assert result.stdout.splitlines()[-1] == "(2, 'notes.ipynb', 2)"


@pytest.mark.parametrize(
    ("cell", "python"),
    [
        ("x = 5 %y\n", None),
        ("x != 3", None),
        ("f(a,\n%b)", None),
        ("s = '''\n!ls\n'''", None),
        ("x = 1 + \\\n%y", None),
        ("a, b = !ls", "a, b = get_ipython().getoutput('ls')"),
        ("d['k'] = %env HOME", "d['k'] = get_ipython().run_line_magic('env', 'HOME')"),
        ("!ls a \\\n  b\nx", "get_ipython().system('ls a b')\n\nx"),
        ("s = '''\n%x\n'''\n%y 1", "s = '''\n%x\n'''\nget_ipython().run_line_magic('y', '1')"),
        ("\n%%time\nx", "\nget_ipython().run_cell_magic('time', '', 'x')"),
        ("!!ls", "get_ipython().getoutput('ls')"),
        ("if a:\n\t%time b", "if a:\n\tget_ipython().run_line_magic('time', 'b')"),
        ("(\n%not_closed", None),
        ("%time\tx", "get_ipython().run_line_magic('time', 'x')"),
        ("% matplotlib inline", "get_ipython().run_line_magic('matplotlib', 'inline')"),
        ("%", "get_ipython().run_line_magic('', '')"),
        ("!echo '''", "get_ipython().system(\"echo '''\")"),
    ],
)
def test_what_is_python_stays_and_what_is_ipythons_becomes_calls(cell, python):
    assert as_python(cell) == (cell if python is None else python)


def test_a_semicolon_hides_the_value_where_it_is_code():
    assert ends_quietly("x;") and ends_quietly("x;  # comment") and ends_quietly("x;\n\n")
    assert not ends_quietly("x  # done;") and not ends_quietly("'x;'") and not ends_quietly("(")


def test_times_for_people():
    assert [shown(seconds) for seconds in (2.5, 0.25, 1.5e-5, 3e-9, 125.0)] == [
        "2.5 s",
        "250 ms",
        "15 us",
        "3 ns",
        "2min 5s",
    ]


def test_cells_have_the_futures_of_the_cells_before_and_not_ours(run):
    cells = [
        "def f(x: 1 + 1): pass\nf.__annotations__",
        "from __future__ import annotations\ndef f(x: 1 + 1): pass\nf.__annotations__",
        "def g(x: 2 + 2): pass\ng.__annotations__",
    ]
    result = run(*cells)
    assert result.stdout.splitlines() == ["{'x': 2}", "{'x': '1 + 1'}", "{'x': '2 + 2'}"]
