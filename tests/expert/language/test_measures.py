"""Ranges and scales: what a bound decides, and what it leaves open."""

import json
import random
from math import inf

import pytest

from lmcli.expert.backward import Outlook
from lmcli.expert.files.schema import loads
from lmcli.expert.language.measures import CELSIUS, FAHRENHEIT, Measure, Scale, Unclear
from lmcli.expert.model import Comparison, Evidence, Range
from lmcli.expert.program import program_of
from lmcli.expert.terms import Vocabulary
from lmcli.frame.errors import BadInput


def test_what_a_range_decides_holds_of_every_number_in_it():
    """Against the definition: a comparison is decided where all numbers of the range agree."""
    rng = random.Random(1)
    grid = [n / 2 for n in range(-1, 12)]
    for _ in range(2000):
        low, high = sorted(rng.choices([*range(6), -inf, inf], k=2))
        value = Range(float(low), float(high), rng.random() < 0.5, rng.random() < 0.5)
        inside = [number for number in grid if number in value]
        if not inside:
            continue
        one = Comparison(
            "x", rng.choice(["<", "<=", ">", ">=", "=", "!="]), float(rng.randint(0, 5))
        )
        truths = {one.holds(number) for number in inside}
        wanted = truths.pop() if len(truths) == 1 else None
        assert one.decided(value) == wanted, (one, value)
        assert one.holds(value) == (wanted is True)


def test_two_ranges_meet():
    assert Range.of(">", 1.0).both(Range.of("<=", 2.0)) == Range(1.0, 2.0, False, True)
    assert Range.of(">", 2.0).both(Range.of("<=", 2.0)) is None
    assert Range.of(">=", 2.0).both(Range.of("<=", 2.0)) == Range(2.0, 2.0)


BASE = loads(
    "rules:\n- {if: ['t >= 38'], then: fever}\n- {if: ['t >= 39', {not: old}], then: high}"
)


@pytest.mark.parametrize(
    ("words", "known", "asked"),
    [
        (["t<38"], set(), []),
        (["t>=38"], {"fever"}, ["t", "old"]),
        (["t>=38", "t<39"], {"fever"}, []),
        (["t≥39"], {"fever", "high"}, ["old"]),
        (["t<=38"], set(), ["t"]),
    ],
)
def test_bounds_as_evidence(words, known, asked):
    outlook = Outlook(BASE, Vocabulary(BASE).evidence(words))
    program = program_of(BASE)
    assert {f for f in ("fever", "high") if outlook.model.holds(program.index[f])} == known
    assert outlook.questions(program.goals()) == asked


@pytest.mark.parametrize(
    "words", [["t=38", "t=39"], ["t>39", "t<38"], ["t!=38"], ["t<x"], ["t>=1_0"], ["t=38", "t>39"]]
)
def test_values_that_contradict_or_are_none_are_refused(words):
    with pytest.raises(BadInput):
        Vocabulary(BASE).evidence(words)


def test_the_rows_give_bounds_back_as_they_are_taken(lmcli):
    result = lmcli(
        "expert", "infer", "medical", "cough", "temperature>=38", "temperature<39", "-f", "json"
    )
    row = json.loads(result.out)[0]
    assert row["facts"] == ["cough", "temperature>=38", "temperature<39"]
    again = Vocabulary(BASE).evidence(["t>=38", "t<39"])
    assert again == Evidence({}, {"t": Range(38.0, 39.0, True, False)})


def measure(op="=", number=39.0, **more):
    return Measure(0, 1, "", op, number, **more)


def test_a_scale_converts_and_doubts():
    scale = Scale.of([38.0, 39.0], ["temperature", "What is it in °C?"])
    assert scale.value(measure(number=102.2, unit=FAHRENHEIT)) == 39.0
    assert scale.value(measure("about", 39.0)) == Range(38.5, 39.5)
    assert scale.value(measure(">", 39.0, denials=1)) == Range.of("<=", 39.0)
    for unclear in (measure(number=101.0), measure(denials=1), measure(">", denials=2)):
        with pytest.raises(Unclear):
            scale.value(unclear)
    other = Scale.of([100.0], ["temperature in °F"])
    assert other.value(measure(number=39.0, unit=CELSIUS)) == 102.2
    with pytest.raises(Unclear):
        Scale.of([5.0], ["height"]).value(measure(unit=FAHRENHEIT))
