"""tf.resource_loader: files that lie beside the code that asks for them."""

from __future__ import annotations

import os
from pathlib import Path

from graphrt.opdef import export
from graphrt.source import user_line
from graphrt_ops.library.platform.local_files import tensorflows_errors


@export("resource_loader.get_data_files_path")
def get_data_files_path() -> str:
    """The folder of the file that makes the call."""
    line = user_line()
    return os.path.dirname(os.path.abspath(line.filename)) if line is not None else os.getcwd()


@export("resource_loader.get_path_to_datafile")
def get_path_to_datafile(path) -> str:
    """The path of a file that lies beside the file that makes the call."""
    return os.path.join(get_data_files_path(), path)


@export("resource_loader.get_root_dir_with_all_resources")
def get_root_dir_with_all_resources() -> str:
    """The folder of the file that makes the call."""
    return get_data_files_path()


@export("resource_loader.readahead_file_path")
def readahead_file_path(path, readahead="128M") -> str:
    """The path itself: the operating system reads ahead as it likes."""
    del readahead
    return str(path)


@export("resource_loader.load_resource")
def load_resource(path) -> bytes:
    """The bytes of a file beside the file that makes the call. NotFoundError if it is not there."""
    whole = get_path_to_datafile(path)
    with tensorflows_errors(whole):
        return Path(whole).read_bytes()
