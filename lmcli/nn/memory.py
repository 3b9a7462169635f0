"""Pages for large weights: 2 MB each instead of 4 KB, where Linux and glibc allow it."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_MB = 1 << 20
_LARGE = 64 * _MB  # below, there is little to win
_PAGE = 2 * _MB
_LARGEST = 2**31 - 1  # mallopt takes an int: a larger value would come out negative
_HUGE = 14  # Linux: MADV_HUGEPAGE
# glibc's malloc.h
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD, _MMAP_MAX, _ARENA_MAX = -1, -2, -3, -4, -8


@contextmanager
def huge_pages(size: int) -> Iterator[None]:
    """Meanwhile, let what native code allocates lie in one region of `size` bytes of large pages.

    Threads are best started inside: glibc gives those started before heaps of their own.
    Writing a token reads all weights once, from end to end; with small pages, looking up addresses
    takes some 15 % of it (SmolLM2 in 8 bits on an EPYC Genoa, 8.1 ms a token for 6.9). glibc gives
    each large block a mapping of its own, too small for a large page, so for a while it is told to
    use its heap alone, grown at once.
    Memory that is not used is not taken. Nothing happens elsewhere than on Linux with glibc, and for
    less than 64 MB.
    """
    libc = _glibc() if size >= _LARGE else None
    if libc is None:
        yield
        return
    for name, value in (
        (_MMAP_MAX, 0),
        (_ARENA_MAX, 1),  # the threads that prepare weights would open heaps of small pages
        (_TRIM_THRESHOLD, 2 * size),
        (_TOP_PAD, size),
    ):
        libc.mallopt(name, min(value, _LARGEST))
    block = libc.malloc(_MB)  # grows the heap
    if block:
        start = -(-block // _PAGE) * _PAGE
        libc.madvise(start, max((libc.sbrk(0) - start) // _PAGE * _PAGE, 0), _HUGE)
        libc.free(block)
    try:
        yield
    finally:
        for name, value in (
            (_MMAP_MAX, 65536),
            (_MMAP_THRESHOLD, _MB),
            (_TRIM_THRESHOLD, 4 * _MB),
            (_TOP_PAD, _MB // 8),
        ):
            libc.mallopt(name, value)


def keep_blocks() -> None:
    """Let glibc keep blocks of up to 32 MB that are freed: a training takes the same ones again at each step.

    It learns so by itself, unless it was told otherwise, as `huge_pages` does. Elsewhere nothing happens.
    """
    if libc := _glibc():
        libc.mallopt(_MMAP_THRESHOLD, 32 * _MB)  # the largest that it takes
        libc.mallopt(_TRIM_THRESHOLD, 256 * _MB)


def _glibc() -> Any:
    """The C library, its functions declared; None where it is not glibc on Linux."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "gnu_get_libc_version"):
        return None
    libc.malloc.restype = libc.sbrk.restype = ctypes.c_size_t
    libc.malloc.argtypes = [ctypes.c_size_t]
    libc.sbrk.argtypes = [ctypes.c_ssize_t]
    libc.free.argtypes = [ctypes.c_size_t]
    libc.madvise.argtypes = [ctypes.c_size_t, ctypes.c_size_t, ctypes.c_int]
    return libc
