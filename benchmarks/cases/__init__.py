"""What is measured. Every case is written against TensorFlow 1's API and runs unchanged on graphrt and on TensorFlow.

A case is a function ``case(tf, np)`` that builds a graph in the current default graph and returns a function without
arguments: one step of the work. ``CASES`` lists them. The other peers' versions are in ``benchmarks/peers``, under the
same names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks.cases import building, conditions, elements, embeddings, networks, notes
from benchmarks.data import CHAIN_SIZES

Step = Callable[[], Any]


@dataclass(frozen=True)
class Case:
    """One benchmark.

    Attributes:
      make: builds it: ``make(tf, np, **sizes)`` returns a step.
      steps: how many steps are timed together at most.
      unit: what one step is called.
      small: sizes with which it takes milliseconds, for tests.
    """

    make: Callable[..., Step]
    steps: int
    unit: str = "step"
    small: Mapping[str, Any] = field(default_factory=dict)


CASES = {
    "session floor": Case(notes.session_floor, 2000, "run"),
    "logistic regression, batch 1": Case(networks.logistic_regression, 1000),
    "notes regression, plain": Case(notes.regression("plain"), 300),
    "notes regression, dropout": Case(notes.regression("dropout"), 300),
    "notes regression, batch norm": Case(notes.regression("batch norm"), 300),
    **{f"notes regression, with {node}": Case(conditions.regression(node), 300) for node in conditions.NODES},
    "graph building": Case(building.graph_building, 3, "graph"),
    "digits MLP": Case(networks.digits_mlp, 200),
    "digits CNN": Case(networks.digits_cnn, 50),
    "MLP 784-512-512-10": Case(networks.mlp, 50, small={"batch": 4}),
    "notes CNN, training": Case(networks.notes_cnn(training=True), 10, small={"batch": 1, "size": 16}),
    "notes CNN, inference": Case(networks.notes_cnn(training=False), 10, small={"batch": 1, "size": 16}),
    "LeNet, training": Case(networks.lenet, 20, small={"batch": 2}),
    "LSTM, training": Case(networks.lstm, 20, small={"batch": 2, "units": 8}),
    **{
        f"elementwise chain, {title}": Case(elements.chain(count), 1000, "run", small={"count": 1000})
        for title, count in CHAIN_SIZES.items()
    },
    "elementwise chain, 4 M, with tanh": Case(elements.tanh_chain, 20, "run", small={"count": 1000}),
    "elementwise chain, 4 M, fed and fetched": Case(elements.fetched_chain, 20, "run", small={"count": 1000}),
    "softmax cross-entropy, 50 k classes": Case(elements.softmax_cross_entropy, 20, small={"batch": 2, "classes": 100}),
    **{
        f"embedding 100 k x 64, {name}": Case(embeddings.embedding(name), 200, small={"rows": 50, "batch": 4})
        for name in embeddings.OPTIMIZERS
    },
    "word2vec, 50 k words, Adagrad": Case(embeddings.word2vec, 100, small={"words": 50, "batch": 4, "sampled": 3}),
    "Adam, 10 M parameters": Case(elements.adam, 10, small={"tensors": 2, "size": 20}),
}

ALL = {**CASES, "unrolled graph": Case(building.unrolled, 1, "graph", small={"nodes": 50})}
"""With the graphs whose first run is measured, not their steps."""
