"""Imports, differentiates and runs damaged GraphDefs: each must work, or be refused with an error that names the node.

    python -m tests.formats.damage_run --first 0 --count 2000

Memory and time are limited. Prints one line for each graph that broke a rule, and a summary.
"""

from __future__ import annotations

import argparse
import collections
import os
import resource
import signal
import sys
import warnings
from typing import Any

import numpy as np

import graphrt as tf
from tests.formats.damage import corpus, damaged, parsed

SECONDS = 20  # for one graph
MEMORY = 3 << 29  # address space beyond what the corpus takes
_EVERY = 5000  # graphs: how often a long run says where it is
_MOST_OUTPUTS = 10_000  # tensors: the gradients of more take long, as they should
_MOST_FED = 10_000  # elements
_LARGEST_RUN = 10_000_000  # elements: what asks for more is not run


class TooSlowError(BaseException):
    """No `except Exception` may catch it."""


class BadEnd(Exception):
    """A rule is broken."""


def _late(*_: Any) -> None:
    raise TooSlowError


def attempt(data: bytes) -> str:
    """How a graph ends: "unreadable", "refused", "not differentiable", "not run", "failed" or "ran".

    Raises:
      BadEnd: an error is of the wrong class, or names no node.
    """
    graph_def = parsed(data)
    if graph_def is None:
        return "unreadable"
    names = [node.name for node in graph_def.node]
    with tf.Graph().as_default() as graph:
        try:
            tf.import_graph_def(graph_def, name="")
        except (ValueError, tf.errors.NotFoundError) as error:
            _check_named(error, names, "import")
            return "refused"
        if sum(len(op.outputs) for op in graph.get_operations()) > _MOST_OUTPUTS:
            return "not run"
        end = _differentiated(graph)
        return _run(graph) or end


def _check_named(error: Exception, names: list[str], where: str) -> None:
    text = str(error)
    if "min consumer version" not in text and not any(name in text or repr(name) in text for name in names):
        raise BadEnd(f"{where}: names no node: {text[:200]}")


def _differentiated(graph: tf.Graph) -> str:
    """Gradients of all that nobody uses, by all placeholders."""
    operations = graph.get_operations()
    sources = [op.outputs[0] for op in operations if op.type == "Placeholder" and op.outputs[0].dtype.is_floating]
    targets = [
        t for op in operations for t in op.outputs if t.dtype.is_floating and not t.dtype.is_ref and not t.consumers()
    ]
    if sources and targets:
        try:
            tf.gradients(targets, sources)
        except (ValueError, TypeError, LookupError, NotImplementedError) as error:
            if type(error) in (KeyError, IndexError):
                raise
            return "not differentiable"
    return ""


def _run(graph: tf.Graph) -> str:
    if not graph.get_operations():
        return "ran"
    feeds: dict[Any, Any] = {}
    for op in graph.get_operations():
        if op.type == "Placeholder":
            value = _fed(op.outputs[0])
            if value is None:
                return "not run"
            feeds[op.outputs[0]] = value
    ends = [t for op in graph.get_operations() for t in op.outputs if not t.consumers() and not t.dtype.is_ref]
    if any((t.shape.num_elements() or 0) > _LARGEST_RUN for op in graph.get_operations() for t in op.outputs):
        return "not run"
    effects = [op for op in graph.get_operations() if not op.outputs or op.outputs[0].dtype.is_ref]
    with tf.Session() as session:
        for fetches in ([op for op in effects if op.type == "Assign"], effects, ends, ends):
            try:
                session.run(fetches, feeds)
            except tf.errors.OpError as error:
                if error.op is None:
                    _check_named(error, [op.name for op in graph.get_operations()], "run")
                if isinstance(error, (tf.errors.UnknownError, tf.errors.InternalError)):
                    raise BadEnd(f"run: {type(error).__name__}: {error.message[:200]}") from error
                return "failed"
            except (ValueError, TypeError, NotImplementedError) as error:  # a feed or a fetch that is not possible
                if type(error) not in (ValueError, TypeError, NotImplementedError):
                    raise
                return "failed"
    return "ran"


def _fed(tensor: Any) -> Any:
    """A small value for a placeholder; None where there is none."""
    shape = (
        [2 if size is None else size for size in tensor.shape.as_list()] if tensor.shape.rank is not None else [2, 2]
    )
    count = 1
    for size in shape:
        count *= size
    if max(shape, default=0) > _MOST_FED or count > _MOST_FED or not tensor.dtype.is_numpy_compatible:
        return None
    if tensor.dtype is tf.string:
        return np.full(shape, b"1", object)
    return (np.arange(count) % 3).reshape(shape).astype(tensor.dtype.as_numpy_dtype)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=2000)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGALRM, _late)
    corpus()
    with open("/proc/self/statm") as file:  # noqa: PTH123 (it is no file that has a path of its own)
        limit = int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE") + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    ends: collections.Counter[str] = collections.Counter()
    for seed in range(options.first, options.first + options.count):
        signal.alarm(SECONDS)
        try:
            end = attempt(damaged(seed))
        except (Exception, TooSlowError) as error:
            end = "BROKEN"
            cause = type(error.__cause__).__name__ if error.__cause__ is not None else ""
            print(f"seed {seed}: {type(error).__name__} {cause}: {str(error)[:300]!r} at {_place(error)}", flush=True)
        finally:
            signal.alarm(0)
        ends[end] += 1
        done = seed + 1 - options.first
        if done % _EVERY == 0 or done == options.count:
            print(f"{done} graphs from seed {options.first}: {dict(sorted(ends.items()))}", flush=True)
    return 1 if ends["BROKEN"] else 0


def _place(error: BaseException) -> str:
    """Where in our code an error came from."""
    error = error.__cause__ or error
    places = []
    traceback = error.__traceback__
    while traceback is not None:
        code = traceback.tb_frame.f_code
        places.append(f"{code.co_filename.rpartition('/')[2]}:{traceback.tb_lineno} {code.co_name}")
        traceback = traceback.tb_next
    return " < ".join(reversed(places[-3:]))


if __name__ == "__main__":
    sys.exit(main())
