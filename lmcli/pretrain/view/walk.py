"""One batch, for people: each place with its loss as a bar, each layer with its gradient."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group
from rich.table import Table
from rich.text import Text

from lmcli.frame.locale import told
from lmcli.pretrain.walk import Walk

BAR = 20


def walked(rows: Sequence[Walk]) -> Group:
    """The two tables of a batch."""
    row = rows[0]
    most = max([one.loss or 0.0 for one in row.places] + [row.uniform])
    places = Table(box=None)
    for name in ("place", "sees", "is to say", "-ln P", "", "would say"):
        places.add_column(name)
    for one in row.places:
        loss = "" if one.loss is None else f"{one.loss:.3f}"
        bar = "█" * round(BAR * (one.loss or 0.0) / most)
        places.add_row(str(one.place), Text(repr(one.seen)), Text(repr(one.target) if one.target else ""),
                       loss, bar, Text(f"{one.guess!r} {one.guessed:.3f}"))  # fmt: skip
    longest = max(one.gradient for one in row.layers) or 1.0
    layers = Table(box=None)
    for name in ("layer", "parameters", "weights", "gradient", ""):
        layers.add_column(name)
    for part in row.layers:
        layers.add_row(told(part.layer), f"{part.parameters:,}", f"{part.weights:.3f}", f"{part.gradient:.4f}",
                       "█" * round(BAR * part.gradient / longest))  # fmt: skip
    line = told(
        f"loss {row.loss:.3f}; one who knows nothing has ln {row.vocabulary} = {row.uniform:.3f}"
    )
    return Group(places, Text(""), Text(f"{line}\n"), layers)
