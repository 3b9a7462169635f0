"""tokenizer.json, made of what models had before it: vocab.json and merges.txt, vocab.txt, SentencePiece's model."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from lmcli.frame.errors import ModelError
from lmcli.frame.models.files import read_json
from lmcli.nn.tokens.bpe import bytelevel
from lmcli.nn.tokens.sentencepiece import of_pieces
from lmcli.nn.tokens.specials import add_tokens
from lmcli.nn.tokens.wordpiece import wordpiece

FILE = "tokenizer.json"
SENTENCEPIECE = (
    "tokenizer.model", "spiece.model", "sentencepiece.bpe.model", "sentencepiece.model", "spm.model"
)  # fmt: skip

Maker = Callable[[Path, str, dict[str, Any]], Any]


def complete_tokenizer(folder: Path) -> list[str]:
    """Write tokenizer.json where only its parts are there; return the names of files made.

    Raises ModelError for a tokenizer of a kind that lmcli cannot build, by its name.
    """
    found = None if (folder / FILE).exists() else _parts(folder)
    if found is None:
        return []
    make, source = found
    config = {
        **read_json(folder / "special_tokens_map.json"),
        **read_json(folder / "tokenizer_config.json"),
    }
    kind = _kind(folder, config)
    try:
        raw = make(folder, kind, config)
        if raw is None:
            raise ModelError(
                f"a tokenizer of the kind {kind or 'unknown'} cannot be built from {source}",
                "a tokenizer.json beside it is read as it is",
            )
        add_tokens(raw, folder, config)
        raw.save(str(folder / FILE), pretty=False)
    except (ModelError, OSError):
        raise
    except Exception as error:  # tokenizers raises bare Exception
        raise ModelError(f"no tokenizer can be built from {source}: {error}") from None
    return [FILE]


def _parts(folder: Path) -> tuple[Maker, str] | None:
    """What makes a tokenizer of the files there are, and which they are."""
    for name in SENTENCEPIECE:
        if (folder / name).is_file():
            return partial(of_pieces, name), name
    if (folder / "vocab.json").is_file() and (folder / "merges.txt").is_file():
        return bytelevel, "vocab.json and merges.txt"
    if (folder / "vocab.txt").is_file():
        return wordpiece, "vocab.txt"
    return None


def _kind(folder: Path, config: dict[str, Any]) -> str:
    """The tokenizer's class as transformers calls it, without Tokenizer and Fast; or the model's type."""
    named = str(config.get("tokenizer_class") or "")
    plain = named.removesuffix("Fast").removesuffix("Tokenizer")
    if plain and plain not in ("PreTrained", "TokenizersBackend"):
        return plain.lower()
    return (
        str(read_json(folder / "config.json").get("model_type", ""))
        .replace("-", "")
        .replace("_", "")
    )
