"""Elementary functions as vector IR, a family a file. ``graphrt.native.vector_math`` has all of them."""
