"""The cache folder holds code that will be run: what others may have put or changed there is never taken."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from graphrt.native import cache
from graphrt.native.cache import Cache, digest

KEY = digest("some", "text")
CONTENT = bytes(range(256)) * 20

pytestmark = pytest.mark.skipif(os.name != "posix", reason="links, FIFOs and modes are POSIX's")


@pytest.fixture
def kept(tmp_path: Path) -> tuple[Cache, Path]:
    """A cache that holds CONTENT, and the file that it is in."""
    made = Cache(tmp_path / "cache")
    made.write(KEY, CONTENT)
    assert made.read(KEY) == CONTENT
    (path,) = (tmp_path / "cache" / "native").iterdir()
    return made, path


def a_link(path: Path) -> None:
    elsewhere = path.parents[2] / "elsewhere"
    elsewhere.write_bytes(path.read_bytes())
    elsewhere.chmod(0o600)
    path.unlink()
    path.symlink_to(elsewhere)


def a_fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path, 0o600)


def a_huge_file(path: Path) -> None:
    os.truncate(path, cache._LARGEST + 1)


def a_link_to_a_device(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


PUT_THERE: dict[str, Callable[[Path], None]] = {
    "a link": a_link,
    "a link to a device": a_link_to_a_device,
    "a FIFO": a_fifo,
    "too large": a_huge_file,
    "all may write": lambda path: path.chmod(0o666),
    "the group may write": lambda path: path.chmod(0o620),
    "others may write": lambda path: path.chmod(0o602),
}


@pytest.mark.parametrize("what", PUT_THERE)
def test_a_file_that_others_may_have_made_is_not_taken_and_replaced(kept: tuple[Cache, Path], what: str) -> None:
    made, path = kept
    PUT_THERE[what](path)
    assert made.read(KEY) is None
    made.write(KEY, CONTENT)
    assert made.read(KEY) == CONTENT
    assert not path.is_symlink() and path.is_file() and path.stat().st_mode & 0o77 == 0


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o703, 0o1777])
def test_a_folder_that_others_may_write_to_is_not_trusted_and_closed(kept: tuple[Cache, Path], mode: int) -> None:
    made, path = kept
    path.parent.chmod(mode)
    assert made.read(KEY) is None
    made.write(KEY, CONTENT)
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert made.read(KEY) == CONTENT


def test_a_folder_that_others_may_read_is_closed(kept: tuple[Cache, Path]) -> None:
    made, path = kept
    path.parent.chmod(0o755)
    assert made.read(KEY) == CONTENT
    made.write(KEY, CONTENT)
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_link_in_place_of_the_folder(kept: tuple[Cache, Path]) -> None:
    made, path = kept
    moved = path.parents[1] / "moved"
    path.parent.rename(moved)
    (path.parents[1] / "native").symlink_to(moved)
    assert made.read(KEY) is None
    made.write(digest("other"), CONTENT)
    assert len(list(moved.iterdir())) == 1  # nothing was written through the link


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give folders away")
def test_a_folder_of_another_user(kept: tuple[Cache, Path]) -> None:
    made, path = kept
    os.chown(path.parent, 12345, -1)
    assert made.read(KEY) is None
    made.write(digest("other"), CONTENT)
    assert made.read(digest("other")) is None
    assert path.parent.stat().st_uid == 12345 and list(path.parent.iterdir()) == [path]


def test_every_bit_counts(kept: tuple[Cache, Path]) -> None:
    made, path = kept
    whole = path.read_bytes()
    for position in [*range(100), *range(100, len(whole), 97)]:
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 1 << position % 8]) + whole[position + 1 :])
        assert made.read(KEY) is None, position
    for length in [0, 1, 16, 88, len(whole) // 2, len(whole) - 1]:
        path.write_bytes(whole[:length])
        assert made.read(KEY) is None, length


def test_too_much_to_be_read_again_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_LARGEST", 1000)
    Cache(tmp_path).write(KEY, CONTENT)
    assert list(tmp_path.iterdir()) == []


SCRIPT = """
import sys
import numpy as np
import graphrt as tf
x = tf.placeholder(tf.float32, [64])
y = tf.reduce_sum(tf.exp(x) * x + tf.tanh(x))
with tf.Session() as sess:
    print(sess.run(y, {x: np.ones(64, np.float32)}))
"""


def forced_run(place: Path) -> str:
    environment = {**os.environ, "GRAPHRT_NATIVE": "force", "GRAPHRT_CACHE_DIR": str(place)}
    environment.pop("GRAPHRT_NATIVE_CACHE", None)
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=environment, timeout=60, capture_output=True, text=True, check=True
    )
    return ended.stdout


@pytest.mark.skipif(os.environ.get("GRAPHRT_TEST_WITHOUT_LLVMLITE") == "1", reason="nothing is compiled")
def test_a_forced_run_does_not_wait_for_a_fifo(tmp_path: Path) -> None:
    """It hung for ever: reading a FIFO that nobody writes to."""
    first = forced_run(tmp_path)
    paths = list((tmp_path / "native").iterdir())
    assert paths
    for path in paths:
        a_fifo(path)
    assert forced_run(tmp_path) == first
    assert all(path.is_file() for path in paths)
