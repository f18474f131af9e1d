"""The candidate samplers as ops."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphrt.graph import Operation
from graphrt.opdef import OpDef, export, required
from graphrt.shapes import TensorShape
from graphrt_ops.nn import candidate_samplers as samplers
from graphrt_ops.nn.checks import of_rank
from graphrt_ops.random.op_parts import SEED_ATTRS, seed_attrs, stream_of
from graphrt_ops.random.stream import Stream

_ATTRS = {"num_true": required(int), "num_sampled": required(int), "unique": required(bool)}
_OUTPUTS = "sampled_candidates:int64 true_expected_count:float32 sampled_expected_count:float32"


def _infer(op: Operation) -> list[TensorShape]:
    rows = of_rank(op.inputs[0].shape, 2).values[0]
    drawn = TensorShape.of((op.attrs["num_sampled"],))
    return [drawn, TensorShape.of((rows, op.attrs["num_true"])), drawn]


def _opdef(type_name: str, **attrs: Any) -> OpDef:
    return OpDef(
        type_name,
        "true_classes:int64@host",
        _OUTPUTS,
        attrs={**_ATTRS, **attrs, **SEED_ATTRS},
        infer=_infer,
        stateful=True,
        differentiable=False,
    )


class _State:
    """What a session keeps of a sampler: its place in the stream, and what it has learned."""

    def __init__(self, stream: Stream, sampler: samplers.Sampler | None) -> None:
        self.stream, self.sampler = stream, sampler


def _define(opdef: OpDef, sampler_of: Any) -> OpDef:
    @opdef.state
    def state(op: Operation) -> _State:
        return _State(stream_of(op), sampler_of(op.attrs))

    @opdef.kernel
    def kernel(xp, true_classes, num_true, num_sampled, unique, state):
        if true_classes.ndim != 2 or true_classes.shape[1] != num_true:
            raise ValueError(f"true_classes must have num_true ({num_true}) columns, got {list(true_classes.shape)}")
        results = samplers.sample(state.sampler, state.stream, true_classes, num_sampled, unique)
        return tuple([xp.asarray(result) for result in results])

    return opdef


uniform_opdef = _define(
    _opdef("UniformCandidateSampler", range_max=required(int)), lambda attrs: samplers.Uniform(attrs["range_max"])
)
log_uniform_opdef = _define(
    _opdef("LogUniformCandidateSampler", range_max=required(int)), lambda attrs: samplers.LogUniform(attrs["range_max"])
)
learned_opdef = _define(
    _opdef("LearnedUnigramCandidateSampler", range_max=required(int)),
    lambda attrs: samplers.LearnedUnigram(attrs["range_max"]),
)


def _fixed(attrs: dict[str, Any]) -> samplers.Sampler:
    weights = samplers.unigrams_of(attrs["vocab_file"]) if attrs["vocab_file"] else attrs["unigrams"]
    fixed = samplers.FixedUnigram(
        weights, attrs["distortion"], attrs["num_reserved_ids"], attrs["num_shards"], attrs["shard"]
    )
    if fixed.range_max * attrs["num_shards"] < attrs["range_max"]:
        raise ValueError(f"range is {attrs['range_max']}, but there are frequencies of {fixed.range_max} classes only")
    return fixed


fixed_opdef = _define(
    _opdef(
        "FixedUnigramCandidateSampler",
        range_max=required(int),
        vocab_file="",
        distortion=1.0,
        num_reserved_ids=0,
        num_shards=1,
        shard=0,
        unigrams=[],
    ),
    _fixed,
)
all_opdef = _opdef("AllCandidateSampler")
hits_opdef = OpDef(
    "ComputeAccidentalHits",
    "true_classes:int64@host sampled_candidates:int64@host",
    "indices:int32 ids:int64 weights:float32",
    attrs={"num_true": required(int), **SEED_ATTRS},
    infer=lambda op: [TensorShape.of((None,))] * 3,
    differentiable=False,
)


@all_opdef.kernel
def all_kernel(xp, true_classes, num_sampled):
    ones = xp.ones(num_sampled, np.float32)
    return xp.arange(num_sampled, dtype=np.int64), xp.ones(true_classes.shape, np.float32), ones


@hits_opdef.kernel
def hits_kernel(xp, true_classes, sampled_candidates, num_true):
    """For every candidate that is a true class of a row: the row, the candidate's place, the lowest float."""
    places = {candidate: place for place, candidate in enumerate(sampled_candidates.tolist())}
    hits = [(row, places[c]) for row, classes in enumerate(true_classes.tolist()) for c in classes if c in places]
    rows, ids = (xp.asarray([hit[i] for hit in hits], dtype=kind) for i, kind in ((0, np.int32), (1, np.int64)))
    return rows, ids, xp.full(len(hits), np.finfo(np.float32).min, np.float32)


def _sampled(opdef: OpDef, true_classes, num_true, num_sampled, unique, seed, name, **attrs):
    return opdef(
        true_classes,
        num_true=num_true,
        num_sampled=num_sampled,
        unique=unique,
        name=name,
        **attrs,
        **seed_attrs(seed),
    )


@export("nn.uniform_candidate_sampler", "random.uniform_candidate_sampler")
def uniform_candidate_sampler(true_classes, num_true, num_sampled, unique, range_max, seed=None, name=None):
    """Draws candidate classes, every one equally likely.

    Args:
      true_classes: int64 [batch, num_true]. num_true: how many true classes every example has.
      num_sampled: how many candidates to draw. unique: whether all of them must differ.
      range_max: the number of classes. seed: the op seed. name: a name for the node.

    Returns:
      (sampled_candidates int64 [num_sampled], true_expected_count float32 like ``true_classes``,
      sampled_expected_count float32 [num_sampled]): the counts are how often a class was to be expected.
    """
    return _sampled(uniform_opdef, true_classes, num_true, num_sampled, unique, seed, name, range_max=range_max)


@export("nn.log_uniform_candidate_sampler", "random.log_uniform_candidate_sampler")
def log_uniform_candidate_sampler(true_classes, num_true, num_sampled, unique, range_max, seed=None, name=None):
    """Draws candidates by Zipf's law: P(k) = log((k + 2) / (k + 1)) / log(range_max + 1).

    Classes must be sorted by falling frequency. Arguments and results as in ``uniform_candidate_sampler``.
    """
    return _sampled(log_uniform_opdef, true_classes, num_true, num_sampled, unique, seed, name, range_max=range_max)


@export("nn.learned_unigram_candidate_sampler", "random.learned_unigram_candidate_sampler")
def learned_unigram_candidate_sampler(true_classes, num_true, num_sampled, unique, range_max, seed=None, name=None):
    """Draws candidates as often as they were true classes in earlier runs of the session (and once more).

    Arguments and results as in ``uniform_candidate_sampler``.
    """
    return _sampled(learned_opdef, true_classes, num_true, num_sampled, unique, seed, name, range_max=range_max)


@export("nn.fixed_unigram_candidate_sampler", "random.fixed_unigram_candidate_sampler")
def fixed_unigram_candidate_sampler(
    true_classes,
    num_true,
    num_sampled,
    unique,
    range_max,
    vocab_file="",
    distortion=1.0,
    num_reserved_ids=0,
    num_shards=1,
    shard=0,
    unigrams=(),
    seed=None,
    name=None,
):
    """Draws candidates with given frequencies.

    Args:
      vocab_file: a CSV file whose last column holds the frequencies of the classes, one a line; or
      unigrams: the frequencies themselves.
      distortion: the power that frequencies are raised to. num_reserved_ids: classes at the start that are never drawn.
      num_shards, shard: draw only classes k with k % num_shards == shard.
      The other arguments and the results are those of ``uniform_candidate_sampler``.

    Raises:
      ValueError: if not exactly one of ``vocab_file`` and ``unigrams`` is given.
    """
    if bool(vocab_file) == bool(len(unigrams)):
        raise ValueError("Must provide either vocab_file or unigrams, not both")
    return _sampled(
        fixed_opdef,
        true_classes,
        num_true,
        num_sampled,
        unique,
        seed,
        name,
        range_max=range_max,
        vocab_file=vocab_file,
        distortion=float(np.float32(distortion)),
        num_reserved_ids=num_reserved_ids,
        num_shards=num_shards,
        shard=shard,
        unigrams=[float(np.float32(u)) for u in unigrams],
    )


@export("nn.all_candidate_sampler", "random.all_candidate_sampler")
def all_candidate_sampler(true_classes, num_true, num_sampled, unique, seed=None, name=None):
    """All classes 0 to num_sampled - 1, for tests; results as in ``uniform_candidate_sampler``."""
    return _sampled(all_opdef, true_classes, num_true, num_sampled, unique, seed, name)


@export("nn.compute_accidental_hits")
def compute_accidental_hits(true_classes, sampled_candidates, num_true, seed=None, name=None):
    """Which candidates are true classes of an example.

    Args:
      true_classes: int64 [batch, num_true]. sampled_candidates: int64. num_true: true classes of every example.
      seed: the op seed, which TF1 wants though nothing is random. name: a name for the node.

    Returns:
      (indices, ids, weights): for every hit the row, the candidate's place, and the lowest float32, to be added to
      the candidate's logit.
    """
    return hits_opdef(true_classes, sampled_candidates, num_true=num_true, name=name, **seed_attrs(seed))
