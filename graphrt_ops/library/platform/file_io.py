"""tensorflow.python.lib.io.file_io: what scripts took from TensorFlow's own code before there was tf.io.gfile."""

from __future__ import annotations

from typing import Any

from graphrt_ops.library.platform import gfile

FileIO = gfile.GFile
copy = gfile.copy
create_dir = gfile.make_directory
delete_file = gfile.remove
delete_recursively = gfile.delete_recursively
file_exists = gfile.exists
get_matching_files = gfile.glob
is_directory = gfile.is_directory
list_directory = gfile.list_directory
recursive_create_dir = gfile.make_directories
rename = gfile.rename
stat = gfile.stat
walk = gfile.walk


def read_file_to_string(filename, binary_mode=False) -> Any:
    """The whole file, as a str of UTF-8 or as bytes."""
    with gfile.GFile(filename, "rb" if binary_mode else "r") as file:
        return file.read()


def write_string_to_file(filename, file_content) -> None:
    """Writes a str (as UTF-8) or bytes as the whole file."""
    with gfile.GFile(filename, "w") as file:
        file.write(file_content)
