"""What an array library must give the executor."""

from __future__ import annotations

from typing import Any


class Backend:
    """An array library: ``xp`` is its NumPy-like module."""

    name = ""
    xp: Any = None
    on_host = True

    def to_device(self, array: Any) -> Any:
        """A NumPy array as an array of this backend."""
        raise NotImplementedError

    def to_host(self, array: Any) -> Any:
        """An array of this backend as a NumPy array."""
        raise NotImplementedError

    def synchronize(self) -> None:
        """Waits until all work given to the device is done, so that its time can be taken; the host has none left."""
