"""tf.gfile, tf.io.gfile and their relatives: values and errors are TensorFlow 1.15.5's."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

import graphrt as tf

g = tf.gfile


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_bytes("héllo\nworld\n".encode())
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.txt").write_text("b")
    (tmp_path / "sub" / "c.txt").write_text("c")
    return tmp_path


def test_reading():
    assert g.GFile("a.txt").read() == "héllo\nworld\n"
    assert g.Open("a.txt", "rb").read(3) == b"h\xc3\xa9"
    assert g.FastGFile("a.txt").readlines() == ["héllo\n", "world\n"]
    assert list(g.GFile("a.txt", "rb")) == ["héllo\n".encode(), b"world\n"]
    with g.GFile("a.txt") as file:
        assert (file.name, file.mode, file.size()) == ("a.txt", "r", 13)
        assert next(file) == "héllo\n"
        assert file.tell() == 7
        file.seek(-2, 2)
        assert file.read() == "d\n"
        assert file.readline() == ""
        file.seek(position=0)
        assert file.readline() == "héllo\n"
    assert file.readline() == "héllo\n", "a closed file is opened anew"
    file.close()


def test_ends_of_lines():
    Path("dos.txt").write_bytes(b"abc\r\ndef")
    assert g.GFile("dos.txt").readlines() == ["abc\n", "def"]
    assert g.GFile("dos.txt").read() == "abc\r\ndef"


def test_writing():
    with g.GFile("new.txt", "w") as file:
        file.write("é\n")
        file.write(b"bytes")
        assert file.tell() == 8
        assert file.size() == 8
    with g.GFile("new.txt", "a") as file:
        file.write("+")
    assert Path("new.txt").read_bytes() == "é\nbytes+".encode()


ERRORS = {
    "missing": (lambda: g.GFile("no").read(), tf.errors.NotFoundError, "no; No such file or directory"),
    "missing size": (lambda: g.GFile("no").size(), tf.errors.NotFoundError, "no; No such file or directory"),
    "mode": (lambda: g.GFile("no", "q"), tf.errors.InvalidArgumentError, "mode is not 'r' or 'w' or 'a'"),
    "read only": (lambda: g.GFile("a.txt").write("x"), tf.errors.PermissionDeniedError, "isn't open for writing"),
    "write only": (lambda: g.GFile("x", "w").read(), tf.errors.PermissionDeniedError, "isn't open for reading"),
    "far": (lambda: g.GFile("a.txt").seek(99), tf.errors.OutOfRangeError, "reached end of file"),
    "negative": (lambda: g.GFile("a.txt").seek(-1), tf.errors.InvalidArgumentError, "before the beginning"),
    "whence": (lambda: g.GFile("a.txt").seek(0, 7), tf.errors.InvalidArgumentError, "Invalid whence argument: 7"),
    "number": (lambda: g.GFile("x", "w").write(3), TypeError, "Expected binary or unicode string, got 3"),
    "folder": (lambda: g.GFile("sub").read(), tf.errors.FailedPreconditionError, "sub; Is a directory"),
    "no folder": (lambda: g.GFile("no/x", "w").write(""), tf.errors.NotFoundError, "no/x; No such file"),
    "list": (lambda: g.ListDirectory("no"), tf.errors.NotFoundError, "Could not find directory no"),
    "list file": (lambda: g.ListDirectory("a.txt"), tf.errors.NotFoundError, "Could not find directory a.txt"),
    "deep": (lambda: g.MkDir("x/y"), tf.errors.NotFoundError, "x/y; No such file or directory"),
    "below a file": (lambda: g.MakeDirs("a.txt/b"), tf.errors.FailedPreconditionError, "a.txt/b; Not a directory"),
    "copy": (lambda: g.Copy("a.txt", "sub/b.txt"), tf.errors.AlreadyExistsError, "file already exists"),
    "copy none": (lambda: g.Copy("no", "x"), tf.errors.NotFoundError, "no; No such file or directory"),
    "rename": (lambda: g.Rename("a.txt", "sub/b.txt"), tf.errors.AlreadyExistsError, "file already exists"),
    "stat": (lambda: g.Stat("no"), tf.errors.NotFoundError, "no; No such file or directory"),
    "remove": (lambda: g.Remove("no"), tf.errors.NotFoundError, "no; No such file or directory"),
    "remove folder": (lambda: g.Remove("sub"), tf.errors.FailedPreconditionError, "sub; Is a directory"),
    "remove tree": (lambda: g.DeleteRecursively("no"), tf.errors.NotFoundError, "no not found"),
    "remove file as tree": (
        lambda: g.DeleteRecursively("a.txt"),
        tf.errors.FailedPreconditionError,
        "a.txt; Not a directory",
    ),
    "glob": (lambda: g.Glob("no/*"), tf.errors.NotFoundError, "no; No such file or directory"),
    "cloud": (
        lambda: g.Exists("gs://bucket/x"),
        tf.errors.UnimplementedError,
        "File system scheme 'gs' not implemented",
    ),
    "no path": (lambda: g.Exists(3), TypeError, "Expected binary or unicode string, got 3"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name):
    call, kind, words = ERRORS[name]
    with pytest.raises(kind) as info:
        call()
    assert words in str(info.value)


def test_asking(folder):
    assert [g.Exists(name) for name in ("a.txt", b"a.txt", ".", "no", f"file://{folder}")] == [1, 1, 1, 0, 1]
    assert [g.IsDirectory(name) for name in ("a.txt", "sub", "no")] == [False, True, False]
    assert g.ListDirectory(".") == ["a.txt", "sub"]
    found = g.Stat("a.txt")
    assert (found.length, found.is_directory, found.mtime_nsec > 10**18) == (13, False, True)
    assert g.Stat("sub").is_directory


def test_glob(folder):
    assert g.Glob("sub/*.txt") == ["sub/b.txt", "sub/c.txt"]
    assert g.Glob(["sub/b*", "a*"]) == ["sub/b.txt", "./a.txt"]
    assert g.Glob("*/?.txt") == ["./sub/b.txt", "./sub/c.txt"]
    assert g.Glob("**") == ["./a.txt", "./sub"]
    assert g.Glob("zz*") == []
    assert g.Glob("sub/[c]*") == ["sub/c.txt"]
    assert g.Glob("a.txt") == ["a.txt"]
    assert g.Glob(f"{folder}/sub/*") == [f"{folder}/sub/b.txt", f"{folder}/sub/c.txt"]


def test_changing():
    g.MkDir("sub")
    g.MakeDirs("x/y/z")
    g.MakeDirs("x/y/z")
    g.MakeDirs("")  # os.path.dirname("model.npz")
    g.MkDir("")
    assert g.GFile("x/y/z/new", "w").seekable()
    g.Copy("a.txt", "x/copy.txt")
    g.Copy("sub/b.txt", "x/copy.txt", overwrite=True)
    assert Path("x/copy.txt").read_text() == "b"
    g.Rename("x/copy.txt", "moved.txt")
    g.Rename("moved.txt", "a.txt", overwrite=True)
    assert Path("a.txt").read_text() == "b"
    assert list(g.Walk("x")) == [("x", ["y"], []), ("x/y", ["z"], []), ("x/y/z", [], [])]
    assert [path for path, _, _ in g.Walk("x", in_order=False)] == ["x/y/z", "x/y", "x"]
    assert list(g.Walk("no")) == []
    g.DeleteRecursively("x")
    g.Remove("a.txt")
    assert g.ListDirectory(".") == ["sub"]


def test_io_gfile_is_the_same():
    names = tf.io.gfile
    names.makedirs("x/y")
    names.mkdir("z")
    names.copy("a.txt", "z/a.txt")
    names.rename("z/a.txt", "z/b.txt")
    assert (names.exists("z/b.txt"), names.isdir("z"), names.listdir("z")) == (True, True, ["b.txt"])
    assert names.glob("z/*") == ["z/b.txt"]
    assert names.stat("z/b.txt").length == 13
    assert list(names.walk("x")) == [("x", ["y"], []), ("x/y", [], [])]
    names.rmtree("x")
    names.remove("z/b.txt")
    assert names.GFile is g.GFile


def test_file_io():
    file_io = importlib.import_module("graphrt_ops.library.platform.file_io")
    file_io.write_string_to_file("x", "é")
    assert file_io.read_file_to_string("x") == "é"
    assert file_io.read_file_to_string("x", binary_mode=True) == "é".encode()
    assert file_io.get_matching_files("sub/*") == g.Glob("sub/*")
    assert file_io.file_exists("x")
    assert file_io.FileIO("x", "r").read() == "é"


def test_resources_lie_beside_the_code():
    here = Path(__file__)
    assert tf.resource_loader.get_data_files_path() == str(here.parent)
    assert tf.resource_loader.get_path_to_datafile("x") == str(here.parent / "x")
    assert tf.resource_loader.load_resource(here.name) == here.read_bytes()
    with pytest.raises(tf.errors.NotFoundError):
        tf.resource_loader.load_resource("nothing")
    assert tf.test.test_src_dir_path("x") == str(here.parent / "x")
