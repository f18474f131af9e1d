"""Derivatives of whole functions, made of ``tf.gradients``."""
