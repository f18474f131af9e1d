"""write_graph: a graph as a file."""

from __future__ import annotations

import os
from pathlib import Path

from graphrt.graph import Graph
from graphrt.opdef import export


@export("train.write_graph", "io.write_graph")
def write_graph(graph_or_graph_def, logdir, name, as_text=True):
    """Writes a Graph or GraphDef to the file `name` in the folder `logdir`, which is made where it is missing.

    Args:
      graph_or_graph_def: a Graph or a GraphDef message.
      logdir: the folder.
      name: the file's name, such as "train.pbtxt".
      as_text: True for the text format of messages, False for their bytes.

    Returns:
      The path of the file.

    Raises:
      TypeError: if there is no graph to write.
    """
    from google.protobuf import text_format

    is_graph = isinstance(graph_or_graph_def, Graph)
    graph_def = graph_or_graph_def.as_graph_def() if is_graph else graph_or_graph_def
    if not hasattr(graph_def, "SerializeToString"):
        raise TypeError(f"expected a Graph or a GraphDef to write, got {type(graph_def).__name__}: {graph_def!r}")
    folder = Path(logdir)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")  # renamed when it is whole
    if as_text:
        beside.write_text(text_format.MessageToString(graph_def), encoding="utf-8")
    else:
        beside.write_bytes(graph_def.SerializeToString())
    beside.replace(path)
    return os.path.join(logdir, name)  # noqa: PTH118 (a str, as TF1 gives it: logdir is kept as it was written)
