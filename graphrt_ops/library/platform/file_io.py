"""tensorflow.python.lib.io.file_io: what scripts took from TensorFlow's own code before there was tf.io.gfile."""

from __future__ import annotations

from graphrt_ops.library.platform.gfile import GFile as FileIO
from graphrt_ops.library.platform.gfile import copy as copy
from graphrt_ops.library.platform.gfile import delete_recursively as delete_recursively
from graphrt_ops.library.platform.gfile import is_directory as is_directory
from graphrt_ops.library.platform.gfile import list_directory as list_directory
from graphrt_ops.library.platform.gfile import rename as rename
from graphrt_ops.library.platform.gfile import stat as stat
from graphrt_ops.library.platform.gfile import walk as walk

__all__ = """
    FileIO copy create_dir delete_file delete_recursively file_exists get_matching_files is_directory list_directory
    read_file_to_string recursive_create_dir rename stat walk write_string_to_file""".split()


def read_file_to_string(filename, binary_mode=False):
    """The whole file, as a str of UTF-8 or as bytes."""
    with FileIO(filename, "rb" if binary_mode else "r") as file:
        return file.read()


def write_string_to_file(filename, file_content) -> None:
    """Writes a str (as UTF-8) or bytes as the whole file."""
    with FileIO(filename, "w") as file:
        file.write(file_content)
