"""Whose code a line is."""

from __future__ import annotations

import sysconfig

import pytest

import graphrt
from graphrt.source import _belongs_to_user

PACKAGES = sysconfig.get_path("purelib")


@pytest.mark.parametrize(
    "filename, users",
    [
        ("/home/somebody/model.py", True),
        (f"{PACKAGES}/somebodys_models/resnet.py", True),  # a package that uses graphrt, like any script
        (f"{PACKAGES}/numpy/_core/_ufunc_config.py", False),  # runs under plans
        (graphrt.__file__, False),
        (f"{sysconfig.get_path('stdlib')}/contextlib.py", False),
        ("<string>", False),
        ("<graphrt plan>", False),
    ],
)
def test_whose_code_it_is(filename: str, users: bool) -> None:
    assert _belongs_to_user(compile("x = 1", filename, "exec")) is users
