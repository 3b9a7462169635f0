"""One mask seen by three kinds of models: from the left (GPT), from both sides (BERT), as a bag of word vectors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from lmcli.fill.filling import Filler, Reader
from lmcli.fill.gaps import SHOWN, Gapped, Word, is_chinese, parse
from lmcli.fill.ngrams.words import cut
from lmcli.fill.opening import chooser
from lmcli.frame.errors import BadInput
from lmcli.vectors.ranking import best_rows
from lmcli.vectors.wordvectors import TASK, WordVectors

if TYPE_CHECKING:
    from lmcli.frame.environment import Environment

LEFT, BOTH, BAG = "left", "both", "bag"
SEEN = 1000  # words that an answer's place is looked up among
COUNTS = 300  # the rank by frequency at which a word counts half
LONGEST = 4  # characters of a Chinese word
COMMON = 20_000  # word vectors of the most frequent words


@dataclass(frozen=True, slots=True)
class View:
    """A word that one view expects. `score`: its probability (left: of the next token; both: as `fill`), or its cosine
    (bag); sees: what of the text the view knows."""

    input: str
    view: str
    rank: int
    token: str
    score: float
    sees: str

    KEY: ClassVar[str] = "input"
    PLAIN: ClassVar[tuple[str, ...]] = ("view", "rank", "token", "score")


def compare(
    env: Environment, filler: Filler, text: str, k: int, answer: str | None = None
) -> list[View]:
    """The k best words of each view for a text's one mask; with `answer`, only where that word stands in each.

    Raises BadInput for a text with another number of masks.
    """
    gapped = parse(text)
    if gapped.masks != 1:
        raise BadInput(f"{gapped.masks} masks, and one is compared", "fill in all but one")
    count = k if answer is None else SEEN
    reader = filler if isinstance(filler, Reader) else chooser(env, None)(text)
    assert isinstance(reader, Reader)
    left = reader.left_only(gapped, 0, count)
    both = filler.words(gapped, 0, count)
    bag = _bag(env, gapped, count)
    seen = {
        LEFT: gapped.before(0).strip(),
        BOTH: text,
        BAG: " ".join(sorted(set(cut(gapped.text(" "))))),
    }
    rows = []
    for view, words in ((LEFT, left), (BOTH, both), (BAG, bag)):
        for rank, word in enumerate(words, 1):
            if answer is None or word.token.lower() == answer.lower():
                score = word.logprob if view == BAG else math.exp(word.logprob)
                rows.append(View(text, view, rank, word.token, score, seen[view]))
    return rows


def _bag(env: Environment, gapped: Gapped, k: int) -> list[Word]:
    """The words nearest to the mean of the vectors of those around the mask, these left out; by cosine.

    Frequent words count less, by their rank (as SIF weighs them: Arora et al. 2017).
    """
    chinese = is_chinese(gapped.text(" "))
    name = env.models.name_for(TASK, "zh" if chinese else "en")
    vectors = WordVectors.open(env.model(name, TASK))
    around = cut(gapped.text(" "))
    if chinese:
        around = _longest(around, vectors)
    rows = [
        row for word in around if word[:1].isalpha() and (row := vectors.find(word)) is not None
    ]
    if not rows:
        return []
    units = _units(vectors, range(min(COMMON, len(vectors))))
    weights = [(row + 1) / (row + COUNTS) for row in rows]  # frequent words say little
    mean = np.average(_units(vectors, rows), axis=0, weights=weights)[None]
    mean /= max(float(np.linalg.norm(mean)), 1e-9)
    places, scores = best_rows(units, mean.astype(np.float32), k + len(rows) + 40)
    found = []
    for place, score in zip(places[0].tolist(), scores[0].tolist(), strict=True):
        word = vectors.vocabulary[place]
        if place not in rows and word.isalpha():
            found.append(Word(word, score))
    return found[:k]


def _units(vectors: WordVectors, rows: Sequence[int]) -> NDArray[np.float32]:
    """Rows of the matrix, each of length 1."""
    picked = np.asarray(rows)
    units = vectors.matrix[picked].astype(np.float32)
    lengths = vectors.norms[picked].astype(np.float32)
    found: NDArray[np.float32] = units / np.maximum(lengths, 1e-12)[:, None]
    return found


def _longest(characters: Sequence[str], vectors: WordVectors) -> list[str]:
    """Chinese characters as the longest words that have a vector, from the left."""
    found, at = [], 0
    while at < len(characters):
        size = next(
            (n for n in range(LONGEST, 1, -1) if vectors.find("".join(characters[at : at + n])) is not None), 1
        )  # fmt: skip
        found.append("".join(characters[at : at + size]))
        at += size
    return found


def attention(gapped: Gapped) -> tuple[list[str], list[list[int]], list[list[int]]]:
    """The words of a text with its mask, and who sees whom: from the left, and from both sides (1: seen)."""
    words = [*cut(gapped.before(0)), SHOWN, *cut(gapped.after(0))]
    size = len(words)
    left = [[int(seen <= place) for seen in range(size)] for place in range(size)]
    return words, left, [[1] * size for _ in range(size)]
