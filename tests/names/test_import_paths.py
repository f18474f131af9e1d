"""Every way to import a public name, and what missing ones raise."""

from __future__ import annotations

import importlib
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

import graphrt as tf
from graphrt import imports

WORK = """
import graphrt.nn
from graphrt.train import AdamOptimizer
import graphrt.contrib.layers as layers
from graphrt.contrib import layers
from graphrt.contrib.layers import xavier_initializer
import graphrt.compat.v1 as v1; v1.disable_v2_behavior()
from graphrt.compat.v1 import nn
import graphrt.compat.v1.nn as nn
from graphrt.compat.v1.nn import relu
from graphrt.compat import v1
import graphrt.errors, graphrt.dtypes
from graphrt.dtypes import cast
from graphrt.io import gfile
import graphrt.io.gfile
from graphrt.app import flags
"""


@pytest.mark.parametrize("line", WORK.strip().splitlines())
def test_imports_that_work(line):
    exec(line, {})


def test_the_engines_modules_are_known():
    folder = Path(imports.__file__).parent
    found = {path.stem for path in (*folder.glob("*.py"), *(init.parent for init in folder.glob("*/__init__.py")))}
    found = {name for name in found if not name.startswith("__")}
    assert found == imports.ENGINE, "write the new module down in graphrt/imports.py"


def test_a_module_has_one_copy():
    assert importlib.import_module("graphrt.contrib.layers") is importlib.import_module("graphrt.tf.contrib.layers")
    assert tf.contrib.layers is importlib.import_module("graphrt.compat.v1.contrib.layers")
    assert tf.compat.v1.nn is tf.nn is importlib.import_module("graphrt.nn")
    assert tf.compat.v1.__version__ == tf.__version__ == tf.VERSION == tf.compat.v1.VERSION == "1.15.0"


def test_star_imports_give_the_public_names():
    names: dict[str, object] = {}
    exec("from graphrt.train import *", names)
    assert names["AdamOptimizer"] is tf.train.AdamOptimizer
    assert not [name for name in names if name.startswith("_") and name != "__builtins__"]


MISSING = {
    "import graphrt.data": "tf.data is not in graphrt yet",
    "from graphrt import data": "tf.data is not in graphrt yet",
    "import graphrt.contrib.rnn as rnn": "tf.contrib.rnn is not in graphrt yet",
    "from graphrt.contrib import rnn": "tf.contrib.rnn is not in graphrt yet",
    "from graphrt.contrib.rnn import LSTMCell": "tf.contrib.rnn is not in graphrt yet",
    "from graphrt.nn import dynamic_rnn": "tf.nn.dynamic_rnn is not in graphrt yet",
    "from graphrt.nn import reluu": "the nearest name is tf.nn.relu",
    "from graphrt.compat.v1.nn import dynamic_rnn": "tf.nn.dynamic_rnn is not in graphrt yet",
    "from graphrt.compat.v1 import mul": "write tf.multiply",
    "from graphrt import mul": "write tf.multiply",
    "import graphrt.zork": "tf.zork does not exist",
    "import graphrt.native.zork": "No module named 'graphrt.native.zork'",
}


@pytest.mark.parametrize("line", MISSING)
def test_imports_of_what_is_missing(line):
    with pytest.raises(ModuleNotFoundError) as info:
        exec(line, {})
    assert MISSING[line] in str(info.value)


@pytest.mark.parametrize(
    ("owner", "name", "words"),
    [
        (tf, "data", "tf.data is not in graphrt yet"),
        (tf, "mul", "write tf.multiply"),
        (tf.nn, "dynamic_rnn", "tf.nn.dynamic_rnn is not in graphrt yet"),
        (tf.contrib, "slim", "tf.contrib.slim is not in graphrt yet"),
        (tf.dtypes, "casst", "the nearest name is tf.dtypes.cast"),
        (tf.errors, "NotFound", "the nearest name is tf.errors.NotFoundError"),
        (tf, "_private", "no attribute '_private'"),
    ],
)
def test_attributes_that_are_missing(owner, name, words):
    assert not hasattr(owner, name)
    with pytest.raises(AttributeError, match=words):
        getattr(owner, name)


def test_whoever_only_asks_gets_none():
    assert importlib.util.find_spec("graphrt.zork") is importlib.util.find_spec("graphrt.data") is None
    assert importlib.util.find_spec("graphrt.nn.zork") is None
    assert importlib.util.find_spec("graphrt.nn") is not None
    with pytest.raises(ModuleNotFoundError, match=r"tf\.zork does not exist"):
        importlib.util.find_spec("graphrt.zork.deeper")  # python imports the parents


def test_fallbacks_go_on_working():
    try:
        from graphrt.contrib import rnn
    except ImportError:
        rnn = None
    assert rnn is None
    assert getattr(tf, "data", "fallback") == "fallback"


def test_nothing_of_this_is_loaded_before_it_is_used():
    code = (
        "import sys, graphrt as tf; tf.Session; tf.nn.relu; tf.logging.INFO\n"
        "print([m for m in sys.modules if m.startswith(('graphrt.names', 'absl'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
