"""Which head of a model is shown where none is named: the one whose words find something of their own.

Most heads look at special tokens, at neighbours, or all at the same word. What is left of a weight when the mean of its
column and of its diagonal are taken off (the larger) is what one word finds in another: attention that neither
everybody's word nor the distance explains. The head with most of it is shown (compare Clark et al. 2019, What Does
BERT Look At?, which finds heads of coreference by hand).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lmcli.attention.reading import Attention, Weights
from lmcli.attention.words import Word, between, words_of

PRONOUNS = frozenset((
    "it", "its", "itself", "he", "him", "his", "himself", "she", "her", "hers", "herself",
    "they", "them", "their", "theirs", "themselves", "它", "他", "她",
))  # fmt: skip
ARTICLES = frozenset(("a", "an", "the"))
EMPHASIS = 3.0  # times that a pronoun counts
CLEAR = 0.2  # a strongest link below this is no finding: the next rule is asked
LINKS = 5
LEAST = 0.05  # of a link that is told

BACK = "from single words back to earlier ones, more than two words apart,"
FAR = "between single words that are no neighbours"
ANY = "between single words"
OF_ONE = {
    BACK: "to an earlier word of its own, more than two words apart,",
    FAR: "to a word of its own that is no neighbour",
    ANY: "to another word of its own",
}


@dataclass(frozen=True, slots=True)
class Link:
    """What one word looks at: the share of its attention, of all that it gives."""

    source: str
    target: str
    weight: float


@dataclass(frozen=True)
class Pick:
    """A head, numbers counting from 1, why it was chosen, and its strongest links from word to word."""

    layer: int
    head: int
    reason: str
    links: tuple[Link, ...]


def pick(attention: Attention, sources: Sequence[int] | None = None) -> Pick | None:
    """The head that shows most; with the places of a word's tokens, the one in which that word finds most.

    None where a text has no two words that the model knows.
    """
    words = words_of(attention)
    weights = between(attention.weights, words)
    rows = _weights_of_sources(words, sources)
    looking = (rows > 0) | (_weights_of_sources(words) > 0)
    for rule, reason in _rules(words, rows, sources is not None):
        mask = rule & looking[:, None]
        found = np.stack(
            [(own_weights(layer, mask).sum(axis=-1) * rows).sum(-1) for layer in weights]
        )
        layer, head = (int(i) for i in np.unravel_index(int(found.argmax()), found.shape))
        shown = weights[layer, head]
        clear = shown[mask & (rows > 0)[:, None]].max(initial=0)
        if clear >= CLEAR or (reason == ANY and clear > 0):
            said = _reason(reason, words, rows, found.size, sources is not None)
            links = _links(words, shown, own_weights(shown, mask), rows)
            return Pick(layer + 1, head + 1, said, links)
    return None


def own_weights(weights: Weights, mask: NDArray[np.bool_]) -> Weights:
    """What is left (..., n, n) of the weights under the mask, the means of column and diagonal taken off."""
    kept = weights * mask
    counts = mask.astype(np.float32)
    column = _mean_of_others(kept.sum(axis=-2, keepdims=True), kept, counts.sum(axis=0), counts)
    diagonal = _mean_of_others(_sums_of_diagonals(kept), kept, _sums_of_diagonals(counts), counts)
    left: Weights = np.maximum(kept - np.maximum(column, diagonal), 0) * mask
    return left


def _sums_of_diagonals(values: Weights) -> Weights:
    """For each cell of (..., n, n) the sum of its diagonal."""
    size = values.shape[-1]
    wide = np.zeros((*values.shape[:-1], 2 * size), values.dtype)
    wide[..., :size] = values[..., ::-1]
    # read in lines shorter by one, each row stands one column further right: diagonals become columns
    slanted = wide.reshape(*values.shape[:-2], -1)[..., :-size].reshape(*values.shape[:-1], -1)
    sums = np.lib.stride_tricks.sliding_window_view(slanted.sum(axis=-2), size, axis=-1)
    back: Weights = sums[..., ::-1]
    return back


def _mean_of_others(sums: Weights, own: Weights, counts: Weights, mask: Weights) -> Weights:
    """The mean of the others of a group, each weight without itself."""
    mean: Weights = (sums - own) / np.maximum(counts - mask, 1)
    return mean


def _weights_of_sources(words: Sequence[Word], sources: Sequence[int] | None = None) -> Weights:
    """How much each word counts as one that looks."""
    if sources is not None:
        return np.array([float(bool({*word.places} & {*sources})) for word in words], np.float32)
    usual = [EMPHASIS if _is_pronoun(word) else 1.0 for word in words]
    looking = [word.letters and not word.apart for word in words]
    counted: Weights = np.array(usual, np.float32) * np.array(looking)
    return counted


def _rules(words: Sequence[Word], rows: Weights, one: bool) -> list[tuple[NDArray[np.bool_], str]]:
    """Which links count, the strictest rule first; a single word that is no pronoun may look ahead."""
    names = [word.name.lower() for word in words]
    order = np.arange(len(words))
    back = order[:, None] - order[None]
    other = np.array([[a != b for b in names] for a in names])
    kept = np.array([word.letters and not word.apart for word in words])
    full = kept & np.array([name not in ARTICLES for name in names])
    refers = not one or any(_is_pronoun(w) for w, row in zip(words, rows, strict=True) if row)
    strict = [((back > 2) & full & other, BACK)] if refers else []
    return [*strict, ((np.abs(back) > 1) & full & other, FAR), ((back != 0) & kept, ANY)]


def _is_pronoun(word: Word) -> bool:
    return word.name.lower() in PRONOUNS


def _reason(links: str, words: Sequence[Word], rows: Weights, heads: int, one: bool) -> str:
    if one:
        names = [repr(word.name) for word, row in zip(words, rows, strict=True) if row]
        return f"the links of {' and '.join(names)} {OF_ONE[links]} are the strongest of all {heads} heads"
    pronouns = links == BACK and any(_is_pronoun(word) for word in words)
    return f"its links {links} are the strongest of all {heads} heads" + (
        " (pronouns count three times)" if pronouns else ""
    )


def _links(
    words: Sequence[Word], weights: Weights, own: Weights, rows: Weights
) -> tuple[Link, ...]:
    """The strongest links by what is a word's own; of a pronoun first, with its second and third, too."""
    found = []
    for place in np.argsort(-(own.max(axis=-1) * rows), kind="stable")[:LINKS].tolist():
        count = 3 if _is_pronoun(words[place]) else 1
        for target in np.argsort(-own[place], kind="stable")[:count].tolist():
            weight = float(weights[place, target])
            if own[place, target] > 0 and weight >= LEAST:
                found.append(Link(words[place].name, words[target].name, weight))
    return tuple(found)
