"""Numbers in sentences: what a measure says of an attribute, from any language's reader.

A reader finds a `Measure`: a relation, one or two numbers, a unit, whether it is denied. A `Scale` knows the numbers
that an attribute is compared with, and makes a value or a range of a measure, or says why it cannot.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from lmcli.expert.model import Range, Value

_OPPOSITE = {"<": ">=", ">=": "<", ">": "<=", "<=": ">"}
BARE, CELSIUS, FAHRENHEIT, DEGREES, FOREIGN = "", "°C", "°F", "°", "?"
"""Units: none, degrees of a scale, degrees of an unnamed scale, one that is no temperature."""

_CELSIUS_WORDS = re.compile(r"°\s?c\b|celsius|centigrade|摄氏", re.IGNORECASE)
FAHRENHEIT_WORDS = re.compile(r"°\s?f\b|fahrenheit|华氏", re.IGNORECASE)
_GROUPED = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?")
FAR = 40.0  # a reading in °C this far from every number of the base may be one in °F


@dataclass(frozen=True, slots=True)
class Measure:
    """A number as it was said. op: =, <, <=, >, >=, about, nearly (below), past (just above), range.

    denials: how many negations reach it. digits: of the number behind the point. start, end: its place. subject:
    the attribute that it belongs to, "" for none.
    """

    start: int
    end: int
    words: str
    op: str
    number: float
    other: float = 0.0
    unit: str = BARE
    denials: int = 0
    digits: int = 0
    subject: str = ""


class Unclear(Exception):
    """Why a measure gives no value: denied, unit, conflict."""


@dataclass(frozen=True, slots=True)
class Scale:
    """An attribute's thresholds, in order, and the unit of its numbers, where the base names one."""

    thresholds: tuple[float, ...] = ()
    unit: str = BARE

    @classmethod
    def of(cls, numbers: Iterable[float], texts: Iterable[str]) -> Scale:
        """From the numbers that rules compare with, and all that the base calls the attribute."""
        text = "\n".join(texts)
        celsius, fahrenheit = bool(_CELSIUS_WORDS.search(text)), bool(FAHRENHEIT_WORDS.search(text))
        unit = CELSIUS if celsius and not fahrenheit else FAHRENHEIT if fahrenheit else BARE
        return cls(tuple(sorted(set(numbers))), BARE if celsius and fahrenheit else unit)

    def value(self, measure: Measure) -> Value:
        """What a measure says. Raises Unclear."""
        measure = self._converted(measure)
        op = measure.op
        if measure.denials > 1 or (measure.denials and op not in _OPPOSITE):
            raise Unclear("denied")
        if measure.denials:
            op = _OPPOSITE[op]
        if op == "=":
            return measure.number
        if op == "range":
            low, high = sorted((measure.number, measure.other))
            return Range(low, high)
        near = self._tolerance(measure)
        if op == "about":
            return Range(measure.number - near, measure.number + near)
        if op == "nearly":
            return Range(measure.number - near, measure.number, high_in=False)
        if op == "past":
            return Range(measure.number, measure.number + near, low_in=False)
        return Range.of(op, measure.number)

    def _tolerance(self, measure: Measure) -> float:
        """How far "about" reaches: half the way between the base's own numbers, or 2 %; never less than was said."""
        gaps = [high - low for low, high in pairwise(self.thresholds)]
        near = min(gaps) / 2 if gaps else abs(measure.number) / 50
        return max(near, 0.5 / 10.0**measure.digits)

    def _converted(self, measure: Measure) -> Measure:
        """The measure in the attribute's unit. Raises Unclear where the unit is not certain."""
        unit = measure.unit
        if unit in (BARE, DEGREES):
            if self.unit == CELSIUS and self._looks_fahrenheit(measure.number):
                raise Unclear("unit")
            return measure
        if unit == self.unit:
            return measure
        if not self.unit or unit not in (CELSIUS, FAHRENHEIT):
            if unit == CELSIUS and not self._looks_fahrenheit(measure.number):
                return measure
            raise Unclear("unit")
        change = to_celsius if unit == FAHRENHEIT else to_fahrenheit
        return replace(measure, number=change(measure.number), other=change(measure.other))

    def _looks_fahrenheit(self, number: float) -> bool:
        """Whether a number is absurd in °C and close to the base's numbers in °F."""

        def distance(value: float) -> float:
            return min((abs(value - bound) for bound in self.thresholds), default=0.0)

        return distance(number) > FAR and distance(to_celsius(number)) < FAR / 2


def arabic(text: str) -> str:
    """A number in digits as `float` takes it; its commas part thousands or decimals."""
    return text.replace(",", "" if _GROUPED.fullmatch(text) else ".")


def to_celsius(number: float) -> float:
    """°F to °C, to hundredths."""
    return round((number - 32) / 1.8, 2)


def to_fahrenheit(number: float) -> float:
    """°C to °F, to hundredths."""
    return round(number * 1.8 + 32, 2)


@dataclass
class Told:
    """What one attribute was said to be; several measures must agree."""

    measures: list[tuple[Measure, bool]] = field(default_factory=list)  # with whether it is of now

    def value(self, scale: Scale) -> Value:
        """The value that the measures give together; of two, the one that is of now. Raises Unclear."""
        now = [measure for measure, present in self.measures if present]
        said = [
            measure for measure, _ in self.measures if not (measure.denials and measure.op == "=")
        ]
        try:
            return _joint([scale.value(m) for m in said or [m for m, _ in self.measures]])
        except Unclear:
            if not now or len(now) == len(self.measures):
                raise
            return _joint([scale.value(measure) for measure in now])

    @property
    def unnamed(self) -> bool:
        """Whether a measure names no scale of temperature."""
        return any(measure.unit in (BARE, DEGREES) for measure, _ in self.measures)

    @property
    def words(self) -> str:
        """The measures as they were said."""
        return ", ".join(measure.words for measure, _ in self.measures)


def _joint(values: Sequence[Value]) -> Value:
    found = values[0]
    for value in values[1:]:
        if value == found:
            continue
        one = found if isinstance(found, Range) else _point(found)
        other = value if isinstance(value, Range) else _point(value)
        both = one.both(other)
        if both is None:
            raise Unclear("conflict")
        found = both.low if both.low == both.high else both
    return found


def _point(value: float | str) -> Range:
    if isinstance(value, str):
        raise Unclear("conflict")
    return Range(value, value)
