"""What lies beside a model's graphs and belongs to it: configuration, tokenizer, modules, papers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from lmcli.frame.models.files import read_json

BESIDE = (
    "config.json",
    "generation_config.json",
    "genai_config.json",
    "preprocessor_config.json",
    "processor_config.json",
    "preprocess_cfg.json",
    "open_clip_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "chat_template.jinja",
    "chat_template.json",
    "vocab.json",
    "merges.txt",
    "vocab.txt",
    "tokenizer.model",
    "spiece.model",
    "sentencepiece.bpe.model",
    "sentencepiece.model",
    "spm.model",
    "modules.json",
    "config_sentence_transformers.json",
    "1_Pooling/config.json",
    *(
        f"sentence_{kind}_config.json"
        for kind in ("bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet")
    ),
)
PAPERS = re.compile(r"(README\.md|LICEN[CS]E[^/]*|NOTICE[^/]*)", re.IGNORECASE)
_NEAR = ("onnx", "tokenizer", "textual", "text", "text_model", "visual", "0_Transformer")
_OF_MODULE = ("config.json", "model.safetensors")


def beside(names: Iterable[str], graphs: Iterable[str]) -> dict[str, str]:
    """What to take beside the graphs: the name in the model's folder -> the name where it comes from.

    Files at the top come before those beside a graph, and these before others'.
    """
    listing = set(names)
    folders = dict.fromkeys(["", *(graph.rpartition("/")[0] for graph in graphs), *_NEAR])
    found: dict[str, str] = {}
    for folder in folders:
        for name in BESIDE:
            place = f"{folder}/{name}" if folder else name
            if place in listing:
                found.setdefault(name, place)
    return found | {name: name for name in listing if PAPERS.fullmatch(name)}


def of_modules(folder: Path, names: Iterable[str]) -> list[str]:
    """The files of the modules that a folder's modules.json names, as far as `names` has them."""
    places = [
        str(module.get("path", "")).strip("/")
        for module in read_json(folder / "modules.json", list)
        if isinstance(module, dict) and "Transformer" not in str(module.get("type"))
    ]
    wanted = {f"{place}/{name}" for place in places if place for name in _OF_MODULE}
    return sorted(wanted & set(names))
