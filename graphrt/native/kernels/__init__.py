"""Kernels written for one family of ops: each module makes Lowerings of fixed shapes, types and options."""
