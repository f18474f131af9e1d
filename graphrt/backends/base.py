"""What an array library must give the executor."""

from __future__ import annotations

from typing import Any


class Backend:
    """An array library.

    Attributes:
      name: what users and keys of plans call it.
      xp: its NumPy-like module.
      on_host: whether its arrays are NumPy's.
      target: what native code for plans on its arrays is made for (``graphrt/native/tiers.py``); None: there is none,
        and plans stay Python.
    """

    name = ""
    xp: Any = None
    on_host = True
    target: str | None = None

    def to_device(self, array: Any) -> Any:
        """A NumPy array as an array of this backend."""
        raise NotImplementedError

    def to_host(self, array: Any) -> Any:
        """An array of this backend as a NumPy array."""
        raise NotImplementedError

    def synchronize(self) -> None:
        """Waits until all work given to the device is done, so that its time can be taken; the host has none left."""
