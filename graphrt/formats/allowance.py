"""How much memory a file may ask for beyond what it holds."""

from __future__ import annotations

import os

VARIABLE = "GRAPHRT_IMPORT_LIMIT"
DEFAULT = 1 << 30


class Allowance:
    """What is left, in bytes, of what one file may make of little: a few bytes can say "two values, then the last one a
    billion times".

    The limit is 1 GiB; the environment variable `GRAPHRT_IMPORT_LIMIT` sets another (in bytes).
    """

    __slots__ = ("left", "limit")

    def __init__(self) -> None:
        text = os.environ.get(VARIABLE, "")
        if text and not (text.isascii() and text.isdigit()):
            raise ValueError(f"{VARIABLE}={text!r}: expected a number of bytes, such as {DEFAULT}")
        self.limit = int(text) if text else DEFAULT
        self.left = self.limit

    def take(self, size: int, what: str) -> None:
        """Takes `size` bytes for `what`.

        Raises:
          ValueError: there are not so many left.
        """
        if size > self.left:
            raise ValueError(
                f"{what} takes {size} bytes, which the file does not hold; of the {self.limit} bytes that a file may "
                f"add to what it holds {self.left} are left. Set {VARIABLE} (in bytes) if the file is to be trusted."
            )
        self.left -= size
