"""Sessions of the dialogue as JSON files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lmcli.expert.language.normal import plain
from lmcli.expert.model import Evidence, Range, RuleBase, Value
from lmcli.expert.terms import Vocabulary
from lmcli.frame.errors import BadInput

KIND = "lmcli expert session"


def save(path: Path, base: RuleBase, evidence: Evidence) -> None:
    """Write a session. A file that is no session is not overwritten: BadInput."""
    if path.exists() and _content(path).get("kind") != KIND:
        raise BadInput(f"{path} is there already and is no session", "choose another name")
    content = {
        "kind": KIND,
        "base": base.name,
        "facts": dict(evidence.facts),
        "values": {name: _written(value) for name, value in evidence.values.items()},
        "unknown": sorted(evidence.unknown),
    }
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def load(path: Path, base: RuleBase) -> Evidence:
    """Read a session of this base. Raises BadInput for another base's, or what is no session."""
    content = _content(path)
    if content.get("kind") != KIND:
        raise BadInput(f"{path} is no session", "save one with: save FILE")
    if content.get("base") != base.name:
        raise BadInput(
            f"{path} belongs to the base {content.get('base')!r}, not {base.name!r}",
            f"open it with: lmcli expert chat {content.get('base')}",
        )
    vocabulary = Vocabulary(base)
    known = {*vocabulary.facts, *vocabulary.attributes}
    try:
        facts = {plain(str(fact)): float(certainty) for fact, certainty in content["facts"].items()}
        values = {plain(str(name)): _read(value) for name, value in content["values"].items()}
        unknown = frozenset(plain(str(name)) for name in content["unknown"])
    except (KeyError, TypeError, ValueError, AttributeError):
        raise BadInput(f"{path} is damaged", "save the session again") from None
    if strange := [name for name in (*facts, *values, *unknown) if name not in known]:
        raise BadInput(f"{path}: {strange[0]!r} is not in {base.name}", "the base has changed")
    return Evidence(facts, values, unknown)


def _written(value: Value) -> float | str | list[list[Any]]:
    """A range as its bounds, [relation, number] each."""
    return [list(bound) for bound in value.bounds()] if isinstance(value, Range) else value


def _read(value: Any) -> Value:
    """Raises TypeError or ValueError for what is no value."""
    if not isinstance(value, list):
        return value if isinstance(value, str) else float(value)
    found: Range | None = Range()
    for op, bound in value:
        if op not in ("<", "<=", ">", ">="):
            raise ValueError(op)
        found = found and found.both(Range.of(op, float(bound)))
    if found is None:
        raise ValueError(value)
    return found


def _content(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
