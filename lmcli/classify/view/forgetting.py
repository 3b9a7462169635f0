"""Ways of fine-tuning side by side, as a figure: what was learnt, and what is left of what the encoder could do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lmcli.draw.figure import Figure
from lmcli.frame.locale import said

if TYPE_CHECKING:
    from lmcli.classify.train.finetuning.forgetting import Kept

LEFT, BAR, GAP, ROW, TOP = 90, 210, 60, 34, 78
LEARNT, LOST, INTERVAL = "#0072b2", "#cc79a7", "#d55e00"


def figure(rows: Sequence[Kept]) -> Figure:
    """For each way a bar of the accuracy, with its interval, and one of the loss on pairs of sentences."""
    width, second = LEFT + 2 * (BAR + GAP), LEFT + BAR + GAP
    drawn = Figure(width, TOP + ROW * len(rows) + 20, title=said("Fine-tuning and forgetting"))
    drawn.text(16, 26, said("What fine-tuning gives, and what it takes"), size=15, bold=True)
    drawn.text(LEFT, 56, said("accuracy on held-out texts"), size=11)
    drawn.text(second, 56, said("loss on pairs that mean the same (low is good)"), size=11)
    most = max(row.loss for row in rows)
    for at, row in enumerate(rows):
        y = TOP + ROW * at
        middle = y + ROW / 2 - 4
        drawn.text(LEFT - 8, middle, row.way, size=12, anchor="end", middle=True)
        if row.accuracy is not None and row.low is not None and row.high is not None:
            drawn.rect(LEFT, y + 4, BAR * row.accuracy, ROW - 16, fill=LEARNT)
            ends = (LEFT + BAR * row.low, middle), (LEFT + BAR * row.high, middle)
            drawn.line(*ends, stroke=INTERVAL, width=3)
            drawn.text(LEFT + BAR + 6, middle, f"{row.accuracy:.3f}", size=10, middle=True)
        drawn.rect(second, y + 4, BAR * row.loss / most, ROW - 16, fill=LOST)
        drawn.text(second + BAR + 6, middle, f"{row.loss:.3f}", size=10, middle=True)
    return drawn
