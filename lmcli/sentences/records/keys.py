"""The keys that records are found by, and the conditions that they must meet."""

from __future__ import annotations

import json
import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from lmcli.frame.errors import BadUsage, did_you_mean

_MADE_WITH = "; keys "  # between an encoder's fingerprint and the keys in that of an index
_CONDITION = re.compile(r"\s*(.+?)\s*(>=|<=|!=|==|=|>|<|~)\s*(.*?)\s*")
_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "=": operator.eq,
    "==": operator.eq,
    "!=": operator.ne,
}


@dataclass(frozen=True, slots=True)
class Key:
    """A field by which records are found, and how much it counts beside the others."""

    field: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Keys:
    """Several keys: a record's likeness is the mean of its keys' cosines, by their weights."""

    keys: tuple[Key, ...]

    @classmethod
    def of(cls, given: Sequence[str]) -> Keys | None:
        """Keys as they are typed: FIELD or FIELD=WEIGHT; None where there is none. Raises BadUsage."""
        keys = tuple(_key(text) for text in given)
        names = [key.field for key in keys]
        if len(set(names)) < len(names):
            raise BadUsage("a key is named twice", "give it once, with its weight: --key title=2")
        return cls(keys) if keys else None

    @classmethod
    def of_fingerprint(cls, fingerprint: str) -> Keys | None:
        """The keys that an index was made with; None where it holds paragraphs."""
        _, found, keys = fingerprint.partition(_MADE_WITH)
        return cls(tuple(Key(*pair) for pair in json.loads(keys))) if found else None

    def fingerprint(self, encoder: str) -> str:
        """What rows made with these keys depend on."""
        pairs = [[key.field, key.weight] for key in self.keys]
        return encoder + _MADE_WITH + json.dumps(pairs, ensure_ascii=False)

    def texts(self, fields: Mapping[str, Any]) -> list[tuple[Key, str]]:
        """The keys that a record has, with their text."""
        found = [(key, plain(fields.get(key.field)).strip()) for key in self.keys]
        return [(key, text) for key, text in found if text]


def _key(text: str) -> Key:
    name, equals, weight = text.rpartition("=")
    if not equals:
        return Key(text)
    try:
        value = float(weight)
    except ValueError:
        value = math.nan
    if not (name and 0 < value < math.inf):
        raise BadUsage(f"--key {text}: {weight!r} is no weight above 0", "as in --key title=2")
    return Key(name, value)


@dataclass(frozen=True, slots=True)
class Condition:
    """FIELD OP VALUE; numbers are compared as numbers, all else (dates as 2024-05-01 too) as text."""

    field: str
    op: str
    value: str

    @classmethod
    def of(cls, text: str) -> Condition:
        """A condition as it is typed. Raises BadUsage."""
        if not (found := _CONDITION.fullmatch(text)):
            raise BadUsage(f"--where {text!r} is no condition", "as in --where 'year>=2020'")
        return cls(*found.groups())

    def holds(self, fields: Mapping[str, Any]) -> bool:
        """Whether a record meets it. One without the field does not; of a list one member suffices (all for !=)."""
        value = fields.get(self.field)
        if value is None or value == "":
            return False
        members = value if isinstance(value, list) else [value]
        return (all if self.op == "!=" else any)(self._one(plain(one)) for one in members)

    def _one(self, text: str) -> bool:
        if self.op == "~":
            return self.value.casefold() in text.casefold()
        wanted, found = _number(self.value), _number(text)
        if wanted is not None and found is not None:
            return _COMPARED[self.op](found, wanted)
        if wanted is not None and self.op in ("<", ">", "<=", ">="):
            return False  # a word is neither more nor less than a number
        return _COMPARED[self.op](text.casefold(), self.value.casefold())


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return None if math.isnan(value) else value


def plain(value: Any) -> str:
    """A field's value as text."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return ", ".join(map(plain, value))
    return json.dumps(value, ensure_ascii=False)


def known(wanted: Iterable[str], fields: Sequence[str], what: str) -> None:
    """Raise BadUsage for a field that no record has."""
    for name in wanted:
        if name not in fields:
            near = did_you_mean(get_close_matches(name, fields, 2))
            hint = near or f"they have {', '.join(fields[:12])}"
            raise BadUsage(f"{what}: no record has the field {name!r}", hint)
