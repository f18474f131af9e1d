"""Ops that the table of tests/ops/harness.py leaves out, each with the reason and where it is tested instead."""

WITHOUT_A_CASE: dict[str, str] = {}
