"""How good word vectors are: analogy questions by section, and human similarity ratings of pairs.

The counts are gensim's: words are compared without case, only the `restrict` most frequent words take part, and a
question or pair with another word, or with one whose vector is zero, is left out. Questions: Mikolov et al. 2013;
pairs: Finkelstein et al. 2002 (WordSim-353), Hill et al. 2015 (SimLex-999).
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import ClassVar

import numpy as np

from lmcli.frame.errors import BadInput, NoAnswer, quoted
from lmcli.frame.text.letters import composed
from lmcli.frame.text.textfile import BOM, refuse_utf16
from lmcli.vectors.correlation import pearson, spearman
from lmcli.vectors.wordvectors import WordVectors
from lmcli.words.analogy import SCORERS
from lmcli.words.neighbours import Asked, shortlist

BATCH = 256


@dataclass(frozen=True, slots=True)
class Section:
    """The score of one section of an analogy file; the last row's section is "total"."""

    section: str
    correct: int
    total: int
    accuracy: float | None

    KEY: ClassVar[str] = "section"
    PLAIN: ClassVar[tuple[str, ...]] = ("correct", "total", "accuracy")


@dataclass(frozen=True, slots=True)
class Correlation:
    """How cosines agree with the ratings of a pairs file; `oov` pairs had an unknown word."""

    file: str
    pearson: float
    spearman: float
    pairs: int
    oov: int


@dataclass(frozen=True, slots=True)
class Question:
    """`b - a + c` should give `expected`."""

    a: str
    b: str
    c: str
    expected: str


@dataclass
class Questions:
    """One section of an analogy file."""

    name: str
    questions: list[Question] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two words and the mean of the ratings that people gave them."""

    a: str
    b: str
    rating: float


@dataclass
class TestFile:
    """What an evaluation file holds: sections of questions, or pairs; and its malformed lines.

    header: whether its first line names the columns.
    """

    path: Path
    sections: list[Questions] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)
    faults: list[tuple[int, BadInput]] = field(default_factory=list)
    header: bool = False

    @property
    def size(self) -> int:
        """Lines that hold a question, a pair or a fault."""
        questions = sum(len(section.questions) for section in self.sections)
        return questions + len(self.pairs) + len(self.faults)


def read_test(path: Path) -> TestFile:
    """Read an analogy file (`: section` lines, then four words a line) or a pairs file (two words and
    a number, separated by tabs, commas or spaces; # starts a comment). Columns between tabs or commas may
    have a header, and more columns: the first number is the rating, as SimLex-999 is published.

    Raises BadInput where nothing in it can be used.
    """
    test = TestFile(path)
    data = path.read_bytes()
    refuse_utf16(data, str(path))
    for number, raw in enumerate(data.removeprefix(BOM.encode()).split(b"\n"), 1):
        try:
            _read_line(test, raw.decode().strip())
        except UnicodeDecodeError as error:
            fault = BadInput(f"not UTF-8 at byte {error.start + 1}", "convert it with iconv")
            test.faults.append((number, fault))
        except BadInput as error:
            test.faults.append((number, error))
    if not test.pairs and not any(section.questions for section in test.sections):
        hint = "lines hold four words (an analogy) or two words and a number (a pair)"
        first = f"; line {test.faults[0][0]}: {test.faults[0][1]}" if test.faults else ""
        raise BadInput(f"{path}: no questions and no pairs{first}", hint)
    return test


def _read_line(test: TestFile, line: str) -> None:
    if not line or line.startswith("#"):
        return
    if line.startswith(":"):
        test.sections.append(Questions(line.removeprefix(":").strip()))
        return
    columns = "\t" in line or "," in line
    words = _columns(line) if columns else line.split()
    if columns and len(words) != 4 and not test.sections:
        numbers = [word for word in words[2:] if _is_numberlike(word)]
        if len(words) > 2 and not numbers and not test.size and not test.header:
            test.header = True
            return
        words = words[:2] + (numbers[:1] or words[2:])
    if len(words) == 4 and not test.pairs:
        if not test.sections:
            test.sections.append(Questions("questions"))
        test.sections[-1].questions.append(Question(*words))
    elif len(words) == 3 and not test.sections:
        test.pairs.append(Pair(words[0], words[1], _number(words[2])))
    else:
        wanted = "two words and a number" if test.pairs else "four words"
        raise BadInput(f"{len(words)} fields where {wanted} belong")


def _columns(line: str) -> list[str]:
    """The cells of a line: between tabs, else between commas; those in quotes may hold a comma."""
    mark = "\t" if "\t" in line else ","
    try:
        (cells,) = csv.reader([line], delimiter=mark, skipinitialspace=True, strict=True)
    except csv.Error as error:
        raise BadInput(f"{quoted(line)}: {error}", "is a quotation mark missing?") from None
    return [cell.strip() for cell in cells]


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        hint = "write 0.5, not 0,5" if _is_numberlike(text) else None
        raise BadInput(f"{quoted(text)} is not a number", hint) from None
    if not isfinite(value):
        raise BadInput(f"the rating {quoted(text)} is not finite")
    return value


def _is_numberlike(text: str) -> bool:
    """Whether a cell is meant as a number: nan, inf and 3,5 are, and must not pass for a word."""
    try:
        float(text.replace(",", "."))
    except ValueError:
        return False
    return True


class Rows:
    """Words to rows without regard to case; of words that differ only in case the most frequent."""

    def __init__(self, vectors: WordVectors, restrict: int | None) -> None:
        self._vectors = vectors
        self.restrict = min(restrict or len(vectors), len(vectors))
        rows = range(self.restrict - 1, -1, -1)
        self._rows = {_folded(vectors.vocabulary[row]): row for row in rows}
        self._nowhere = set(vectors.directionless.tolist())

    def of(self, words: Sequence[str]) -> list[int] | None:
        """The rows of `words`, or None where one is unknown or has a zero vector."""
        rows = [row for word in words if (row := self._rows.get(_folded(word))) is not None]
        return rows if len(rows) == len(words) and self._nowhere.isdisjoint(rows) else None


def _folded(word: str) -> str:
    """A word without regard to case and normal form."""
    return composed(word).upper()


def evaluate_questions(
    vectors: WordVectors,
    sections: Sequence[Questions],
    rows: Rows,
    *,
    method: str = "add",
    include_inputs: bool = False,
    advance: Callable[[float], None] = lambda _questions: None,
) -> Iterator[Section]:
    """Score each section as it is done, then the total; `advance` hears of each batch.

    Raises NoAnswer after the sections where no question could be asked.
    """
    correct = total = 0
    for section in sections:
        right = asked = 0
        known = [
            (question, found)
            for question in section.questions
            if (found := rows.of((question.a, question.b, question.c, question.expected)))
        ]
        for start in range(0, len(known), BATCH):
            batch = known[start : start + BATCH]
            asked += len(batch)
            right += _right(vectors, batch, rows.restrict, method, include_inputs)
            advance(len(batch))
        yield Section(section.name, right, asked, right / asked if asked else None)
        correct += right
        total += asked
    if not total:
        raise NoAnswer(f"no question has all its words in {vectors.name}")
    yield Section("total", correct, total, correct / total)


def _right(
    vectors: WordVectors,
    batch: list[tuple[Question, list[int]]],
    restrict: int,
    method: str,
    include_inputs: bool,
) -> int:
    """How many questions of a batch are answered with the expected word."""
    asked = [Asked("", [b, a, c], [1.0, -1.0, 1.0]) for _, (a, b, c, _) in batch]
    scorer = SCORERS[method](vectors, asked)
    excluded: list[set[int]] = [set() if include_inputs else set(one.rows) for one in asked]
    answers = shortlist(vectors, scorer, len(batch), 1, excluded, restrict)
    return sum(
        _folded(vectors.vocabulary[answer[0]]) == _folded(question.expected)
        for (question, _), answer in zip(batch, answers, strict=True)
        if len(answer)
    )


def evaluate_pairs(
    vectors: WordVectors, pairs: Sequence[Pair], rows: Rows, file: str
) -> Correlation:
    """Pearson's and Spearman's correlation of cosines with ratings, over the known pairs.

    Raises NoAnswer where fewer than two pairs are known, or cosines or ratings are all alike.
    """
    known = [(found, pair.rating) for pair in pairs if (found := rows.of((pair.a, pair.b)))]
    if len(known) < 2:
        raise NoAnswer(f"{file}: {len(known)} pairs have both words in {vectors.name}")
    first = vectors.units([found[0] for found, _ in known])
    second = vectors.units([found[1] for found, _ in known])
    cosines = np.einsum("nd,nd->n", first, second).astype(np.float64)
    ratings = np.array([rating for _, rating in known])
    for values, what in ((cosines, "cosines"), (ratings, "ratings")):
        if values.min() == values.max():
            raise NoAnswer(f"{file}: all {what} are {values[0]:g}: nothing to correlate")
    return Correlation(
        file,
        pearson=pearson(cosines, ratings),
        spearman=spearman(cosines, ratings),
        pairs=len(known),
        oov=len(pairs) - len(known),
    )
