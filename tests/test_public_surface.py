"""Every public name resolves, is documented, and takes what TensorFlow 1.15.5 takes under that name."""

import inspect
import json
import subprocess
import sys

import pytest

from graphrt.public import resolve
from graphrt.tf._names import NAMES
from tools.golden.signatures import RECORD, parameters

TENSORFLOWS = json.loads(RECORD.read_text(encoding="utf-8"))

# Where the parameters differ from TensorFlow's, and why they may.
DIFFERENT = {
    "DType": "the constructor is internal: types are named (tf.float32) or looked up (tf.as_dtype)",
    "dtypes.DType": "as DType",
    "Operation": "the constructor is internal: nodes are made by calling ops",
    "Tensor": "the constructor is internal; it takes the shape that was inferred, too",
    "Session": "a keyword of graphrt's own follows TensorFlow's: memory_limit",
    "InteractiveSession": "as Session",
    "convert_to_tensor": "a keyword of the engine's own follows TensorFlow's: as_ref, for a variable's own tensor",
}


def _callables():
    """The functions and classes, except what absl defines: its parameters and its texts are those of its version."""
    return [name for name in sorted(NAMES) if callable(resolve(name)) and not _is_absls(name)]


def _is_absls(name) -> bool:
    module, attribute = NAMES[name]
    return module.startswith("absl.") or (module.endswith(".platform.flags") and attribute == "FLAGS")


def _is_message(value) -> bool:
    """A protocol message: protobuf makes the class, which has no text and no signature of its own."""
    return inspect.isclass(value) and hasattr(value, "DESCRIPTOR")


@pytest.mark.parametrize("name", _callables())
def test_parameters_are_tensorflows(name):
    value = resolve(name)
    if _is_message(value):
        return
    assert name in TENSORFLOWS, "TensorFlow 1.15 has no such name: export it under the name that it has there"
    expected = TENSORFLOWS[name]
    if expected is None:
        pytest.skip("TensorFlow's is a C function that does not tell its parameters")
    found = parameters(inspect.unwrap(value))
    if name in DIFFERENT:
        assert found != expected, "no longer different: remove the entry"
    else:
        assert found == expected


@pytest.mark.parametrize("name", _callables())
def test_is_documented(name):
    value = resolve(name)
    if _is_message(value):
        assert value.DESCRIPTOR.full_name.startswith("graphrt."), "only protocol messages may be without a docstring"
        return
    text = value.__doc__ or ""
    assert len(text.split()) >= 2, "a docstring says what it is"
    assert text.strip(" .`").lower() != name.rpartition(".")[2].lower(), "a docstring says more than the name"


@pytest.mark.parametrize("name", _callables())
def test_lives_where_it_is_exported_from(name):
    """Tracebacks, pickles and help() then lead to the definition."""
    module, attribute = NAMES[name]
    value = resolve(name)
    if _is_message(value):
        assert value.__module__.startswith("graphrt.formats.proto.")
    else:
        assert (value.__module__, value.__qualname__) == (module, attribute)


def test_every_value_resolves():
    values = {name: resolve(name) for name in NAMES if name not in set(_callables())}
    assert [name for name, value in values.items() if value is None] == ["newaxis"]  # NumPy's is None, too


@pytest.mark.parametrize("name", sorted(DIFFERENT))
def test_exceptions_name_what_exists(name):
    assert name in NAMES


def test_dtypes_has_the_public_names_whichever_module_stands_for_it():
    """``tf.dtypes`` and the engine's module of types share one attribute of the package."""
    code = (
        "import graphrt.dtypes, graphrt as tf; print(tf.dtypes is graphrt.dtypes, tf.dtypes.as_string is tf.as_string)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["True", "True"]
