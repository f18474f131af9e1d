"""Looking at graphs: NetworkX, Graphviz, our own layered layout as SVG and as an interactive HTML page."""
