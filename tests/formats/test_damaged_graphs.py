"""Two thousand damaged GraphDefs: each works, or is refused by an error that names the node, in little memory."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_damaged_graphs_do_no_harm():
    environment = {**os.environ, "GRAPHRT_NATIVE": "0", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "tests.formats.damage_run", "--first", "0", "--count", "2000"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2000 graphs" in done.stdout
