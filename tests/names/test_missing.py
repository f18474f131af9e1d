"""What is said of names that graphrt does not have, and docs/names.md: both of one table."""

from __future__ import annotations

import difflib
import importlib
import os
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path
from random import Random

import pytest

import graphrt as tf
from graphrt.names import missing
from graphrt.names.missing import explained, is_ours, nearest, our_modules, our_names, tensorflow_names
from graphrt.names.planned import BESIDE, BY_NAME, NOT_PLANNED, PARTS, TABLE
from graphrt.names.renamed import LATER, NUMPYS, OLD
from tools.names_page import page

ROOT = Path(__file__).resolve().parents[2]

SENTENCES = {
    "while_loop": (
        "tf.while_loop is not in graphrt yet (control flow in the graph; planned with loops and recurrent networks). "
        "Until then: build a fixed number of steps with a Python loop, or run one step at a time with sess.run"
    ),
    "mul": "tf.mul was removed in TensorFlow 1.0: write tf.multiply",
    "batch_matmul": (
        "tf.batch_matmul was removed in TensorFlow 1.0: write tf.matmul (adj_x and adj_y are adjoint_a and adjoint_b)"
    ),
    "train.SummaryWriter": (
        "tf.train.SummaryWriter was removed in TensorFlow 1.0; it became tf.summary.FileWriter, which is not in "
        "graphrt yet (summaries for TensorBoard; planned with checkpoints, summaries, records and images). Until then: "
        "fetch the values with sess.run and print or plot them"
    ),
    "tpu": (
        "tf.tpu is not in graphrt, and not planned (Google's TPUs). Instead: graphrt runs on CPUs and, through CuPy, "
        "on CUDA GPUs"
    ),
    "optimizers": "tf.optimizers belongs to TensorFlow 2: write tf.train",
    "nn.reluu": "tf.nn.reluu does not exist in TensorFlow 1.15 or graphrt; the nearest name is tf.nn.relu",
    "zork": "tf.zork does not exist in TensorFlow 1.15 or graphrt",
    "Dataset": (
        "tf.Dataset does not exist in TensorFlow 1.15 or graphrt; the nearest name is tf.data.Dataset, which is not in "
        "graphrt yet (input pipelines; planned with data sets and estimators). Until then: read and batch the data "
        "with NumPy, and feed it to placeholders"
    ),
}
# The names of before TensorFlow 1.0 that the scripts of our census use most.
PRE_1_0 = """
    mul sub neg pack unpack select complex_abs concat_v2 batch_matmul scalar_summary histogram_summary image_summary
    merge_all_summaries merge_summary train.SummaryWriter nn.seq2seq nn.rnn nn.deconv2d batch_svd""".split()


@pytest.mark.parametrize("name", SENTENCES)
def test_what_is_said(name):
    assert explained(name) == SENTENCES[name]


@pytest.mark.parametrize("name", PRE_1_0)
def test_old_names_lead_to_the_new_ones(name):
    new = OLD[name][0]
    assert explained(name).startswith(f"tf.{name} was removed in TensorFlow 1.0")
    assert f"tf.{new}" in explained(name)
    with pytest.raises(AttributeError, match=rf"tf\.{new}\b"):
        getattr(tf if "." not in name else getattr(tf, name.partition(".")[0]), name.rpartition(".")[2])


def test_the_tables_hold_together():
    known = tensorflow_names()
    rows = Counter(name for row in TABLE for name in row.names.split())
    assert [name for name, count in rows.items() if count > 1] == []
    assert [name for name in BY_NAME if name and name not in known and name not in BESIDE] == []
    assert {row.part for row in TABLE} == {*PARTS, NOT_PLANNED}
    for old, new in {**{old: new for old, (new, _) in OLD.items()}, **LATER}.items():
        assert new in known, f"{old} became {new}, which TensorFlow 1.15 does not have"
        assert old not in known, f"TensorFlow 1.15 has {old}"
    assert [name for name in our_names() if name not in known] == []


def test_every_name_of_tensorflow_that_is_missing_is_explained():
    for name in tensorflow_names():
        if name not in our_names() and name not in our_modules() and name != "compat.v1":
            assert " is not in graphrt" in explained(name), name


def test_no_name_that_is_said_to_be_missing_is_there():
    for name in tensorflow_names():
        module, _, last = name.rpartition(".")
        if (not module or module in our_modules()) and name not in our_names() and name not in our_modules():
            owner = importlib.import_module(f"graphrt.tf.{module}" if module else "graphrt.tf")
            assert name == "compat.v1" or last not in vars(owner), name


def test_public_modules_hold_nothing_else():
    for module in our_modules():
        names = {name for name in vars(importlib.import_module(f"graphrt.tf.{module}")) if not name.startswith("_")}
        assert names <= {*dir(importlib.import_module(f"graphrt.tf.{module}")), *(["v1"] if module == "compat" else [])}


def test_a_near_name_only_where_it_is_one():
    assert nearest("atn") == "atan"
    assert nearest("relu") == "nn.relu"
    assert nearest("train.Adam") == "train.AdamOptimizer"
    assert nearest("maximu") == "maximum"
    assert "atan" not in explained("data")
    assert nearest("frobnicate") is None


@pytest.mark.parametrize(
    ("name", "usual"),
    {
        "float": "float32",
        "int": "int32",
        "uint": "uint32",
        "nn.conv": "nn.conv2d",
        "train.Adam": "train.AdamOptimizer",
    }.items(),
)
def test_of_a_family_the_usual_one(name, usual):
    assert nearest(name) == usual


@pytest.mark.parametrize("name", "foo sess bar nan2 x e".split())
def test_short_words_are_like_few_others(name):
    assert nearest(name) in (None, "sets")


@pytest.mark.parametrize("name", NUMPYS)
def test_numpys_names(name):
    assert name not in tensorflow_names() and is_ours(NUMPYS[name])
    assert explained(name) == f"tf.{name} does not exist: what NumPy calls {name} is tf.{NUMPYS[name]}"


def test_letters_leave_out_no_near_name():
    random = Random(1)
    known = missing._our_spellings()
    names = [name for name, size, _ in known.letters if size > 5]
    for name in random.sample(names, 60):
        place = random.randrange(len(name) + 1 - 5, len(name) + 1)
        wrong = name[:place] + random.choice("aeioustr_x") + name[place + random.randrange(2) :]
        last = wrong.rpartition(".")[2]
        close = difflib.get_close_matches(wrong, [name for name, _, _ in known.letters], n=5, cutoff=0.75)
        alike = [other for other in close if ratio(last, other.rpartition(".")[2]) >= 0.75]
        found = missing._alike(wrong, last, known)
        assert (found is None and not alike) or ratio(wrong, found) >= ratio(wrong, alike[0]), wrong


def ratio(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one, other).ratio()


def test_the_tables_are_found_inside_of_a_zip_file(tmp_path):
    package = Path(tf.__file__).parent
    with zipfile.ZipFile(tmp_path / "graphrt.zip", "w") as file:
        for path in [*package.rglob("*.py"), package / "names" / "tensorflow.txt"]:
            file.write(path, path.relative_to(package.parent))
    code = "from graphrt.names.missing import explained; print(explained('nn.reluu'))"
    command = [sys.executable, "-c", code]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "graphrt.zip")}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=tmp_path, check=True)
    assert done.stdout.endswith("the nearest name is tf.nn.relu\n")


def test_the_page_is_written_from_the_tables():
    expected = (ROOT / "docs" / "names.md").read_text(encoding="utf-8")
    assert page(our_names()) == expected, "run python tools/gen_api.py"
