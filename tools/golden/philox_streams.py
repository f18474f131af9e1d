"""Records TensorFlow 1.15.5's random streams for tests/ops/random/test_streams.py.

Usage: /work/tf115/bin/python tools/golden/philox_streams.py

Every op kind and dtype is run several times in one session, each time with another number of elements, so that what is
recorded also says how far each run moves the generator. Small results are kept whole; of large ones a few places, and
a checksum of all bytes where equal bits are expected. Writes tests/golden/philox_streams.{json,npz}.
"""

import json
import os
import pathlib
import zlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf
from tensorflow.python.ops import gen_random_ops as ops

TARGET = pathlib.Path(__file__).resolve().parents[2] / "tests" / "golden" / "philox_streams"
SEEDS = [(1, 2), (87654321, 0), (2**40 + 5, -3), (-7, 2**62 + 11)]
SIZES = [5, 0, 1, 2, 3, 4, 7, 8, 100, 1000, 10007, 6]
LARGE = [1000000, 3]
KEPT = 24
ALPHAS = [0.1, 0.5, 0.9, 1.0, 1.5, 3.0, 10.0, 1000.0, 0.0]
RATES = [0.0, 0.1, 1.0, 5.0, 9.99, 10.0, 10.5, 30.0, 1000.0, 1e6, -1.0]


def kept_places(count):
    """Which elements of a result of `count` elements are kept: all of a small one, evenly spread ones of a large."""
    return np.unique(np.linspace(0, count - 1, KEPT).astype(np.int64)) if count > KEPT else np.arange(count)


def floats():
    """(kind, dtype, function of the shape and the seeds, are equal bits expected)."""
    kinds = [
        ("uniform", ops.random_uniform, True),
        ("normal", ops.random_standard_normal, False),
        ("truncated_normal", ops.truncated_normal, False),
    ]
    for kind, function, exact in kinds:
        for name in ("float32", "float64", "float16", "bfloat16"):
            dtype = tf.as_dtype(name)
            yield kind, name, lambda shape, a, b, f=function, t=dtype: f(shape, t, seed=a, seed2=b), exact


def integers():
    """The same for integers, and the bounds [low, high)."""
    bounds = {
        "int32": [(0, 100), (-5, 3), (-(2**31), 2**31 - 1), (7, 8)],
        "int64": [(0, 100), (-(2**62), 2**62), (-(2**63), 2**63 - 1), (0, 2**33)],
    }
    for name, pairs in bounds.items():
        for pair in pairs:
            limits = [tf.as_dtype(name).as_numpy_dtype(value) for value in pair]
            yield (
                "integers",
                name,
                lambda shape, a, b, ends=limits: ops.random_uniform_int(shape, ends[0], ends[1], seed=a, seed2=b),
                True,
                list(pair),
            )


def recorded(arrays, case, value, exact):
    """The entry of one run's result: its shape, its checksum, and (in `arrays`) the elements that are kept."""
    flat = np.ascontiguousarray(value).reshape(-1)
    bits = flat.view(np.uint16) if flat.dtype.itemsize == 2 else flat
    key = "{}.{}".format(case, len(arrays))
    arrays[key] = bits[kept_places(flat.size)]
    run = {"shape": list(value.shape), "kept": key}
    if exact:
        run["crc"] = zlib.crc32(bits.tobytes())
    return run


def record_elementwise(arrays, cases):
    rows = [row + (None,) for row in floats()] + list(integers())
    for number, (kind, dtype, function, exact, bounds) in enumerate(rows):
        for seed, seed2 in SEEDS:
            sizes = SIZES + LARGE if (seed, seed2) == SEEDS[number % len(SEEDS)] else SIZES
            with tf.Graph().as_default(), tf.Session() as session:
                shape = tf.placeholder(tf.int32, [None])
                draw = function(shape, seed, seed2)
                runs = []
                for size in sizes:
                    value = session.run(draw, {shape: [size]})
                    runs.append(recorded(arrays, str(len(cases)), value, exact))
            case = {"kind": kind, "dtype": dtype, "seeds": [seed, seed2], "bounds": bounds, "runs": runs}
            cases.append(case)


def record_shuffles(arrays, cases):
    for seed, seed2 in SEEDS:
        with tf.Graph().as_default(), tf.Session() as session:
            values = tf.placeholder(tf.int32, [None])
            shuffled = ops.random_shuffle(values, seed=seed, seed2=seed2)
            runs = []
            for size in [0, 1, 2, 3, 4, 5, 6, 9, 10, 1000, 7]:
                value = session.run(shuffled, {values: np.arange(size)})
                runs.append(recorded(arrays, str(len(cases)), value, True))
        cases.append({"kind": "shuffle", "dtype": "int32", "seeds": [seed, seed2], "bounds": None, "runs": runs})


def record_multinomials(arrays, cases):
    random = np.random.RandomState(0)
    for seed, seed2 in SEEDS:
        for dtype in ("float32", "float64", "float16"):
            with tf.Graph().as_default(), tf.Session() as session:
                logits, samples = tf.placeholder(dtype, [None, None]), tf.placeholder(tf.int32, [])
                drawn = ops.multinomial(logits, samples, seed=seed, seed2=seed2)
                runs = []
                for rows, classes, count in [(2, 3, 6), (1, 5, 1), (3, 4, 7), (5, 10, 3), (4, 3, 0), (2, 2, 9)]:
                    given = (random.randn(rows, classes) * 3).astype(dtype)
                    if count == 9:
                        given[0, 0] = -np.inf
                    value = session.run(drawn, {logits: given, samples: count})
                    run = recorded(arrays, str(len(cases)), value, True)
                    run["logits"] = given.astype(np.float64).tolist()
                    runs.append(run)
            cases.append({"kind": "multinomial", "dtype": dtype, "seeds": [seed, seed2], "bounds": None, "runs": runs})


def record_rejections(arrays, cases):
    for seed, seed2 in SEEDS:
        for dtype in ("float32", "float64"):
            for kind, parameters in (("gamma", ALPHAS), ("poisson", RATES)):
                with tf.Graph().as_default(), tf.Session() as session:
                    shape, given = tf.placeholder(tf.int32, [None]), tf.constant(parameters, dtype)
                    if kind == "gamma":
                        drawn = ops.random_gamma(shape, given, seed=seed, seed2=seed2)
                    else:
                        drawn = ops.random_poisson_v2(shape, given, seed=seed, seed2=seed2, dtype=tf.int64)
                    runs = []
                    for size in ([1], [2, 2], [0], [50]):
                        value = session.run(drawn, {shape: size})
                        runs.append(recorded(arrays, str(len(cases)), value, kind == "poisson"))
                case = {"kind": kind, "dtype": dtype, "seeds": [seed, seed2], "bounds": parameters, "runs": runs}
                cases.append(case)


def main():
    arrays, cases = {}, []
    record_elementwise(arrays, cases)
    record_shuffles(arrays, cases)
    record_multinomials(arrays, cases)
    record_rejections(arrays, cases)
    # One array for each dtype: an archive of a thousand small ones would be mostly headers.
    pools, places = {}, {}
    for key, value in arrays.items():
        pool = pools.setdefault(str(value.dtype), [])
        places[key] = [str(value.dtype), sum(len(part) for part in pool), len(value)]
        pool.append(value)
    for case in cases:
        for run in case["runs"]:
            run["kept"] = places[run["kept"]]
    beside = TARGET.with_suffix(".new.npz")
    np.savez_compressed(str(beside), **{name: np.concatenate(pool) for name, pool in pools.items()})
    beside.replace(TARGET.with_suffix(".npz"))
    beside = TARGET.with_suffix(".new")
    header = {"tensorflow": tf.__version__, "kept": KEPT}
    lines = ["  " + json.dumps(case, separators=(",", ":")) for case in cases]
    beside.write_text(json.dumps(header)[:-1] + ', "cases": [\n' + ",\n".join(lines) + "\n]}\n")
    beside.replace(TARGET.with_suffix(".json"))
    print(len(cases), "cases,", len(arrays), "runs")


if __name__ == "__main__":
    main()
