"""Large pages for weights."""

from __future__ import annotations

import subprocess
import sys

import pytest

from lmcli.nn.memory import huge_pages

CODE = """
import ctypes
from lmcli.nn.memory import huge_pages
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_size_t
with huge_pages(96 << 20):
    blocks = [libc.malloc(1 << 20) for _ in range(64)]
after = libc.malloc(64 << 20)  # more than is left
print(max(blocks) - min(blocks), abs(after - blocks[0]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="Linux's memory")
def test_blocks_lie_side_by_side_and_then_apart_again():
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    span, distance = map(int, done.stdout.split())
    assert span < 65 << 20
    assert distance > 1 << 30  # a mapping of its own, as usual


def test_what_is_raised_inside_comes_out():
    with pytest.raises(KeyError), huge_pages(1 << 30):
        raise KeyError("x")
    with pytest.raises(KeyError), huge_pages(1):
        raise KeyError("x")
