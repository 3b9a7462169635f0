"""JSON schemas as they are given: what cannot be obeyed is named before a token is made.

llguidance passes over keywords that it does not know, as the standard wants it: a misspelt one would be no constraint
at all. Those that it knows and has not implemented (uniqueItems, not, if, ...) it names itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from lmcli.frame.errors import BadInput, did_you_mean, named

_OBEYED = (
    "type enum const properties patternProperties additionalProperties "
    "required minProperties maxProperties items prefixItems minItems "
    "maxItems minLength maxLength pattern format minimum maximum "
    "exclusiveMinimum exclusiveMaximum multipleOf allOf anyOf oneOf "
    "$ref $defs definitions $schema $id id $anchor "
)
_SAYING = (
    "title description default example examples $comment deprecated readOnly writeOnly $vocabulary "
)
_REFUSED = (  # by llguidance, where they would be needed
    "uniqueItems contains minContains maxContains not if then else "
    "dependentRequired dependentSchemas dependencies propertyNames "
    "unevaluatedProperties unevaluatedItems $dynamicRef $recursiveRef "
    "$dynamicAnchor $recursiveAnchor "
)
_KNOWN = frozenset((_OBEYED + _SAYING + _REFUSED).split())

_ONE = ("items", "additionalProperties")
_LISTS = ("prefixItems", "items", "allOf", "anyOf", "oneOf")
_NAMED = ("properties", "patternProperties", "$defs", "definitions")


def read_schema(path: Path) -> dict[str, Any]:
    """The JSON schema of a file, `true` as the schema of any value.

    Raises BadInput where it is none, allows nothing, or has a keyword that nobody would obey.
    """
    try:
        schema = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, OSError, RecursionError) as error:
        reason = getattr(error, "strerror", None) or error
        raise BadInput(f"{named(path)}: {reason}", "a JSON schema belongs there") from None
    if schema is True:
        return {}
    if schema is False:
        raise BadInput(f"{named(path)}: the schema false allows nothing", "true allows any JSON")
    if not isinstance(schema, dict):
        raise BadInput(f"{named(path)}: a schema is an object, true or false")
    for place, keyword in unknown_keywords(schema):
        near = did_you_mean(get_close_matches(keyword, _OBEYED.split(), 1))
        raise BadInput(
            f"{named(path)}: the keyword {keyword!r} at {place} cannot be obeyed",
            near or "take it out, or say it in the prompt",
        )
    return schema


def unknown_keywords(schema: Mapping[str, Any], place: str = "#") -> Iterator[tuple[str, str]]:
    """Where keywords stand that are no part of a schema, and which."""
    for key, value in schema.items():
        if key not in _KNOWN and not key.startswith("x-"):
            yield place, key
        if key in _NAMED and isinstance(value, dict):
            inside = [(f"{place}/{key}/{name}", one) for name, one in value.items()]
        elif key in _LISTS and isinstance(value, list):
            inside = [(f"{place}/{key}/{number}", one) for number, one in enumerate(value)]
        else:
            inside = [(f"{place}/{key}", value)] if key in _ONE else []
        for where, one in inside:
            if isinstance(one, dict):
                yield from unknown_keywords(one, where)
