"""Which line of the user's code made a node.

Walking the frames costs 0.2 us because the verdict "is this the user's code?" is cached per code object, and the line
number itself is only computed when somebody asks (decoding it from a long module's line table is slow).
"""

from __future__ import annotations

import linecache
import sys
import sysconfig
import warnings
from pathlib import Path
from types import CodeType, FrameType

_PACKAGES = Path(__file__).resolve().parent
_NOT_THE_USERS = tuple(
    str(folder) + "/"
    for folder in (
        _PACKAGES,
        _PACKAGES.parent / "graphrt_ops",
        sysconfig.get_path("stdlib"),
        sysconfig.get_path("platstdlib"),
    )
)
_SITE_PACKAGES = (sysconfig.get_path("purelib") + "/", sysconfig.get_path("platlib") + "/")
_NEVER_THE_USERS = (*_NOT_THE_USERS[:2], *(folder + "numpy/" for folder in _SITE_PACKAGES))  # (NumPy runs under plans)

_is_users: dict[CodeType, bool] = {}


def _belongs_to_user(code: CodeType) -> bool:
    filename = code.co_filename
    if filename.startswith(("<frozen ", "<graphrt")) or filename == "<string>":
        return False
    if filename.startswith(_NEVER_THE_USERS):
        return False
    # Third-party packages live below the standard library's folder; they are users of graphrt like any script.
    return filename.startswith(_SITE_PACKAGES) or not filename.startswith(_NOT_THE_USERS)


class SourceLine:
    """A place in the user's code; the line number is resolved on demand."""

    __slots__ = ("_code", "_instruction")

    def __init__(self, code: CodeType, instruction: int) -> None:
        self._code = code
        self._instruction = instruction

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SourceLine):
            return NotImplemented
        return self._code is other._code and self._instruction == other._instruction

    def __hash__(self) -> int:
        return hash((id(self._code), self._instruction))

    @property
    def filename(self) -> str:
        return self._code.co_filename

    @property
    def function(self) -> str:
        return self._code.co_name

    @property
    def lineno(self) -> int:
        for start, end, line in self._code.co_lines():
            if start <= self._instruction < end and line is not None:
                return line
        return self._code.co_firstlineno

    def text(self) -> str:
        """The source text of the line, stripped; empty where the file cannot be read."""
        try:
            return linecache.getline(self.filename, self.lineno).strip()
        except ValueError:  # a name that no file can have: a NUL in it, or half of a surrogate pair
            return ""

    def __str__(self) -> str:
        where = f"{Path(self.filename).name}:{self.lineno}"
        return where if self.function == "<module>" else f"{where} in {self.function}"

    def __repr__(self) -> str:
        return f"SourceLine({str(self)!r})"


def user_line(frame: FrameType | None = None) -> SourceLine | None:
    """The innermost frame that belongs to the user, or None (a graph built by an import, say).

    `frame` is where to begin; without it, the caller's.
    """
    frame = frame or sys._getframe(1)
    verdicts = _is_users
    while frame is not None:
        code = frame.f_code
        users = verdicts.get(code)
        if users is None:
            users = verdicts[code] = _belongs_to_user(code)
        if users:
            return SourceLine(code, frame.f_lasti)
        frame = frame.f_back
    return None


def warn(message: str, category: type[Warning] = UserWarning, line: SourceLine | None = None) -> None:
    """A warning that is shown at, and filtered by, the user's line: the one that is running, if none is given."""
    line = line or user_line()
    if line is None:
        warnings.warn(message, category, stacklevel=2)
    else:
        warnings.warn_explicit(message, category, line.filename, line.lineno)
