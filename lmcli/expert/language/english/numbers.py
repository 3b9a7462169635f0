"""Numbers in English sentences: `no more than 38.5`, `between 38 and 39`, `39 or higher`, `about 39 degrees`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lmcli.expert.language.english.binding import FOLLOWING, Places, bound, denials
from lmcli.expert.language.english.numerals import number
from lmcli.expert.language.english.words import denies, listed
from lmcli.expert.language.measures import BARE, CELSIUS, DEGREES, FAHRENHEIT, FOREIGN, Measure

_BEFORE = [
    (r"between|from", "between"),
    (r"(?:a (?:bit|little) |just |slightly |barely )(?:over|above)", "past"),
    (r"(?:just |slightly |a (?:bit|little) )(?:under|below)|almost|nearly|not quite", "nearly"),
    (r"(?:more|higher|greater|older|hotter|warmer|taller|longer|heavier|larger|bigger|faster) than", ">"),
    (r"over|above|exceed(?:s|ed|ing)?|beyond|past|>|upwards of", ">"),
    (r"(?:less|lower|fewer|younger|colder|cooler|shorter|lighter|smaller|slower) than", "<"),
    (r"under|below|beneath|<", "<"),
    (r"at (?:the )?least|(?:a )?minimum(?: of)?|min|reach(?:es|ed|ing)?|hit|≥|≧|>=", ">="),
    (r"at (?:the )?most|(?:a )?maximum(?: of)?|max|up to|≤|≦|<=", "<="),
    (r"about|around|approximately|approx|roughly|circa|ca|some|~|≈|near(?: to)?|close to|maybe|perhaps", "about"),
]  # fmt: skip
_COMPARATORS = [(re.compile(rf"(?:^|\s)({pattern})$"), op) for pattern, op in _BEFORE]
_MORE = r"(?:or|and) (?:more|higher|above|over|up|greater|older|upwards)\b|plus\b|\+|at (?:the )?least\b"
_LESS = (
    r"(?:or|and) (?:less|lower|below|under|younger|fewer|down)\b|at (?:the )?most\b|max(?:imum)?\b"
)
_ABOUT = r"or so\b|ish\b|or thereabouts\b|more or less\b|approximately\b"
_AFTER = [(re.compile(_MORE), ">="), (re.compile(_LESS), "<="), (re.compile(_ABOUT), "about")]
_UNITS = {"°c": CELSIUS, "c": CELSIUS, "celsius": CELSIUS, "centigrade": CELSIUS, "°f": FAHRENHEIT,
          "f": FAHRENHEIT, "fahrenheit": FAHRENHEIT, "°": DEGREES, "degrees": DEGREES, "degree": DEGREES,
          "deg": DEGREES}  # fmt: skip
_DIFFERENCE = re.compile(
    r"(?:above|below|over|under|higher|lower|more|less|warmer|colder)\b(?! or less)"
)
_MOVED = listed("went rose climbed gone risen fell dropped up down jumped came fallen")
_MONTHS = listed(
    """january february march april may june july august september october november december"""
)


def measures(words: Sequence[str], places: Places, asked: str = "") -> list[Measure]:
    """The numbers of a sentence in order, each with the attribute that it belongs to, or none."""
    found: list[Measure] = []
    place = 0
    while place < len(words):
        measure = None if place in places.facts else _measure(words, place, places)
        if measure is None:
            place += 1
            continue
        measure = bound(words, measure, places, found, asked)
        place = measure.end
        if measure.subject or any(character.isdigit() for character in measure.words):
            found.append(measure)
    return found


def _unit(words: Sequence[str], place: int, places: Places) -> tuple[str, str, int]:
    """The unit after a number: its kind, the attribute that it belongs to (or none), its end."""
    kind, end = BARE, place
    while end < len(words) and words[end] in _UNITS:
        kind, end = _UNITS[words[end]], end + 1
    own = places.units(place)
    if own is not None:
        return kind, own[0], max(own[1], end)
    spans = [span for mentions in places.mentions.values() for span in mentions]
    if kind == BARE and end < len(words):
        known = words[end] in FOLLOWING or denies(words[end])
        known = known or end in places.facts or any(end in span for span in spans)
        kind = BARE if known else FOREIGN
    return kind, "", end


def _measure(words: Sequence[str], place: int, places: Places) -> Measure | None:
    """The measure whose number begins at a word, with the words before and behind it that compare."""
    if words[place][:1].isdigit() and re.search(r"[:/-]|\..*\.", words[place]):
        return Measure(place, place + 1, words[place], "=", 0, unit=FOREIGN)
    found = number(words, place)
    if found is None:
        return None
    value, end, digits = found
    kind, subject, end = _unit(words, end, places)
    start, op = _compared(words, place)
    if words[start - 1 : start] == ["by"] or _DIFFERENCE.match(" ".join(words[end : end + 3])):
        kind, subject = FOREIGN, ""  # it rose by 2 degrees, 2 degrees above normal: no value
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
            if op == "=" and (after := pattern.match(rest)):
                op, end = behind, end + len(after[0].split())
                kind = BARE if kind == FOREIGN else kind
                own = places.units(end)
                subject, end = own if own else (subject, end)
                break
        op = "=" if op == "between" else op
    if (place and words[place - 1] in _MONTHS) or (
        end < len(words) and words[place + 1 : place + 2] and words[place + 1] in _MONTHS
    ):
        kind = FOREIGN
    shown = " ".join(words[start : end + (kind == FOREIGN and end < len(words))])
    shown = re.sub(r"(?<=\s|°)[cf]$", lambda scale: scale[0].upper(), shown)
    return Measure(
        start, end, shown, op, value, other, kind, denials(words, start, places), digits, subject
    )


def _compared(words: Sequence[str], place: int) -> tuple[int, str]:
    """Where the words that compare begin, and what they say."""
    op, start = "=", place
    while start:
        left = " ".join(words[max(0, start - 4) : start])
        found = next(
            ((m, name) for pattern, name in _COMPARATORS if (m := pattern.search(left))), None
        )
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
    if (
        op not in ("=", "between", "about")
        or words[place : place + 1] == []
        or words[place] not in joins
    ):
        return None
    return number(words, place + 1)
