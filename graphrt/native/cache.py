"""A folder of small files that outlives the process: what was compiled once need not be compiled again.

``$GRAPHRT_CACHE_DIR`` names the folder; else it is ``graphrt`` in the user's folder for caches. Nothing here ever
fails: what cannot be read counts as not there, and what cannot be written is not kept. Several processes may share the
folder: files are written beside and renamed, and each says what it holds, so that half a file or one of another version
is ignored, and written anew.

Machine code is run, so nobody else may have put it there: files are taken only from a folder that is the user's own and
that nobody else can write to, and only if they are plain files of the user's own that nobody else can write to. What is
checked is what is open (no link is followed, and nothing is looked up again by its name), and opening never waits.
"""

from __future__ import annotations

import contextlib
import functools
import os
import stat
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from graphrt import forking
from graphrt.locking import locked

try:
    from _blake2 import blake2b  # hashlib loads OpenSSL first, which takes 5 ms
except ImportError:
    from hashlib import blake2b

LIMIT = 256 << 20
"""Bytes that the files of a folder may take together; the least recently used are removed."""

_MAGIC = b"graphrt cache 2\n"
_HEADER = len(_MAGIC) + 32 + 8 + 32  # magic, the key, the length and the digest of what follows
_LARGEST = 64 << 20  # bytes of a file
_SUFFIX = ".cache"
_HOUR = 3600.0
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_BY_DESCRIPTOR = {os.open, os.rename, os.unlink, os.mkdir} <= os.supports_dir_fd and os.scandir in os.supports_fd


def folder() -> Path | None:
    """Where files go; None if the environment says that nothing is kept (GRAPHRT_NATIVE_CACHE=0)."""
    if os.environ.get("GRAPHRT_NATIVE_CACHE") == "0":
        return None
    named = os.environ.get("GRAPHRT_CACHE_DIR")
    if named:
        return Path(named)
    try:
        if sys.platform == "darwin":
            return Path.home() / "Library" / "Caches" / "graphrt"
        if sys.platform == "win32":
            return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "graphrt"
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "graphrt"
    except RuntimeError:  # no home folder
        return None


def current() -> Cache:
    """The cache that the environment names now."""
    return _cache(folder())


@functools.cache
def _cache(place: Path | None) -> Cache:
    return Cache(place)


def digest(*parts: str) -> str:
    """A key made of all of the parts."""
    hashed = blake2b(digest_size=32)
    for part in parts:
        encoded = part.encode()
        hashed.update(len(encoded).to_bytes(8, "little"))
        hashed.update(encoded)
    return hashed.hexdigest()


def _digest(content: bytes) -> bytes:
    return blake2b(content, digest_size=32).digest()


class Cache:
    """``read(key)`` gives what ``write(key, content)`` was given, perhaps by another process; keys are digests.

    Args:
      place: the folder, made when something is written; None keeps nothing.
      limit: bytes that the files may take together, overstepped by an eighth at most.
    """

    def __init__(self, place: Path | None, limit: int = LIMIT) -> None:
        self.place = place
        self.limit = limit
        self._unseen = limit  # bytes written since the folder's size was last looked at: at once, the first time
        self._reset_after_fork()
        forking.reset_after_fork(self)

    def _reset_after_fork(self) -> None:
        self._lock = threading.RLock()

    def read(self, key: str) -> bytes | None:
        """What is kept under the key; None if that is nothing, or nothing to trust."""
        if self.place is None:
            return None
        try:
            with _Folder(self.place) as folder:
                whole = folder.read(key + _SUFFIX)
        except OSError:
            return None
        return None if whole is None else _checked(key, whole)

    def write(self, key: str, content: bytes) -> None:
        """Keeps the content under the key, where that is possible."""
        if self.place is None or _HEADER + len(content) > _LARGEST:
            return
        header = _MAGIC + bytes.fromhex(key) + len(content).to_bytes(8, "little") + _digest(content)
        try:
            _make_private(self.place)
            with _Folder(self.place) as folder:
                folder.write(key + _SUFFIX, f"{key}.{os.getpid()}.{threading.get_ident()}.part", header + content)
        except OSError:
            return
        if self._much_is_unseen(_HEADER + len(content)):
            with contextlib.suppress(OSError), _Folder(self.place) as folder:
                folder.shrink(self.limit)

    @locked
    def _much_is_unseen(self, more: int) -> bool:
        """Notes that so much has been written; True if it is time to look at all of it."""
        self._unseen += more
        much = self._unseen > self.limit // 8
        if much:
            self._unseen = 0
        return much


class _Folder:
    """The folder with the files, open: it stays the same one, whatever happens to its name meanwhile.

    Raises:
      OSError: in all of its methods, also if the folder is not to be trusted.
    """

    def __init__(self, place: Path) -> None:
        self._path = place / "native"
        self._descriptor: int | None = None

    def __enter__(self) -> _Folder:
        if _BY_DESCRIPTOR:
            self._descriptor = os.open(self._path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
            if not _is_ours(os.fstat(self._descriptor)):
                os.close(self._descriptor)
                raise PermissionError(f"{self._path} belongs to somebody else, or others can write to it")
        return self

    def __exit__(self, *error: object) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)

    def _named(self, name: str) -> str:
        return name if self._descriptor is not None else str(self._path / name)

    def read(self, name: str) -> bytes | None:
        """The bytes of a file that nobody else can have written; None if it is not such a one."""
        flags = os.O_RDONLY
        for flag in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"):
            flags |= getattr(os, flag, 0)
        descriptor = os.open(self._named(name), flags, dir_fd=self._descriptor)
        with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor, not a path
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST or not _is_ours(status):
                return None
            whole = file.read(status.st_size + 1)
            if time.time() - status.st_mtime > _HOUR and os.utime in os.supports_fd:
                os.utime(descriptor)  # it is in use
        return whole

    def write(self, name: str, beside: str, whole: bytes) -> None:
        """Puts a whole file there, or none."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        for flag in ("O_NOFOLLOW", "O_CLOEXEC", "O_BINARY"):
            flags |= getattr(os, flag, 0)
        descriptor = os.open(self._named(beside), flags, 0o600, dir_fd=self._descriptor)
        try:
            with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor, not a path
                file.write(whole)
            os.replace(self._named(beside), self._named(name), src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor)
        except OSError:
            self._remove(beside)
            raise

    def shrink(self, limit: int) -> None:
        """Removes the least recently used files above the limit, and what interrupted writers left."""
        kept: list[tuple[float, int, str]] = []
        now = time.time()
        for name, status in self._files():
            if name.endswith(_SUFFIX):
                kept.append((status.st_mtime, status.st_size, name))
            elif name.endswith(".part") and now - status.st_mtime > _HOUR:
                self._remove(name)
        total = sum(size for _, size, _ in kept)
        for _, size, name in sorted(kept):
            if total <= limit:
                return
            self._remove(name)
            total -= size

    def _files(self) -> Iterator[tuple[str, os.stat_result]]:
        with os.scandir(self._path if self._descriptor is None else self._descriptor) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):  # another process may have removed it
                    yield entry.name, entry.stat(follow_symlinks=False)

    def _remove(self, name: str) -> None:
        with contextlib.suppress(OSError):
            os.unlink(self._named(name), dir_fd=self._descriptor)


def _make_private(place: Path) -> None:
    """Makes the folders, and closes to others what is ours."""
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = place / "native"
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    ours = hasattr(os, "geteuid") and status.st_uid == os.geteuid() and stat.S_ISDIR(status.st_mode)
    if ours and status.st_mode & 0o077:
        folder.chmod(0o700)


def _is_ours(status: os.stat_result) -> bool:
    """True if only this user (and root, who may do anything) can have written it."""
    if not hasattr(os, "geteuid"):
        return True
    return status.st_uid == os.geteuid() and not status.st_mode & _OTHERS_WRITE


def _checked(key: str, whole: bytes) -> bytes | None:
    """The content of a file, if the file is what its header says and what was asked for."""
    start = len(_MAGIC)
    if len(whole) < _HEADER or whole[:start] != _MAGIC or whole[start : start + 32] != bytes.fromhex(key):
        return None
    length = int.from_bytes(whole[start + 32 : start + 40], "little")
    content = whole[_HEADER:]
    if len(content) != length or _digest(content) != whole[start + 40 : _HEADER]:
        return None
    return content
