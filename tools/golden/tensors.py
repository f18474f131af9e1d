"""What tf.make_tensor_proto writes: run under TensorFlow 1.15.5, writes tests/golden/formats/tensors.json.

`cases(np)` also runs under graphrt (tests/formats/test_tensor_proto.py): {name: (values, dtype name, other arguments)}.
Usage: /path/to/tf115/bin/python tools/golden/tensors.py
"""

import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
NUMBERS = "float16 float32 float64 int8 int16 int32 int64 uint8 uint16 uint32 uint64 complex64 complex128".split()


def cases(np):
    """Arguments of make_tensor_proto by name."""
    found = {
        "int": (1, None, {}),
        "float": (1.5, None, {}),
        "bool": (True, None, {}),
        "complex": (1 + 2j, None, {}),
        "str": ("caf\u00e9", None, {}),
        "bytes": (b"\x00\xff", None, {}),
        "ints": ([1, 2], None, {}),
        "floats": ([[1.0, 2.0], [3.0, 4.5]], None, {}),
        "bools": ([True, False], None, {}),
        "strings": (["a", b"bc", ""], None, {}),
        "string matrix": ([["a", "b"], ["c", "d"]], None, {}),
        "mixed": ([1, 2.5], None, {}),
        "large int": (2**40, None, {}),
        "nan": (float("nan"), None, {}),
        "infinities": ([float("inf"), -float("inf")], None, {}),
        "minus zero": ([-0.0, 0.0], None, {}),
        "empty": ([], None, {}),
        "empty float64": ([], "float64", {}),
        "empty matrix": (np.zeros([0, 3], np.int64), None, {}),
        "fill": (3, None, {"shape": [10]}),
        "fill matrix": (2.5, "float64", {"shape": [3, 2]}),
        "fill string": ("x", None, {"shape": [3]}),
        "last value repeats": ([3, 4], None, {"shape": [10]}),
        "one value repeats": ([3], None, {"shape": [10]}),
        "reshaped": ([1, 2, 3, 4], None, {"shape": [2, 2]}),
        "scalar of a list": ([5], None, {"shape": []}),
        "broadcast": (3, None, {"shape": [2], "allow_broadcast": True}),
        "too many": ([3, 4, 5], None, {"shape": [2]}),
        "wrong shape": ([1, 2], None, {"shape": [3], "verify_shape": True}),
        "no broadcast of lists": ([3, 4], None, {"shape": [2, 2], "allow_broadcast": True}),
        "int of float": (3.0, "int32", {}),
        "int of str": ("a", "int32", {}),
        "string of int": (1, "string", {}),
        "bool of int": (1, "bool", {}),
        "float of bool": (True, "float32", {}),
        "None": (None, None, {}),
        "ragged": ([[1], [2, 3]], None, {}),
        "bfloat16": ([1.0, 2.5], "bfloat16", {}),
        "float of int": ([3, 4], "float64", {}),
        "strided": (np.arange(8.0)[::2], None, {}),
        "transposed": (np.arange(6).reshape(2, 3).T, None, {}),
        "zero-dimensional": (np.array(5), None, {}),
        "unicode array": (np.array(["a", "bc"]), None, {}),
        "bytes array": (np.array([b"a", b"bc"]), None, {}),
        "object array": (np.array([b"a", b"bc"], dtype=object), None, {}),
        "list of scalars": ([np.float32(1), np.float32(2)], None, {}),
    }
    for name in NUMBERS:
        found["scalar " + name] = (np.array(3).astype(name)[()], None, {})
        found["array " + name] = (np.arange(6).reshape(2, 3).astype(name), None, {})
    return found


def main():
    import numpy as np
    import tensorflow as tf

    written = {}
    for name, (values, dtype, others) in cases(np).items():
        try:
            proto = tf.make_tensor_proto(values, dtype and getattr(tf, dtype), **others)
            written[name] = proto.SerializeToString(deterministic=True).hex()
        except (TypeError, ValueError) as error:
            written[name] = [type(error).__name__, str(error)]
    path = ROOT / "tests" / "golden" / "formats" / "tensors.json"
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(written, indent=0, sort_keys=True) + "\n")
    fresh.replace(path)
    sys.stdout.write("%s: %d tensors\n" % (path, len(written)))


if __name__ == "__main__":
    main()
