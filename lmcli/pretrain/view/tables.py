"""What was trained, for people."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group
from rich.table import Table
from rich.text import Text

from lmcli.frame.locale import said, told
from lmcli.pretrain.train.making import Pretrained


def pretrained(rows: Sequence[Pretrained]) -> Group:
    """The figures of a model, and what it writes."""
    row = rows[0]
    table = Table(show_header=False, box=None)
    facts: list[tuple[str, str]] = [
        ("parameters", f"{row.parameters:,}"),
        (
            "steps",
            told(f"{row.steps:,} in {row.seconds:.0f} s, {row.tokens_per_second:,.0f} tokens/s"),
        ),
        ("held-out perplexity", told(f"{row.perplexity:.2f} a token ({row.loss:.3f} nats)")),
    ]
    if row.before is not None:
        facts.append(("before", f"{row.before:.2f}"))
    if row.general is not None and row.general_before is not None:
        facts.append(
            ("on another text", told(f"{row.general:.2f}, before {row.general_before:.2f}"))
        )
    if row.bits is not None and row.trigram is not None:
        facts.append(
            ("bits a character", told(f"{row.bits:.3f} (a trigram has {row.trigram:.3f})"))
        )
    if row.accuracy is not None and row.chance is not None:
        asked = "next sentence" if row.objective == "mlm+nsp" else "replaced above own"
        right = told(f"{row.accuracy:.3f} (always the same answer has {row.chance:.3f})")
        facts.append((asked, right))
    for name, value in facts:
        table.add_row(said(name), value)
    return Group(table, Text(f"\n{row.sample}", style="italic") if row.sample else Text(""))
