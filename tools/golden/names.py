"""Record every public name of TensorFlow 1.15.

/work/tf115/bin/python tools/golden/names.py      writes graphrt/names/tensorflow.txt

A line is a module and the names in it; the modules themselves stand on lines of their own. Left out: compat.v1 and
compat.v2, which repeat the others, the ops of raw_ops (more than a thousand), and in contrib what a package only
imports from elsewhere, unless passing it on is what the package is for.
"""

import pathlib
import types
import warnings

RECORD = pathlib.Path(__file__).resolve().parents[2] / "graphrt" / "names" / "tensorflow.txt"
FUTURE = {"absolute_import", "division", "print_function"}
NOT_WALKED = {"compat.v1", "compat.v2", "contrib", "raw_ops"}
# Folders of contrib packages that hold their sources.
SOURCES = {"python", "ops", "kernels", "java", "cmake", "makefile", "specs"}
# Packages of contrib that pass on what is defined in TensorFlow's core.
PASSES_ON = set(
    """crf data distributions eager feature_column framework image keras layers legacy_seq2seq lookup losses metrics nn
    rnn seq2seq signal slim stateless summary training util""".split()
)
HAVE_MODULES_OF_OTHERS = {"data", "eager", "keras", "learn", "tensorboard"}
DEEPEST = 3


def visible(module):
    """The names of a module, each with its value."""
    for name in sorted(dir(module)):
        if name.startswith("_") or name in FUTURE:
            continue
        try:
            yield name, getattr(module, name)
        except Exception:  # what a lazily loaded package raises where a library is missing
            continue


def walk_public(module, path, found):
    """Notes the names below a module of the generated public surface."""
    names = found.setdefault(path, [])
    for name, value in visible(module):
        below = "%s.%s" % (path, name) if path else name
        if not isinstance(value, types.ModuleType):
            names.append(name)
        elif below in NOT_WALKED:
            found.setdefault(below, [])
        elif below in ("flags", "app.flags") or any(
            mark in value.__name__ for mark in ("._api.", "keras.api.", "tensorflow_estimator")
        ):
            walk_public(value, below, found)


def walk_contrib(contrib, found):
    """Notes the names of contrib's packages, each module under the shortest path that leads to it."""
    waiting, seen = [(contrib, "contrib", "tensorflow.contrib")], set()
    while waiting:
        module, path, home = waiting.pop(0)
        names = found.setdefault(path, [])
        package = path.split(".")[1] if "." in path else ""
        for name, value in visible(module):
            if name in SOURCES:
                continue
            if not isinstance(value, types.ModuleType):
                if passed_on(value, package):
                    names.append(name)
                continue
            real = value.__name__.replace("tensorflow_core.", "tensorflow.")
            mine = real.startswith(home) or package in HAVE_MODULES_OF_OTHERS
            if mine and ".contrib." in real and real not in seen and path.count(".") < DEEPEST:
                seen.add(real)
                inner = home if package else ".".join(real.split(".")[:3])
                waiting.append((value, "%s.%s" % (path, name), inner))


def passed_on(value, package):
    """True if what a package of contrib has is meant to be found there."""
    origin = getattr(value, "__module__", None)
    if package in PASSES_ON:
        return origin is None or origin.startswith("tensorflow")
    return origin is not None and (".contrib." in origin or "estimator" in origin)


def main():
    warnings.filterwarnings("ignore")
    import tensorflow as tf

    tf.get_logger().setLevel("FATAL")
    found = {}
    walk_public(tf, "", found)
    walk_contrib(tf.contrib, found)
    lines = [("%s: %s" % (path, " ".join(names))).rstrip() for path, names in sorted(found.items())]
    RECORD.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
