"""The processes under measurement, as the command line sees them."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).with_name("worker.py")
TIMEOUT = 100.0


class Failed(Exception):
    """A library that could not do a case: one line that says why."""


class Missing(Exception):
    """A library whose cases do not have the one asked for."""


class Worker:
    """A process that runs cases with one library. Importing goes on in the background until ``greeted``."""

    def __init__(self, python: str, which: str, **environment: str) -> None:
        self.which = which
        variables = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "1", "JAX_PLATFORMS": "cpu"}
        variables |= {"PYTHONWARNINGS": "ignore", **environment}
        # An installed package comes with its byte code, as the peer does: a checkout is to keep it, too.
        variables.pop("PYTHONDONTWRITEBYTECODE", None)
        self.process = subprocess.Popen(
            [python, str(SCRIPT), which],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if os.environ.get("BENCHMARKS_STDERR") else subprocess.DEVNULL,
            env=variables,
        )
        self.imported = 0.0
        self.baseline = 0.0
        self.version = ""

    def greeted(self) -> Worker:
        """Waits until the library is imported, and notes how long that took."""
        hello = self.answer()
        self.imported, self.baseline, self.version = hello["imported"], hello["memory"], hello["version"]
        return self

    def answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            if not selector.select(TIMEOUT):
                self.close()
                raise Failed(f"no answer within {TIMEOUT:.0f} s")
        line = self.process.stdout.readline()
        if not line:
            raise Failed(f"the process ended, exit {self.process.wait()} (set BENCHMARKS_STDERR=1 to see why)")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise Failed(answer["error"])
        if "missing" in answer:
            raise Missing
        return answer

    def ask(self, do: str, **request: Any) -> dict[str, Any]:
        self.send(do, **request)
        return self.answer()

    def send(self, do: str, **request: Any) -> None:
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps({"do": do, **request}).encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise Failed("the process has ended (set BENCHMARKS_STDERR=1 to see why)") from None

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
