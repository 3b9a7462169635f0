"""Readers that no command opens with a file of the user's own, as functions of a path."""

from __future__ import annotations

from pathlib import Path


def gguf(path: Path) -> None:
    """Convert a GGUF file, as `models build` does with the one in its wheel."""
    from lmcli.gpt.convert import convert

    folder = path.parent / "converted"
    folder.mkdir(exist_ok=True)
    convert(path, folder)


def safetensors(path: Path) -> None:
    """Read the tensors that `models build` makes a graph of."""
    from lmcli.sentences.build import read_safetensors

    for tensor in read_safetensors(path.read_bytes()).values():
        bytes(tensor)


def graph(path: Path) -> None:
    """Read an ONNX file's graph, and add an output to it."""
    from lmcli.core.graph import read_graph, with_outputs

    found = read_graph(path)
    data = path.read_bytes()
    for node in found.nodes[:3]:
        with_outputs(data, [name for name in node.outputs if name])
