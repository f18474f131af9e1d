"""add, subtract, multiply and the divisions."""

from __future__ import annotations

import numpy as np

import graphrt as tf
from tests.ops.harness import SPECIAL, case, checks, error, normal, sample, uniform, whole

PAIRS = [
    sample(normal(2, 3), normal(2, 3, seed=1)),
    sample(normal(2, 3), normal(3)),
    sample(normal(2, 1), normal(3)),
    sample(normal(4, 1, 2), normal(3, 1)),
    sample(normal(), normal(3)),
    sample(normal(), normal()),
    sample(normal(0, 3), normal(3)),
    sample(SPECIAL, SPECIAL.reshape(-1, 1)),
]
AWAY_FROM_ZERO = [
    sample(normal(2, 3), uniform(3, low=0.5, high=2)),
    sample(normal(2, 1), uniform(4, low=-2, high=-0.5)),
    sample(normal(), uniform(2, low=1, high=2)),
]
INTEGERS = [
    sample(whole(2, 3), whole(3, low=1)),
    sample(whole(0), whole(1, low=1)),
    sample(whole(), whole(4, low=-5, high=-1)),
]
UNEQUAL = error(ValueError, "Dimensions must be equal", normal(2), normal(3))

CASES = [
    case(tf.add, np.add, PAIRS, errors=[UNEQUAL]),
    case(lambda x, y: x + y, np.add, PAIRS, name="operator_add", errors=[UNEQUAL]),
    case(tf.subtract, np.subtract, PAIRS, errors=[UNEQUAL]),
    case(tf.multiply, np.multiply, PAIRS, errors=[UNEQUAL]),
    case(tf.realdiv, np.divide, PAIRS, gradient_samples=AWAY_FROM_ZERO),
]
test_arithmetic = checks(CASES)
