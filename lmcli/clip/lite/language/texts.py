"""What the heads learn words from: names of ImageNet's classes and of their kinds, and of things outside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lmcli.clip.lite.language.wordnet import WordNet
from lmcli.clip.lite.parts import Classes
from lmcli.vectors.vocabulary import Vocabulary

Floats = NDArray[np.float32]

TEMPLATES = ("{}", "a photo of a {}", "a picture of a {}")
WIDEST = 500  # classes that a word may cover and still say something
SENSES = 3  # a word whose sense is rarer than this is left out
OUTSIDE = 2100  # nouns that name no class and no kind of a class
PERSON = "person"


@dataclass(frozen=True, slots=True)
class Texts:
    """Words and the classes that each covers: `covers` (n, 1000) is True where it does."""

    words: tuple[str, ...]
    covers: NDArray[np.bool_]


def names_of_kinds(classes: Classes, net: WordNet) -> Texts:
    """Every word for a class, for what it is a kind or a part of; the clean names are among them."""
    covered: dict[str, set[int]] = {name: {i} for i, name in enumerate(classes.names)}
    for index, number in enumerate(classes.numbers):
        own = net.synsets[number]
        wholes = {w for kind in (number, *own.parents) for w in net.synsets[kind].wholes}
        for kind in {number, *wholes} | net.ancestors(number):
            for word, place in net.synsets[kind].words:
                if place <= SENSES or kind == number:
                    covered.setdefault(word, set()).add(index)
    people = [i for i, name in enumerate(classes.names) if name in WORN]
    covered.setdefault(PERSON, set()).update(people)
    for word in ("man", "woman", "people", "human"):
        covered.setdefault(word, set()).update(people)
    words = sorted(word for word, found in covered.items() if len(found) < WIDEST)
    covers = np.zeros((len(words), len(classes.names)), bool)
    for row, word in enumerate(words):
        covers[row, sorted(covered[word])] = True
    return Texts(tuple(words), covers)


def nouns_outside(
    classes: Classes, net: WordNet, known: Sequence[str], frequent: Vocabulary
) -> tuple[tuple[str, ...], Floats]:
    """Nouns that cover no class, and their similarity (n, 1000) to the classes (Wu and Palmer 1994).

    The OUTSIDE most frequent ones of those whose parent is a kind of some class.
    """
    inside = set().union(*(net.ancestors(number) for number in classes.numbers))
    chains = [{number} | net.ancestors(number) for number in classes.numbers]
    depths = {number: len(net.ancestors(number)) for chain in chains for number in chain}
    found: dict[str, tuple[int, int]] = {}
    for number, synset in sorted(net.synsets.items()):
        first = [word for word, place in synset.words if place == 1 and word.islower()]
        if number in depths or not set(synset.parents) & inside or not first:
            continue
        rarity = frequent.find(first[0])
        if first[0] not in known and rarity is not None:
            found.setdefault(first[0], (rarity, number))
    words = sorted(found, key=lambda word: found[word])[:OUTSIDE]
    rows = []
    for word in words:
        above = net.ancestors(found[word][1])
        shared = [max(depths[kind] for kind in above & chain) for chain in chains]
        lengths = [len(above) + len(chain) - 1 for chain in chains]
        rows.append([2 * s / length for s, length in zip(shared, lengths, strict=True)])
    return tuple(words), np.array(rows, np.float32)


# Classes whose pictures mostly show somebody: worn, played or ridden.
WORN = frozenset(
    """
abaya; academic gown; apron; bikini; bow tie; bra; bulletproof vest; cardigan; cloak; cowboy hat; crash helmet; diaper;
feather boa; fur coat; gas mask or respirator; gown; graduation cap; hoop skirt; jeans; kimono; lab coat; lipstick;
military hat (bearskin or shako); military uniform; miniskirt; neck brace; one-piece bathing suit; overskirt; pajamas;
poncho; sarong; stole scarf; suit; sunglasses; sweatshirt; swim trunks / shorts; T-shirt; trench coat; hair wig;
tights for gymnastics, a one-piece leotard, or a sport jersey; Windsor tie; bridegroom; baseball player; scuba diver;
accordion; banjo; basketball; bassoon; cello; electric guitar; flute; French horn; harmonica; oboe; rugby ball;
saxophone; trombone; cornet trumpet; volleyball ball; violin; stethoscope; swimming cap; sunscreen; Band-Aid;
gymnastic horizontal bar; parallel bars; sombrero; balaclava ski mask
""".replace("\n", " ")
    .strip()
    .split("; ")
)
