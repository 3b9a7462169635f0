"""The two vocabularies: single characters are read, pieces of words are written."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lmcli.nn.tokens.translation import characters, word_pieces
from lmcli.translate.model import END, START, UNKNOWN
from lmcli.translate.train.corpus import Pair

SPECIAL = ["<pad>", "<unk>", "<s>", "</s>"]
SOURCE, TARGET = "source.json", "target.json"
PIECES = 6000
SEEN = 2  # how often a character must have been seen


class Vocabulary:
    """What turns both languages into ids and back; `tokenizers` objects, written as tokenizer.json files."""

    def __init__(self, source: Any, target: Any) -> None:
        self.source, self.target = source, target

    @classmethod
    def of(
        cls,
        pairs: Iterable[Pair],
        pieces: int = PIECES,
        by_characters: tuple[bool, bool] = (True, False),
    ) -> Vocabulary:
        """The vocabularies of pairs; by_characters: whether source and target are cut so, else in pieces of words."""
        from lmcli.translate.text import joined

        pairs = list(pairs)
        sides = (
            [pair.source for pair in pairs],
            [joined(list(pair.target))[0] for pair in pairs],
        )
        made = [
            characters(texts, SPECIAL, SEEN) if single else word_pieces(texts, SPECIAL, pieces)
            for texts, single in zip(sides, by_characters, strict=True)
        ]
        return cls(made[0], made[1])

    def read(self, text: str) -> list[int]:
        """The ids of a source, the end after them."""
        return [*self.source.encode(text).ids, END]

    def written(self, pair: Pair) -> tuple[list[int], list[tuple[int, ...]]]:
        """The ids of a pair's target, the end after them, and the places of the characters that each comes from."""
        from lmcli.translate.text import joined

        text, spans = joined(list(pair.target))
        made = self.target.encode(text)
        links: list[tuple[int, ...]] = []
        if pair.links:
            at = 0
            for _, end in made.offsets:
                links.append(pair.links[at])
                if end >= spans[at][1]:
                    at = min(at + 1, len(spans) - 1)
        return [*made.ids, END], links

    def text(self, ids: Iterable[int]) -> str:
        """What written ids say."""
        return str(
            self.target.decode([one for one in ids if one > UNKNOWN and one not in (START, END)])
        )

    def save(self, folder: Path) -> None:
        """Write source.json and target.json."""
        self.source.save(str(folder / SOURCE), pretty=False)
        self.target.save(str(folder / TARGET), pretty=False)
