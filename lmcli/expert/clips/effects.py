"""What a part of a CLIPS file that is left out might do to the facts of the rest.

Facts are known by relation (their first word) and by name; a name that holds a variable stands for all facts of its
relation, an unknown relation for all facts there are. Too much is assumed rather than too little.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lmcli.expert.clips.reading import Form, Word

_MEANS = ("eval", "build", "reset", "clear", "load", "load*", "batch", "batch*", "bload",
          "undefrule", "undeffacts", "undeftemplate", "set-strategy", "remove-break")  # fmt: skip
_STOPS = ("halt", "exit")
_NEW_FACTS = ("assert-string", "load-facts", "str-assert")


@dataclass(frozen=True, slots=True)
class Pattern:
    """Facts: one by its name, those of a relation (no name), or all (neither)."""

    relation: str | None = None
    name: str | None = None


EVERYTHING = Pattern()


@dataclass(slots=True)
class Effects:
    """The facts that may be asserted, those that may be retracted, and whether the run may end."""

    asserts: list[Pattern] = field(default_factory=list)
    retracts: list[Pattern] = field(default_factory=list)
    stops: bool = False


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A part that is left out, where and why, and what it might do. highest: the greatest salience it can have."""

    what: str
    line: int
    why: str
    hint: str | None = None
    effects: Effects = field(default_factory=Effects)
    highest: float = float("inf")


def pattern_of(item: Word | Form) -> Pattern:
    """The facts that a fact's form may stand for."""
    if not isinstance(item, Form) or not item.head:
        return EVERYTHING
    relation = item.head.rpartition("::")[2]
    names = [
        part.name if isinstance(part, Word) and part.kind not in ("variable", "sign") else None
        for part in item.items
    ]
    constant = all(name is not None for name in names) and "::" not in item.head
    return Pattern(relation, " ".join(map(str, names)) if constant else None)


def effects_of(form: Form) -> Effects:
    """What a construct may do when it runs, whatever its own conditions are."""
    found = Effects()
    bound = dict(_bound(form))
    for part in form.walk():
        arguments = part.items[1:]
        if part.head == "assert":
            found.asserts += map(pattern_of, arguments)
        elif part.head in _NEW_FACTS:
            found.asserts.append(EVERYTHING)
        elif part.head in ("retract", "modify", "duplicate"):
            taken = arguments if part.head == "retract" else arguments[:1]
            patterns = list(_named(taken, bound))
            if part.head != "duplicate":
                found.retracts += patterns
            if part.head != "retract":
                found.asserts += [Pattern(pattern.relation) for pattern in patterns]
        elif part.head in _MEANS:
            found.asserts.append(EVERYTHING)
            found.retracts.append(EVERYTHING)
            found.stops = True
        elif part.head in _STOPS:
            found.stops = True
    return found


def _bound(form: Form) -> Iterable[tuple[str, Pattern]]:
    """The variables that hold a fact's address, as `?f <- (fact)` binds them; EVERYTHING for one bound twice."""
    seen: dict[str, Pattern] = {}
    for part in form.walk():
        for variable, arrow, fact in zip(part.items, part.items[1:], part.items[2:], strict=False):
            if isinstance(arrow, Word) and arrow.text == "<-" and isinstance(variable, Word):
                again = variable.text in seen
                seen[variable.text] = EVERYTHING if again else pattern_of(fact)
        if part.head == "bind" and len(part.items) > 1 and isinstance(part.items[1], Word):
            seen[part.items[1].text] = EVERYTHING
    return seen.items()


def _named(items: Iterable[Word | Form], bound: Mapping[str, Pattern]) -> Iterable[Pattern]:
    for item in items:
        yield bound.get(item.text, EVERYTHING) if isinstance(item, Word) else EVERYTHING
