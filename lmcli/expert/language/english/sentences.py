"""English sentences: words cut to light stems, phrases found in any order within a few words, the reach of `no`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from lmcli.expert.language.english.binding import FOLLOWING, Places
from lmcli.expert.language.english.frames import PERSONS, Frames, frames
from lmcli.expert.language.english.numbers import measures
from lmcli.expert.language.english.words import MARKS, SPOKEN, denies, stem, tokens, wordset
from lmcli.expert.language.hearing import Heard
from lmcli.expert.language.reading import PERSON, QUESTION, Match, Phrase

_RESTART = {"has", "have", "is", "a", "an", "with", "it", "he", "she", "they", "the", "can", "does", "i", "there", "my",
            "his", "her", "their", "now", "i'm", "i've"}  # fmt: skip
_STOPS = {";", ".", "!", "?", "but", "although", "though", "however", "yet", "except", "because", "due", "despite",
          "after", "until", "only", "just", "when", "while", "whenever", "if", "unless"}  # fmt: skip
_REACH = (
    SPOKEN
    | {","}
    | wordset("""
    any real much bad severe feel feeling felt suffer suffering experience experienced more longer ever even
    sign signs symptom symptoms such single significant currently like notice noticed seem had we today body
    all right say says particularly especially or nor either visible known strong slight slightest sort
    these those other following here actually both far neither lately recently large big long short small""")
)
"""Words between a negation and what it denies; behind any other word its reach is not certain."""
_KINDS = wordset(
    "oral rectal ear forehead axillary core basal current last latest patient actual new normal raised"
)
_NO = re.compile(r"(?:is |are |: )*(?:no|none|negative|absent)(?= *[.,;!]| *$)")
_SENTENCES = re.compile(r"(?<=[!?;\n])\s*|(?<=\.)(?=\s|$)\s*")
_SHORT = re.compile(r"\b(temp|approx|ca|max|min|deg)\.", re.IGNORECASE)
_ENDED = re.compile(
    r"(?:(?:is|are|was|has|have|had|'s|been|now|all|completely|finally|already) )*"
    r"(?:gone|gone away|went away|disappeared|vanished|passed|subsided|stopped|free|over(?! (?:\d|\w+ degrees)))"
    r"(?: now| again| completely)?(?= *[.,;!]| *$| and\b| but\b| since\b| for\b)"
)
_BETWEEN = wordset("and or but two three four five six seven eight nine ten few never")
_SCALES = wordset("°c °f c f celsius fahrenheit")
SLACK = 2  # words that may stand between those of a phrase
DEGREE = re.compile(r"°|degree|celsius|fahrenheit")
UNIT = re.compile(r"°|degree|years? old|\bold$|percent|%")


@dataclass(frozen=True, slots=True)
class _Pattern:
    phrase: Phrase
    stems: tuple[str, ...]
    crossing: bool


class English:
    """Reads English; see `match.Language`."""

    def __init__(self, phrases: Sequence[Phrase]) -> None:
        patterns = [_Pattern(p, self._stems(p.text), " and " in p.text) for p in phrases]
        named = [p for p in patterns if p.phrase.kind != "attribute"]
        self.patterns = sorted(named, key=lambda pattern: -len(pattern.stems))
        self.attributes = [(p.subject, tokens(p.text)) for p in phrases if p.kind == "attribute"]
        self.attributes.sort(key=lambda one: -len(one[1]))
        self.mentions = [(name, list(map(stem, words))) for name, words in self.attributes if words]

    def read(self, text: str, asked: str = "") -> Heard:
        """See `match.Language`."""
        heard = Heard()
        offset, other = 0, ""
        text = _SHORT.sub(r"\1", text)
        for sentence in filter(None, _SENTENCES.split(text)):
            words = tokens(sentence)
            if not words:
                continue
            one = _Sentence(self, words, other, asked)
            one.hear(heard, offset)
            other = one.frames.persons[-1]
            offset += len(words)
        return heard

    def leftover(self, sentence: str) -> str:
        """The sentence, unless it asks, supposes, denies or says next to nothing."""
        words = tokens(sentence)
        content = [word for word in words if word not in SPOKEN and word not in MARKS]
        if not content or any(map(denies, words)) or any(frames(words).reasons):
            return ""
        return sentence.strip()

    def _stems(self, text: str) -> tuple[str, ...]:
        words = tokens(text)
        kept = [word for word in words if word not in SPOKEN] or words
        return tuple(stem(word) for word in kept)


class _Sentence:
    """One sentence, word by word."""

    def __init__(self, language: English, words: list[str], other: str, asked: str) -> None:
        self.language = language
        self.words = words
        self.stems = [stem(word) for word in words]
        self.asked = asked
        self.taken: set[int] = set()
        self.found = list(self._phrases())
        self.ignored = {n for phrase, place in self.found if phrase.kind == "other" for n in place}
        named = frozenset(n for _, place in self.found for n in place)
        self.frames: Frames = frames(words, other, named)

    def hear(self, heard: Heard, offset: int) -> None:
        """Add what the sentence says."""
        for phrase, place in self.found:
            if phrase.kind == "other":
                continue
            match = self._match(phrase, place)
            frame = self.frames.at(min(place))
            if phrase.kind == "goal":
                heard.mentions.append((offset + min(place), phrase.subject, match.words, "goal"))
                continue
            heard.facts.append((offset + min(place), match, frame or self._unsure(phrase, place)))
        self._measures(heard, offset)

    def _measures(self, heard: Heard, offset: int) -> None:
        mentions = {name: list(self._mentions(name)) for name, _ in self.language.attributes}
        places = Places(mentions, self._own_unit, set(self.taken))
        told = measures(self.words, places, self.asked)
        valued = set()
        for measure in told:
            behind = min(measure.end + 1, len(self.words) - 1)  # my 70 year old mother
            after = self.frames.at(behind)
            frame = self.frames.at(measure.start) or after * after.startswith(PERSON)
            if frame == QUESTION and not measure.subject:
                frame = ""
            now = self.frames.present[measure.start]
            moved = replace(measure, start=offset + measure.start, end=offset + measure.end)
            heard.measures.append((moved, frame, now))
            valued.add(measure.subject)
        used = self.taken.union(*(range(measure.start, measure.end) for measure in told))
        for name, spans in mentions.items():
            free = [s for s in spans if not used.intersection(s)]
            words = " ".join(self.words[n] for n in free[0]) if free else ""
            if name not in valued and free and not self._own_word(name, words):
                frame = self.frames.at(free[0].start)
                heard.mentions.append((offset + free[0].start, name, words, frame or "value"))

    def _own_word(self, name: str, words: str) -> bool:
        """Whether a mention is only a unit: it says nothing of the attribute without a number."""
        return words != " ".join(tokens(name)) and bool(UNIT.search(words))

    def _mentions(self, name: str) -> Iterator[range]:
        """Where an attribute is named."""
        for subject, stems in self.language.mentions:
            if subject != name:
                continue
            for n in range(len(self.stems) - len(stems) + 1):
                span = range(n, n + len(stems))
                same = self.stems[n] == stems[0] and self.stems[n : span.stop] == stems
                if same and not self.ignored.intersection(span) and self._own_name(n):
                    yield span

    def _own_name(self, place: int) -> bool:
        """Whether an attribute's name stands for it: my temperature, and not the fridge temperature."""
        if place == 0 or place - 1 in self.taken:
            return True
        before = self.words[place - 1].removesuffix("'s")
        known = before in FOLLOWING or before in PERSONS or before in _KINDS
        return known or denies(before) or before[0].isdigit()

    def _own_unit(self, place: int) -> tuple[str, int] | None:
        """The attribute whose unit begins at a place (`years old`), and where the unit ends."""
        attributes = self.language.attributes
        for name, text in attributes:
            if self.words[place : place + len(text)] == text and UNIT.search(" ".join(text)):
                return name, place + len(text)
        if self.words[place : place + 1] and self.words[place] in _SCALES:
            scaled = {name for name, text in attributes if DEGREE.search(" ".join(text))}
            return (scaled.pop(), place + 1) if len(scaled) == 1 else None
        return None

    # -- phrases -------------------------------------------------------------------------------

    def _phrases(self) -> Iterator[tuple[Phrase, list[int]]]:
        """The phrases in the sentence, the longest first, each word in one of them."""
        for pattern in self.language.patterns:
            place = self._find(pattern)
            if place is not None:
                self.taken.update(place)
                yield pattern.phrase, place

    def _find(self, pattern: _Pattern) -> list[int] | None:
        """Where the stems of a pattern stand close together, in any order."""
        words, stems, taken = self.words, self.stems, self.taken
        first = pattern.stems[0]
        for anchor in (n for n, word in enumerate(stems) if word == first and n not in taken):
            place = [anchor]
            for wanted in pattern.stems[1:]:
                near = [n for n, word in enumerate(stems) if word == wanted and n not in taken]
                near = [n for n in near if n not in place]
                if not near:
                    break
                place.append(min(near, key=lambda n: abs(n - anchor)))
            low, high = min(place), max(place)
            if pattern.phrase.kind == "other" and place != list(range(anchor, anchor + len(place))):
                continue
            whole = len(place) == len(pattern.stems) and high - low < len(place) + SLACK
            between = [words[n] for n in range(low, high) if n not in place]
            barrier = any(w in MARKS or w in _BETWEEN or w[0].isdigit() for w in between)
            if whole and (pattern.crossing or not barrier):
                return place
        return None

    def _match(self, phrase: Phrase, place: list[int]) -> Match:
        text = " ".join(self.words[n] for n in range(min(place), max(place) + 1))
        denied = len(self._denials(place)) % 2 == 1
        behind = " ".join(self.words[max(place) + 1 :])
        if not denied and (_ENDED.match(behind) or _NO.match(behind)):
            denied = True
        if phrase.kind == "denial":
            denied = not denied
        return Match(phrase.subject, -1.0 if denied else 1.0, text)

    def _unsure(self, phrase: Phrase, place: list[int]) -> str:
        """`not without a fever` affirms; other double negations, such as `don't have no fever`, are no statement."""
        found = self._denials(place)
        if found:
            between = range(found[0] + 1, min(place))
            if any(self.words[n] not in _REACH and n not in self.taken for n in between):
                return "unsure"  # not: what I cannot do is no denial of what follows
        if len(found) < 2 or self.words[found[0]] == "without":
            return ""
        return "unsure"

    def _denials(self, place: list[int]) -> list[int]:
        """The negators that reach a place, the nearest first."""
        found: list[int] = []
        words = self.words
        for n in range(min(place) - 1, -1, -1):
            word = words[n]
            following = words[n + 1] if n + 1 < len(words) else ""
            if denies(word):
                if n not in self.taken and not (following == "longer" and word != "no"):
                    found.append(n)
                continue
            if found:
                if (word in SPOKEN and word not in ("and", "or")) or word == "that":
                    continue
                break
            if word in _STOPS:
                break
            if word == "and" and following in _RESTART:
                break
            if word == "," and (
                following in ("i", "my", "now", "it", "he", "she")
                or not any(w in ("or", "nor") for w in words[n:])
            ):
                break
        return found
