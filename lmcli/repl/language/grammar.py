"""The grammar of a line: words and quotes as in a shell, variables, pipes, redirects.

    $name = similar king -k 5 | grep qu > file

Quotes are those of a shell, with two differences for the sake of prose: an apostrophe inside a word stands for
itself (isn't), and three double quotes enclose text as it is, over several lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from lmcli.frame.errors import BadUsage

REFERENCE = re.compile(
    r"\$(?P<name>[A-Za-z_]\w*)(?:\[(?P<index>-?\d+)\])?(?:\.(?P<field>[A-Za-z_]\w*))?"
)
LAST = re.compile(r"_(?:\[(?P<index>-?\d+)\])?(?:\.(?P<field>[A-Za-z_]\w*))?")
ASSIGNMENT = re.compile(r"\s*\$([A-Za-z_]\w*)\s*=(?!=)\s*")
OPERATORS = ("|", ">>", ">", "<")
TRIPLE = '"""'
_QUOTE = "quote it where you mean the sign itself"

Kind = Literal["word", "operator", "comment"]


@dataclass(frozen=True, slots=True)
class Reference:
    """A variable in a word: its rows, one row of them, a field. `_` names the last result."""

    name: str
    index: int | None = None
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """A word (text and references), an operator, or a comment; where it stands in the line."""

    kind: Kind
    start: int
    end: int
    parts: tuple[str | Reference, ...] = ()
    bare: bool = True  # nothing of it was quoted
    open: bool = False  # its closing quote is missing

    @property
    def text(self) -> str:
        """The word without its references."""
        return "".join(part for part in self.parts if isinstance(part, str))


@dataclass(frozen=True, slots=True)
class Stage:
    """One command of a pipeline: words, or a line for the shell."""

    words: tuple[Token, ...] = ()
    shell: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A parsed line. `output` and `source`: the words after > or >> (then `append`) and <."""

    stages: tuple[Stage, ...] = ()
    name: str | None = None
    output: Token | None = None
    append: bool = False
    source: Token | None = None


@dataclass
class _Word:
    start: int
    parts: list[str | Reference] = field(default_factory=list)
    letters: list[str] = field(default_factory=list)
    bare: bool = True
    open: bool = False

    def refer(self, reference: Reference) -> None:
        if self.letters:
            self.parts.append("".join(self.letters))
            self.letters = []
        self.parts.append(reference)

    def token(self, end: int) -> Token:
        if self.letters or not self.parts:
            self.parts.append("".join(self.letters))
        return Token("word", self.start, end, tuple(self.parts), self.bare, self.open)


def tokens(line: str, place: int = 0) -> Iterator[Token]:
    """The tokens of a line from `place` on; an open quote ends with the line (its token says so)."""
    while place < len(line):
        if line[place].isspace():
            place += 1
        elif line[place] == "#":
            yield Token("comment", place, len(line))
            return
        elif operator := next((o for o in OPERATORS if line.startswith(o, place)), None):
            yield Token("operator", place, place + len(operator), (operator,))
            place += len(operator)
        else:
            token = _word(line, place)
            yield token
            place = token.end


def _word(line: str, start: int) -> Token:
    word = _Word(start)
    place = start
    while place < len(line):
        letter = line[place]
        if letter.isspace() or letter in "|<>":
            break
        if letter in "\"'" and not _apostrophe(line, start, place):
            place = _quoted(line, place, word)
        elif letter == "\\" and place + 1 < len(line):
            word.letters.append(line[place + 1])
            word.bare = False
            place += 2
        elif letter == "$" and (found := REFERENCE.match(line, place)):
            word.refer(_reference(found))
            place = found.end()
        else:
            word.letters.append(letter)
            place += 1
    token = word.token(place)
    if token.bare and len(token.parts) == 1 and (last := LAST.fullmatch(token.text)):
        return Token("word", start, place, (_reference(last, "_"),))
    return token


def _apostrophe(line: str, start: int, place: int) -> bool:
    return line[place] == "'" and place > start and line[place - 1].isalnum()


def _reference(found: re.Match[str], name: str | None = None) -> Reference:
    index = found["index"]
    return Reference(name or found["name"], int(index) if index else None, found["field"])


def _quoted(line: str, place: int, word: _Word) -> int:
    """Take what is quoted from `place` on into `word`; return where it ends."""
    word.bare = False
    quote = TRIPLE if line.startswith(TRIPLE, place) else line[place]
    place += len(quote)
    while place < len(line):
        if line.startswith(quote, place):
            return place + len(quote)
        if quote == '"' and line[place] == "\\" and line[place + 1 : place + 2] in ('"', "\\", "$"):
            place += 1
        elif quote == '"' and (found := REFERENCE.match(line, place)):
            word.refer(_reference(found))
            place = found.end()
            continue
        word.letters.append(line[place])
        place += 1
    word.open = True
    return place


def parse(line: str) -> Line:
    """Parse one line. Raises BadUsage, which names the column."""
    found = ASSIGNMENT.match(line)
    name, place = (found[1], found.end()) if found else (None, 0)
    stages: list[Stage] = []
    words: list[Token] = []
    files: dict[str, Token] = {}
    operator = "|"  # the one that waits for what follows it
    for token in tokens(line, place):
        _refuse_open(token)
        if token.kind == "comment":
            break
        if token.kind == "operator":
            if operator:
                raise _fault(token, f"nothing before {token.text}")
            if token.text == "|" and {">", ">>"} & files.keys():
                raise _fault(token, "a pipe after a redirect", "put > FILE last")
            operator = token.text
            if operator == "|":
                stages.append(Stage(tuple(words)))
                words = []
        elif operator == "|" and line[token.start] == "!":
            stages.append(Stage(shell=line[token.start + 1 :].strip()))
            operator = ""
            break
        elif operator in ("<", ">", ">>"):
            files[operator] = token
            operator = ""
        elif files:
            raise _fault(token, "words after a redirect", "put < FILE and > FILE last")
        else:
            words.append(token)
            operator = ""
    if operator and (stages or words):
        missing = "a command" if operator == "|" else "a file"
        raise BadUsage(f"{missing} must follow {operator}", _QUOTE)
    if words:
        stages.append(Stage(tuple(words)))
    _refuse_empty(name, stages)
    output = files.get(">>") or files.get(">")
    return Line(tuple(stages), name, output, ">>" in files, files.get("<"))


def _refuse_open(token: Token) -> None:
    if token.open:
        raise _fault(token, "a quote is not closed", "close it, or write \\' for the sign")


def _refuse_empty(name: str | None, stages: list[Stage]) -> None:
    if name and not stages:
        raise BadUsage("a command must follow =", f"as in ${name} = analogy king man woman")


def _fault(token: Token, message: str, hint: str = _QUOTE) -> BadUsage:
    return BadUsage(f"column {token.start + 1}: {message}", hint)


def is_open(text: str) -> bool:
    """Whether three quotes were opened in `text` and not closed: more lines must come."""
    return text.count(TRIPLE) % 2 == 1


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """(number of its first line from 1, line): physical lines, joined inside three quotes and after a backslash."""
    gathered = ""
    first = 1
    for number, line in enumerate(text.split("\n"), 1):
        gathered += line.removesuffix("\r")
        if is_open(gathered):
            gathered += "\n"
        elif gathered.endswith("\\") and not gathered.endswith("\\\\"):
            gathered = gathered[:-1]
        else:
            yield first, gathered
            gathered, first = "", number + 1
    if gathered:
        yield first, gathered
