"""Which attribute a number of an English sentence belongs to, and whether it is denied."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from lmcli.expert.language.english.frames import PERSONS
from lmcli.expert.language.english.words import MARKS, SPOKEN, denies, wordset
from lmcli.expert.language.measures import FOREIGN, Measure

GAP = (
    SPOKEN
    | {"="}
    | wordset("""
    equals equal equalled somewhere anywhere
    reads read reading measured measures stands stood went gone go goes rose risen rises climbed up down
    fell today currently body value ever exactly only always morning right evening tonight gotten getting
    showed shows said says far recorded we our us gave definitely dropped drop rise moment aged mostly
    afternoon night high thermometer highest lowest average fluctuates varies ranges ranging swings varied""")
)
"""Words that may stand between an attribute and its number."""

FOLLOWING = (
    GAP
    | MARKS
    | wordset("""
    but yesterday after before last because though although however no not without plus again already both
    or if please maximum max all between never until according""")
)
"""Words that may stand behind a number; any other is a unit that the base does not know."""

LINKS = wordset("""
    , and but or then it is was also still has been yet now today currently in the morning evening at later
    mostly afternoon night to rose went up this that yesterday last nor were it's""")
"""Words between two numbers that are about the same."""

_SMALL = FOLLOWING | wordset("""
    more less than over above below under higher lower least most i'd guess would say""")


@dataclass(frozen=True)
class Places:
    """What is known of a sentence's words: each attribute's mentions, the units behind numbers, places of facts."""

    mentions: dict[str, list[range]]
    units: Callable[[int], tuple[str, int] | None]
    facts: set[int]


def denials(words: Sequence[str], start: int, places: Places) -> int:
    """How many negations reach a measure: those before it, with nothing but small words between."""
    count, place = 0, start - 1
    spans = [span for spans in places.mentions.values() for span in spans]
    while place >= 0:
        word = words[place]
        if denies(word):
            count += 1
        elif not any(place in span for span in spans) and (
            word not in GAP or word in MARKS or word in ("and", "then")
        ):
            break
        place -= 1
    return count


def bound(
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
        usual = FOLLOWING | PERSONS
        known = all(
            w in usual or denies(w) or n in places.facts or _of_measure(n, before)
            for n, w in enumerate(left)
        )
        after = words[measure.end : measure.end + 1]
        fits = not after or after[0] in usual or denies(after[0]) or measure.end in places.facts
        return measure if known and fits else replace(measure, subject="")
    if before and before[-1].subject and (linked := _linked(words, measure, before[-1])):
        return linked
    if asked and _alone(words, measure, places):
        return replace(measure, subject=asked)
    return measure


def _alone(words: Sequence[str], measure: Measure, places: Places) -> bool:
    """Whether a number can answer a question: small words before it, and small words, numbers or facts behind."""

    def small(place: int) -> bool:
        word = words[place]
        return word in _SMALL or denies(word) or word[0].isdigit()

    before, behind = range(measure.start), range(measure.end, len(words))
    return all(map(small, before)) and all(small(n) or n in places.facts for n in behind)


def _linked(words: Sequence[str], measure: Measure, last: Measure) -> Measure | None:
    """The measure as one about the same as the measure before: above 38 but below 39; not above 39 or below 38."""
    between = words[last.end : measure.start]
    alternative = "or" in between and measure.op == last.op == "="
    if alternative or not all(word in LINKS for word in between):
        return None
    shared = not measure.denials and ("or" in between or "nor" in between)
    denied = last.denials if shared else measure.denials
    return replace(measure, subject=last.subject, denials=denied)


def _of_measure(place: int, measures: Sequence[Measure]) -> bool:
    return any(measure.start <= place < measure.end for measure in measures)


def _mentioned(words: Sequence[str], measure: Measure, places: Places) -> str:
    """The attribute whose name stands nearest, before or behind, with nothing but small words between."""
    best, nearest = 99, ""
    for name, spans in places.mentions.items():
        for span in spans:
            before = span.stop <= measure.start
            between = (
                words[span.stop : measure.start] if before else words[measure.end : span.start]
            )
            allowed = list(between) == [","] or all(
                (word in GAP and word not in ("and", "or", "then", "my" if before else ""))
                or (before and denies(word)) or (word in ("or", "above", "over") and before)
                for word in between
            )  # fmt: skip
            inside = span.start < measure.end and span.stop > measure.start
            if inside and not measure.subject:  # older than 65
                return name
            if allowed and not inside and len(between) < best:
                best, nearest = len(between), name
    return nearest
