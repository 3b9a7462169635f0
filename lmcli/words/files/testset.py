"""The files that word vectors are tested with: analogy questions by section, or pairs of words that people rated."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path

from lmcli.frame.errors import BadInput, quoted
from lmcli.frame.text.textfile import BOM, refuse_utf16


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

    def words(self) -> Iterator[str]:
        """All words of its questions and pairs."""
        for section in self.sections:
            for question in section.questions:
                yield from (question.a, question.b, question.c, question.expected)
        for pair in self.pairs:
            yield from (pair.a, pair.b)


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
