"""What is made of ops: plain functions and classes. Ops never import it; its folders have an order (pyproject.toml)."""
