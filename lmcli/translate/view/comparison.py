"""Kinds of translators side by side: a column a kind, a row a length."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.table import Table

from lmcli.frame.locale import said

if TYPE_CHECKING:
    from lmcli.translate.train.comparing import Compared


def table(rows: Sequence[Compared]) -> Table:
    """BLEU by the source's tokens, of all held-out pairs, parameters, seconds of training."""
    found = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    found.add_column("source tokens")
    for name in ("pairs", *(row.model for row in rows)):
        found.add_column(name, justify="right")
    for number, bucket in enumerate(rows[0].by_length):
        own = (f"{row.by_length[number].bleu:.1f}" for row in rows)
        found.add_row(f"{bucket.shortest}-{bucket.longest}", str(bucket.pairs), *own)
    count = sum(bucket.pairs for bucket in rows[0].by_length)
    found.add_row(said("all: BLEU"), str(count), *(f"{row.bleu:.1f}" for row in rows), style="bold")
    found.add_row(said("parameters"), "", *(f"{row.parameters:,}" for row in rows))
    found.add_row(said("seconds"), "", *(f"{row.seconds:.0f}" for row in rows))
    return found
