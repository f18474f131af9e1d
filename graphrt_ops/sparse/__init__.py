"""Sparse tensors and IndexedSlices."""
