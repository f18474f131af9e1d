"""Graphs: what the user declares."""

from graphrt.graph.graph import Graph as Graph
from graphrt.graph.graph import graph_of as graph_of
from graphrt.graph.operation import Operation as Operation
from graphrt.graph.operation import Tensor as Tensor
from graphrt.graph.stacks import get_default_graph as get_default_graph
