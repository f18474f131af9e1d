"""One interpreter under measurement: answers a line of JSON for each line of JSON on its standard input.

Runs as a script, so that it works in an interpreter that has no graphrt:  python worker.py LIBRARY
"""

import gc
import importlib
import json
import sys
import time
import traceback
from pathlib import Path

TF1 = {"graphrt": "graphrt", "tensorflow": "tensorflow.compat.v1"}
PEERS = {
    "jax": ("jax", "jax_cases"),
    "pytensor": ("pytensor", "pytensor_cases"),
    "torch": ("torch", "torch_cases"),
    "numpy": ("numpy", "numpy_cases"),
    "floor": ("numpy", "floor_cases"),
}


def imported(which):
    """The library's main module, with what its scripts import first."""
    if which == "jax":
        importlib.import_module("jax.numpy")
    if which == "pytensor":
        importlib.import_module("pytensor.tensor")
    module = importlib.import_module(TF1[which] if which in TF1 else PEERS[which][0])
    if which == "tensorflow":
        module.disable_v2_behavior()
        module.logging.set_verbosity(module.logging.ERROR)
    if which in TF1:
        module.Session  # noqa: B018 (graphrt looks its names up when the first is used)
    return module


def peak_memory():
    """The most memory this program has used, in MB (getrusage would count what its parent used before exec)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("/proc/self/status has no VmHWM: peak memory is measured on Linux only")


def version(which, module):
    if which == "graphrt":
        return "(this checkout)"  # graphrt.__version__ is the version of TensorFlow whose API it has
    return getattr(importlib.import_module(module.__name__.split(".")[0]), "__version__", "checkout")


class Bench:
    """The case at hand, in one library."""

    def __init__(self, which, module):
        self.which = which
        self.module = module
        self.step = None

    def make(self, case, sizes):
        """Builds a case and runs its first step. PyTensor compiles while it builds: that belongs to its first run."""
        started = time.perf_counter()
        if self.which in TF1:
            from benchmarks.cases import ALL

            self.module.reset_default_graph()
            self.module.set_random_seed(0)
            self.step = ALL[case].make(self.module, importlib.import_module("numpy"), **sizes)
        else:
            cases = importlib.import_module(f"benchmarks.peers.{PEERS[self.which][1]}").CASES
            if case not in cases:
                return {"missing": True}
            self.step = cases[case](**sizes)
        built = time.perf_counter() - started
        started = time.perf_counter()
        self.step()
        first = time.perf_counter() - started
        return {"built": built, "first": first + built if self.which == "pytensor" else first}

    def warm(self, seconds, least):
        """Runs steps for a while, waits until nothing is compiled any more, and says how long a step takes now."""
        self._repeat(seconds / 2, least)
        refused = []
        if self.which == "graphrt":
            dispatch = importlib.import_module("graphrt.native.dispatch")
            dispatch.idle(120)
            refused = [kind.refused for kind in kinds_of_plans(dispatch) if kind.refused]
        return {"seconds": self._repeat(seconds / 2, 1), "refused": refused}

    def _repeat(self, seconds, least):
        """The shortest step of at least so many steps and so much time."""
        shortest, count, end = float("inf"), 0, time.perf_counter() + seconds
        while count < least or time.perf_counter() < end:
            started = time.perf_counter()
            self.step()
            shortest = min(shortest, time.perf_counter() - started)
            count += 1
        return shortest

    def time(self, steps):
        step, started = self.step, time.perf_counter()
        for _ in range(steps):
            step()
        return {"seconds": (time.perf_counter() - started) / steps, "memory": peak_memory()}

    def native(self, case, sizes):
        """How long after the start of a case's first step its plan is native code."""
        from benchmarks.cases import ALL

        self.step = ALL[case].make(self.module, importlib.import_module("numpy"), **sizes)
        dispatch = importlib.import_module("graphrt.native.dispatch")
        steps, started = 0, time.perf_counter()
        # As a script does, it goes on meanwhile; the second step asks for native code.
        while steps < 3 or not dispatch.idle(0):
            self.step()
            steps += 1
        took = time.perf_counter() - started
        if not any(kind.native for kind in kinds_of_plans(dispatch)):
            raise RuntimeError(f"no native code: {[kind.refused for kind in kinds_of_plans(dispatch)]}")
        return {"seconds": took, "steps": steps}


def kinds_of_plans(dispatch):
    """What all plans of this process have in native code, or why not."""
    plans = [found for found in gc.get_objects() if isinstance(found, dispatch.Tiered)]
    return [kind for plan in plans for kind in plan.kinds.values()]


def main():
    which = sys.argv[1]
    sys.path[0] = str(Path(__file__).resolve().parent.parent)
    started = time.perf_counter()
    module = imported(which)
    took = time.perf_counter() - started
    bench = Bench(which, module)
    hello = {"imported": took, "memory": peak_memory(), "version": version(which, module)}
    print(json.dumps(hello), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = getattr(bench, request.pop("do"))(**request)
        except Exception as error:
            traceback.print_exc()
            answer = {"error": f"{type(error).__name__}: {error}".splitlines()[0][:300]}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
