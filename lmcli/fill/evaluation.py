"""Methods held against sentences whose missing word is known (cloze)."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from lmcli.fill.filling import Filler, Reader
from lmcli.fill.gaps import Gapped, is_chinese, parse
from lmcli.fill.ngrams.words import NGrams
from lmcli.frame.errors import BadInput, LmcliError

if TYPE_CHECKING:
    from lmcli.fill.api import Masks
    from lmcli.fill.nextsentence import Judge
    from lmcli.frame.environment import Environment

TOP = 5
FREQUENCIES = {False: "glove-50d", True: "words-zh"}  # words in the order of their frequency
Method = Callable[[Gapped], list[str]]


@dataclass(frozen=True, slots=True)
class Item:
    """A text with one mask, the words that are right (in lower case), and what kind of item it is."""

    gapped: Gapped
    answers: frozenset[str]
    kind: str


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How often a method's first word, or one of its first five, is right; milliseconds an item."""

    method: str
    kind: str
    count: int
    top1: float
    top5: float
    ms: float

    PLAIN: ClassVar[tuple[str, ...]] = ("method", "kind", "count", "top1", "top5", "ms")


def read_items(path: Path) -> tuple[list[Item], list[tuple[int, LmcliError]]]:
    """The items of a file of JSON lines, and the lines that cannot be used. Raises BadInput where none can."""
    items: list[Item] = []
    faults: list[tuple[int, LmcliError]] = []
    for number, raw in enumerate(path.read_bytes().splitlines(), 1):
        if not raw.strip():
            continue
        try:
            items.append(_item(raw))
        except LmcliError as error:
            faults.append((number, error))
    if not items:
        why = f": line {faults[0][0]}: {faults[0][1].message}" if faults else ""
        raise BadInput(
            f"{path} holds no item{why}", 'a line: {"text": "A [MASK] barks.", "answers": ["dog"]}'
        )
    return items, faults


def _item(raw: bytes) -> Item:
    try:
        value = json.loads(raw.decode("utf-8-sig"))
        answers = value["answers"]
        answers = [answers] if isinstance(answers, str) else list(answers)
        gapped = parse(str(value["text"]))
        kind = str(value.get("kind", ""))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadInput(f"no item: {error!r}", "give text and answers") from None
    if gapped.masks != 1 or not answers:
        raise BadInput(f"{gapped.masks} masks, {len(answers)} answers", "one mask, and its answers")
    return Item(gapped, frozenset(str(answer).lower() for answer in answers), kind)


def evaluate(
    env: Environment,
    masks: Masks,
    items: Sequence[Item],
    corpus: Path | None,
    advance: Callable[[int], None],
) -> list[Accuracy]:
    """Top-1, top-5 and milliseconds of every method: by kind where there are several, and of all.

    corpus: what n-grams learn from; without it they are left out.
    """
    hits: dict[tuple[str, str], list[tuple[bool, bool]]] = defaultdict(list)
    spent: dict[str, float] = defaultdict(float)
    grams = NGrams(corpus.open(encoding="utf-8", errors="replace")) if corpus else None
    languages = {is_chinese(item.gapped.text()) for item in items}
    common = {chinese: _frequent(env, chinese) for chinese in languages}
    for item in items:
        text = item.gapped.text()
        filler = masks.model(text)
        for name, method in _methods(filler, grams, common[is_chinese(text)]).items():
            begin = time.perf_counter()
            words = [word.lower() for word in method(item.gapped)]
            spent[name] += time.perf_counter() - begin
            hit = (words[:1] != [] and words[0] in item.answers, bool({*words} & item.answers))
            hits[name, ""].append(hit)
            if item.kind:
                hits[name, item.kind].append(hit)
        advance(1)
    return [
        Accuracy(
            name, kind or "all", len(found),
            sum(one for one, _ in found) / len(found), sum(five for _, five in found) / len(found),
            1000 * spent[name] / len(items),
        )
        for (name, kind), found in sorted(hits.items(), key=lambda pair: pair[0])
    ]  # fmt: skip


def _methods(filler: Filler, grams: NGrams | None, common: list[str]) -> dict[str, Method]:
    found: dict[str, Method] = {"frequency": lambda _: common}
    if grams:
        found["frequency"] = lambda _: grams.frequent(TOP)
        for both, name in ((False, "3-gram, left"), (True, "3-gram, both sides")):
            found[name] = lambda one, both=both: grams.best(  # type: ignore[misc]
                one.before(0), one.after(0), TOP, both
            )
    parts = getattr(filler, "parts", (filler,))
    if isinstance(first := parts[0], Reader):
        found[f"{first.name}, left only"] = lambda one: [
            word.token for word in first.left_only(one, 0, TOP)
        ]
    for part in dict.fromkeys((filler, *parts)):
        found[f"{part.name}, both sides"] = lambda one, part=part: [  # type: ignore[misc]
            word.token for word in part.words(one, 0, TOP)
        ]
    return found


def _frequent(env: Environment, chinese: bool) -> list[str]:
    from lmcli.vectors.vocabulary import Vocabulary

    words = Vocabulary.open(env.models.find(FREQUENCIES[chinese]).folder)
    fitting = (word for word in words if word.isalpha() and is_chinese(word) == chinese)
    return list(islice(fitting, TOP))


@dataclass(frozen=True, slots=True)
class PairAccuracy:
    """The share of pairs that are judged rightly."""

    kind: str
    count: int
    accuracy: float

    PLAIN: ClassVar[tuple[str, ...]] = ("kind", "count", "accuracy")


def evaluate_pairs(
    judge: Judge, path: Path
) -> tuple[list[PairAccuracy], list[tuple[int, LmcliError]]]:
    """How often pairs of a file are judged rightly, by kind and of all; the lines that cannot be used.

    A line: A, B, true or false, and a kind where it has one. Raises BadInput where no line can be used.
    """
    hits: dict[str, list[bool]] = defaultdict(list)
    faults: list[tuple[int, LmcliError]] = []
    for number, raw in enumerate(path.read_bytes().splitlines(), 1):
        if not raw.strip():
            continue
        try:
            a, b, follows, kind = _pair(raw)
            hit = judge(a, b).next == follows
        except LmcliError as error:
            if not isinstance(error, BadInput):
                raise
            faults.append((number, error))
            continue
        hits["all"].append(hit)
        if kind:
            hits[kind].append(hit)
    if not hits:
        why = f": line {faults[0][0]}: {faults[0][1].message}" if faults else ""
        raise BadInput(f"{path} holds no pair{why}", "a line: A, B, true or false, tabs between")
    names = [*sorted(name for name in hits if name != "all"), "all"]
    rows = [PairAccuracy(n, len(hits[n]), sum(hits[n]) / len(hits[n])) for n in names]
    return rows, faults


def _pair(raw: bytes) -> tuple[str, str, bool, str]:
    try:
        parts = [part.strip() for part in raw.decode("utf-8-sig").split("\t")]
    except UnicodeDecodeError as error:
        raise BadInput(f"not UTF-8 at byte {error.start + 1}", "convert it with iconv") from None
    known = {"true": True, "1": True, "false": False, "0": False}
    if len(parts) not in (3, 4) or parts[2].lower() not in known:
        raise BadInput("no rated pair", "give A, B and true or false, tabs between")
    return parts[0], parts[1], known[parts[2].lower()], parts[3] if len(parts) == 4 else ""
