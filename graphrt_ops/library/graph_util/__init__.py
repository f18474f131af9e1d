"""tf.graph_util and tf.train.write_graph: GraphDefs cut, frozen and written."""
