"""Records of work on windows over images with their channels last: convolutions, pools and their gradients."""

from __future__ import annotations

from dataclasses import dataclass

Pair = tuple[int, int]


@dataclass(frozen=True)
class Windows:
    """Window (y, x) sees, with tap (i, j), the pixel (y * stride + i * dilation + origin, ...) of an image.

    ``image`` is its height, width and channels; ``counts`` how many windows there are along both axes.
    """

    image: tuple[int, int, int]
    counts: Pair
    taps: Pair
    strides: Pair
    dilations: Pair
    origin: Pair

    def reach(self, axis: int, count: int) -> int:
        """Over how many pixels ``count`` neighbouring windows spread."""
        return (count - 1) * self.strides[axis] + (self.taps[axis] - 1) * self.dilations[axis] + 1

    @property
    def padded(self) -> bool:
        """True if a window reaches beyond the image."""
        return any(
            self.origin[axis] < 0 or self.origin[axis] + self.reach(axis, self.counts[axis]) > self.image[axis]
            for axis in (0, 1)
        )


@dataclass(frozen=True)
class Convolution:
    """The correlation of ``batch`` images with a filter of shape [taps, taps, channels, outputs], or (``depthwise``:
    then there are as many outputs as channels) of each channel with its own. ``wanted`` says which of the three output
    0 is:

        output    from the images and the filter
        images    the gradient with respect to them, from their shape (which is known), the filter and dy
        filter    the gradient with respect to it, from the images, its shape (which is known) and dy

    dy is the gradient with respect to the output.
    """

    wanted: str
    batch: int
    windows: Windows
    outputs: int
    depthwise: bool = False


@dataclass(frozen=True)
class Pool:
    """Output 0 has the maximum ("max") or the mean ("avg") of each window of the images, of which input 0 has
    ``batch``; of the window's pixels, those that the image has."""

    how: str
    batch: int
    windows: Windows


@dataclass(frozen=True)
class PoolGradient:
    """Output 0 is the gradient of a Pool with respect to the images. Inputs are, of "max", the images, their maxima and
    the gradient of the pools, which goes to the first pixel of a window that is the maximum; of "avg" the images' shape
    (which is known) and the gradient."""

    how: str
    batch: int
    windows: Windows
