"""Readers that no command opens with a file of the user's own, as functions of a path."""

from __future__ import annotations

from pathlib import Path


def gguf(path: Path) -> None:
    """Convert a GGUF file, as `models build` does with the one in its wheel."""
    from lmcli.gpt.convert.convert import convert

    folder = path.parent / "converted"
    folder.mkdir(exist_ok=True)
    convert(path, folder)


def safetensors(path: Path) -> None:
    """Read the tensors that `models build` makes a graph of."""
    from lmcli.sentences.convert.build import read_safetensors

    for tensor in read_safetensors(path.read_bytes()).values():
        bytes(tensor)


def graph(path: Path) -> None:
    """Read an ONNX file's graph, and add an output to it."""
    from lmcli.nn.onnxfile.graph import read_graph, with_outputs

    found = read_graph(path)
    data = path.read_bytes()
    for node in found.nodes[:3]:
        with_outputs(data, [name for name in node.outputs if name])


def wait(_path: Path) -> None:
    """Hang: a test of the fuzzer."""
    import time

    time.sleep(60)


def die(_path: Path) -> None:
    """Crash: a test of the fuzzer."""
    import os
    import signal

    os.kill(os.getpid(), signal.SIGSEGV)


def grow(_path: Path) -> None:
    """Ask for more memory than an input may have: a test of the fuzzer."""
    bytearray(1 << 31)
