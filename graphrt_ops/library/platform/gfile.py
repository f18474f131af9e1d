"""tf.gfile and tf.io.gfile: files of this machine, with TensorFlow's names and errors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from graphrt.errors import InvalidArgumentError, OutOfRangeError, PermissionDeniedError
from graphrt.opdef import export
from graphrt_ops.library.platform import local_files

_MODES = ("r", "w", "a", "r+", "w+", "a+")


@export("gfile.GFile", "gfile.Open", "io.gfile.GFile")
class GFile:
    """A file that is opened when it is first read or written.

    ``mode`` is "r", "w", "a", "r+", "w+" or "a+", with a "b" for bytes; otherwise what is read is a str of UTF-8.
    Attributes: ``name``, ``mode``. A block ``with tf.gfile.GFile(...) as f:`` closes the file.

    Raises:
      InvalidArgumentError: for another mode.
      NotFoundError, PermissionDeniedError, FailedPreconditionError (of a folder): when the file is used.

    >>> import os, tempfile
    >>> import graphrt as tf
    >>> path = os.path.join(tempfile.mkdtemp(), "notes.txt")
    >>> with tf.gfile.GFile(path, "w") as f:
    ...     f.write("first\\nsecond\\n")
    >>> with tf.gfile.GFile(path) as f:
    ...     print(f.readline(), f.size(), f.read())
    first
     13 second
    <BLANKLINE>
    """

    def __init__(self, name, mode="r"):
        self._name = name
        self._mode = mode
        self._as_bytes = "b" in mode
        self._plain_mode = mode.replace("b", "")
        self._file: Any = None
        if self._plain_mode not in _MODES:
            raise InvalidArgumentError(None, None, "mode is not 'r' or 'w' or 'a' or 'r+' or 'w+' or 'a+'")

    name = property(lambda self: self._name)
    mode = property(lambda self: self._mode)

    def __enter__(self) -> GFile:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    next = __next__

    def read(self, n=-1) -> Any:
        """The next ``n`` bytes, all that are left by default; as a str if the mode has no "b"."""
        return self._text(self._reading().read(n))

    def readline(self) -> Any:
        """The next line with its end; empty at the end of the file."""
        line = self._reading().readline()
        return line if self._as_bytes else self._text(line.replace(b"\r\n", b"\n"))

    def readlines(self) -> list[Any]:
        """The lines that are left."""
        return list(self)

    def write(self, file_content) -> None:
        """Writes a str (as UTF-8) or bytes."""
        if isinstance(file_content, str):
            file_content = file_content.encode()
        if not isinstance(file_content, (bytes, bytearray)):
            raise TypeError(f"Expected binary or unicode string, got {file_content!r}")
        if self._plain_mode == "r":
            raise PermissionDeniedError(None, None, "File isn't open for writing")
        self._opened().write(file_content)

    def seek(self, offset=None, whence=0, position=None) -> None:
        """Goes on at ``offset`` from the beginning (``whence`` 0), from here (1) or from the end (2).

        Raises:
          OutOfRangeError: if that is beyond the end of the file.
          InvalidArgumentError: if it is before its beginning, or ``whence`` is another number.
        """
        offset = position if offset is None else offset
        if offset is None:
            raise TypeError("seek(): offset argument required")
        if whence not in (0, 1, 2):
            raise InvalidArgumentError(None, None, f"Invalid whence argument: {whence!r}: expected 0, 1 or 2")
        file = self._reading()
        target = offset + (0, file.tell(), self.size())[whence]
        if target < 0:
            raise InvalidArgumentError(None, None, f"cannot go to {target}, before the beginning of the file")
        if target > self.size():
            raise OutOfRangeError(None, None, "reached end of file")
        file.seek(target)

    def tell(self) -> int:
        """The place in the file, in bytes."""
        return int(self._opened().tell())

    def seekable(self) -> bool:
        """True: every file here can be read from any place."""
        return True

    def size(self) -> int:
        """The length of the file in bytes."""
        self.flush()
        return local_files.stat(self._name).length

    def flush(self) -> None:
        """Hands what was written to the operating system."""
        if self._file is not None:
            self._file.flush()

    def close(self) -> None:
        """Closes the file; using it again opens it anew."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def __del__(self) -> None:
        if "_file" in self.__dict__:  # not if the mode was refused
            self.close()

    def _opened(self) -> Any:
        if self._file is None:
            path = local_files.local_path(self._name)
            with local_files.tensorflows_errors(path):
                self._file = open(path, f"{self._plain_mode}b")  # noqa: PTH123, SIM115 (close() closes it)
        return self._file

    def _reading(self) -> Any:
        if self._plain_mode in ("w", "a"):
            raise PermissionDeniedError(None, None, "File isn't open for reading")
        return self._opened()

    def _text(self, data: bytes) -> Any:
        return data if self._as_bytes else data.decode()


@export("gfile.FastGFile")
class FastGFile(GFile):
    """GFile under an older name.

    >>> import graphrt as tf
    >>> tf.gfile.FastGFile("image.jpg", "rb").mode
    'rb'
    """


@export("gfile.Exists")
def exists(filename) -> bool:
    """True if there is such a file or folder."""
    return local_files.exists(filename)


@export("gfile.IsDirectory")
def is_directory(dirname) -> bool:
    """True if there is such a folder."""
    return local_files.is_directory(dirname)


@export("gfile.ListDirectory")
def list_directory(dirname) -> list[str]:
    """The names in a folder, sorted. NotFoundError if it is not there."""
    return local_files.list_directory(dirname)


@export("gfile.MkDir")
def make_directory(dirname) -> None:
    """Makes a folder, unless it is there. NotFoundError if the one above is not: ``MakeDirs`` makes that, too."""
    local_files.make_directory(dirname)


@export("gfile.MakeDirs")
def make_directories(dirname) -> None:
    """Makes a folder, and all that are missing above it."""
    local_files.make_directories(dirname)


@export("gfile.Remove")
def remove(filename) -> None:
    """Deletes a file. NotFoundError if it is not there, FailedPreconditionError if it is a folder."""
    local_files.remove(filename)


@export("gfile.DeleteRecursively")
def delete_recursively(dirname) -> None:
    """Deletes a folder and all in it. NotFoundError if it is not there."""
    local_files.remove_tree(dirname)


@export("gfile.Rename")
def rename(oldname, newname, overwrite=False) -> None:
    """Moves a file or folder. AlreadyExistsError if the new name is taken, unless ``overwrite``."""
    local_files.rename(oldname, newname, overwrite)


@export("gfile.Copy")
def copy(oldpath, newpath, overwrite=False) -> None:
    """Copies a file. AlreadyExistsError if the new name is taken, unless ``overwrite``."""
    local_files.copy(oldpath, newpath, overwrite)


@export("gfile.Stat")
def stat(filename) -> local_files.FileStatistics:
    """The ``length`` of a file in bytes, ``mtime_nsec``, and ``is_directory``. NotFoundError if it is not there."""
    return local_files.stat(filename)


@export("gfile.Glob")
def glob(filename) -> list[str]:
    """The paths that match a pattern of ``*``, ``?`` and ``[...]``, or any pattern of a list, sorted.

    Raises:
      NotFoundError: if the folder above the first wildcard is not there.
    """
    return local_files.glob(filename)


@export("gfile.Walk")
def walk(top, in_order=True) -> Iterator[tuple[str, list[str], list[str]]]:
    """A folder and all below it: of each its path, its folders' names, its files' names.

    ``in_order`` gives a folder before what is in it, otherwise after. What is no folder gives nothing.
    """
    return local_files.walk(top, in_order)
