"""From what was heard, piece by piece, to what it states: frames make doubts, measures of one attribute are joined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lmcli.expert.language.measures import (
    CELSIUS,
    FAHRENHEIT,
    FOREIGN,
    Measure,
    Scale,
    Told,
    Unclear,
)
from lmcli.expert.language.reading import Doubt, Match, Reading
from lmcli.expert.model import plain_value


@dataclass
class Heard:
    """What a text says, in order of its words.

    A frame is "" for what is stated of the patient now, else the reason of a doubt (`person NAME` of another person).
    """

    facts: list[tuple[int, Match, str]] = field(default_factory=list)  # place, fact, frame
    measures: list[tuple[Measure, str, bool]] = field(default_factory=list)  # frame, of now
    mentions: list[tuple[int, str, str, str]] = field(
        default_factory=list
    )  # place, subject, words, reason
    fahrenheit: bool = False  # the text speaks of °F, but next to none of its numbers

    def reading(self, scales: Mapping[str, Scale]) -> Reading:
        """The facts, each once, and the doubts."""
        placed: list[tuple[int, Match | Doubt]] = []
        for place, match, frame in self.facts:
            reason, _, who = frame.partition(" ")
            doubt = Doubt(reason, match.subject, match.words, match, who)
            placed.append((place, doubt if frame else match))
        told: dict[str, Told] = {}
        starts: dict[str, int] = {}
        notes: list[str] = []
        for measure, frame, now in self.measures:
            name = measure.subject
            if not name:
                reason = "number" if measure.unit == FOREIGN or not scales else "bare"
                only = next(iter(scales)) if reason == "bare" and len(scales) == 1 else ""
                placed.append((measure.start, Doubt(reason, only, measure.words)))
            elif frame:
                placed.append((measure.start, _doubted(measure, frame, scales[name])))
            else:
                told.setdefault(name, Told()).measures.append((measure, now))
                starts.setdefault(name, measure.start)
        for name, one in told.items():
            try:
                if self.fahrenheit and scales[name].unit == CELSIUS and one.unnamed:
                    raise Unclear("unit")
                value = one.value(scales[name])
            except Unclear as why:
                placed.append((starts[name], Doubt(str(why), name, one.words)))
                continue
            placed.append((starts[name], Match(name, 1.0, one.words, value)))
            if any(m.unit == FAHRENHEIT != scales[name].unit for m, _ in one.measures):
                notes.append(f"{one.words} = {plain_value(value)} °C")
        for place, name, words, reason in self.mentions:
            kind, _, who = reason.partition(" ")
            placed.append((place, Doubt(kind, name, words, None, who)))
        return _once(placed, notes)


def _doubted(measure: Measure, frame: str, scale: Scale) -> Doubt:
    """A measure that was not stated; of another person, or uncertain, a yes could still state it."""
    reason, _, who = frame.partition(" ")
    try:
        match = Match(measure.subject, 1.0, measure.words, scale.value(measure))
    except Unclear:
        return Doubt(reason, measure.subject, measure.words, None, who)
    return Doubt(reason, measure.subject, measure.words, match, who)


def _once(placed: list[tuple[int, Match | Doubt]], notes: list[str]) -> Reading:
    """Each subject once: what is stated first, and no doubt about what is stated too."""
    ordered = [one for _, one in sorted(placed, key=lambda item: item[0])]
    matches: dict[str, Match] = {}
    contrary: dict[str, Doubt] = {}
    for one in ordered:
        if isinstance(one, Match):
            before = matches.setdefault(one.subject, one)
            if before.value is None and before.certainty != one.certainty:
                contrary[one.subject] = Doubt("conflict", one.subject, one.words)
    doubts: dict[tuple[str, str], Doubt] = {}
    for one in (*ordered, *contrary.values()):
        if isinstance(one, Doubt) and (one.subject not in matches or one.subject in contrary):
            doubts.setdefault((one.subject, "" if one.subject else one.words), one)
    stated = tuple(match for name, match in matches.items() if name not in contrary)
    return Reading(stated, tuple(doubts.values()), tuple(notes))
