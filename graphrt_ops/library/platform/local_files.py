"""What tf.gfile, tf.io.gfile and file_io do to files of this machine, with TensorFlow's errors."""

from __future__ import annotations

import errno
import fnmatch
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from graphrt.errors import (
    AlreadyExistsError,
    FailedPreconditionError,
    NotFoundError,
    OpError,
    PermissionDeniedError,
    ResourceExhaustedError,
    UnimplementedError,
    UnknownError,
)

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_ERRORS: dict[int, type[OpError]] = {
    errno.ENOENT: NotFoundError,
    errno.EEXIST: AlreadyExistsError,
    errno.EISDIR: FailedPreconditionError,
    errno.ENOTDIR: FailedPreconditionError,
    errno.ENOTEMPTY: FailedPreconditionError,
    errno.EACCES: PermissionDeniedError,
    errno.EPERM: PermissionDeniedError,
    errno.EROFS: PermissionDeniedError,
    errno.ENOSPC: ResourceExhaustedError,
    errno.EDQUOT: ResourceExhaustedError,
    errno.EMFILE: ResourceExhaustedError,
}


class FileStatistics(NamedTuple):
    """What ``stat`` gives: the length in bytes, the time of the last change in nanoseconds, whether it is a folder."""

    length: int
    mtime_nsec: int
    is_directory: bool


def local_path(name: Any) -> str:
    """The path of a file of this machine: of a str, bytes, a path object, or a file:// URL.

    Raises:
      TypeError: for anything else.
      UnimplementedError: for a URL of another file system.
    """
    if hasattr(name, "__fspath__"):
        name = os.fspath(name)
    if isinstance(name, bytes):
        name = os.fsdecode(name)
    if not isinstance(name, str):
        raise TypeError(f"Expected binary or unicode string, got {name!r}")
    scheme = _SCHEME.match(name)
    if scheme is None:
        return name
    if scheme[1] == "file":
        return name[scheme.end() :]
    raise UnimplementedError(
        None,
        None,
        f"File system scheme '{scheme[1]}' not implemented (file: '{name}'): graphrt reads files of this machine; copy "
        "it here first",
    )


@contextmanager
def tensorflows_errors(path: str) -> Iterator[None]:
    """A block in which an OSError becomes TensorFlow's error, with TensorFlow's words."""
    try:
        yield
    except OSError as error:
        kind = _ERRORS.get(error.errno or 0, UnknownError)
        raise kind(None, None, f"{path}; {error.strerror}") from error


def exists(name: Any) -> bool:
    return os.path.exists(local_path(name))


def is_directory(name: Any) -> bool:
    return os.path.isdir(local_path(name))


def list_directory(name: Any) -> list[str]:
    path = local_path(name)
    if not os.path.isdir(path):
        raise NotFoundError(None, None, f"Could not find directory {path}")
    with tensorflows_errors(path):
        return sorted(os.listdir(path))


def make_directory(name: Any) -> None:
    """One folder, whose parent is there; nothing happens if the folder is, as "" (the folder that we are in) always."""
    path = local_path(name)
    if path and not os.path.isdir(path):
        with tensorflows_errors(path):
            os.mkdir(path)


def make_directories(name: Any) -> None:
    """A folder and all that are missing above it; "" is the folder that we are in, as of os.path.dirname("model")."""
    path = local_path(name)
    if path:
        with tensorflows_errors(path):
            os.makedirs(path, exist_ok=True)


def remove(name: Any) -> None:
    path = local_path(name)
    with tensorflows_errors(path):
        if os.path.isdir(path) and not os.path.islink(path):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        os.remove(path)


def remove_tree(name: Any) -> None:
    path = local_path(name)
    if not os.path.lexists(path):
        raise NotFoundError(None, None, f"{path} not found")
    with tensorflows_errors(path):
        if os.path.islink(path) or not os.path.isdir(path):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        shutil.rmtree(path)


def rename(source: Any, target: Any, overwrite: bool) -> None:
    old, new = local_path(source), local_path(target)
    if not overwrite and os.path.exists(new):
        raise AlreadyExistsError(None, None, "file already exists")
    with tensorflows_errors(old):
        os.replace(old, new)


def copy(source: Any, target: Any, overwrite: bool) -> None:
    old, new = local_path(source), local_path(target)
    if not overwrite and os.path.exists(new):
        raise AlreadyExistsError(None, None, "file already exists")
    with tensorflows_errors(old):
        reading = open(old, "rb")  # noqa: SIM115 (two files, whose errors name different paths)
    with reading, tensorflows_errors(new), open(new, "wb") as writing:
        shutil.copyfileobj(reading, writing)


def stat(name: Any) -> FileStatistics:
    path = local_path(name)
    with tensorflows_errors(path):
        found = os.stat(path)
    folder = os.path.isdir(path)
    return FileStatistics(found.st_size, found.st_mtime_ns, folder)


def glob(pattern: Any) -> list[str]:
    """The paths that match a pattern, or any of a list: ``*``, ``?`` and ``[...]`` stand for anything but ``/``.

    Raises:
      NotFoundError: if the folder above the first wildcard does not exist.
    """
    patterns = [pattern] if isinstance(pattern, (str, bytes)) or hasattr(pattern, "__fspath__") else list(pattern)
    found: list[str] = []
    for each in patterns:
        found += _matching(local_path(each))
    return found


def _matching(pattern: str) -> list[str]:
    parts = pattern.split("/")
    first = next((i for i, part in enumerate(parts) if any(sign in part for sign in "*?[")), None)
    if first is None:
        return [pattern] if os.path.exists(pattern) else []
    # As in TensorFlow, a pattern that begins with a wildcard gives paths that begin with "./".
    folder = "/".join(parts[:first]) or ("/" if pattern.startswith("/") else ".")
    with tensorflows_errors(folder):
        os.stat(folder)
    found = [folder]
    for part in parts[first:]:
        found = [
            f"{above.rstrip('/')}/{name}"
            for above in found
            if os.path.isdir(above)
            for name in sorted(os.listdir(above))
            if fnmatch.fnmatchcase(name, part)
        ]
    return found


def walk(
    top: Any, in_order: bool, on_error: Callable[[OpError], Any] | None = None
) -> Iterator[tuple[str, list[str], list[str]]]:
    """A folder and all below it, each with the names of its folders and files; nothing for what is no folder."""
    path = local_path(top)
    if not os.path.isdir(path):
        return
    try:
        names = list_directory(path)
    except OpError as error:
        if on_error is None:
            raise
        on_error(error)
        return
    folders = [name for name in names if os.path.isdir(os.path.join(path, name))]
    here = (path, folders, [name for name in names if name not in folders])
    if in_order:
        yield here
    for name in folders:
        yield from walk(os.path.join(path, name), in_order, on_error)
    if not in_order:
        yield here
