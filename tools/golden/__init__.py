"""Golden data: small TensorFlow 1 programs, what real TensorFlow 1.15.5 makes of them, and the comparison."""
