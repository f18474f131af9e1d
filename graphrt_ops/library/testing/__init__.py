"""tf.test: what tests of graphs need."""
