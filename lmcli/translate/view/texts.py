"""The translation of one text in the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from lmcli.nn.tokens.pieces import harmless
from lmcli.translate.translating import Translation


def alone(rows: Sequence[Translation]) -> Text:
    """The translation and nothing else: it is what was asked for."""
    return Text(harmless(rows[0].translation))
