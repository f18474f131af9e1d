"""run.py [pytest's arguments], or run.py --launches [cases]: CuPy on a device that is not there; see README.md."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import stubs

HERE = Path(__file__).resolve().parent


def main(arguments: list[str]) -> int:
    """Builds the stand-ins and runs pytest, or launches.py, in a process that finds them."""
    with tempfile.TemporaryDirectory() as folder:
        stubs.build(Path(folder))
        environment = {
            **os.environ,
            "LD_LIBRARY_PATH": folder,
            "PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parents[1])]),
            "CUPY_DRY_RUN": folder,
            "GRAPHRT_BACKEND": "cupy",
        }
        if arguments[:1] == ["--launches"]:
            command = [sys.executable, str(HERE / "launches.py"), *arguments[1:]]
            return subprocess.run(command, env=environment).returncode
        options = ["-p", "plugin", "-p", "no:cacheprovider", "-q", "--tb=short", "--show-capture=no", "-r", "N"]
        return subprocess.run([sys.executable, "-m", "pytest", *options, *arguments], env=environment).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
