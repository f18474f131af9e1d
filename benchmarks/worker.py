"""One interpreter under measurement: answers a line of JSON for each line of JSON on its standard input.

Runs as a script, so that it works in an interpreter that has no graphrt:  python worker.py graphrt|tensorflow
"""

import importlib
import json
import resource
import sys
import time
from pathlib import Path


def library(which):
    """The module with TensorFlow 1's names."""
    if which == "graphrt":
        return importlib.import_module("graphrt")
    tensorflow = importlib.import_module("tensorflow.compat.v1")
    tensorflow.disable_v2_behavior()
    tensorflow.logging.set_verbosity(tensorflow.logging.ERROR)
    return tensorflow


def peak_memory():
    """The most memory this process has used, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main():
    which = sys.argv[1]
    folder = Path(__file__).resolve().parent
    sys.path[0:1] = [str(folder), str(folder.parent)] if which == "graphrt" else [str(folder)]
    started = time.perf_counter()
    tf = library(which)
    tf.Session  # noqa: B018 (graphrt looks its names up when the first is used)
    imported = time.perf_counter() - started
    import numpy as np
    from cases import CASES

    print(json.dumps({"imported": imported}), flush=True)
    step = None
    for line in sys.stdin:
        request = json.loads(line)
        if request["do"] == "make":
            tf.reset_default_graph()
            tf.set_random_seed(0)
            started = time.perf_counter()
            step = CASES[request["case"]].make(tf, np)
            built = time.perf_counter() - started
            started = time.perf_counter()
            step()
            answer = {"built": built, "first": time.perf_counter() - started}
        else:
            started = time.perf_counter()
            for _ in range(request["steps"]):
                step()
            answer = {"seconds": (time.perf_counter() - started) / request["steps"], "memory": peak_memory()}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
