"""`graphrt run` in processes of its own: python's own manners, tensorflow's names, figures, notebooks, tracebacks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def graphrt(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command, run in `folder`, without a display."""
    variables = {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY")}
    variables |= {"PYTHONPATH": str(ROOT), "MPLBACKEND": "", **environment}
    command = [sys.executable, "-m", "graphrt", *arguments]
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture
def script(tmp_path):
    def write(text: str, name: str = "script.py") -> Path:
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


def test_tensorflow_is_graphrt(script, tmp_path):
    script("""
import tensorflow as tf
import tensorflow.compat.v1 as tf1
from tensorflow.python.framework import ops
import tensorflow.train
from tensorflow import constant
ops.reset_default_graph()
print(tf.__version__, tf.VERSION, tf1.__version__)
print(tf.constant is tf1.constant is constant is tf.compat.v1.constant)
print(tf.train is tensorflow.train, "tensorflow.train" in repr(tf.train))
x = tf.placeholder(tf.float32, name="x")
with tf.Session() as sess:
    print(sess.run(x + 1.0, {x: [1, 2]}).tolist(), "constant" in dir(tf))
""")
    result = graphrt(tmp_path, "run", "script.py")
    assert result.stderr == ""
    assert result.stdout.splitlines() == ["1.15.0 1.15.0 1.15.0", "True", "True True", "[2.0, 3.0] True"]
    assert result.returncode == 0


def test_python_manners(script, tmp_path):
    script("""
import pickle, sys, __main__
import helper
class Point: pass
print(sys.argv, __name__, __file__, __main__.Point is Point)
print(type(pickle.loads(pickle.dumps(Point()))) is Point, helper.WHO, __spec__)
if len(sys.argv) > 1:
    sys.exit(int(sys.argv[-1]))
""")
    script("WHO = 'helper beside the script'", "helper.py")
    result = graphrt(tmp_path, "run", "script.py", "--rate", "-o", "7")
    assert result.stdout.splitlines() == [
        f"['script.py', '--rate', '-o', '7'] __main__ {tmp_path}/script.py True",
        "True helper beside the script None",
    ]
    assert (result.returncode, result.stderr) == (7, "")


def test_exit_with_a_message_is_status_one(script, tmp_path):
    script("import sys; sys.exit('that is all')")
    result = graphrt(tmp_path, "run", "script.py")
    assert (result.returncode, result.stderr) == (1, "that is all\n")


def test_a_missing_file(tmp_path):
    result = graphrt(tmp_path, "run", "nothing.py")
    assert result.returncode == 2
    path = str(tmp_path / "nothing.py")
    assert result.stderr == f"graphrt: can't open file {path!r}: [Errno 2] No such file or directory\n"


def test_a_traceback_shows_the_users_lines_only(script, tmp_path):
    script("""import tensorflow as tf
def build():
    return tf.placeholder(tf.float32, [2], name="x") + 1.0
def main():
    tf.Session().run(build())
main()
""")
    short = graphrt(tmp_path, "run", "script.py")
    assert short.returncode == 1
    files = [line for line in short.stderr.splitlines() if line.startswith("  File")]
    path = tmp_path / "script.py"  # (python, too, gives the whole path)
    assert files == [f'  File "{path}", line 6, in <module>', f'  File "{path}", line 5, in main']
    assert "You must feed a value for placeholder tensor 'x'" in short.stderr
    assert "made at script.py:3 in build" in short.stderr
    assert "frames inside graphrt not shown; --full-traceback shows all" in short.stderr
    full = graphrt(tmp_path, "run", "--full-traceback", "script.py")
    assert "session.py" in full.stderr
    assert "graphrt/cli" not in full.stderr


def test_a_syntax_error_points_at_the_script(script, tmp_path):
    script("x = (1,\n  2")
    result = graphrt(tmp_path, "run", "script.py")
    assert result.returncode == 1
    assert f'File "{tmp_path}/script.py", line 1' in result.stderr
    assert "SyntaxError: '(' was never closed" in result.stderr
    assert "graphrt" not in result.stderr


def test_a_name_that_does_not_exist_says_so_in_one_sentence(script, tmp_path):
    script("import tensorflow as tf\ntf.placeholdr(tf.float32)")
    result = graphrt(tmp_path, "run", "script.py")
    expected = (
        "AttributeError: tf.placeholdr does not exist in TensorFlow 1.15 or graphrt; the nearest name is tf.placeholder"
    )
    assert expected in result.stderr.splitlines()
    script("from tensorflow import placeholdr")
    expected = expected.replace("AttributeError", "ModuleNotFoundError")
    assert expected in graphrt(tmp_path, "run", "script.py").stderr.splitlines()
    script("import tensorflow.trian")
    result = graphrt(tmp_path, "run", "script.py")
    expected = (
        "ModuleNotFoundError: tf.trian does not exist in TensorFlow 1.15 or graphrt; the nearest name is tf.train"
    )
    assert expected in result.stderr.splitlines()


def test_python_adds_no_suggestion_of_its_own(tmp_path):
    code = "import graphrt as tf\ntf.placeholdr"
    result = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert result.stderr.splitlines()[-1].endswith("; the nearest name is tf.placeholder")


PRIVATE = """
from tensorflow.contrib.layers.python.layers.initializers import xavier_initializer
from tensorflow.contrib.layers.python.layers import xavier_initializer as again
from tensorflow.python.client import device_lib
from tensorflow.python.lib.io import file_io
from tensorflow.python.platform import gfile, tf_logging
from tensorflow.python.training.moving_averages import ExponentialMovingAverage
import tensorflow as tf
assert xavier_initializer is again is tf.contrib.layers.xavier_initializer
assert file_io.file_exists(".") and gfile.Exists(".") and tf_logging.INFO == tf.logging.INFO
assert [device.device_type for device in device_lib.list_local_devices()][0] == "CPU"
for line in '''
from tensorflow.python.ops.rnn import dynamic_rnn
from tensorflow.python.ops import secret
from tensorflow.contrib.layers.python.ops import secret
from tensorflow.contrib.layers.python.layers import batch_norm
from tensorflow.examples.tutorials.mnist import input_data
from tensorflow.tools import graph_transforms
from tensorflow.core.framework import nothing
'''.strip().splitlines():
    try:
        exec(line)
    except ModuleNotFoundError as error:
        print(str(error).partition(" (")[0])
"""


def test_private_modules(script, tmp_path):
    script(PRIVATE)
    result = graphrt(tmp_path, "run", "script.py")
    assert result.stderr == ""
    assert result.stdout.splitlines() == [
        "tf.nn.dynamic_rnn is not in graphrt yet",
        "tensorflow.python.ops.secret is private to TensorFlow, and not among the private names that graphrt has: "
        "import the public names of tensorflow instead",
        "tf.contrib.layers.python.ops is private to TensorFlow: the public names are those of tf.contrib.layers",
        "tf.contrib.layers.batch_norm is not in graphrt yet",
        "tf.examples is not in graphrt yet",
        "tf.tools is not in graphrt, and not planned",
        "graphrt has no module tensorflow.core.framework.nothing of protocol messages",
    ]


def test_another_finder_may_serve_what_graphrt_lacks(script, tmp_path):
    folder = tmp_path / "more" / "input_data"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("WHO = 'another finder'")
    script("""
import importlib.util, sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "tensorflow.examples":
            return importlib.util.spec_from_file_location(name, "more/input_data/__init__.py")
sys.meta_path.insert(0, Finder())
from tensorflow.examples import WHO
print(WHO)
""")
    assert graphrt(tmp_path, "run", "script.py").stdout == "another finder\n"


def test_a_fallback_import_works(script, tmp_path):
    script("""
try:
    from tensorflow.python.nonsense import thing
except ImportError as error:
    print(type(error).__name__)
""")
    assert graphrt(tmp_path, "run", "script.py").stdout == "ModuleNotFoundError\n"


@pytest.mark.parametrize("command", [["run"], ["view", "-o", "graph.svg"]])
def test_ctrl_c_ends_with_a_traceback_and_by_the_signal(script, tmp_path, command):
    script("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n")
    result = graphrt(tmp_path, *command, "script.py")
    assert result.returncode == -signal.SIGINT
    assert result.stderr.splitlines()[-1] == "KeyboardInterrupt"


@pytest.mark.parametrize("hook", ["", "sys.excepthook = lambda *e: print('hook', e[0].__name__, e[2].tb_lineno)\n"])
def test_an_error_in_graphrt_goes_to_the_hook_of_the_script(script, tmp_path, hook):
    script(f"import sys\nimport tensorflow as tf\n{hook}tf.Session().run(tf.placeholder(tf.float32, name='x'))")
    result = graphrt(tmp_path, "run", "script.py")
    assert result.returncode == 1
    assert result.stdout == ("hook InvalidArgumentError 4\n" if hook else "")
    assert ("You must feed" in result.stderr) == (not hook)


def test_shown_figures_become_files(script, tmp_path):
    script("""
import matplotlib.pyplot as plt
plt.plot([1, 2]); plt.show()
plt.figure(); plt.figure(); plt.show()
print(len(plt.get_fignums()))
plt.plot([1, 2]); plt.pause(0.01); plt.pause(0.01)
""")
    result = graphrt(tmp_path, "run", "script.py")
    assert result.stdout == "0\n"
    names = [f"script-figure-{number}.png" for number in (1, 2, 3, 4)]
    assert result.stderr.splitlines() == [f"graphrt: saved {name}" for name in names]
    assert sorted(path.name for path in tmp_path.glob("*.png")) == names
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in tmp_path.glob("*.png"))


def test_a_backend_that_was_asked_for_is_kept(script, tmp_path):
    script("import os; print(os.environ['MPLBACKEND'])")
    assert graphrt(tmp_path, "run", "script.py", MPLBACKEND="WebAgg").stdout == "WebAgg\n"


def test_view_passes_two_dashes_on(script, tmp_path):
    script("import sys\nimport tensorflow as tf\ntf.constant(1)\nprint(sys.argv)")
    result = graphrt(tmp_path, "view", "-o", "graph.svg", "script.py", "--", "--", "-x")
    assert result.stdout == "['script.py', '--', '-x']\n"
    assert (tmp_path / "graph.svg").is_file()
    assert graphrt(tmp_path, "view", "-o", "graph.svg", "nothing.py").returncode == 2


def test_help_and_version():
    assert "graphrt-figure" not in graphrt(ROOT, "--help").stdout
    assert "SCRIPT-figure-1.png" in graphrt(ROOT, "run", "--help").stdout
    assert graphrt(ROOT, "--version").stdout.startswith("graphrt ")
    assert graphrt(ROOT).returncode == 2


def test_a_training_script_as_people_wrote_them(script, tmp_path):
    script("""
import numpy as np
import matplotlib.pyplot as plt
import tensorflow as tf
points = np.linspace(-1, 1, 20).reshape(-1, 1)
x = tf.placeholder(tf.float32, [None, 1])
y = tf.placeholder(tf.float32, [None, 1])
w = tf.Variable(tf.random_normal([1, 1], stddev=0.1))
b = tf.Variable(tf.random_normal([1], stddev=0.1))
prediction = tf.add(tf.matmul(x, w), b)
loss = tf.reduce_mean(tf.square(prediction - y))
optm = tf.train.AdamOptimizer(0.1).minimize(loss)
sess = tf.Session()
sess.run(tf.global_variables_initializer())
losses = []
for epoch in range(200):
    sess.run(optm, feed_dict={x: points, y: 3 * points + 1})
    losses.append(sess.run(loss, feed_dict={x: points, y: 3 * points + 1}))
print(losses[-1] < 1e-3 < losses[0])
plt.plot(losses)
plt.show()
""")
    result = graphrt(tmp_path, "run", "script.py")
    assert (result.stdout, result.stderr) == ("True\n", "graphrt: saved script-figure-1.png\n")
