"""The forms of a CLIPS file: atoms as CLIPS tells them apart, in nested parentheses, each with its line."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from lmcli.frame.errors import BadInput

DEEPEST = 100
_TOKEN = re.compile(
    r';[^\n]*|"(?:\\.|[^"\\])*"|[()]|[&|~]|<?[^ \t\r\n\f()";&|~<]+|<|\n|[ \t\r\f]+', re.DOTALL
)
_INTEGER = re.compile(r"[+-]?[0-9]+")
_FLOAT = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Word:
    """An atom. kind: symbol, string, integer, float, variable or sign (one of & | ~)."""

    text: str
    line: int
    kind: str = "symbol"

    @property
    def name(self) -> str | None:
        """The one spelling of the value: 7 for +7 and 07, 3500.0 for 3.5e3, "x" for the string x.

        None for a number beyond 64 bits.
        """
        if self.kind == "integer":
            number = int(self.text)
            return str(number) if -(2**63) <= number < 2**63 else None
        if self.kind == "float":
            return _float_name(float(self.text))
        if self.kind == "string":
            return '"' + self.text.replace("\\", "\\\\").replace('"', '\\"') + '"'
        return self.text


@dataclass(frozen=True, slots=True)
class Form:
    """A parenthesised list."""

    items: tuple[Word | Form, ...]
    line: int

    @property
    def head(self) -> str:
        """The symbol that it begins with, empty where it begins with something else."""
        first = self.items[0] if self.items else None
        return first.text if isinstance(first, Word) and first.kind == "symbol" else ""

    def walk(self) -> Iterator[Form]:
        """This form and all forms inside it."""
        yield self
        for item in self.items:
            if isinstance(item, Form):
                yield from item.walk()


def _float_name(number: float) -> str | None:
    """A float as CLIPS prints it (15 digits), with more digits where it would not read back."""
    if not math.isfinite(number):
        return None
    short = f"{number:.15g}"
    text = short if float(short) == number else repr(number)
    return text if "." in text or "e" in text else text + ".0"


def word_of(token: str, line: int) -> Word:
    """The atom that a token is."""
    if token.startswith('"'):
        return Word(_ESCAPE.sub(r"\1", token[1:-1]), line, "string")
    if token[0] == "?" or token.startswith("$?"):
        return Word(token, line, "variable")
    if token in ("&", "|", "~"):
        return Word(token, line, "sign")
    if _INTEGER.fullmatch(token):
        return Word(token, line, "integer")
    return Word(token, line, "float" if _FLOAT.fullmatch(token) else "symbol")


def forms(text: str, path: str) -> Iterator[Form]:
    """The forms of a text at its top level. Raises BadInput, with the line, where the brackets do not match."""
    stack: list[tuple[int, list[Word | Form]]] = []
    line, end = 1, 0
    for match in _TOKEN.finditer(text):
        token = match[0]
        if match.start() != end:
            break
        end = match.end()
        if token == "(":
            stack.append((line, []))
            if len(stack) > DEEPEST:
                raise BadInput(f"{path}:{line}: nested deeper than {DEEPEST} levels")
        elif token == ")":
            if not stack:
                raise BadInput(f"{path}:{line}: a ) without its (")
            began, items = stack.pop()
            form = Form(tuple(items), began)
            if stack:
                stack[-1][1].append(form)
            else:
                yield form
        elif token[0] not in " \t\r\n\f;":
            if not stack:
                raise BadInput(f"{path}:{line}: {token[:40]!r} stands outside of parentheses")
            stack[-1][1].append(word_of(token, line))
        line += token.count("\n")
    if end != len(text):
        raise BadInput(f"{path}:{line}: a string is not closed")
    if stack:
        raise BadInput(f"{path}:{stack[-1][0]}: a ( is not closed")
