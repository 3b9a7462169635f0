"""Tokenizers learnt from a text: byte-level BPE, WordPiece, characters; written in the hub's layout."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

BPE, WORDPIECE, CHARACTERS = KINDS = ("bpe", "wordpiece", "characters")
PAD, UNKNOWN, MASK, END = SPECIAL = ("[PAD]", "[UNK]", "[MASK]", "<|end|>")
PRIVATE = 0xF0000  # the first of 131,068 code points for private use
FIRST, BETWEEN = AROUND = ("[CLS]", "[SEP]")  # of pairs: [CLS] A [SEP] B [SEP]


def learn_tokenizer(
    texts: Sequence[str], kind: str, size: int, folder: Path, *, least: int = 2, longest: int = 0,
    pairs: bool = False,
) -> None:  # fmt: skip
    """Write tokenizer.json and tokenizer_config.json. size: tokens at most. least: how often a character must occur.

    BPE: Sennrich et al. 2016, on bytes. WordPiece: Schuster and Nakajima 2012, as BERT has it, case kept. pairs: with
    the signs around one or two sentences that BERT has.
    """
    import tokenizers
    from tokenizers import decoders, models, normalizers, pre_tokenizers, processors, trainers

    raw: Any
    trainer: Any
    special = [*SPECIAL, *(AROUND if pairs else ())]
    if kind == BPE:
        raw = tokenizers.Tokenizer(models.BPE())
        raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        raw.decoder = decoders.ByteLevel()
        trainer = trainers.BpeTrainer(
            vocab_size=size, special_tokens=special, show_progress=False,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        )  # fmt: skip
    elif kind == WORDPIECE:
        raw = tokenizers.Tokenizer(models.WordPiece(unk_token=UNKNOWN))
        raw.normalizer = normalizers.BertNormalizer(lowercase=False)
        raw.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        raw.decoder = decoders.WordPiece()
        _learn_wordpieces(raw, texts, size, special)
        trainer = None
    else:
        raw = tokenizers.Tokenizer(models.WordLevel(unk_token=UNKNOWN))
        raw.pre_tokenizer = pre_tokenizers.Split(tokenizers.Regex(r"[\s\S]"), "isolated")
        raw.decoder = decoders.Fuse()
        trainer = trainers.WordLevelTrainer(
            vocab_size=size, min_frequency=least, special_tokens=special, show_progress=False
        )
    if trainer is not None:
        raw.train_from_iterator(texts, trainer)
    mask = tokenizers.AddedToken(MASK, special=True, normalized=False, lstrip=kind == BPE)
    raw.add_special_tokens([mask])
    if pairs:
        raw.post_processor = processors.TemplateProcessing(
            single=f"{FIRST} $A {BETWEEN}",
            pair=f"{FIRST} $A {BETWEEN} $B:1 {BETWEEN}:1",
            special_tokens=[(sign, special.index(sign)) for sign in AROUND],
        )
    raw.save(str(folder / "tokenizer.json"))
    config: dict[str, Any] = {"pad_token": PAD, "mask_token": MASK, "eos_token": END}
    config |= {} if kind == BPE else {"unk_token": UNKNOWN}
    config |= {"cls_token": FIRST, "sep_token": BETWEEN} if pairs else {}
    config |= {"model_max_length": longest} if longest else {}
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=1) + "\n", "utf-8")


def _learn_wordpieces(raw: Any, texts: Sequence[str], size: int, special: list[str]) -> None:
    """Give a tokenizer its model: the same pieces for the same texts, where the library's trainer draws lots.

    WordPiece is learnt as BPE is, with letters within a word that differ from the same ones at its beginning. So they
    are learnt as letters of their own, out of the planes for private use, which no normalised text has, and written
    with the sign ##.
    """
    import tokenizers
    from tokenizers import models, pre_tokenizers, trainers

    counts: Counter[str] = Counter()
    for text in texts:
        cut = raw.pre_tokenizer.pre_tokenize_str(raw.normalizer.normalize_str(text))
        counts.update(word for word, _ in cut)
    letters = sorted({letter for word in counts for letter in word})
    within = {letter: chr(PRIVATE + number) for number, letter in enumerate(letters)}
    back = {moved: letter for letter, moved in within.items()}
    learnt = tokenizers.Tokenizer(models.BPE())
    learnt.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    words = (
        f"{word[0]}{''.join(map(within.__getitem__, word[1:]))} " * count
        for word, count in sorted(counts.items())
    )
    learnt.train_from_iterator(
        words,
        trainers.BpeTrainer(
            vocab_size=size, special_tokens=special, initial_alphabet=letters, show_progress=False
        ),
    )
    vocabulary = {
        ("##" if token[0] in back else "")
        + "".join(back.get(letter, letter) for letter in token): number
        for token, number in learnt.get_vocab().items()
    }
    raw.model = models.WordPiece(vocabulary, unk_token=UNKNOWN)
    raw.add_special_tokens(special)


def add_signs(folder: Path, signs: Sequence[str], template: str) -> None:
    """Add tokens that stand for themselves to the tokenizer of a folder, and a chat template that writes them."""
    import tokenizers

    path = folder / "tokenizer.json"
    raw = tokenizers.Tokenizer.from_file(str(path))
    raw.add_special_tokens(list(signs))
    raw.save(str(path))
    path = folder / "tokenizer_config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    config["chat_template"] = template
    path.write_text(json.dumps(config, indent=1) + "\n", "utf-8")
