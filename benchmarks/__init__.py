"""The benchmark suite: the same work on graphrt and on its peers, side by side in one run."""
