"""Every example in a docstring of graphrt and graphrt_ops runs and prints what it says.

`tf` and `np` are there without an import, and each docstring starts with an empty default graph.
"""

import doctest
import importlib
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent
GENERATED = ("graphrt/tf/", "graphrt/formats/proto/")
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def modules_with_examples():
    """Names of the modules whose text holds a prompt (found without importing anything)."""
    for package in ("graphrt", "graphrt_ops"):
        for path in sorted((ROOT / package).rglob("*.py")):
            relative = path.relative_to(ROOT).as_posix()
            if not relative.startswith(GENERATED) and ">>> " in path.read_text(encoding="utf-8"):
                yield relative.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@pytest.mark.parametrize("name", list(modules_with_examples()))
def test_docstring_examples(name):
    import graphrt as tf

    module = importlib.import_module(name)
    runner = doctest.DocTestRunner(optionflags=OPTIONS)
    report = []
    for example in doctest.DocTestFinder(exclude_empty=True).find(module, extraglobs={"tf": tf, "np": np}):
        tf.reset_default_graph()
        runner.run(example, out=report.append)
    assert runner.summarize(verbose=False).failed == 0, "".join(report)
