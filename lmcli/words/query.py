"""Word arithmetic as people write it: `king man woman`, `king - man + woman`, `2*small - large`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from lmcli.frame.errors import BadUsage, quoted

_NUMBER = r"(\d+(?:\.\d*)?|\.\d+)"
LARGEST_WEIGHT = 1e6  # beyond it the other terms fall below float32's precision
USAGE = "write three words, A B C for A - B + C, or a sum with spaces: paris - france + italy"


class Query(NamedTuple):
    """A weighted sum of words: `terms` are (weight, word), in the order written."""

    text: str
    terms: tuple[tuple[float, str], ...]

    @property
    def words(self) -> list[str]:
        """The words, in the order written."""
        return [word for _, word in self.terms]


def parse(text: str) -> Query:
    """Read a query. Raises BadUsage for anything that is neither three words nor a sum."""
    tokens = text.split()
    signs = {"+", "-", "−"}
    if len(tokens) == 3 and not signs.intersection(tokens) and not any(map(_weighted, tokens)):
        a, b, c = tokens
        return Query(" ".join(tokens), ((1.0, a), (-1.0, b), (1.0, c)))
    return Query(" ".join(tokens), tuple(_sum(tokens, text)))


def weighted(plus: Sequence[str], minus: Sequence[str]) -> Query:
    """The sum of words less that of others; a word may hold blanks and signs."""
    terms = [(1.0, word) for word in plus] + [(-1.0, word) for word in minus]
    if len(plus) > 1 and minus:  # as it is said: a - b + c
        terms = [terms[0], *terms[len(plus) :], *terms[1 : len(plus)]]
    signs = ("+ " if weight > 0 else "- " for weight, _ in terms)
    text = " ".join(sign + word for sign, (_, word) in zip(signs, terms, strict=True))
    return Query(text.removeprefix("+ "), tuple(terms))


def _weighted(token: str) -> re.Match[str] | None:
    """The weight and the word of a token such as 2*small."""
    return re.fullmatch(rf"{_NUMBER}\s*\*(.+)", token) if "*" in token else None


def _sum(tokens: list[str], text: str) -> list[tuple[float, str]]:
    """Terms of `[sign] term (sign term)*`; a term is `word`, `2*word` or `2 * word`."""
    terms: list[tuple[float, str]] = []
    sign: float | None = 1.0
    place = 0
    while place < len(tokens):
        token = tokens[place]
        if token in ("+", "-", "−") and (sign is None or place == 0):
            sign = 1.0 if token == "+" else -1.0
            place += 1
            continue
        if sign is None:
            raise BadUsage(f"no + or - before {quoted(token)} in {quoted(text)}", USAGE)
        weight = 1.0
        if tokens[place + 1 : place + 2] == ["*"] and re.fullmatch(_NUMBER, token):
            if place + 2 >= len(tokens):
                raise BadUsage(f"no word after {quoted(token)} * in {quoted(text)}", USAGE)
            weight, token = float(token), tokens[place + 2]
            place += 2
        elif match := _weighted(token):
            weight, token = float(match[1]), match[2]
        if weight > LARGEST_WEIGHT:
            raise BadUsage(f"a weight above {LARGEST_WEIGHT:,.0f} in {quoted(text)}", USAGE)
        terms.append((sign * weight, token))
        sign = None
        place += 1
    if sign is not None or not terms:
        raise BadUsage(f"{quoted(text)} is not a query", USAGE)
    return terms
