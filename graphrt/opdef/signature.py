"""The signature language of ops.

``"x y"``                 two tensors of the type ``T``
``"input shape:Tshape"``  the second of the type attribute ``Tshape``
``"shape:int32"``         a fixed type
``"values:N*T"``          a list of ``N`` tensors of the type ``T``
``"data:Tin*"``           a list of tensors, each of its own type; the attribute ``Tin`` lists them
``"ref:&T"``              a reference: the tensor of a variable, which the op may assign to (``"refs:N*&T"``: a list)
``"axis:int32@host"``     a value that the kernel reads as numbers: always in host memory, as a NumPy array
"""

from __future__ import annotations

from dataclasses import dataclass

import graphrt.dtypes as dtypes
from graphrt.dtypes import DType


@dataclass(frozen=True)
class Slot:
    """One input or output of an op, or one list of them."""

    name: str
    type_attr: str | None = None  # the attribute that holds its type (or its list of types)
    dtype: DType | None = None  # its fixed type
    length_attr: str | None = None  # the attribute that holds how many there are, for a list of one type
    own_types: bool = False  # a list, each of its own type
    reference: bool = False
    host: bool = False

    @property
    def is_list(self) -> bool:
        return self.own_types or self.length_attr is not None


_FIXED = {name: getattr(dtypes, name) for name in dtypes._PUBLIC} | {"bool": dtypes.bool_}


def parse(signature: str) -> tuple[Slot, ...]:
    """The slots that a signature such as ``"values:N*T axis:Tidx"`` describes."""
    return tuple(_slot(part) for part in signature.split())


def _slot(part: str) -> Slot:
    part, _, place = part.partition("@")
    if place not in ("", "host"):
        raise ValueError(f"{part}@{place}: the only place is @host")
    name, _, kind = part.partition(":")
    kind = kind or "T"
    reference = "&" in kind
    kind = kind.replace("&", "")
    host = place == "host"
    if kind.endswith("*"):
        return Slot(name, type_attr=kind[:-1], own_types=True, reference=reference, host=host)
    length, star, element = kind.rpartition("*")
    fixed = _FIXED.get(element)
    return Slot(
        name,
        type_attr=None if fixed is not None else element,
        dtype=fixed,
        length_attr=length if star else None,
        reference=reference,
        host=host,
    )
