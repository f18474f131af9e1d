"""The command ``graphrt``: run TF1 scripts unchanged, draw their graphs."""
