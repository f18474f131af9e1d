"""Tables of golden cases: one row names an expression and its inputs, and becomes a case for each dtype and shape.

A row is built with placeholders, differentiated with `tf.gradients`, and run; the framework keeps the graph (with every
node under `gradients/`) and the values. This file runs under Python 3.7 (TensorFlow 1.15.5) and 3.11 (graphrt).
"""

import zlib

from tools.golden.case import Run, case, each


class Sample:
    """How one input is made: drawn from [low, high) under a seed of its own, or given as `data`."""

    def __init__(self, shape, low=-1.0, high=1.0, dtype=None, data=None):
        self.shape, self.low, self.high, self.dtype, self.data = tuple(shape), low, high, dtype, data

    def value(self, np, dtype, seed):
        """The array; `dtype` is the row's and yields to the sample's own (indices, masks)."""
        dtype = np.dtype(self.dtype or dtype)
        if self.data is not None:
            return np.array(self.data, dtype)
        generator = np.random.RandomState(seed)
        if dtype.kind in "iub":
            return generator.randint(self.low, self.high, self.shape).astype(dtype)
        return generator.uniform(self.low, self.high, self.shape).astype(dtype)

    def placeholder(self, tf, np, dtype, known):
        """A placeholder that knows all dimensions, all but the first, only the rank, or nothing of the shape."""
        shape = list(np.shape(self.data) if self.data is not None else self.shape)
        if known == "batch":
            shape[:1] = [None] * len(shape[:1])
        elif known == "dims":
            shape = [None] * len(shape)
        return tf.placeholder(np.dtype(self.dtype or dtype).name, None if known == "rank" else shape)


def uniform(*shape, **options):
    """A float sample: `uniform(2, 3, low=0.5, high=2.0)`."""
    return Sample(shape, **options)


def integers(*shape, **options):
    """An int32 sample in [low, high) (0 and 4 unless given; `dtype` for another type)."""
    return Sample(shape, **dict({"low": 0, "high": 4, "dtype": "int32"}, **options))


def exact(data, dtype=None):
    """A sample with these very values."""
    return Sample((), dtype=dtype, data=data)


def flat(fetches, name, value):
    """Put `value` (a tensor, IndexedSlices, None or a nested list of them) under readable names into `fetches`."""
    if value is None:
        return
    if isinstance(value, (list, tuple)):
        for position, part in enumerate(value):
            flat(fetches, "{}_{}".format(name, position), part)
    elif hasattr(value, "indices"):
        flat(fetches, name + "_values", value.values)
        flat(fetches, name + "_indices", value.indices)
        flat(fetches, name + "_dense_shape", value.dense_shape)
    else:
        fetches[name] = value


def differentiated(tf, np, name, function, samples, dtype="float32", known="static", order=1, weighted=True):
    """Build `function(tf, *inputs)` and its gradients up to `order`; return the Run that fetches all of it.

    `weighted`: gradients are taken with grad_ys = cos(y) instead of ones, so that they do not cancel to noise.
    """
    seed = zlib.crc32(name.encode()) % 1000003
    inputs, feed = [], {}
    for position, sample in enumerate(samples):
        inputs.append(sample.placeholder(tf, np, dtype, known))
        feed[inputs[-1]] = sample.value(np, dtype, seed + position)
    outputs = function(tf, *inputs)
    fetches = {}
    flat(fetches, "y", outputs)
    ys = [y for y in (outputs if isinstance(outputs, (list, tuple)) else [outputs]) if y.dtype.is_floating]
    xs = [x for x in inputs if x.dtype.is_floating]
    for step in range(1, order + 1):
        if not ys or not xs:
            break
        grad_ys = [tf.cos(y) for y in ys] if weighted else None
        gradients = tf.gradients(ys, xs, grad_ys=grad_ys)
        flat(fetches, "d{}".format(step), gradients)
        ys = [g for g in gradients if g is not None and not hasattr(g, "indices")]
    return Run(fetches, feed)


VARIANTS = {
    "float32": {"dtype": "float32"},
    "float64": {"dtype": "float64"},
    "batch": {"known": "batch", "weighted": False},
    "batch_weighted": {"known": "batch"},
    "dims": {"known": "dims", "weighted": False},
    "rank": {"known": "rank", "weighted": False},
    "ones": {"weighted": False},
    "value": {"order": 0},
    "value_batch": {"order": 0, "known": "batch"},
    "graph": {"graph_only": True},
    "second": {"dtype": "float64", "order": 2},
    "second_batch": {"known": "batch", "order": 2},
}


def fails(name, function, samples, variants=("float32",)):
    """A row on which TensorFlow raises, when declaring or when running."""
    return name, function, samples, variants, True


def table(rows, variants=("float32", "float64", "batch"), tolerance=None):
    """Register the cases of `rows`: (name, function(tf, *inputs), samples[, variants of VARIANTS[, raises]])."""
    for row in rows:
        name, function, samples = row[:3]
        build = _builder(name, function, samples)
        build.__name__, build.__module__ = name, function.__module__
        for variant in row[3] if len(row) > 3 else variants:
            # Second derivatives in float32 are differences of large terms.
            accepted = 5e-5 if variant == "second_batch" and tolerance is None else tolerance
            each({variant: VARIANTS[variant]}, raises=len(row) > 4 and row[4], tolerance=accepted)(build)


def _builder(name, function, samples):
    def build(tf, np, graph_only=False, **options):
        run = differentiated(tf, np, name, function, samples, **options)
        return None if graph_only else run

    return build


def register(name, function, raises=False, tolerance=None):
    """Make `function(tf, np)` the case `name` of the family in whose file it is written."""
    function.__name__ = name
    case(function, raises=raises, tolerance=tolerance)
