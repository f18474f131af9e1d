"""For all tests: compiled code goes into the checkout's build folder, not into the user's cache, and Ctrl-C works.

``GRAPHRT_TEST_WITHOUT_LLVMLITE=1`` runs them as if llvmlite were not installed, in this process and in those that it
starts, and with nothing compiled before.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from pathlib import Path

import pytest

os.environ.setdefault("GRAPHRT_CACHE_DIR", str(Path(__file__).parents[1] / "build" / "test-cache"))

# A shell ignores SIGINT in what it starts with "&", and all that the tests start would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _hide_llvmlite() -> None:
    """A package of that name comes first which cannot be imported."""
    folder = Path(tempfile.mkdtemp(prefix="graphrt-without-llvmlite."))
    (folder / "llvmlite").mkdir()
    text = "raise ModuleNotFoundError(\"No module named 'llvmlite': hidden by tests/conftest.py\", name='llvmlite')\n"
    (folder / "llvmlite" / "__init__.py").write_text(text)
    sys.path.insert(0, str(folder))
    os.environ["PYTHONPATH"] = os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])
    os.environ["GRAPHRT_NATIVE_CACHE"] = "0"


if os.environ.get("GRAPHRT_TEST_WITHOUT_LLVMLITE") == "1":
    _hide_llvmlite()


@pytest.fixture
def ops_of_the_test():
    """Op types and gradients called "Harness..." that the test defines are forgotten after it. (Others stay: modules of
    ops are imported when they are first used, which may be in a test.)"""
    from graphrt.opdef import registry

    yield
    for register in (registry._OPDEFS, registry._GRADIENTS):
        for name in [name for name in register if name.lstrip("_").startswith("Harness")]:
            del register[name]
