"""Escapes in option values mean one thing."""

from __future__ import annotations

import click
import pytest

from lmcli.frame.options import Escaped


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r"\n", "\n"),
        (r"a\tb\r\\n", "a\tb\r\\n"),
        (r"\x41\u4e2d\U0001f600", "A中😀"),
        (r"C:\dir\q", r"C:\dir\q"),
        ("\\", "\\"),
        ("plain\n", "plain\n"),
    ],
)
def test_escapes(written, meant):
    assert Escaped().convert(written, None, None) == meant


@pytest.mark.parametrize("written", [r"\ud800", r"\Uffffffff"])
def test_characters_that_do_not_exist(written):
    with pytest.raises(click.BadParameter, match="does not exist"):
        Escaped().convert(written, None, None)
