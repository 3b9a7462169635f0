"""Edges as they are read: names become numbers at once, so that a million edges are arrays and not lists of words."""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass
from typing import Any

from lmcli.frame.errors import BadInput, BadUsage, did_you_mean, no_text, quoted

SOURCES = ("source", "src", "from", "user", "node1", "u", "head", "customer", "client",
           "reader", "session", "来源", "起点", "用户", "顾客", "客户", "读者")  # fmt: skip
TARGETS = ("target", "dst", "to", "item", "node2", "v", "tail", "product", "book",
           "movie", "song", "目标", "终点", "物品", "商品", "产品")  # fmt: skip
WEIGHTS = ("weight", "value", "count", "rating", "权重", "次数", "评分")
SHOWN = 3  # faults that are told one by one
HEAD_AMONG = 10  # edges from which a first line of its own kind is looked at
ALIKE = 100_000  # nodes up to which ids of two kinds are looked for


@dataclass(frozen=True, slots=True)
class Columns:
    """The names of the columns, or fields, of an edge's ends and its weight; None to find them."""

    source: str | None = None
    target: str | None = None
    weight: str | None = None


class EdgeList:
    """Edges of a file in the order of its lines. weights: None until one is read."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.sources, self.targets = array("q"), array("q")
        self._weights = array("d")
        self.directed = False
        self.total = 0
        self.failed = 0
        self._faults: list[str] = []
        self._numbers: dict[str, int] = {}
        self._doubt = ""

    @property
    def nodes(self) -> list[str]:
        """The names, in the order in which they came."""
        return list(self._numbers)

    @property
    def weights(self) -> array[float] | None:
        """The weight of each edge, where the file has them."""
        return self._weights if len(self._weights) == len(self.sources) > 0 else None

    def node(self, name: str) -> int:
        """The number of a node, a new one where it was not seen."""
        return self._numbers.setdefault(name, len(self._numbers))

    def add(self, source: Any, target: Any, weight: Any = None) -> None:
        """Add an edge. Raises BadInput for ends that are no names, a weight that is no number above 0."""
        a, b = _name(source), _name(target)
        value = 1.0 if weight is None else _weight(weight)
        self.total += 1
        if value == 0:
            self.node(a), self.node(b)
            return
        self.sources.append(self.node(a))
        self.targets.append(self.node(b))
        if weight is not None:
            self._weights.append(value)

    def fault(self, line: int, error: BadInput) -> None:
        """Keep what is wrong with a line; the others go on."""
        self.total += 1
        self.failed += 1
        if len(self._faults) < SHOWN:
            self._faults.append(f"{self.name}:{line}: {error}")

    def faults_said(self) -> list[str]:
        """The first faults, and how many more there are."""
        more = self.failed - len(self._faults)
        return [
            *self._faults,
            *([f"{more:,} more lines of {self.name} are no edges"] if more else []),
            *([self._doubt] if self._doubt else []),
        ]

    def doubt_head(self, line: int) -> None:
        """Say so where the first edge, of that line, may be a head: neither of its names comes again."""
        ends = (*self.sources[:1], *self.targets[:1])
        if len(self.sources) >= HEAD_AMONG and all(
            self.sources.count(end) + self.targets.count(end) == 1 for end in ends
        ):
            a, b = (list(self._numbers)[end] for end in ends)
            self._doubt = (
                f"line {line} of {self.name}, {quoted(a, 30)} and {quoted(b, 30)}, was read as an edge: "
                "if it names the columns, name them as options (--source, --target; --user, --item)"
            )

    def alike(self) -> str:
        """Some names that differ in writing alone: 1 and 1.0, 01, or a with blanks or letters of another case."""
        if len(self._numbers) > ALIKE:
            return ""
        seen: dict[str, str] = {}
        pairs = []
        for name in self._numbers:
            first = seen.setdefault(_folded(name), name)
            if first != name:
                pairs.append(f"{quoted(first, 30)} and {quoted(name, 30)}")
        return "; ".join(pairs[:SHOWN]) + (
            f" and {len(pairs) - SHOWN} more" if len(pairs) > SHOWN else ""
        )


def _folded(name: str) -> str:
    try:
        return repr(float(name)) if name[:1].isdigit() and len(name) < 16 else name.casefold()
    except ValueError:
        return name.casefold()


def _name(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise BadInput(f"{quoted(str(value))} is no name of a node")
    text = str(value).strip()
    if not text:
        raise BadInput("an end of the edge is missing")
    if len(text) > 1000:
        raise BadInput(f"{len(text):,} letters are no name of a node")
    if error := no_text(text):
        raise BadInput(error.message)
    if not text.isprintable():
        raise BadInput(f"{quoted(text)} holds what cannot be printed")
    return text


def _weight(value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise BadInput(f"the weight {quoted(str(value))} is no number") from None
    if not math.isfinite(number) or number > 1e100:
        raise BadInput(f"the weight {quoted(str(value))} is no number to walk by")
    if number < 0:
        raise BadInput(
            f"the weight {quoted(str(value))} is negative: no chance of a walk is below 0"
        )
    return number


def places_of(names: list[str], columns: Columns, title: str) -> tuple[int, int, int | None] | None:
    """Where source, target and weight stand among the names of columns; None where nothing is recognised.

    Raises BadUsage for a column that is asked for and not there.
    """
    low = [name.strip().lower() for name in names]

    def place(asked: str | None, known: tuple[str, ...], option: str) -> int | None:
        if asked is None:
            return next((low.index(one) for one in known if one in low), None)
        if asked.strip().lower() not in low:
            from difflib import get_close_matches

            near = get_close_matches(asked, names, n=3) or names[:10]
            raise BadUsage(f"{option} {asked}: no such column in {title}", did_you_mean(near))
        return low.index(asked.strip().lower())

    a = place(columns.source, SOURCES, "--source")
    b = place(columns.target, TARGETS, "--target")
    w = place(columns.weight, WEIGHTS, "--weight")
    if a is None and b is None:
        return None
    free = [at for at in range(len(names)) if at not in (a, b, w)]
    if a is None or b is None:
        if not free:
            raise BadUsage(f"{title} has one column for both ends", "name them: --source, --target")
        a, b = (free[0] if one is None else one for one in (a, b))
    return a, b, w
