"""Rows as fields, and the text of a field: for machines in full precision, for people rounded.

Rows are frozen dataclasses (or dicts). A row class may say how it reads in the plain format of pipes:
`KEY` names the field that is printed first when there are several records, `PLAIN` the fields (or properties) after it.
`TOLD` names the fields of prose, which tables for people show in the language spoken.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any


@cache
def _field_names(kind: type) -> tuple[str, ...]:
    from dataclasses import fields

    return tuple(field.name for field in fields(kind))


def fields_of(row: Any) -> dict[str, Any]:
    """A row's fields, in order. Rows are dataclasses or mappings."""
    if isinstance(row, Mapping):
        return dict(row)
    return {name: getattr(row, name) for name in _field_names(type(row))}  # type: ignore[arg-type]


def plain_columns(row: Any, several: bool) -> tuple[str, ...] | None:
    """The columns of a row class that declares PLAIN (and KEY), else None."""
    columns: tuple[str, ...] | None = getattr(row, "PLAIN", None)
    key: str | None = getattr(row, "KEY", None)
    if columns and key and several:
        return (key, *columns)
    return columns


def _jsonable(value: Any) -> Any:
    """What json cannot write by itself: dataclasses, numpy scalars and arrays, paths."""
    if hasattr(value, "__dataclass_fields__"):
        return fields_of(value)
    if hasattr(value, "tolist"):
        return value.tolist()
    return str(value)


def to_json(value: Any) -> str:
    """One line of JSON, in full precision; a number that JSON lacks (nan, infinity) becomes null."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, default=_jsonable)
    except ValueError:
        return json.dumps(_without_nan(value), ensure_ascii=False, default=_jsonable)


def _without_nan(value: Any) -> Any:
    """The value with None for every number that JSON lacks."""
    if hasattr(value, "__dataclass_fields__") or hasattr(value, "tolist"):
        value = _jsonable(value)
    if isinstance(value, float):
        return value if abs(value) < float("inf") else None
    if isinstance(value, Mapping):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_without_nan(item) for item in value]
    return value


def cell(value: Any) -> str:
    """A value as text for machines: full precision, nested values as JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    return to_json(value)


def people_cell(value: Any) -> str:
    """A value as text for people: numbers rounded to four places."""
    if isinstance(value, float):
        small = value != 0 and abs(value) < 0.001
        return f"{value:.3g}" if small or abs(value) >= 1e6 else f"{value:.4f}"
    if isinstance(value, (list, tuple)):
        return ", ".join(people_cell(item) for item in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {people_cell(item)}" for key, item in value.items())
    return cell(value)
