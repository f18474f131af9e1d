"""The cache folder: whatever is in it, reading gives what was written or nothing, and nothing ever fails."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from graphrt.native import cache
from graphrt.native.cache import Cache, digest

KEY = digest("some", "text")
CONTENT = bytes(range(256)) * 20


def files(place: Path) -> list[Path]:
    return sorted((place / "native").iterdir())


def test_what_is_written_is_read(tmp_path: Path) -> None:
    Cache(tmp_path / "new").write(KEY, CONTENT)
    assert Cache(tmp_path / "new").read(KEY) == CONTENT
    assert Cache(tmp_path / "new").read(digest("other")) is None
    assert len(files(tmp_path / "new")) == 1  # nothing is left beside


def test_empty_content(tmp_path: Path) -> None:
    Cache(tmp_path).write(KEY, b"")
    assert Cache(tmp_path).read(KEY) == b""


def test_the_key_tells_parts_apart() -> None:
    assert digest("ab", "c") != digest("a", "bc") != digest("abc")
    assert digest("a") == digest("a")


def corruptions() -> dict[str, Callable[[bytes], bytes]]:
    header = 16 + 32 + 8 + 32
    return {
        "empty": lambda whole: b"",
        "cut in the header": lambda whole: whole[:40],
        "header only": lambda whole: whole[:header],
        "cut": lambda whole: whole[:-1],
        "longer": lambda whole: whole + b"\0",
        "one bit": lambda whole: whole[:-7] + bytes([whole[-7] ^ 1]) + whole[-6:],
        "another magic": lambda whole: b"\x7fELF" + whole[4:],
        "another version": lambda whole: whole[:14] + b"1" + whole[15:],
        "another key": lambda whole: whole[:16] + bytes(32) + whole[48:],
        "length": lambda whole: whole[:48] + b"\xff" * 8 + whole[56:],
        "checksum": lambda whole: whole[:60] + bytes([whole[60] ^ 1]) + whole[61:],
        "zeros": lambda whole: bytes(len(whole)),
        "text": lambda whole: b"hello\n" * 100,
    }


@pytest.mark.parametrize("name", corruptions())
def test_a_damaged_file_is_ignored_and_rewritten(tmp_path: Path, name: str) -> None:
    kept = Cache(tmp_path)
    kept.write(KEY, CONTENT)
    (path,) = files(tmp_path)
    path.write_bytes(corruptions()[name](path.read_bytes()))
    assert kept.read(KEY) is None
    kept.write(KEY, CONTENT)
    assert kept.read(KEY) == CONTENT


def test_a_folder_in_place_of_the_file(tmp_path: Path) -> None:
    kept = Cache(tmp_path)
    kept.write(KEY, CONTENT)
    (path,) = files(tmp_path)
    path.unlink()
    path.mkdir()
    assert kept.read(KEY) is None
    kept.write(KEY, CONTENT)
    assert kept.read(KEY) is None
    assert files(tmp_path) == [path]  # what could not be renamed was removed


def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.write_text("not a folder")
    kept = Cache(place)
    kept.write(KEY, CONTENT)
    assert kept.read(KEY) is None
    assert place.read_text() == "not a folder"


@pytest.mark.skipif(not Path("/proc/version").exists(), reason="a folder that nobody can write, not even root")
def test_a_folder_that_cannot_be_written() -> None:
    kept = Cache(Path("/proc/version/graphrt"))
    kept.write(KEY, CONTENT)
    assert kept.read(KEY) is None
    kept = Cache(Path("/proc/graphrt"))
    kept.write(KEY, CONTENT)
    assert kept.read(KEY) is None


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can give files away")
def test_a_file_of_another_user_is_ignored(tmp_path: Path) -> None:
    kept = Cache(tmp_path)
    kept.write(KEY, CONTENT)
    (path,) = files(tmp_path)
    os.chown(path, 12345, -1)
    assert kept.read(KEY) is None
    kept.write(KEY, CONTENT)
    assert kept.read(KEY) == CONTENT


def test_others_may_not_write_to_it(tmp_path: Path) -> None:
    Cache(tmp_path).write(KEY, CONTENT)
    (path,) = files(tmp_path)
    if os.name == "posix":
        assert path.stat().st_mode & 0o77 == 0
        assert path.parent.stat().st_mode & 0o77 == 0


def test_no_folder_keeps_nothing() -> None:
    Cache(None).write(KEY, CONTENT)
    assert Cache(None).read(KEY) is None


def test_the_size_is_bounded_and_the_least_recently_used_goes(tmp_path: Path) -> None:
    kept = Cache(tmp_path, limit=10_000)
    keys = [digest(str(number)) for number in range(30)]
    for number, key in enumerate(keys):
        kept.write(key, bytes(1000))
        for path in (tmp_path / "native").glob(key + "*"):
            os.utime(path, (1e9 + number, 1e9 + number))
        assert kept.read(keys[0]) is not None  # it is used again and again, and so it stays
        assert sum(path.stat().st_size for path in files(tmp_path)) <= 10_000 * 9 // 8 + 1100
    assert kept.read(keys[1]) is None
    assert kept.read(keys[-1]) == bytes(1000)


def test_what_interrupted_writers_left_is_removed(tmp_path: Path) -> None:
    (tmp_path / "native").mkdir()
    old, new = (tmp_path / "native" / f"{KEY}.{n}.1.part" for n in (1, 2))
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (1e9, 1e9))
    Cache(tmp_path).write(digest("x"), b"y")
    assert not old.exists()
    assert new.exists()


def test_reading_marks_a_file_as_used(tmp_path: Path) -> None:
    kept = Cache(tmp_path)
    kept.write(KEY, CONTENT)
    (path,) = files(tmp_path)
    os.utime(path, (1e9, 1e9))
    assert kept.read(KEY) == CONTENT
    assert time.time() - path.stat().st_mtime < 60


def test_threads_that_write_and_read_the_same_key(tmp_path: Path) -> None:
    kept = Cache(tmp_path, limit=4 * len(CONTENT))
    wrong = []

    def work(number: int) -> None:
        for turn in range(40):
            key = digest(str(turn % 3))
            kept.write(key, CONTENT)
            if kept.read(key) not in (CONTENT, None):
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert not list((tmp_path / "native").glob("*.part"))


def test_two_processes_that_write_and_read_the_same_keys(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from graphrt.native.cache import Cache, digest\n"
        "kept = Cache(Path(sys.argv[1]), limit=100_000); read = 0\n"
        "for turn in range(300):\n"
        "    key = digest(str(turn % 5)); content = bytes([turn % 5]) * 10_000\n"
        "    if turn % 2: kept.write(key, content)\n"
        "    found = kept.read(key); assert found in (None, content); read += found is not None\n"
        "print(read)"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for process in started:
        out, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        assert int(out) > 100


def test_where_the_folder_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("GRAPHRT_NATIVE_CACHE", "GRAPHRT_CACHE_DIR", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.setattr(sys, "platform", "linux")
    assert cache.folder() == tmp_path / ".cache" / "graphrt"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache.folder() == tmp_path / "xdg" / "graphrt"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert cache.folder() == tmp_path / "Library" / "Caches" / "graphrt"
    monkeypatch.setattr(sys, "platform", "win32")
    assert cache.folder() == tmp_path / "AppData" / "Local" / "graphrt"
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    assert cache.folder() == tmp_path / "local" / "graphrt"
    monkeypatch.setenv("GRAPHRT_CACHE_DIR", str(tmp_path / "own"))
    assert cache.folder() == tmp_path / "own"
    monkeypatch.setenv("GRAPHRT_NATIVE_CACHE", "0")
    assert cache.folder() is None
