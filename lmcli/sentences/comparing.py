"""How alike two texts are: the cosine of their vectors, and how well that follows people's ratings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from lmcli.frame.errors import BadInput, LmcliError, NoAnswer
from lmcli.nn.encoder import Cut
from lmcli.sentences.embedding import cut_note
from lmcli.sentences.methods import Embedder, known
from lmcli.vectors.correlation import spearman
from lmcli.vectors.wordvectors import shortest


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
    embedder: Embedder, method: str, pairs: Sequence[tuple[str, str]], cut: Cut | None = None
) -> list[Comparison | LmcliError]:
    """The cosine of each pair, or the error of a text without a known word."""
    texts = [text for pair in pairs for text in pair]
    vectors = embedder.encode(texts, cut=cut) if texts else np.zeros((0, 1), np.float32)
    answers: list[Comparison | LmcliError] = []
    for i, (a, b) in enumerate(pairs):
        first, second = vectors[2 * i], vectors[2 * i + 1]
        fault = known(embedder, a, first) or known(embedder, b, second)
        answers.append(fault or Comparison(a, b, shortest(first @ second), method))
    return answers


def compare_lines(
    embedders: Mapping[str, Embedder], lines: Sequence[str], tell: Callable[[str], None]
) -> list[list[Any] | LmcliError]:
    """For each line, two texts with a tab between them, the rows of all methods, or its error.

    A method that knows no word of a text leaves its row out, where another one has an answer.
    """
    pairs: list[tuple[str, str]] = []
    answers: list[list[Any] | LmcliError] = []
    for line in lines:
        try:
            pairs.append(split_pair(line))
            answers.append([])
        except BadInput as error:
            answers.append(error)
    sound = [answer for answer in answers if isinstance(answer, list)]
    texts = [text for pair in pairs for text in pair]
    for method, embedder in embedders.items():
        rows = compare(embedder, method, pairs, cut_note(texts, tell))
        for answer, row in zip(sound, rows, strict=True):
            answer.append(row)
    return [_answers(rows) if isinstance(rows, list) else rows for rows in answers]


def _answers(rows: list[Any]) -> list[Any] | LmcliError:
    kept = [row for row in rows if isinstance(row, Comparison)]
    fault: LmcliError = rows[0]
    return kept or fault


def split_pair(line: str) -> tuple[str, str]:
    """The two texts of a line, with a tab between them. Raises BadInput for another number."""
    parts = [part.strip() for part in line.split("\t")]
    if len(parts) != 2 or not all(parts):
        raise BadInput(f"{len(parts)} texts where two belong", "put a tab between the two")
    return parts[0], parts[1]


def read_rated(path: Path) -> Iterator[RatedPair]:
    """The pairs of a file: two texts and a number a line, tabs between them; # starts a comment.

    Raises BadInput, with the line, for anything else.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: {getattr(error, 'strerror', None) or error}") from None
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            a, b, rating = line.split("\t")
            yield RatedPair(a, b, float(rating))
        except ValueError:
            hint = "a line has two texts and a number, with tabs between them"
            raise BadInput(f"{path}: line {number}: {line[:60]!r}", hint) from None


def agreement_on(embedders: Mapping[str, Embedder], path: Path) -> list[Agreement]:
    """How each method follows the ratings of a file; see `read_rated` and `agreement`."""
    pairs = list(read_rated(path))
    return [agreement(embedder, name, pairs, path.name) for name, embedder in embedders.items()]


def agreement(embedder: Embedder, method: str, pairs: Sequence[RatedPair], file: str) -> Agreement:
    """Spearman's correlation of cosines with ratings over the pairs whose texts are known.

    Raises NoAnswer where fewer than two are.
    """
    rows = compare(embedder, method, [(pair.a, pair.b) for pair in pairs])
    kept = [
        (row.score, pair.rating)
        for row, pair in zip(rows, pairs, strict=True)
        if isinstance(row, Comparison)
    ]
    if len(kept) < 2:
        raise NoAnswer(f"{file}: {len(kept)} pairs are known to {embedder.name}")
    scores, ratings = zip(*kept, strict=True)
    return Agreement(file, method, spearman(scores, ratings), len(kept), len(pairs) - len(kept))
