"""Replays as one self-contained HTML page: play, pause, step, speed; nothing is loaded from outside."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from html import escape
from importlib import resources

from lmcli.draw.colormap import VIRIDIS, hexadecimal
from lmcli.frame.locale import said, spoken
from lmcli.maze.view.picture import Picture

LEVELS = 255
_SAID = re.compile(r"\{\{said (.+?)\}\}")  # a text of the page, in the language spoken


def html(name: str, episodes: Iterable[Iterable[Picture]], seconds: float) -> str:
    """The pictures of each episode in turn, `seconds` apart, as a page."""
    frames: list[dict[str, object]] = []
    first: Picture | None = None
    before: list[tuple[int, int]] = []
    for pictures in episodes:
        for picture in pictures:
            first = first or picture
            cells = _cells(picture)
            frames.append(
                {
                    "caption": picture.caption,
                    "trail": list(picture.trail),
                    # only what has changed since the frame before: a step changes one cell
                    "cells": [
                        [state, *cell]
                        for state, cell in enumerate(cells)
                        if not before or cell != before[state]
                    ],
                }
            )
            before = cells
    assert first is not None
    data = {
        "rows": first.maze.rows,
        "goal": first.maze.goal,
        "low": first.scale.low,
        "high": first.scale.high,
        "colors": [hexadecimal(VIRIDIS(i / LEVELS)) for i in range(LEVELS + 1)],
        "seconds": seconds,
        "frames": frames,
    }
    page = resources.files("lmcli.maze").joinpath("data", "replay.html")
    # "</" could end the script element early
    text = json.dumps(data, separators=(",", ":")).replace("</", "<\\/")
    template = _SAID.sub(lambda found: said(found[1]), page.read_text(encoding="utf-8"))
    named = template.replace("{{title}}", escape(f"lmcli maze: {name}"))
    return named.replace("{{language}}", spoken()).replace("{{data}}", text)


def _cells(picture: Picture) -> list[tuple[int, int]]:
    """For each state its colour, from 0 (-1: nothing learnt), and its action (-1: none)."""
    return [
        (
            -1 if value is None else round(LEVELS * picture.scale.share(value)),
            -1 if a is None else a,
        )
        for value, a in zip(picture.values, picture.policy, strict=True)
    ]
