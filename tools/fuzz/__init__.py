"""Attacks on the engine: random graphs on all tiers (``tiers``), and interruptions at every line (``interrupts``)."""
