"""Numbers in English sentences: `no more than 38.5`, `between 38 and 39`, `thirty-nine point five degrees`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from lmcli.expert.english_frames import PERSONS
from lmcli.expert.english_words import MARKS, SPOKEN, denies
from lmcli.expert.measures import BARE, CELSIUS, DEGREES, FAHRENHEIT, FOREIGN, Measure

_SMALL = ("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
          "seventeen eighteen nineteen").split()  # fmt: skip
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_NAMED = {name: float(number) for number, name in enumerate(_SMALL)}
_NAMED |= {name: 10.0 * number for number, name in enumerate(_TENS, 2)}

_BEFORE: list[tuple[str, str]] = [
    (r"between|from", "between"),
    (r"(?:a (?:bit|little) |just |slightly |barely )(?:over|above)", "past"),
    (r"(?:just |slightly |a (?:bit|little) )(?:under|below)|almost|nearly|not quite|close to", "nearly"),
    (r"(?:more|higher|greater|older|hotter|warmer|taller|longer|heavier|larger|bigger|faster) than", ">"),
    (r"over|above|exceed(?:s|ed|ing)?|beyond|past|>|upwards of", ">"),
    (r"(?:less|lower|fewer|younger|colder|cooler|shorter|lighter|smaller|slower) than", "<"),
    (r"under|below|beneath|<", "<"),
    (r"at (?:the )?least|(?:a )?minimum(?: of)?|min|reach(?:es|ed|ing)?|hit|≥|≧|>=", ">="),
    (r"at (?:the )?most|(?:a )?maximum(?: of)?|max|up to|≤|≦|<=", "<="),
    (r"about|around|approximately|approx|roughly|circa|ca|some|~|≈|near(?: to)?|maybe|perhaps|probably", "about"),
]  # fmt: skip
_COMPARATORS = [(re.compile(rf"(?:^|\s)({pattern})$"), op) for pattern, op in _BEFORE]
_AFTER = [
    (re.compile(r"(?:or|and) (?:more|higher|above|over|up|greater|older|upwards)\b|plus\b|\+|at (?:the )?least\b"), ">="),
    (re.compile(r"(?:or|and) (?:less|lower|below|under|younger|fewer|down)\b|at (?:the )?most\b|max(?:imum)?\b"), "<="),
    (re.compile(r"or so\b|ish\b|or thereabouts\b|more or less\b|approximately\b"), "about"),
]  # fmt: skip
_UNITS = {"°c": CELSIUS, "c": CELSIUS, "celsius": CELSIUS, "centigrade": CELSIUS, "°f": FAHRENHEIT,
          "f": FAHRENHEIT, "fahrenheit": FAHRENHEIT, "°": DEGREES, "degrees": DEGREES, "degree": DEGREES,
          "deg": DEGREES}  # fmt: skip
GAP = SPOKEN | {
    "reads", "read", "reading", "measured", "measures", "stands", "stood", "went", "gone", "go", "goes", "rose", "risen",
    "rises", "climbed", "up", "down", "fell", "today", "currently", "body", "value", "ever", "exactly", "only", "always",
    "morning", "right", "evening", "tonight", "gotten", "getting", "showed", "shows", "said", "says", "far",
    "=", "recorded", "we", "our", "us", "gave", "definitely", "dropped", "drop", "rise", "moment", "aged", "mostly", "afternoon", "night", "high", "thermometer",
    "highest", "lowest", "average",
}  # fmt: skip
_FOLLOWING = GAP | MARKS | {
    "but", "yesterday", "after", "before", "last", "because", "though", "although", "however", "no", "not", "without",
    "plus", "again", "already", "both", "or", "if", "please", "high", "maximum", "max", "all",
    "between", "never", "until", "according",
}  # fmt: skip
_LINKS = {"and", "but", "or", ",", "then", "it", "is", "was", "also", "still", "has", "been", "yet", "now", "today", "currently",
          "in", "the", "morning", "evening", "at", "later", "mostly", "afternoon", "night", "to", "rose", "went", "up",
          "this", "that", "yesterday", "last", "nor", "were"}
_MOVED = {"went", "rose", "climbed", "gone", "risen", "fell", "dropped", "up", "down", "jumped", "came", "fallen"}
_MONTHS = set("january february march april may june july august september october november december".split())


@dataclass(frozen=True)
class Places:
    """What is known of a sentence's words: attribute -> its mentions, the units that stand after numbers, other facts."""

    mentions: dict[str, list[range]]
    units: Callable[[int], tuple[str, int] | None]
    facts: set[int]


def measures(words: Sequence[str], places: Places, asked: str = "") -> list[Measure]:
    """The numbers of a sentence in order, each with the attribute that it belongs to, or none."""
    found: list[Measure] = []
    place = 0
    while place < len(words):
        measure = None if place in places.facts else _measure(words, place, places)
        if measure is None:
            place += 1
            continue
        measure = _bound(words, measure, places, found, asked)
        place = measure.end
        if measure.subject or any(character.isdigit() for character in measure.words):
            found.append(measure)
    return found


def _number(words: Sequence[str], place: int) -> tuple[float, int, int] | None:
    """A number that begins at a word: value, end, digits behind the point."""
    word = words[place] if place < len(words) else ""
    if word == "-" or word == "minus":
        inner = _number(words, place + 1)
        return inner and (-inner[0], inner[1], inner[2])
    if word[:1].isdigit():
        if re.search(r"[:/-]|\..*\.", word):
            return None
        text = word.replace(",", "") if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", word) else word.replace(",", ".")
        value, end, digits = float(text), place + 1, len(text.partition(".")[2])
    elif (spelt := _spelt(words, place)) is not None:
        value, end, digits = spelt
    else:
        return None
    if list(words[end : end + 3]) == ["and", "a", "half"]:
        return value + 0.5, end + 3, 1
    return value, end, digits


def _spelt(words: Sequence[str], place: int) -> tuple[float, int, int] | None:
    """A number in words, up to hundreds, with `point` and digits."""
    value, end = 0.0, place
    if end + 1 < len(words) and words[end + 1] == "hundred" and words[end] in ("a", *_SMALL[1:10]):
        value, end = 100 * _NAMED.get(words[end], 1.0), end + 2
        if words[end : end + 1] == ["and"] and words[end + 1 : end + 2] and words[end + 1] in _NAMED:
            end += 1
    if end < len(words) and words[end] in _TENS:
        value, end = value + _NAMED[words[end]], end + 1
        if end < len(words) and words[end] in _SMALL[1:10]:
            value, end = value + _NAMED[words[end]], end + 1
    elif end < len(words) and words[end] in _SMALL:
        value, end = value + _NAMED[words[end]], end + 1
    if end == place:
        return None
    decimals = ""
    if words[end : end + 1] == ["point"]:
        while end + 1 + len(decimals) < len(words) and (digit := words[end + 1 + len(decimals)]) in _SMALL[:10]:
            decimals += str(_SMALL.index(digit))
        end += 1 + len(decimals) if decimals else 0
    return value + (float(f"0.{decimals}") if decimals else 0), end, len(decimals)


def _unit(words: Sequence[str], place: int, places: Places) -> tuple[str, str, int]:
    """The unit after a number: its kind, the attribute that it belongs to (or none), its end."""
    kind, end = BARE, place
    while end < len(words) and words[end] in _UNITS:
        kind, end = _UNITS[words[end]], end + 1
    own = places.units(place)
    if own is not None:
        return kind, own[0], max(own[1], end)
    if kind == BARE and end < len(words) and words[end] not in _FOLLOWING and end not in places.facts:
        if not (denies(words[end]) or any(end in span for spans in places.mentions.values() for span in spans)):
            kind = FOREIGN
    return kind, "", end


def _measure(words: Sequence[str], place: int, places: Places) -> Measure | None:
    """The measure whose number begins at a word, with the words before and behind it that compare."""
    if words[place][:1].isdigit() and re.search(r"[:/-]|\..*\.", words[place]):
        return Measure(place, place + 1, words[place], "=", 0, unit=FOREIGN)
    number = _number(words, place)
    if number is None:
        return None
    value, end, digits = number
    kind, subject, end = _unit(words, end, places)
    start, op = _compared(words, place)
    second = _second(words, end, op)
    other = 0.0
    if second is not None:
        other, end, more = second
        moved = start and words[start] == "from" and words[start - 1] in _MOVED
        value, op, digits = (other, "=", more) if moved else (value, "range", max(digits, more))
        later, named, end = _unit(words, end, places)
        kind, subject = later or (BARE if kind == FOREIGN else kind), named or subject
    else:
        rest = " ".join(words[end : end + 4])
        for pattern, behind in _AFTER:
            if op == "=" and (found := pattern.match(rest)):
                op, end = behind, end + len(found[0].split())
                kind = BARE if kind == FOREIGN else kind
                own = places.units(end)
                subject, end = own if own else (subject, end)
                break
        op = "=" if op == "between" else op
    if place and words[place - 1] in _MONTHS or (end < len(words) and words[place + 1 : place + 2] and words[place + 1] in _MONTHS):
        kind = FOREIGN
    shown = " ".join(words[start : end + (kind == FOREIGN and end < len(words))])
    shown = re.sub(r"(?<=\s|°)[cf]$", lambda scale: scale[0].upper(), shown)
    return Measure(start, end, shown, op, value, other, kind, _denials(words, start, places), digits, subject)


def _compared(words: Sequence[str], place: int) -> tuple[int, str]:
    """Where the words that compare begin, and what they say."""
    op, start = "=", place
    while start:
        left = " ".join(words[max(0, start - 4) : start])
        found = next(((m, name) for pattern, name in _COMPARATORS if (m := pattern.search(left))), None)
        if found is None:
            break
        match, name = found
        if op in ("=", "about"):
            op = name
        start -= len(match[1].split())
        if name == "between":
            break
    return start, op


def _second(words: Sequence[str], place: int, op: str) -> tuple[float, int, int] | None:
    """The second number of a range: 38-39, 38 to 39, 38 or 39, between 38 and 39."""
    joins = ("-", "to", "and", "till", "until") if op == "between" else ("-", "to", "or")
    if op not in ("=", "between", "about") or words[place : place + 1] == [] or words[place] not in joins:
        return None
    return _number(words, place + 1)


def _denials(words: Sequence[str], start: int, places: Places) -> int:
    """How many negations reach a measure: those before it, with nothing but small words between."""
    count, place = 0, start - 1
    spans = [span for spans in places.mentions.values() for span in spans]
    while place >= 0:
        word = words[place]
        if denies(word):
            count += 1
        elif word not in GAP or word in ("and", "then") or word in MARKS:
            if not any(place in span for span in spans):
                break
        place -= 1
    return count


def _bound(
    words: Sequence[str], measure: Measure, places: Places, before: Sequence[Measure], asked: str
) -> Measure:
    """The measure with its attribute: by its unit, by a name near it, by the measure before, by the question."""
    if measure.unit == FOREIGN:
        return replace(measure, subject="")
    near = _mentioned(words, measure, places)
    if near and (not measure.subject or measure.subject == near):
        return replace(measure, subject=near)
    left = words[: measure.start]
    if measure.subject:
        known = all(
            w in GAP or w in _FOLLOWING or w in PERSONS or denies(w) or n in places.facts or _of_measure(n, before)
            for n, w in enumerate(left)
        )
        after = words[measure.end : measure.end + 1]
        fits = not after or after[0] in _FOLLOWING or after[0] in PERSONS or denies(after[0])
        fits = fits or measure.end in places.facts
        return measure if known and fits else replace(measure, subject="")
    if before and before[-1].subject and all(word in _LINKS for word in words[before[-1].end : measure.start]):
        if measure.op != "=" or before[-1].op != "=" or "or" not in words[before[-1].end : measure.start]:
            either = {"or", "nor"} & {*words[before[-1].end : measure.start]}
            denials = before[-1].denials if either and not measure.denials else measure.denials
            return replace(measure, subject=before[-1].subject, denials=denials)
    rest = [*left, *words[measure.end :]]
    if asked and not places.facts and all(word in GAP or word in _FOLLOWING or denies(word) for word in rest):
        return replace(measure, subject=asked)
    return measure


def _of_measure(place: int, measures: Sequence[Measure]) -> bool:
    return any(measure.start <= place < measure.end for measure in measures)


def _mentioned(words: Sequence[str], measure: Measure, places: Places) -> str:
    """The attribute whose name stands nearest, before or behind, with nothing but small words between."""
    best, nearest = 99, ""
    for name, spans in places.mentions.items():
        for span in spans:
            before = span.stop <= measure.start
            between = words[span.stop : measure.start] if before else words[measure.end : span.start]
            allowed = all(
                (word in GAP and word not in ("and", "or", "then", "my" if before else ""))
                or (before and denies(word)) or (word in ("or", "above", "over") and before)
                for word in between
            )  # fmt: skip
            inside = span.start < measure.end and span.stop > measure.start
            if allowed and not inside and len(between) < best:
                best, nearest = len(between), name
    return nearest
