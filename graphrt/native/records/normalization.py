"""Records of normalizations of images with their channels last, and of their gradients."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class BatchNorm:
    """Output 0 is (x - mean) / sqrt(variance + epsilon) * scale + offset for each channel of the images x; inputs are
    x, scale, offset, mean and variance. In training the two are those of x, and else given. Outputs 1 and 2 are the
    mean and the variance (in training that of the population, estimated), outputs 3 and 4 what the gradient needs: mean
    and variance as they were used."""

    epsilon: float
    training: bool


@dataclass(frozen=True)
class BatchNormGradient:
    """Outputs 0, 1 and 2 are the gradients with respect to x, scale and offset; inputs are that with respect to output
    0, x, scale, and the mean and variance that were used (of which in training x has its share)."""

    epsilon: float
    training: bool


@dataclass(frozen=True)
class ResponseNorm:
    """Output 0 is x * norm ** -beta of input 0, with norm = bias + alpha * (the sum of the squares of x over the
    channels that are at most ``radius`` away)."""

    radius: int
    bias: float
    alpha: float
    beta: float


@dataclass(frozen=True)
class ResponseNormGradient:
    """Output 0 is the gradient of a ResponseNorm with respect to its input; inputs are that with respect to its output,
    its input and its output."""

    radius: int
    bias: float
    alpha: float
    beta: float
