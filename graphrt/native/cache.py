"""A folder of small files that outlives the process: what was compiled once need not be compiled again.

``$GRAPHRT_CACHE_DIR`` names the folder; else it is ``graphrt`` in the user's folder for caches. Nothing here ever
fails: what cannot be read counts as not there, and what cannot be written is not kept. Several processes may share the
folder: files are written beside and renamed, and each says what it holds, so that half a file, one of another version,
or one that somebody else put there is ignored, and written anew.
"""

from __future__ import annotations

import contextlib
import functools
import os
import sys
import threading
import time
from pathlib import Path

try:
    from _blake2 import blake2b  # hashlib loads OpenSSL first, which takes 5 ms
except ImportError:
    from hashlib import blake2b

LIMIT = 256 << 20
"""Bytes that the files of a folder may take together; the least recently used are removed."""

_MAGIC = b"graphrt cache 2\n"
_HEADER = len(_MAGIC) + 32 + 8 + 32  # magic, the key, the length and the digest of what follows
_SUFFIX = ".cache"
_HOUR = 3600.0


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
        self._lock = threading.Lock()
        self._unseen = limit  # bytes written since the folder's size was last looked at: at once, the first time

    def read(self, key: str) -> bytes | None:
        """What is kept under the key; None if that is nothing, or nothing to trust."""
        if self.place is None:
            return None
        path = self._path(key)
        try:
            with path.open("rb") as file:
                status = os.fstat(file.fileno())
                # Machine code is run: what another user has put there is not ours.
                if hasattr(os, "getuid") and status.st_uid != os.getuid():
                    return None
                whole = file.read()
            content = _checked(key, whole)
            if content is not None and time.time() - status.st_mtime > _HOUR:
                os.utime(path)  # it is in use
        except OSError:
            return None
        return content

    def write(self, key: str, content: bytes) -> None:
        """Keeps the content under the key, where that is possible."""
        if self.place is None:
            return
        path = self._path(key)
        beside = path.with_name(f"{key}.{os.getpid()}.{threading.get_ident()}.part")
        header = _MAGIC + bytes.fromhex(key) + len(content).to_bytes(8, "little") + _digest(content)
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
            with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor, not a path
                file.write(header + content)
            beside.replace(path)
        except OSError:
            with contextlib.suppress(OSError):
                beside.unlink()
            return
        with self._lock:
            self._unseen += _HEADER + len(content)
            look = self._unseen > self.limit // 8
            if look:
                self._unseen = 0
        if look:
            self._shrink()

    def _path(self, key: str) -> Path:
        assert self.place is not None
        return self.place / "native" / (key + _SUFFIX)

    def _shrink(self) -> None:
        """Removes the least recently used files above the limit, and what interrupted writers left."""
        assert self.place is not None
        kept: list[tuple[float, int, str]] = []
        now = time.time()
        try:
            with os.scandir(self.place / "native") as entries:
                for entry in entries:
                    with contextlib.suppress(OSError):
                        status = entry.stat()
                        if entry.name.endswith(_SUFFIX):
                            kept.append((status.st_mtime, status.st_size, entry.path))
                        elif entry.name.endswith(".part") and now - status.st_mtime > _HOUR:
                            Path(entry.path).unlink()
        except OSError:
            return
        total = sum(size for _, size, _ in kept)
        for _, size, path in sorted(kept):
            if total <= self.limit:
                return
            with contextlib.suppress(OSError):
                Path(path).unlink()
            total -= size


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
