"""The errors of running a graph: TensorFlow 1's classes, codes and attributes.

Declaring a graph raises ``ValueError`` and ``TypeError``; running one raises the classes below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from graphrt.export import export, export_values
from graphrt.provided import provided

if TYPE_CHECKING:
    from graphrt.graph.operation import Operation

OK = 0
CANCELLED = 1
UNKNOWN = 2
INVALID_ARGUMENT = 3
DEADLINE_EXCEEDED = 4
NOT_FOUND = 5
ALREADY_EXISTS = 6
PERMISSION_DENIED = 7
RESOURCE_EXHAUSTED = 8
FAILED_PRECONDITION = 9
ABORTED = 10
OUT_OF_RANGE = 11
UNIMPLEMENTED = 12
INTERNAL = 13
UNAVAILABLE = 14
DATA_LOSS = 15
UNAUTHENTICATED = 16


@export("errors.OpError", "OpError")
class OpError(Exception):
    """An error met while running a graph.

    Attributes: ``message``, ``op`` (the Operation that failed, or None), ``node_def`` (its NodeDef, or None) and
    ``error_code`` (one of the constants of this module).
    """

    def __init__(self, node_def: Any, op: Operation | None, message: str, error_code: int) -> None:
        super().__init__(message)
        self._node_def = node_def
        self._op = op
        self._message = message
        self._error_code = error_code

    @property
    def message(self) -> str:
        return self._message

    @property
    def op(self) -> Operation | None:
        return self._op

    @property
    def node_def(self) -> Any:
        if self._node_def is None and self._op is not None:
            return self._op.node_def
        return self._node_def

    @property
    def error_code(self) -> int:
        return self._error_code

    def __str__(self) -> str:
        return self._message

    def __reduce__(self) -> tuple[Any, ...]:
        # The operation belongs to a graph, which stays where it is: its NodeDef goes along.
        own = ("_node_def", "_op", "_message", "_error_code")
        rest = {name: value for name, value in self.__dict__.items() if name not in own}
        return _made_again, (type(self), self.node_def, self._message, self._error_code), rest


def _made_again(kind: type[OpError], node_def: Any, message: str, error_code: int) -> OpError:
    """An error that comes from a pickle or a copy, as multiprocessing sends it."""
    error = kind.__new__(kind)
    OpError.__init__(error, node_def, None, message, error_code)
    return error


class _CodedError(OpError):
    """An OpError whose class decides the code, so that its constructor takes three arguments as TF1's do."""

    code: ClassVar[int]

    def __init__(self, node_def: Any, op: Operation | None, message: str) -> None:
        super().__init__(node_def, op, message, self.code)


@export("errors.CancelledError")
class CancelledError(_CodedError):
    """An operation was cancelled."""

    code = CANCELLED


@export("errors.UnknownError")
class UnknownError(_CodedError):
    """An error of no known kind, such as an exception in Python code called by a graph."""

    code = UNKNOWN

    def __init__(self, node_def: Any, op: Operation | None, message: str, error_code: int = UNKNOWN) -> None:
        OpError.__init__(self, node_def, op, message, error_code)


@export("errors.InvalidArgumentError")
class InvalidArgumentError(_CodedError):
    """An operation received an argument that it cannot work with, such as a tensor of the wrong shape."""

    code = INVALID_ARGUMENT


@export("errors.DeadlineExceededError")
class DeadlineExceededError(_CodedError):
    """A deadline passed before an operation was done."""

    code = DEADLINE_EXCEEDED


@export("errors.NotFoundError")
class NotFoundError(_CodedError):
    """A requested thing, such as a file or a variable of a checkpoint, does not exist."""

    code = NOT_FOUND


@export("errors.AlreadyExistsError")
class AlreadyExistsError(_CodedError):
    """A thing that was to be made exists already."""

    code = ALREADY_EXISTS


@export("errors.PermissionDeniedError")
class PermissionDeniedError(_CodedError):
    """The caller may not do this."""

    code = PERMISSION_DENIED


@export("errors.ResourceExhaustedError")
class ResourceExhaustedError(_CodedError):
    """Something ran out, memory as a rule."""

    code = RESOURCE_EXHAUSTED


@export("errors.FailedPreconditionError")
class FailedPreconditionError(_CodedError):
    """The system is not in the state that the operation needs; an uninitialized variable, most often."""

    code = FAILED_PRECONDITION


@export("errors.AbortedError")
class AbortedError(_CodedError):
    """An operation was aborted, typically by something concurrent."""

    code = ABORTED


@export("errors.OutOfRangeError")
class OutOfRangeError(_CodedError):
    """The end of a sequence was passed: the end of a data set, say."""

    code = OUT_OF_RANGE


@export("errors.UnimplementedError")
class UnimplementedError(_CodedError):
    """The operation is not implemented for these arguments."""

    code = UNIMPLEMENTED


@export("errors.InternalError")
class InternalError(_CodedError):
    """An invariant of the engine is broken: a defect of graphrt."""

    code = INTERNAL


@export("errors.UnavailableError")
class UnavailableError(_CodedError):
    """A service is not available now."""

    code = UNAVAILABLE


@export("errors.DataLossError")
class DataLossError(_CodedError):
    """Data is damaged beyond recovery."""

    code = DATA_LOSS


@export("errors.UnauthenticatedError")
class UnauthenticatedError(_CodedError):
    """The caller is not known."""

    code = UNAUTHENTICATED


_BY_CODE: dict[int, type[_CodedError]] = {kind.code: kind for kind in _CodedError.__subclasses__()}


@export("errors.exception_type_from_error_code")
def exception_type_from_error_code(error_code: int) -> type[OpError]:
    """The class that stands for a code; ``KeyError`` where there is none."""
    return _BY_CODE[error_code]


@export("errors.error_code_from_exception_type")
def error_code_from_exception_type(cls: type[OpError]) -> int:
    """The code of a class of this module."""
    if isinstance(cls, type) and issubclass(cls, _CodedError):
        return cls.code
    raise KeyError(cls)


export_values(
    __name__,
    {
        f"errors.{name}": name
        for name in (
            *("OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS".split()),
            *("PERMISSION_DENIED RESOURCE_EXHAUSTED FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED".split()),
            *("INTERNAL UNAVAILABLE DATA_LOSS UNAUTHENTICATED".split()),
        )
    },
)


def __dir__() -> list[str]:
    """``tf.errors`` may be this module itself: it shows TF1's names only."""
    return [
        name
        for name in globals()
        if not name.startswith("_") and name not in ("annotations", "export", "export_values", "provided")
    ]


def __getattr__(name: str) -> Any:
    """This module is what ``tf.errors`` finds, too, which has names from elsewhere."""
    return provided("public_lookup")("graphrt.tf.errors", globals(), (), name)
