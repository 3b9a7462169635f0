"""Vocabularies of translators: single characters, or pieces of words, learnt from texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any


def characters(texts: Iterable[str], special: Sequence[str], seen: int) -> Any:
    """A tokenizer with a token for each character that was seen so often; special[1] stands for all others."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers

    counts = Counter(character for text in texts for character in text)
    known = sorted(character for character, count in counts.items() if count >= seen)
    ids = {token: place for place, token in enumerate([*special, *known])}
    made = Tokenizer(models.WordLevel(ids, unk_token=special[1]))
    made.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    made.decoder = decoders.Fuse()
    made.add_special_tokens(list(special))
    return made


def word_pieces(texts: Iterable[str], special: Sequence[str], size: int) -> Any:
    """Byte pair encoding within words and signs; digits one by one; the blank before a word belongs to it."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    made = Tokenizer(models.BPE(unk_token=special[1]))
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Metaspace(),
            pre_tokenizers.Punctuation(),
            pre_tokenizers.Digits(individual_digits=True),
        ]
    )
    made.decoder = decoders.Metaspace()
    made.train_from_iterator(
        texts,
        trainers.BpeTrainer(
            vocab_size=size, min_frequency=2, special_tokens=list(special), show_progress=False
        ),
    )
    return made
