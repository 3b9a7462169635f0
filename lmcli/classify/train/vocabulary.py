"""Vocabularies: which tokens a classifier knows, written as a tokenizer.json.

words: runs of letters and digits, a Chinese character or a mark by itself. characters: each by itself. jieba: Chinese
words as jieba cuts them; in the tokenizer a text is cut where the words' probabilities multiply to the most (Unigram,
Kudo 2018), as jieba does, so that a model that is run needs no jieba.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from lmcli.frame.errors import BadInput, MissingExtra

WORDS, CHARACTERS, JIEBA = "words", "characters", "jieba"
CUTS = (WORDS, CHARACTERS, JIEBA)
PAD, UNKNOWN = "[PAD]", "[UNK]"

_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_PATTERNS = {
    WORDS: f"[{_HAN}]|[^\\W_{_HAN}]+|[^\\w\\s]|_",
    CHARACTERS: "\\S",
    JIEBA: f"[{_HAN}]+|[^\\W_{_HAN}]+|[^\\w\\s]|_",
}


def vocabulary(
    texts: Iterable[str], cut: str, most: int, least: int = 1, cache: Path | None = None
) -> Counter[str]:
    """The `most` frequent tokens of texts that stand in them `least` times, with their counts.

    Raises BadInput where there are none, MissingExtra where jieba is wanted and missing.
    """
    pieces = re.compile(_PATTERNS[cut])
    words: Callable[[str], Iterable[str]] = (
        _jieba(cache) if cut == JIEBA else lambda piece: (piece,)
    )
    counts: Counter[str] = Counter()
    for text in texts:
        for piece in pieces.findall(normal(text)):
            counts.update(words(piece))
            if cut == JIEBA and len(piece) > 1:
                counts.update(dict.fromkeys(piece, 1) if piece[0] > "\u3400" else {})
    found = Counter({word: count for word, count in counts.most_common(most) if count >= least})
    if not found:
        raise BadInput("there are no words in the texts")
    return found


def normal(text: str) -> str:
    """A text as the tokenizer sees it: compatible forms as one, and in lower case."""
    return unicodedata.normalize("NFKC", text).lower()


def write_tokenizer(folder: Path, counts: Counter[str], cut: str) -> None:
    """Write tokenizer.json and tokenizer_config.json; ids 0 and 1 are padding and the unknown, then the words."""
    words = [PAD, UNKNOWN, *counts]
    total = sum(counts.values())
    if cut == JIEBA:
        scores = [0.0, 0.0, *(math.log(count / total) for count in counts.values())]
        model: dict[str, Any] = {
            "type": "Unigram",
            "unk_id": 1,
            "vocab": list(zip(words, scores, strict=True)),
        }
    else:
        model = {
            "type": "WordLevel",
            "vocab": {word: at for at, word in enumerate(words)},
            "unk_token": UNKNOWN,
        }
    split = {
        "type": "Split",
        "pattern": {"Regex": _PATTERNS[cut]},
        "behavior": "Removed",
        "invert": True,
    }
    added = [
        {"id": at, "content": word, "single_word": False, "lstrip": False, "rstrip": False}
        | {"normalized": False, "special": True}
        for at, word in enumerate(words[:2])
    ]
    values = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": added,
        "normalizer": {
            "type": "Sequence",
            "normalizers": [{"type": "NFKC"}, {"type": "Lowercase"}],
        },
        "pre_tokenizer": split,
        "post_processor": None,
        "decoder": None,
        "model": model,
    }
    (folder / "tokenizer.json").write_text(json.dumps(values, ensure_ascii=False), encoding="utf-8")
    config = {"pad_token": PAD, "unk_token": UNKNOWN, "tokenizer_class": "PreTrainedTokenizerFast"}
    (folder / "tokenizer_config.json").write_text(
        json.dumps(config, indent=2) + "\n", encoding="utf-8"
    )


def _jieba(cache: Path | None) -> Callable[[str], Iterable[str]]:
    import logging
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import jieba
    except ImportError:
        raise MissingExtra("jieba", "train") from None
    jieba.setLogLevel(logging.WARNING)
    if cache is not None:
        from lmcli.frame.disk.folders import make_folder

        make_folder(cache)
        jieba.dt.tmp_dir = str(cache)
    cut: Callable[[str], Iterable[str]] = jieba.lcut
    return cut
