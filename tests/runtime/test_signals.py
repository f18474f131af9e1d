"""Signal handlers that use the session in the middle of a run: they never hang, and all values are right.

Each kind of run is in a process of its own, so that one that hangs ends by its time limit and not the tests with it.
"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tools.fuzz.scenarios import SCENARIOS

NATIVE = importlib.util.find_spec("llvmlite") is not None
ROOT = Path(__file__).parents[2]
HANDLERS = 200
LIMIT = 120  # seconds, of which most are for making plans beside other tests

pytestmark = pytest.mark.skipif(os.name == "nt", reason="there is no SIGUSR1 on Windows")


@pytest.mark.parametrize("name", [name for name, scenario in SCENARIOS.items() if scenario.repeatable])
def test_handlers_that_use_the_session(name):
    if SCENARIOS[name].native and not NATIVE:
        pytest.skip("needs llvmlite")
    environment = {key: value for key, value in os.environ.items() if key != "GRAPHRT_NATIVE"}
    command = [sys.executable, "-m", "tools.fuzz.interrupts", "handlers", "--scenario", name, "--count", str(HANDLERS)]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=LIMIT, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    (handlers,) = re.findall(r"'handlers': (\d+)", done.stdout)
    assert int(handlers) >= HANDLERS  # (one more may have been on its way)
