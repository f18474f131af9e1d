"""tf.logging, tf.flags and tf.app in processes of their own, as scripts use them. The lines are TensorFlow 1.15.5's."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

LOGGING = """
import tensorflow as tf
tf.logging.info("hidden")
tf.logging.warn("warned %d", 1)
tf.logging.error("100%")
tf.logging.set_verbosity(tf.logging.INFO)
tf.logging.info("shown %s", "now")
tf.logging.log(tf.logging.INFO, "log %d", 2)
tf.logging.vlog(tf.logging.INFO, "vlog")
tf.logging.debug("hidden")
for i in range(5):
    tf.logging.log_every_n(tf.logging.INFO, "every %d", 3, i)
    tf.logging.log_first_n(tf.logging.INFO, "first %d", 2, i)
tf.logging.log_if(tf.logging.INFO, "if %d", True, 1)
tf.logging.log_if(tf.logging.INFO, "if not", False)
tf.logging.TaskLevelStatusMessage("status")
tf.logging.fatal("fatal")
tf.logging.flush()
print(tf.logging.get_verbosity() == tf.logging.INFO, tf.get_logger().name)
"""

FLAGS = """
import tensorflow as tf
flags = tf.app.flags
flags.DEFINE_string("name", "bob", "who it is")
flags.DEFINE_integer("steps", 3, "how many")
flags.DEFINE_float("rate", default_value=0.1, docstring="how fast")
flags.DEFINE_boolean(flag_name="debug", default_value=False, docstring="say more")
flags.DEFINE_bool("fast", True, "at once")
flags.DEFINE_list("items", "a,b", "what")
flags.DEFINE_enum("mode", "train", ["train", "test"], "which")
flags.DEFINE_multi_integer("size", [1], "sizes")
FLAGS = tf.flags.FLAGS
def main(argv):
    print(argv, FLAGS.name, FLAGS.steps, FLAGS.rate, FLAGS.debug, FLAGS.fast, FLAGS.items, FLAGS.mode, FLAGS.size)
    print("steps" in FLAGS, FLAGS["steps"].value, FLAGS.flag_values_dict()["name"], sorted(FLAGS.__flags)[-1])
    FLAGS.steps = 9
    print(FLAGS.steps)
    tf.logging.warning("inside")
    return 3
if __name__ == "__main__":
    tf.app.run()
"""

EARLY = """
import tensorflow as tf
tf.flags.DEFINE_integer("steps", 3, "how many")
FLAGS = tf.flags.FLAGS
print(FLAGS.is_parsed(), FLAGS.steps, FLAGS.is_parsed(), hasattr(FLAGS, "nothing"))
try:
    FLAGS._parse_flags()
except AttributeError as error:
    print(error)
"""


def run(folder: Path, text: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    script = folder / "script.py"
    script.write_text(text)
    command = [sys.executable, "-m", "graphrt", "run", "script.py", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)


def test_lines_of_the_log(tmp_path):
    done = run(tmp_path, LOGGING)
    assert done.stdout == "True tensorflow\n"
    assert done.stderr.splitlines() == [
        "WARNING:tensorflow:warned 1",
        "ERROR:tensorflow:100%",
        "INFO:tensorflow:shown now",
        "INFO:tensorflow:log 2",
        "INFO:tensorflow:vlog",
        "INFO:tensorflow:every 0",
        "INFO:tensorflow:first 0",
        "INFO:tensorflow:first 1",
        "INFO:tensorflow:every 3",
        "INFO:tensorflow:if 1",
        "ERROR:tensorflow:status",
        "CRITICAL:tensorflow:fatal",
    ]


def test_a_log_that_the_script_has_set_up_is_used(tmp_path):
    done = run(
        tmp_path,
        "import logging, sys\n"
        "logging.basicConfig(format='MINE %(levelname)s %(message)s %(lineno)d', stream=sys.stdout)\n"
        "import tensorflow as tf\n"
        "tf.logging.warning('warned')\n",
    )
    assert (done.stdout, done.stderr) == ("MINE WARNING warned 4\n", "")


def test_flags_as_they_are_defined(tmp_path):
    done = run(tmp_path, FLAGS)
    assert done.stdout.splitlines() == [
        "['script.py'] bob 3 0.1 False True ['a', 'b'] train [1]",
        "True 3 bob xml_output_file" if "xml_output_file" in done.stdout else "True 3 bob verbosity",
        "9",
    ]
    # As TensorFlow 1.15: its own line, and absl's with the time and the script's line.
    own, absls = done.stderr.splitlines()
    assert own == "WARNING:tensorflow:inside"
    assert re.fullmatch(r"W\d{4} [\d:.]+ +\d+ script\.py:18\] inside", absls)
    assert done.returncode == 3


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--steps=4", "rest"], "['script.py', 'rest'] bob 4 0.1 False True ['a', 'b'] train [1]"),
        (["-steps", "4"], "['script.py'] bob 4 0.1 False True ['a', 'b'] train [1]"),
        (["--debug", "--nofast"], "['script.py'] bob 3 0.1 True False ['a', 'b'] train [1]"),
        (["--debug=true", "--rate", "2"], "['script.py'] bob 3 2.0 True True ['a', 'b'] train [1]"),
        (["--items=x,y", "--size=3", "--size=4"], "['script.py'] bob 3 0.1 False True ['x', 'y'] train [3, 4]"),
        (["--unknown=3", "--name", "x"], "['script.py', '--unknown=3'] x 3 0.1 False True ['a', 'b'] train [1]"),
        (["--", "--steps=4"], "['script.py', '--', '--steps=4'] bob 3 0.1 False True ['a', 'b'] train [1]"),
    ],
)
def test_flags_of_the_command_line(tmp_path, arguments, expected):
    assert run(tmp_path, FLAGS, *arguments).stdout.splitlines()[0] == expected


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        ("--steps=many", "flag --steps=many: invalid literal for int() with base 10: 'many'"),
        ("--mode=fly", "flag --mode=fly: value should be one of <train|test>"),
    ],
)
def test_flags_that_do_not_fit(tmp_path, argument, words):
    done = run(tmp_path, FLAGS, argument)
    assert done.returncode == 1
    assert words in done.stderr


def test_help(tmp_path):
    done = run(tmp_path, FLAGS, "--help")
    assert done.returncode == 1
    assert "script.py:\n  --[no]debug: say more\n    (default: 'false')" in done.stdout
    assert "  --rate: how fast\n    (default: '0.1')\n    (a number)" in done.stdout


def test_flags_are_read_when_the_first_is_asked_for(tmp_path):
    done = run(tmp_path, EARLY, "--steps=5")
    first, second = done.stdout.splitlines()
    assert first == "False 5 True False"
    assert second.startswith("FLAGS._parse_flags() was removed in TensorFlow 1.5: leave it out")
    done = run(tmp_path, EARLY, "--stepz=5")
    assert "Unknown command line flag 'stepz'" in done.stderr
