"""Which words decided: each is left out in turn, and the change measured.

Leave-one-out: Li, Monroe and Jurafsky 2016, arXiv:1612.08220.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

from lmcli.classify.model import TextClassifier
from lmcli.frame.numbers import shortest
from lmcli.frame.text.understanding import UNSPACED, units

MOST = 100  # parts that are left out in turn; those of a longer text are runs of words
JOINED = ("'", "\u2019", "-", "\u2010", "\u2011")  # what stands between the parts of a word
LONGEST = 4  # characters of a Chinese word

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Weight:
    """A word at start..end of a text. `weight`: by how much the label's log-odds fall where it is left out."""

    word: str
    start: int
    end: int
    weight: float


def weigh(
    classifier: TextClassifier, text: str, labels: Sequence[int], known: Container[str] = ()
) -> dict[int, tuple[Weight, ...]]:
    """What each word of a text did for each of `labels`, in the text's order.

    known: the Chinese words; without them each character is one. What the model did not read is passed over.
    """
    encoding = classifier.tokenizer.encode(text, max_length=classifier.max_tokens)
    if encoding.cut:
        text = text[: max(end for _, end in encoding.offsets)]
    places = runs(list(words(text, known)), MOST)
    without = [text[:start] + text[end:] for start, end in places]
    odds = classifier.odds(classifier.logits([text, *without]))
    falls = odds[0] - odds[1:]
    return {
        label: tuple(
            Weight(text[start:end], start, end, shortest(fall))
            for (start, end), fall in zip(places, falls[:, label], strict=True)
        )
        for label in labels
    }


def words(text: str, known: Container[str] = ()) -> Iterator[Place]:
    """Where the words of a text stand; of Chinese the longest that are `known`, from the left."""
    for start, end, one_by_one in _pieces(text):
        if not one_by_one:
            yield start, end
            continue
        at = start
        while at < end:
            sizes = range(min(LONGEST, end - at), 1, -1)
            size = next((size for size in sizes if text[at : at + size] in known), 1)
            yield at, at + size
            at += size


def _pieces(text: str) -> Iterator[tuple[int, int, bool]]:
    """Where words stand, don't and well-made whole; and runs of characters without blanks between words (True)."""
    begun: tuple[int, int, bool] | None = None
    for start, end, script in units(text):
        one_by_one = script in UNSPACED
        if begun and begun[2] == one_by_one:
            between = text[begun[1] : start]
            if not between if one_by_one else between in JOINED:
                begun = begun[0], end, one_by_one
                continue
        if begun:
            yield begun
        begun = start, end, one_by_one
    if begun:
        yield begun


def runs(places: Sequence[Place], most: int) -> list[Place]:
    """The words, or where there are more than `most` of them, as many runs of words as equal as can be."""
    size = -(-len(places) // most) or 1
    return [
        (places[at][0], places[min(at + size, len(places)) - 1][1])
        for at in range(0, len(places), size)
    ]
