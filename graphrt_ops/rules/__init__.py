"""Algebra: the rules of the rewriter, one file a family."""
