"""Damage inside JSON, TOML and YAML: a value, a key or a branch is changed and the rest stays well-formed."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

Place = tuple[Any, Any]  # a list or dict, and the index or key in it

VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 3, 1 << 31, 1 << 63, -(1 << 70), 10**400, 0.5, -1.5, 1e308, float("nan"),
    float("inf"), "", " ", "x", "a b", "\0", "\ud800", "\n", "猫", "../x", "/", "~", "1", "nan", "x" * 5000,
    [], {}, [[]], [None], {"": ""}, {"a": {"b": {}}}, [1, "a", None], "\x1b[31m", "{x}", "%s", "$x", "?x",
)  # fmt: skip


def _places(tree: Any) -> Iterator[Place]:
    """Every place of a value below `tree`."""
    if isinstance(tree, dict):
        items: Any = list(tree.items())
    elif isinstance(tree, list):
        items = list(enumerate(tree[:50]))
    else:
        return
    for key, value in items:
        yield tree, key
        yield from _places(value)


def change(chance: random.Random, tree: Any) -> Any:
    """The tree with one value, key or branch changed."""
    places = list(_places(tree))
    if not places or chance.random() < 0.02:
        return chance.choice(VALUES)
    holder, key = chance.choice(places)
    way = chance.randrange(8)
    if way == 0:
        del holder[key]
    elif way == 1:
        other, name = chance.choice(places)
        holder[key] = json.loads(json.dumps(other[name], default=str))
    elif way == 2 and isinstance(holder, dict):
        holder[str(chance.choice(VALUES))[:100]] = holder.pop(key)
    elif way == 3 and isinstance(holder, list):
        holder[key:key] = [holder[key]] * chance.choice((1, 2, 200))
    elif way == 4:
        holder[key] = [holder[key]]
    elif way == 5:
        holder[key] = _near(chance, holder[key])
    else:
        holder[key] = chance.choice(VALUES)
    return tree


def _near(chance: random.Random, value: Any) -> Any:
    """A value of the same kind, a little off."""
    if isinstance(value, bool) or value is None:
        return not value
    if isinstance(value, (int, float)):
        return chance.choice((value + 1, value - 1, -value, value * 1000, float(value), str(value)))
    if isinstance(value, str):
        at = chance.randrange(len(value) + 1)
        return chance.choice((value[:at], value[at:], value + "x", value.upper(), value * 2))
    return chance.choice(([], {}, value))


def _json(chance: random.Random, data: bytes, _other: bytes) -> bytes:
    try:
        tree = json.loads(data)
    except (ValueError, RecursionError):
        return data
    return json.dumps(change(chance, tree), ensure_ascii=chance.random() < 0.5).encode(
        "utf-8", "surrogatepass"
    )


def _jsonl(chance: random.Random, data: bytes, other: bytes) -> bytes:
    rows = data.split(b"\n")
    at = chance.randrange(len(rows))
    rows[at] = _json(chance, rows[at], other)
    return b"\n".join(rows)


def _yaml(chance: random.Random, data: bytes, _other: bytes) -> bytes:
    import yaml

    try:
        tree = yaml.safe_load(data)
        changed = yaml.safe_dump(change(chance, tree), allow_unicode=True, sort_keys=False)
    except (yaml.YAMLError, ValueError, RecursionError, TypeError):
        return data
    return str(changed).encode("utf-8", "surrogatepass")


def _toml(chance: random.Random, data: bytes, _other: bytes) -> bytes:
    import tomllib

    try:
        tree = json.loads(json.dumps(tomllib.loads(data.decode()), default=str))
    except (ValueError, RecursionError):
        return data
    changed = change(chance, tree)
    rows = changed.items() if isinstance(changed, dict) else [("x", changed)]
    text = "".join(f"{json.dumps(str(key))} = {_inline(value)}\n" for key, value in rows)
    return text.encode("utf-8", "surrogatepass")


def _inline(value: Any) -> str:
    """A value as TOML writes it in one line."""
    if isinstance(value, dict):
        return (
            "{" + ", ".join(f"{json.dumps(str(k))} = {_inline(v)}" for k, v in value.items()) + "}"
        )
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    if isinstance(value, float):
        return repr(value).replace("e+", "e")
    return '""' if value is None else json.dumps(value, ensure_ascii=False)


_Mutator = Callable[[random.Random, bytes, bytes], bytes]
JSON: tuple[_Mutator, ...] = (_json,)
JSONL: tuple[_Mutator, ...] = (_jsonl,)
YAML: tuple[_Mutator, ...] = (_yaml,)
TOML: tuple[_Mutator, ...] = (_toml,)
