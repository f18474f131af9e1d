"""`graphrt view`: which graphs are drawn, what is run for that and what is not."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest
from test_run import graphrt

TRAINING = """
import tensorflow as tf
w = tf.Variable(2.0, name="w")
step = tf.assign_add(w, 1.0, name="step")
value = tf.multiply(w, 3.0, name="value")
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for _ in range(50):
        result = sess.run([step.op, value])
    print(result[0], float(result[1]))
{more}
tf.constant(5.0, name="after_training")
"""


@pytest.fixture
def script(tmp_path):
    def write(text: str):
        (tmp_path / "model.py").write_text(text)

    return write


def ops_of(path) -> set[str]:
    data = json.loads(re.search(r'type="application/json">(.*?)</script>', path.read_text(), re.S).group(1))
    names: list[str] = []
    for parent, goes_on, rest, *_ in data["nodes"]:
        names.append((names[parent] if goes_on else "") + rest)
    return {name for number, name in enumerate(names) if all(row[0] != number for row in data["nodes"][1:])}


def test_training_runs_are_skipped_and_the_whole_graph_is_drawn(script, tmp_path):
    script(TRAINING.format(more=""))
    result = graphrt(tmp_path, "view", "model.py", "-o", "graph.html")
    assert result.stdout == "None 6.0\n"
    assert result.stderr.splitlines() == [
        "graphrt: 50 training runs were skipped (--full runs them)",
        f"graphrt: wrote graph.html ({len(ops_of(tmp_path / 'graph.html'))} ops)",
    ]
    assert {"w", "w/Assign", "step", "value", "init", "after_training"} <= ops_of(tmp_path / "graph.html")
    assert result.returncode == 0


def test_full_trains(script, tmp_path):
    script(TRAINING.format(more=""))
    result = graphrt(tmp_path, "view", "--full", "model.py", "-o", "graph.dot")
    assert result.stdout == "None 153.0\n"
    assert "skipped" not in result.stderr
    assert (tmp_path / "graph.dot").read_text().startswith("digraph")


def test_a_value_that_needs_training_ends_the_script(script, tmp_path):
    script(TRAINING.format(more="    sess.run(step)"))
    result = graphrt(tmp_path, "view", "model.py", "-o", "graph.html")
    assert "stopped the script: the value of 'step:0', fetched at model.py:11, needs training" in result.stderr
    assert "value" in ops_of(tmp_path / "graph.html")
    assert "after_training" not in ops_of(tmp_path / "graph.html")
    assert result.returncode == 0


def test_a_script_that_waits_for_training_is_stopped(script, tmp_path):
    script(TRAINING.format(more="    while sess.run(value) < 9: sess.run(step.op)"))
    result = graphrt(tmp_path, "view", "--limit", "5", "model.py", "-o", "graph.svg")
    assert "stopped the script: after 5 seconds, at model.py:11" in result.stderr
    assert (tmp_path / "graph.svg").read_text().startswith("<svg")


@pytest.mark.parametrize(
    ("forever", "hard"),
    [
        ("while True: pass", False),
        ("def spin():\n    while True: pass\ntry:\n    spin()\nfinally:\n    print('tidied')", False),
        (
            "def spin():\n    while True: pass\nwhile True:\n    try:\n        spin()\n    except BaseException: pass",
            True,
        ),
        ("import time; time.sleep(1000)", True),
        ("import threading; threading.Lock().acquire() and threading.Event().wait()", True),
    ],
)
def test_python_code_that_goes_on_for_ever_is_stopped(script, tmp_path, forever, hard):
    script(
        f"import tensorflow as tf\ntf.constant(1, name='one')\nprint('before')\n{forever}\ntf.constant(2, name='two')"
    )
    result = graphrt(tmp_path, "view", "--limit", "1.5", "model.py", "-o", "graph.html")
    assert "stopped the script: after 1.5 seconds, at model.py:" in result.stderr
    assert ("it did not end, so the process does" in result.stderr) == hard
    assert "Traceback" not in result.stderr
    assert result.stdout == "before\n" + "tidied\n" * ("tidied" in forever)
    assert ops_of(tmp_path / "graph.html") == {"one"}
    assert result.returncode == 0


@pytest.mark.parametrize("main", ["", "while True: pass"])
def test_threads_that_go_on_for_ever_are_stopped(script, tmp_path, main):
    script(
        "import tensorflow as tf, threading, time\ntf.constant(1, name='one')\n"
        f"def go():\n    while True: time.sleep(0.1)\nthreading.Thread(target=go).start()\n{main}"
    )
    result = graphrt(tmp_path, "view", "--limit", "1.5", "model.py", "-o", "graph.html")
    assert result.stderr.splitlines()[-1] == "graphrt: ended the process: threads of the script went on"
    assert ("stopped the script" in result.stderr) == bool(main)
    assert ops_of(tmp_path / "graph.html") == {"one"}
    assert result.returncode == 0


def test_the_limit_of_a_notebook(tmp_path):
    cells = ["import tensorflow as tf\ntf.constant(1, name='one')", "%time 1\nwhile True: pass"]
    content = {"nbformat": 4, "cells": [{"cell_type": "code", "source": cell} for cell in cells]}
    (tmp_path / "notes.ipynb").write_text(json.dumps(content))
    result = graphrt(tmp_path, "view", "--limit", "1.5", "notes.ipynb", "-o", "graph.html")
    assert "stopped the script: after 1.5 seconds, at notes.ipynb cell 2:2" in result.stderr
    assert ops_of(tmp_path / "graph.html") == {"one"}


def test_a_script_that_ends_by_itself_is_not_stopped(script, tmp_path):
    script("import tensorflow as tf, time, atexit\ntf.constant(1, name='one')\natexit.register(time.sleep, 1.5)")
    result = graphrt(tmp_path, "view", "--limit", "1", "model.py", "-o", "graph.html")
    assert "stopped" not in result.stderr or "after 1 seconds" in result.stderr  # (a busy machine takes that to begin)
    assert result.returncode == 0


def test_a_call_that_lets_no_other_thread_run_is_ended_too(script, tmp_path):
    script("import re\nre.match('(a+)+$', 'a' * 60 + 'b')\n")
    code = (
        "import graphrt.cli.deadline as deadline, graphrt.cli.main as main; deadline._DEAF = 1.0\n"
        "main.main(['view', '--limit', '1', 'model.py', '-o', 'graph.svg'])"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert result.returncode == 1
    assert "Timeout" in result.stderr and "model.py" in result.stderr


def test_a_folder_that_is_missing_is_said_before_the_script_runs(script, tmp_path):
    script("print('ran')")
    result = graphrt(tmp_path, "view", "model.py", "-o", "pictures/graph.svg")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == "graphrt: pictures/graph.svg: there is no folder pictures\n"


@pytest.mark.parametrize("limit", ["0", "-1", "nan", "soon"])
def test_limits_that_are_none(script, tmp_path, limit):
    script("print('ran')")
    result = graphrt(tmp_path, "view", f"--limit={limit}", "model.py", "-o", "graph.svg")
    assert (result.returncode, result.stdout) == (2, "")
    assert "argument --limit: " in result.stderr and limit in result.stderr


def test_full_has_no_limit(script, tmp_path):
    script("import tensorflow as tf, time\ntime.sleep(1)\ntf.constant(1, name='one')")
    result = graphrt(tmp_path, "view", "--full", "--limit", "0.1", "model.py", "-o", "graph.html")
    assert "stopped" not in result.stderr
    assert ops_of(tmp_path / "graph.html") == {"one"}


def test_a_script_that_fails_is_drawn_as_far_as_it_came(script, tmp_path):
    script("import tensorflow as tf\ntf.constant(1, name='one')\nraise KeyError('no')\n")
    result = graphrt(tmp_path, "view", "model.py", "-o", "graph.graphml")
    assert "KeyError: 'no'" in result.stderr
    assert 'id="one"' in (tmp_path / "graph.graphml").read_text()
    assert result.returncode == 1


def test_several_graphs_give_several_files_and_figures_are_not_written(script, tmp_path):
    script("""
import tensorflow as tf
import matplotlib.pyplot as plt
for name in ("first", "second"):
    with tf.Graph().as_default() as graph:
        tf.constant(1.0, name=name)
        tf.Session(graph=graph).run(name)
plt.plot([1]); plt.show()
tf.constant(2.0, name="default")
""")
    result = graphrt(tmp_path, "view", "model.py", "-o", "g.html")
    assert result.returncode == 0, result.stderr
    assert [ops_of(tmp_path / name) for name in ("g.html", "g-2.html", "g-3.html")] == [
        {"first"},
        {"second"},
        {"default"},
    ]
    assert not list(tmp_path.glob("*.png"))


def test_arguments_for_the_script_follow_two_dashes(script, tmp_path):
    script("import sys\nimport tensorflow as tf\nprint(sys.argv)\ntf.constant(1, name='one')")
    result = graphrt(tmp_path, "view", "model.py", "-o", "g.html", "--", "--epochs", "3")
    assert result.stdout == "['model.py', '--epochs', '3']\n"
    assert ops_of(tmp_path / "g.html") == {"one"}


def test_mistakes_are_said(script, tmp_path):
    script("x = 1")
    assert graphrt(tmp_path, "view", "model.py", "-o", "g.bmp").stderr.startswith("graphrt: g.bmp: the suffix must be")
    result = graphrt(tmp_path, "view", "model.py", "-o", "g.svg")
    assert (result.returncode, result.stderr) == (1, "graphrt: model.py made no graph\n")
    result = graphrt(tmp_path, "view", "none.py", "-o", "g.svg")
    assert (result.returncode, result.stderr) == (
        2,
        f"graphrt: can't open file '{tmp_path}/none.py': [Errno 2] No such file or directory\n",
    )


def test_what_draws_is_missed_before_the_script_has_run(script, tmp_path):
    script("print('ran')")
    (tmp_path / "empty").mkdir()
    result = graphrt(tmp_path, "view", "model.py", "-o", "g.pdf", PATH=str(tmp_path / "empty"))
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("graphrt: drawing a .pdf needs the program 'dot'")
    (tmp_path / "resvg_py.py").write_text("raise ImportError('none')")
    result = graphrt(tmp_path, "view", "model.py", "-o", "g.png")
    assert (result.returncode, result.stdout) == (2, "")
    assert "pip install 'graphrt[png]'" in result.stderr
