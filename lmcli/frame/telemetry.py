"""Libraries that speak to others, or try to: kept from it before they are imported."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from lmcli.frame.variables import of_process


def switch_off() -> None:
    """Let onnxruntime and huggingface_hub note and send nothing, here and in processes that this one starts.

    Both read their variable once, when they are loaded.
    """
    variables = of_process()
    variables["ORT_DISABLE_TELEMETRY"] = "1"
    variables["HF_HUB_DISABLE_TELEMETRY"] = "1"


@contextmanager
def missing(package: str) -> Iterator[None]:
    """Let a package that others import where they find it be missing for those imported in the block.

    For gensim: it would bring requests, which nobody needs here, and which opens a socket to try IPv6.
    """
    if package in sys.modules:
        yield
        return
    sys.modules[package] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[package]
