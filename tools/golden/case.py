"""How a golden case is written: `@case`, `@each(rows)`, `Run` and `Facts`.

Imports neither TensorFlow nor graphrt, and runs on Python 3.7 (under the oracle) and later (under graphrt)::

    @case
    def adds_a_python_number(tf, np):
        x = tf.placeholder(tf.float32, [None, 2], name="x")
        return Run({"y": x + 2.0}, {x: np.ones([3, 2], np.float32)})

    @each(grid(op=["sin", "cos"], dtype=["float32", "float64"]))     # trig:sin-float32, trig:sin-float64, ...
    def trig(tf, np, op, dtype): ...

    @case(raises=True)
    def inner_dimensions_differ(tf, np):
        tf.matmul(tf.zeros([2, 3]), tf.zeros([4, 5]))

A function builds into a fresh default graph and returns None (only the graph is compared), a `Run`, a `Facts`, or a
list of them. All Runs of one case share one session, in the order of the list.
"""

import importlib
import itertools
import pathlib

CASES = {}
CASE_FOLDER = pathlib.Path(__file__).resolve().parent / "cases"


class Run:
    """One `Session.run`: `fetches` is a dict name -> Tensor, Operation or structure; `feed` is {tensor: array}.

    `init` is an Operation that the case made itself (so that node order is the case's own); it runs first, by itself.
    Float and bool arrays that are fed get new values in the live comparison; `vary=False` keeps them.
    """

    def __init__(self, fetches, feed=None, init=None, vary=True):
        if not isinstance(fetches, dict):
            raise TypeError("Run: fetches must be a dict name -> fetch, got %s" % type(fetches).__name__)
        self.fetches, self.feed, self.init, self.vary = fetches, dict(feed or {}), init, vary


class Facts:
    """Python values that must be equal: `Facts(names=[v.name for v in tf.global_variables()])`. JSON-able only."""

    def __init__(self, **values):
        self.values = values


class Case:
    """A registered case. `tolerance` replaces the relative tolerance of floats; 0 asks for equal bits."""

    def __init__(self, name, function, raises, tolerance):
        self.name, self.function, self.raises, self.tolerance = name, function, raises, tolerance

    @property
    def family(self):
        return self.name.split("/", 1)[0]


def case(function=None, raises=False, tolerance=None):
    """Register `function(tf, np)` as the case "<file stem>/<function name>"."""

    def register(function):
        _add(Case(_base_name(function), function, raises, tolerance))
        return function

    return register if function is None else register(function)


def each(rows, raises=False, tolerance=None):
    """Register `function(tf, np, *row)` (or **row) once for each item of the dict `rows`, as "...:<row name>"."""

    def register(function):
        for name, row in rows.items():
            _add(Case("%s:%s" % (_base_name(function), name), _bound(function, row), raises, tolerance))
        return function

    return register


def grid(**axes):
    """Every combination of the axes' values, as rows for `each`: {"sin-float32": {"op": "sin", "dtype": "float32"}}."""
    rows = {}
    for values in itertools.product(*axes.values()):
        rows["-".join(str(value) for value in values)] = dict(zip(axes, values))
    return rows


def load(families=()):
    """Import the case files (all, or those of `families`); return {case name: Case} in the order of writing."""
    stems = sorted(path.stem for path in CASE_FOLDER.glob("*.py") if path.stem != "__init__")
    unknown = set(families) - set(stems)
    if unknown:
        raise ValueError("no such family: %s; there are: %s" % (", ".join(sorted(unknown)), ", ".join(stems)))
    chosen = [stem for stem in stems if not families or stem in families]
    for stem in chosen:
        importlib.import_module("tools.golden.cases." + stem)
    return {name: found for name, found in CASES.items() if found.family in chosen}


def _base_name(function):
    return "%s/%s" % (function.__module__.rsplit(".", 1)[-1], function.__name__)


def _bound(function, row):
    if isinstance(row, dict):
        return lambda tf, np: function(tf, np, **row)
    return lambda tf, np: function(tf, np, *(row if isinstance(row, tuple) else (row,)))


def _add(new):
    if new.name in CASES:
        raise ValueError("two golden cases are called %r" % new.name)
    CASES[new.name] = new
