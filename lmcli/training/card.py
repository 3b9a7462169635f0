"""The card of a model: what it learnt from, how, how well, and what it does badly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

CARD = "CARD.md"


def write_card(
    folder: Path,
    name: str,
    summary: str,
    facts: Mapping[str, Any],
    scores: Sequence[Mapping[str, Any]],
    badly: Sequence[str],
    command: str,
) -> None:
    """Write CARD.md. facts: what is told as a table. scores: rows of one table. badly: sentences. command: how made."""
    lines = [f"# {name}", "", summary, "", "| | |", "|---|---|"]
    lines += [f"| {key} | {_cell(value)} |" for key, value in facts.items()]
    lines += ["", "Made with:", "", f"    {command}", "", "## Scores", ""]
    if scores:
        names = list(dict.fromkeys(key for row in scores for key in row))
        lines += ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
        lines += [
            "| " + " | ".join(_cell(row.get(key, "")) for key in names) + " |" for row in scores
        ]
    else:
        lines.append("None: nothing was held out.")
    lines += ["", "## What it does badly", "", *(f"- {sentence}" for sentence in badly), ""]
    (folder / CARD).write_text("\n".join(lines), encoding="utf-8")


def _cell(value: Any) -> str:
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return text.replace("|", "\\|").replace("\n", " ")
