"""Ops that the table of tests/ops/harness.py leaves out, each with the reason and where it is tested instead."""

_STREAMS = "its numbers are TensorFlow's own: tests/ops/random/test_streams.py, and the golden cases streams/"
_STATELESS = "its numbers are TensorFlow's own: the golden cases stateless/"

WITHOUT_A_CASE: dict[str, str] = {
    "Multinomial": _STREAMS,
    "RandomGamma": _STREAMS,
    "RandomPoissonV2": _STREAMS,
    "RandomShuffle": _STREAMS,
    "RandomStandardNormal": _STREAMS,
    "RandomUniform": _STREAMS,
    "RandomUniformInt": _STREAMS,
    "StatelessMultinomial": _STATELESS,
    "StatelessRandomNormal": _STATELESS,
    "StatelessRandomUniform": _STATELESS,
    "StatelessRandomUniformInt": _STATELESS,
    "StatelessTruncatedNormal": _STATELESS,
    "TruncatedNormal": _STREAMS,
}
