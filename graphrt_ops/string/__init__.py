"""Ops on strings: bytes in object arrays, always in host memory."""
