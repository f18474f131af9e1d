"""Gradients of whole functions, and gradients that are declared or forbidden."""
