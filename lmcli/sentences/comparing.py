"""How alike two texts are: the cosine of their vectors, and how well that follows people's ratings."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from lmcli.frame.errors import (
    BadInput,
    LmcliError,
    NoAnswer,
    Noted,
    PartialFailure,
    named,
    quoted,
)
from lmcli.frame.numbers import shortest
from lmcli.frame.text.lines import numbered
from lmcli.frame.text.understanding import able, scripts_in
from lmcli.sentences.methods import Embedder, read_texts
from lmcli.vectors.correlation import spearman

SAME = 0.999999  # the cosine of two texts that are one to the model
_QUOTED = re.compile(r'"((?:[^"]|"")*)"')


@dataclass(frozen=True, slots=True)
class Comparison:
    """The cosine of two texts' vectors, -1 to 1."""

    a: str
    b: str
    score: float
    method: str

    PLAIN: ClassVar[tuple[str, ...]] = ("a", "b", "score", "method")


@dataclass(frozen=True, slots=True)
class Agreement:
    """How a method's cosines follow the ratings of a file: Spearman's rank correlation."""

    file: str
    method: str
    spearman: float
    pairs: int
    unknown: int


@dataclass(frozen=True, slots=True)
class RatedPair:
    """Two texts and what people thought of their likeness."""

    a: str
    b: str
    rating: float


def compare(
    embedder: Embedder, method: str, pairs: Sequence[tuple[str, str]]
) -> list[Noted | LmcliError]:
    """The cosine of each pair, with what is to be said of its texts, or the error of one without a vector."""
    found = read_texts(embedder, [text for pair in pairs for text in pair])
    answers: list[Noted | LmcliError] = []
    for i, (a, b) in enumerate(pairs):
        first, second = found[2 * i], found[2 * i + 1]
        score = np.float32(first.vector @ second.vector)
        fault = first.fault or second.fault
        if fault is None and a != b and score > SAME and not (first.whole and second.whole):
            fault = _alike(embedder, a, b)
        row = Comparison(a, b, shortest(score), method)
        answers.append(fault or Noted(row, first.warnings + second.warnings))
    return answers


def _alike(embedder: Embedder, a: str, b: str) -> NoAnswer:
    """The error of two texts that a model cannot tell apart, for what they differ in is not understood."""
    return NoAnswer(
        f"what {quoted(a, 40)} and {quoted(b, 40)} differ in is not understood by {embedder.name}",
        able(embedder.task, scripts_in(a + b), embedder.name),
    )


def compare_lines(
    embedders: Mapping[str, Embedder], lines: Sequence[str]
) -> list[Noted | LmcliError]:
    """For each line, two texts with a tab between them, the rows of all methods, or its error.

    A method that knows nothing of a text says so where another one has an answer.
    """
    pairs: list[tuple[str, str]] = []
    faults: dict[int, LmcliError] = {}
    for at, line in enumerate(lines):
        try:
            pairs.append(split_pair(line))
        except BadInput as error:
            faults[at] = error
    rows = [compare(embedder, method, pairs) for method, embedder in embedders.items()]
    answers = map(_together, zip(*rows, strict=True))
    return [faults[at] if at in faults else next(answers) for at in range(len(lines))]


def _together(rows: Iterable[Noted | LmcliError]) -> Noted | LmcliError:
    """What all methods say of one pair; the error of the first one where none has an answer."""
    kept, said, faults = [], list[str](), []
    for row in rows:
        if isinstance(row, Noted):
            kept.append(row.rows)
            said += row.warnings
        else:
            faults.append(row)
    if not kept:
        return faults[0]
    return Noted(kept, tuple(dict.fromkeys([*said, *map(str, faults)])))


def split_pair(line: str) -> tuple[str, str]:
    """The two texts of a line, with a tab between them. Raises BadInput for another number."""
    parts = [part.strip() for part in line.split("\t")]
    if len(parts) != 2 or not all(parts):
        raise BadInput(f"{len(parts)} texts where two belong", "put a tab between the two")
    return parts[0], parts[1]


def read_rated(path: Path) -> Iterator[RatedPair | BadInput]:
    """The pairs of a file: two texts and a number a line, tabs between them; # starts a comment.

    In the place of a line that holds anything else stands its error. Raises BadInput where the file cannot
    be read.
    """
    for number, line in numbered(path):
        if isinstance(line, str) and (not line.strip() or line.startswith("#")):
            continue
        try:
            yield _rated(line)
        except BadInput as error:
            yield BadInput(f"{named(path)}: line {number}: {error.message}", error.hint)


def _rated(line: str | BadInput) -> RatedPair:
    """The pair of one line. Raises BadInput where it is none."""
    if isinstance(line, BadInput):
        raise line
    cells = [_unquoted(cell) for cell in line.split("\t")]
    if len(cells) != 3:
        columns = "1 column" if len(cells) == 1 else f"{len(cells)} columns"
        raise BadInput(
            f"{columns} where 3 belong", "two texts and a number, with tabs between them"
        )
    a, b, rating = cells
    if not a.strip() or not b.strip():
        raise BadInput("one of the two texts is missing", "two texts and a number belong there")
    try:
        value = float(rating)
    except ValueError:
        raise BadInput(f"the rating {quoted(rating, 40)} is no number") from None
    if not math.isfinite(value):
        raise BadInput(f"the rating {rating.strip()} is no finite number")
    return RatedPair(a, b, value)


def _unquoted(cell: str) -> str:
    """A cell as it was before a spreadsheet put quotes around it. Raises BadInput where one does not close."""
    if not cell.startswith('"'):
        return cell
    found = _QUOTED.fullmatch(cell)
    if found:
        return found[1].replace('""', '"')
    if cell.count('"') % 2:
        raise BadInput(f"a quotation mark does not close: {quoted(cell, 40)}")
    return cell  # as in: "Yes," he said.


def agreement_on(
    embedders: Mapping[str, Embedder], path: Path, tell: Callable[[BadInput], None]
) -> Iterator[Agreement]:
    """How each method follows the ratings of a file; see `read_rated` and `agreement`.

    `tell` is called for each line that cannot be used. Raises PartialFailure at the end where there were any,
    that error itself where no other line was left.
    """
    pairs: list[RatedPair] = []
    faults: list[BadInput] = []
    for pair in read_rated(path):
        if isinstance(pair, BadInput):
            faults.append(pair)
        else:
            pairs.append(pair)
    if faults and not pairs:
        raise faults[0]
    for fault in faults:
        tell(fault)
    for name, embedder in embedders.items():
        yield agreement(embedder, name, pairs, path.name)
    if faults:
        raise PartialFailure(len(faults), len(faults) + len(pairs))


def agreement(embedder: Embedder, method: str, pairs: Sequence[RatedPair], file: str) -> Agreement:
    """Spearman's correlation of cosines with ratings over the pairs whose texts are known.

    Raises NoAnswer where fewer than two are, or nothing varies.
    """
    rows = compare(embedder, method, [(pair.a, pair.b) for pair in pairs])
    kept = [
        (row.rows.score, pair.rating)
        for row, pair in zip(rows, pairs, strict=True)
        if isinstance(row, Noted)
    ]
    if len(kept) < 2:
        hint = next((str(row) for row in rows if isinstance(row, LmcliError)), None)
        raise NoAnswer(f"{file}: {len(kept)} pairs are known to {embedder.name}", hint)
    scores, ratings = zip(*kept, strict=True)
    rank = spearman(scores, ratings)
    if math.isnan(rank):
        raise NoAnswer(f"{file}: all its ratings, or all cosines, are the same", "nothing to rank")
    return Agreement(file, method, rank, len(kept), len(pairs) - len(kept))
