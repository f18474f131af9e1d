"""What the cases of all libraries are fed: the same numbers everywhere. Needs NumPy only."""

from __future__ import annotations

WIDTHS = (1, 30, 100, 100, 30, 1)
"""Layers of the notes' regression."""

BATCH_OF_REGRESSION = 50
CHAIN_SIZES = {"1 k": 1 << 10, "16 k": 1 << 14, "256 k": 1 << 18, "4 M": 1 << 22, "16 M": 1 << 24}
CLASSES = 50_000
FEATURES = 10


def regression(np):
    """Ten points of a curve (float64, as the notes have them) and a function that picks the rows of a batch."""
    xs = np.linspace(-4.5, 4.5, 10).reshape(-1, 1)
    random = np.random.RandomState(0)
    return xs, np.sin(xs), lambda: random.randint(10, size=BATCH_OF_REGRESSION)


def labelled(np, shape, classes=10):
    """Numbers from 0 to 1 of a shape that begins with the batch, float32, and int32 labels."""
    random = np.random.RandomState(0)
    return random.rand(*shape).astype("float32"), random.randint(classes, size=shape[0]).astype("int32")


def normal(np, shape, deviation=0.1, seed=0):
    """Initial values, float32."""
    return (np.random.RandomState(seed).standard_normal(shape) * deviation).astype("float32")
