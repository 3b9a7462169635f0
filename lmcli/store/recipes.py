"""How models are made from their published parts: name -> the function that writes the folder."""

from __future__ import annotations

import importlib
import shutil
from collections.abc import Callable
from pathlib import Path

from lmcli.frame.disk.lock import locked
from lmcli.frame.disk.whole import install
from lmcli.frame.errors import ModelError
from lmcli.frame.models import Model, bundled_folder, read_spec

# A recipe writes all the model's files, model.toml among them, into an empty folder.
RECIPES: dict[str, str] = {
    "glove-50d": "lmcli.words.files.build:build_glove",
    "glove-100d": "lmcli.words.files.build_glove100:build_glove100",
    "words-zh": "lmcli.words.files.build_chinese:build_chinese",
    "qwen": "lmcli.gpt.convert.build_qwen:build_qwen",
    "smollm2-135m-instruct": "lmcli.gpt.convert.build:build_smollm2",
    "all-minilm-l6-v2": "lmcli.sentences.convert.build:build_minilm",
    "e5-small-multilingual": "lmcli.sentences.convert.build_e5:build_e5",
    "sentiment-en": "lmcli.classify.train.bundled:build_english",
    "sentiment-zh": "lmcli.classify.train.bundled:build_chinese",
    "clip-lite": "lmcli.clip.lite.build:build_clip_lite",
    "digits-cnn": "lmcli.digits.train.build:build_cnn",
    "zh-en": "lmcli.translate.train.build:build_translator",
    "digits-mlp": "lmcli.digits.train.build:build_mlp",
    "ngram-zh": "lmcli.fill.ngrams.build:build_ngrams",
}

Say = Callable[[str], None]


def build(name: str, target: Path, *, force: bool = False, say: Say = lambda _text: None) -> Model:
    """Make the model `name` from its pinned parts in the folder `target`, in one rename.

    Raises ModelError for an unknown name or parts that cannot be had, BadUsage where `target`
    exists and `force` is not given.
    """
    if name not in RECIPES:
        raise ModelError(f"no recipe for {name!r}", f"there are recipes for {', '.join(RECIPES)}")
    module, _, function = RECIPES[name].partition(":")
    recipe: Callable[[Path, Say], None] = getattr(importlib.import_module(module), function)
    with locked(target, say), install(target, force=force) as folder:
        recipe(folder, say)
        card = bundled_folder() / name / "CARD.md"
        if card.is_file() and not (folder / "CARD.md").exists():  # a recipe may write its own
            shutil.copy(card, folder)
        read_spec(folder)
    return read_spec(target)
