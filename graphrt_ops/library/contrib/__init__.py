"""tf.contrib: what scripts still use of it."""
