"""Record the parameters of TensorFlow 1.15's public functions and classes.

/work/tf115/bin/python tools/golden/signatures.py      writes tests/golden/formats/signatures.json

Each callable is a list of [name, default] (or [name] where there is none); "*args" and "**kwargs" stand for themselves.
Defaults are described so that both sides write the same: a type by its name, a number or string by itself, an object
by its class. tests/test_public_surface.py describes graphrt's callables with the same functions.

Recorded are the names below `tf`, and of what is in OTHER_PLACES only those that graphrt exports.
"""

import enum
import inspect
import json
import pathlib
import types

ROOT = pathlib.Path(__file__).resolve().parents[2]
RECORD = ROOT / "tests" / "golden" / "formats" / "signatures.json"
OTHER_PLACES = (
    "app compat contrib estimator experimental feature_column flags keras lite raw_ops tpu distribute".split()
)


def described(default):
    """A default as JSON that says the same under both libraries."""
    if default is None or isinstance(default, (bool, int, str)):
        return default
    if isinstance(default, enum.Enum):
        return "enum " + str(default.value)
    if isinstance(default, float):
        return default if abs(default) < float("inf") else repr(default)
    if isinstance(default, (list, tuple)):
        return [described(item) for item in default]
    if hasattr(default, "as_numpy_dtype"):
        return "dtype " + default.name
    if callable(default) and hasattr(default, "__name__"):
        return "callable " + default.__name__
    return "object " + type(default).__name__


def parameters(definition, inspector=inspect):
    """The parameters of a function, or of a class's constructor; None for what does not tell (C functions)."""
    if inspect.isclass(definition):
        definition = definition.__init__
    try:
        spec = inspector.getfullargspec(definition)
    except TypeError:
        return None
    defaults = list(spec.defaults or ())
    listed = [[name] for name in spec.args]
    for parameter, default in zip(listed[len(listed) - len(defaults) :], defaults):
        parameter.append(described(default))
    listed = [parameter for parameter in listed if parameter != ["self"]]
    listed += [["*args"]] if spec.varargs else []
    for name in spec.kwonlyargs:
        listed.append([name, described(spec.kwonlydefaults[name])] if name in (spec.kwonlydefaults or {}) else [name])
    return listed + ([["**kwargs"]] if spec.varkw else [])


def names_below(module, prefix=""):
    """Every public name of a module and of the modules in it: pairs of a dotted name and what it is."""
    for name in sorted(dir(module)):
        if name.startswith("_") or (not prefix and name in OTHER_PLACES):
            continue
        value = getattr(module, name)
        if isinstance(value, types.ModuleType):
            if "._api." in value.__name__:  # its public modules; others are reachable by accident
                for row in names_below(value, prefix + name + "."):
                    yield row
        else:
            yield prefix + name, value


def exported_names():
    """The names that graphrt exports, from its generated table (which imports nothing)."""
    namespace = {}
    exec((ROOT / "graphrt" / "tf" / "_names.py").read_text(encoding="utf-8"), namespace)
    return sorted(namespace["NAMES"])


def attribute(module, dotted):
    """`module.a.b`, or None where there is none."""
    for part in dotted.split("."):
        module = getattr(module, part, None)
    return module


def main():
    import tensorflow as tf
    from tensorflow.python.util import tf_inspect  # sees through TensorFlow's decorators

    found = dict(names_below(tf))
    found.update((name, attribute(tf, name)) for name in exported_names() if name.split(".")[0] in OTHER_PLACES)
    rows = {name: parameters(value, tf_inspect) for name, value in found.items() if callable(value)}
    lines = ["%s: %s" % (json.dumps(name), json.dumps(rows[name], separators=(",", ":"))) for name in sorted(rows)]
    beside = RECORD.with_name(RECORD.name + ".new")
    beside.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    beside.replace(RECORD)
    print("the parameters of %d callables of TensorFlow %s" % (len(rows), tf.__version__))


if __name__ == "__main__":
    main()
