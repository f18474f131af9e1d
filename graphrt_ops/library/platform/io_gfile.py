"""tf.io.gfile: the functions of tf.gfile under TensorFlow 2's names and parameters."""

from __future__ import annotations

from collections.abc import Iterator

from graphrt.opdef import export
from graphrt_ops.library.platform import local_files


@export("io.gfile.exists")
def exists(path) -> bool:
    """True if there is such a file or folder."""
    return local_files.exists(path)


@export("io.gfile.isdir")
def isdir(path) -> bool:
    """True if there is such a folder."""
    return local_files.is_directory(path)


@export("io.gfile.listdir")
def listdir(path) -> list[str]:
    """The names in a folder, sorted. NotFoundError if it is not there."""
    return local_files.list_directory(path)


@export("io.gfile.mkdir")
def mkdir(path) -> None:
    """Makes a folder, unless it is there. NotFoundError if the one above is not."""
    local_files.make_directory(path)


@export("io.gfile.makedirs")
def makedirs(path) -> None:
    """Makes a folder, and all that are missing above it."""
    local_files.make_directories(path)


@export("io.gfile.remove")
def remove(path) -> None:
    """Deletes a file. NotFoundError if it is not there, FailedPreconditionError if it is a folder."""
    local_files.remove(path)


@export("io.gfile.rmtree")
def rmtree(path) -> None:
    """Deletes a folder and all in it. NotFoundError if it is not there."""
    local_files.remove_tree(path)


@export("io.gfile.rename")
def rename(src, dst, overwrite=False) -> None:
    """Moves a file or folder. AlreadyExistsError if the new name is taken, unless ``overwrite``."""
    local_files.rename(src, dst, overwrite)


@export("io.gfile.copy")
def copy(src, dst, overwrite=False) -> None:
    """Copies a file. AlreadyExistsError if the new name is taken, unless ``overwrite``."""
    local_files.copy(src, dst, overwrite)


@export("io.gfile.stat")
def stat(path) -> local_files.FileStatistics:
    """The ``length`` of a file in bytes, ``mtime_nsec``, and ``is_directory``. NotFoundError if it is not there."""
    return local_files.stat(path)


@export("io.gfile.glob")
def glob(pattern) -> list[str]:
    """The paths that match a pattern of ``*``, ``?`` and ``[...]``, or any pattern of a list, sorted."""
    return local_files.glob(pattern)


@export("io.gfile.walk")
def walk(top, topdown=True, onerror=None) -> Iterator[tuple[str, list[str], list[str]]]:
    """A folder and all below it: of each its path, its folders' names, its files' names.

    Args:
      top: the folder. What is no folder gives nothing.
      topdown: whether a folder comes before what is in it, or after.
      onerror: a function that gets the error where a folder cannot be read; without it, the error is raised.
    """
    return local_files.walk(top, topdown, onerror)
