"""YAML to plain values that remember their lines. Only what a rule base needs: text, lists, mappings.

All scalars stay text (so a fact may be called `no`, and `1.0` keeps its form). Tags, anchors, aliases and duplicate
keys are refused, so a small file cannot grow (the "billion laughs") or make objects. libyaml's events are read
directly: 100,000 rules take about two seconds where yaml.load takes eleven.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lmcli.frame.errors import BadInput
from lmcli.frame.text.textfile import decoded

LARGEST = 10_000_000  # bytes
DEEPEST = 40  # levels of nesting


class Text(str):
    """A scalar that knows its line."""

    __slots__ = ("line",)
    line: int


class Items(list[Any]):
    """A sequence, with the line where it begins."""

    __slots__ = ("line",)
    line: int


class Fields(dict[Text, Any]):
    """A mapping; its keys know their lines too."""

    __slots__ = ("line",)
    line: int


Node = Text | Items | Fields


def read_file(path: Path) -> Node:
    """The content of a YAML file. Raises BadInput with file and line, OSError where it cannot be read."""
    with path.open("rb") as file:
        raw = file.read(LARGEST + 1)
    if len(raw) > LARGEST:
        line = raw.count(b"\n") + 1
        raise BadInput(
            f"{path}:{line}: the file is larger than {LARGEST // 10**6} MB",
            "split it into several bases",
        )
    return read_text(decoded(raw, str(path)), str(path))


def read_text(text: str, name: str) -> Node:
    """The content of a YAML text; `name` stands before the line in messages. Raises BadInput."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return _Builder(name).build(yaml.parse(text, Loader=loader))
    except yaml.MarkedYAMLError as error:
        mark: Any = error.problem_mark or error.context_mark
        line = 1 if mark is None else mark.line + 1
        raise BadInput(f"{name}:{line}: not YAML: {error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise BadInput(f"{name}: not YAML: {' '.join(str(error).split())}") from None


class _Builder:
    """Builds nodes from events, with a stack of open collections instead of recursion."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.root: Node | None = None
        self.stack: list[Items | Fields] = []
        self.keys: list[Text | None] = []  # the key that waits for its value, one a collection
        self.documents = 0

    def build(self, events: Iterator[Any]) -> Node:
        import yaml

        for event in events:
            kind = type(event)
            if kind is yaml.ScalarEvent:
                text = Text(event.value)
                text.line = event.start_mark.line + 1
                if event.tag is not None or event.anchor is not None:
                    self.refuse_marks(event)
                self.place(text)
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                self.refuse_marks(event)
                self.open(event, kind is yaml.MappingStartEvent)
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                self.stack.pop()
                self.keys.pop()
            elif kind is yaml.AliasEvent:
                self.fail(event, f"the alias *{event.anchor} is not allowed", "write it out")
            elif kind is yaml.DocumentStartEvent:
                self.documents += 1
                if self.documents > 1:
                    self.fail(event, "a second document begins", "keep one base a file")
        if self.root is None:
            raise BadInput(f"{self.name}:1: the file is empty", "see: lmcli expert new")
        return self.root

    def open(self, event: Any, mapping: bool) -> None:
        node: Items | Fields = Fields() if mapping else Items()
        node.line = event.start_mark.line + 1
        if len(self.stack) >= DEEPEST:
            self.fail(
                event, f"nested deeper than {DEEPEST} levels", "name parts as facts of their own"
            )
        self.place(node)
        self.stack.append(node)
        self.keys.append(None)

    def place(self, node: Node) -> None:
        """Put a finished node where it belongs: root, list item, key or value."""
        if not self.stack:
            self.root = node
            return
        parent = self.stack[-1]
        if isinstance(parent, Items):
            parent.append(node)
            return
        key = self.keys[-1]
        if key is not None:
            parent[key] = node
            self.keys[-1] = None
        elif not isinstance(node, Text):
            raise BadInput(f"{self.name}:{node.line}: a key must be text", "quote braces in text")
        elif node in parent:
            first = next(known.line for known in parent if known == node)
            raise BadInput(
                f"{self.name}:{node.line}: the key {str(node)!r} stands here again, first on line {first}",
                "keep one of the two",
            )
        else:
            self.keys[-1] = node

    def refuse_marks(self, event: Any) -> None:
        """Refuse tags and anchors."""
        if event.tag is not None and event.tag != "!":
            self.fail(
                event, f"the tag {event.tag} is not allowed", "only text, lists and mappings are"
            )
        if event.anchor is not None:
            self.fail(event, f"the anchor &{event.anchor} is not allowed", "write it out")

    def fail(self, event: Any, message: str, hint: str) -> None:
        raise BadInput(f"{self.name}:{event.start_mark.line + 1}: {message}", hint)
