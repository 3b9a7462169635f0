"""What may stand in a model.toml: the kind of every field that lmcli reads, so that no reader meets another."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Any

Kind = tuple[Callable[[Any], bool], str]  # whether a value is of the kind, and the kind's name


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 53


def _all(kind: type, value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, kind) for one in value)


def _plain(value: Any) -> bool:
    return isinstance(value, str) and value not in ("", ".", "..") and PurePath(value).name == value


TEXT: Kind = (lambda value: isinstance(value, str), "text")
NAME: Kind = (_plain, "a name without slashes")
COUNT: Kind = (_count, "a whole number")
NUMBER: Kind = (_number, "a number")
FLAG: Kind = (lambda value: isinstance(value, bool), "true or false")
TABLE: Kind = (lambda value: isinstance(value, dict), "a table")
TABLES: Kind = (lambda value: _all(dict, value), "a list of tables")
TEXTS: Kind = (lambda value: _all(str, value), "a list of texts")
NAMES: Kind = (
    lambda value: isinstance(value, dict) and _all(str, list(value.values())),
    "a table of texts",
)

SPEC: Mapping[str, Kind] = {
    **{"name": NAME, "task": TEXT, "summary": TEXT, "licence": TEXT},
    **{"origin": TABLE, "inputs": NAMES, "outputs": NAMES, "settings": TABLE},
    **{"files": TABLES, "metrics": TABLES},
}
FILE: Mapping[str, Kind] = {"path": TEXT, "size": COUNT, "sha256": TEXT}
ORIGIN: Mapping[str, Kind] = dict.fromkeys(
    ("source", "revision", "sha256", "pulled", "variant", "graph", "file", "exported_with"), TEXT
)
SETTINGS: Mapping[str, Kind] = {
    "graphs": NAMES,
    **dict.fromkeys(("pooling", "loss", "pad", "text_encoder", "lexicon"), TEXT),
    **dict.fromkeys(("max_tokens", "context", "pad_id"), COUNT),
    **dict.fromkeys(("logit_scale", "logit_bias"), NUMBER),
    **dict.fromkeys(("lowercase", "normalise"), FLAG),
    "templates": TEXTS,
    "prefixes": NAMES,
}


def check_spec(values: Mapping[str, Any]) -> None:
    """Raise ValueError with the field that is of another kind than lmcli reads."""
    _check("", values, SPEC)
    for number, file in enumerate(values.get("files", ()), 1):
        where = f"file {number}: "
        _check(where, file, FILE)
        if missing := FILE.keys() ^ file.keys():
            raise ValueError(
                f"{where}{', '.join(sorted(missing))}: path, size and sha256 belong there"
            )
    _check("origin.", values.get("origin", {}), ORIGIN)
    _check("settings.", values.get("settings", {}), SETTINGS)


def _check(where: str, values: Mapping[str, Any], kinds: Mapping[str, Kind]) -> None:
    for name, (fits, kind) in kinds.items():
        if name in values and not fits(values[name]):
            raise ValueError(f"{where}{name} is {values[name]!r:.60}, and it has to be {kind}")
