"""From nodes of YAML to texts, names and lists, noting every fault with its line and going on."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from typing import TypeVar

from lmcli.expert import terms
from lmcli.expert.files.reading import Fields, Items, Node, Text
from lmcli.expert.language.normal import composed, plain
from lmcli.expert.model import Comparison, Problem
from lmcli.frame.errors import LmcliError, did_you_mean

T = TypeVar("T")

LONGEST_FACT = 200


class NodeReader:
    """Reads nodes, noting faults and going on."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.uncertain = False
        self.problems: list[Problem] = []
        self.leaves: dict[str, str | Comparison | None] = {}
        self.respelt: set[tuple[int, str]] = set()

    def fault(self, line: int, message: str, hint: str | None = None) -> None:
        self.problems.append(Problem(self.path, line, "error", "schema", message, hint))

    def spelt(self, text: Text) -> str:
        """A name or comparison in its one spelling (NFKC); a change of letters or digits is noted."""
        if text.isascii():
            return " ".join(text.split())
        found = plain(text)
        if found != " ".join(text.split()) and (text.line, found) not in self.respelt:
            self.respelt.add((text.line, found))
            marks = " ".join(f"U+{ord(c):04X}" for c in text if c not in found)
            message = f"{str(text)!r} is read as {found!r}" + (
                f" (it holds {marks})" if marks else ""
            )
            self.problems.append(Problem(self.path, text.line, "note", "spelling", message))
        return found

    def leaf(self, text: Text) -> str | Comparison | None:
        """A fact or a comparison, read once a spelling."""
        if text in self.leaves:
            return self.leaves[text]
        try:
            leaf = terms.comparison(self.spelt(text))
        except LmcliError as error:
            self.fault(text.line, error.message, error.hint)
            return None
        self.leaves[text] = found = leaf or self.fact(text)
        return found

    def fact(self, text: Text) -> str | None:
        """A fact's name; None, and a fault, for what cannot be one."""
        name = self.spelt(text)
        if not name or len(name) > LONGEST_FACT or name.startswith("not "):
            hint = "write {not: fact}" if name.startswith("not ") else None
            self.fault(text.line, f"{name[:40]!r} cannot be the name of a fact", hint)
            return None
        if bad := next((sign for sign in terms.RESERVED if sign in name), None):
            self.fault(text.line, f"a fact's name may not hold {bad!r}: {name[:40]!r}")
            return None
        return name

    def facts(self, node: Node | None, key: str, known: dict[str, None] | None) -> list[str]:
        """A fact or a list of facts; with `known`, one that is not there is a fault."""
        if node is None:
            return []
        found: list[str] = []
        for item in node if isinstance(node, Items) else [node]:
            if not isinstance(item, Text):
                self.fault(item.line, f"`{key}` takes names of facts")
            elif (name := self.fact(item)) is None:
                continue
            elif known is not None and name not in known:
                self.unknown(item, key, known)
            elif name not in found:
                found.append(name)
        return found

    def unknown(self, text: Text, key: str, known: dict[str, None]) -> None:
        near = did_you_mean(get_close_matches(text, known, n=2, cutoff=0.6))
        self.fault(text.line, f"`{key}` names the unknown fact {str(text)!r}", near or
                   "no rule speaks of it")  # fmt: skip

    def mapping(
        self, root: Fields, key: str, known: dict[str, None], value: Callable[[Node, str], T | None]
    ) -> dict[str, T]:
        node = root.get(Text(key))
        if node is None:
            return {}
        if not isinstance(node, Fields):
            self.fault(node.line, f"`{key}` is a mapping from facts")
            return {}
        found: dict[str, T] = {}
        for name, content in node.items():
            fact = self.spelt(name)
            if fact not in known:
                self.unknown(name, key, known)
            elif fact in found:
                self.fault(name.line, f"`{key}` names {fact!r} twice, in two spellings", "keep one")
            elif (result := value(content, key)) is not None:
                found[fact] = result
        return found

    def text(self, node: Fields, key: str) -> str:
        value = node.get(Text(key))
        if value is None:
            return ""
        if not isinstance(value, Text):
            self.fault(value.line, f"`{key}` is text")
            return ""
        return " ".join(composed(value).split())

    def word(self, node: Fields, key: str, default: str, allowed: tuple[str, ...]) -> str:
        value = self.text(node, key) or default
        if value not in allowed:
            line = node[Text(key)].line
            self.fault(line, f"`{key}` is one of {', '.join(allowed)}, not {value!r}")
            return default
        return value

    def items(self, node: Fields, key: str) -> list[Node]:
        value = node.get(Text(key))
        if value is None:
            return []
        if not isinstance(value, Items):
            self.fault(value.line, f"`{key}` is a list")
            return []
        return list(value)

    def known_keys(self, node: Fields, keys: tuple[str, ...], what: str) -> None:
        for key in node:
            if key not in keys:
                near = did_you_mean(get_close_matches(key, keys, n=1))
                self.fault(key.line, f"{what} has no key {str(key)!r}", near or
                           f"known: {', '.join(keys)}")  # fmt: skip
