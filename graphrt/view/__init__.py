"""Looking at graphs: NetworkX, Graphviz, our own layered layout as SVG and as an interactive HTML page.

`write(graph, "graph.html")` is all that most people need; the suffix says which kind of picture.
"""

from graphrt.view.export import frame, html, svg, write

__all__ = ["frame", "html", "svg", "write"]
