"""Drafts of what comes next, looked up in the text so far (Saxena 2023, prompt lookup decoding).

A text that repeats itself, or its prompt, is predicted by what followed the same few tokens the last
time. The model then reads several tokens at once and keeps those that it would have chosen itself.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

KEY = 3  # tokens that have to be the same
WINDOW, ENOUGH = 24, 16  # drafting pays when so many of the last tokens were predicted


class Lookup:
    """The places of all runs of three tokens in a text, and how well they predicted of late."""

    def __init__(self, ids: Sequence[int]) -> None:
        self._ids: list[int] = []
        self._after: dict[tuple[int, ...], int] = {}
        self._right: deque[bool] = deque(maxlen=WINDOW)
        for token in ids:
            self._add(token)

    @property
    def pays(self) -> bool:
        """Whether drafts have been right often enough."""
        return sum(self._right) >= ENOUGH

    def saw(self, token: int) -> None:
        """Take note of the token that came."""
        place = self._after.get(self._key())
        self._right.append(place is not None and self._ids[place] == token)
        self._add(token)

    def draft(self, most: int) -> list[int]:
        """Up to `most` tokens that followed the last time; [] where these tokens are new."""
        place = self._after.get(self._key())
        if place is None or most < 1:
            return []
        span = len(self._ids) - place  # a text that repeats goes on after its end at its start
        return [self._ids[place + at % span] for at in range(most)]

    def _key(self) -> tuple[int, ...]:
        return tuple(self._ids[-KEY:])

    def _add(self, token: int) -> None:
        if len(self._ids) >= KEY:
            self._after[self._key()] = len(self._ids)
        self._ids.append(token)
