"""A tour as a film: an asciicast, or an svg whose screens follow each other; nothing outside it is loaded.

Format of the cast: https://docs.asciinema.org/manual/asciicast/v2/
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from html import escape
from itertools import pairwise
from typing import TextIO, cast

from rich.cells import cell_len
from rich.color import blend_rgb
from rich.console import Console
from rich.style import Style
from rich.terminal_theme import SVG_EXPORT_THEME as THEME
from rich.text import Text

from lmcli.course.lesson import Lesson, Step
from lmcli.course.view.page import Page
from lmcli.frame.environment import Environment

COLUMNS, LINES = 80, 36  # of the terminal that is filmed
# pixels: a letter's width, a line's height, the font, around all
CELL, LINE, SIZE, MARGIN = 8.4, 18.0, 14, 12.0
SHADE = 0.45  # how far dim letters go towards the background
# parts of a text whose letters have one width
_SCRIPTS = re.compile(r"[\u2e80-\uffff]+|[^\u2e80-\uffff]+")
FORMATS = (".cast", ".svg")
# a cursor that draws again what it has drawn
_MOVES = re.compile(r"\x1b\[[0-9;?]*[A-HJKhl]|\r(?!\n)")


class Film(io.TextIOBase):
    """A terminal's stream that keeps what is written and when, by a clock that `pause` alone moves."""

    encoding = "utf-8"

    def __init__(self) -> None:
        self.clock = 0.0
        self.events: list[tuple[float, str]] = []
        self.cuts: list[int] = []  # where a step begins, as a place in the events

    def write(self, text: str) -> int:
        """Keep a text."""
        self.events.append((self.clock, text))
        return len(text)

    def isatty(self) -> bool:
        """Commands print as to a terminal."""
        return True

    def writable(self) -> bool:
        """Always."""
        return True

    def pause(self, seconds: float) -> None:
        """Let time go by."""
        self.clock += seconds

    def cut(self) -> None:
        """A new screen begins here."""
        self.cuts.append(len(self.events))


class FilmedPage(Page):
    """A page each step of which begins a screen of a film."""

    def __init__(self, env: Environment, said: Mapping[str, str], film: Film) -> None:
        super().__init__(env, said)
        self._film = film

    def step(self, step: Step, number: int, count: int) -> None:
        """What is read before a step's command."""
        self._film.cut()
        super().step(step, number, count)


def filmed(env: Environment, film: Film) -> Environment:
    """An environment whose terminal is the film."""
    size = {
        "COLUMNS": str(COLUMNS),
        "LINES": str(LINES),
        "COLORTERM": "truecolor",
        "TERM": "xterm-256color",
    }
    stream = cast(TextIO, film)
    return replace(
        env,
        stdout=stream,
        stderr=stream,
        stdout_isatty=True,
        stderr_isatty=False,
        variables={**env.variables, **size},
        overrides={**env.overrides, "format": "table", "color": "always"},
    )


def written(film: Film, lesson: Lesson, suffix: str) -> str:
    """The film as the text of a file."""
    return svg(film, lesson) if suffix == ".svg" else "\n".join(asciicast(film, lesson)) + "\n"


def asciicast(film: Film, lesson: Lesson) -> Iterator[str]:
    """The lines of a cast file: a header, then an event a line."""
    header = {"version": 2, "width": COLUMNS, "height": LINES, "title": f"lmcli: {lesson.title}"}
    yield json.dumps(header, ensure_ascii=False)
    for time, text in film.events:
        if text:
            event = [round(time, 3), "o", text.replace("\n", "\r\n")]
            yield json.dumps(event, ensure_ascii=False)
    yield json.dumps([round(film.clock, 3), "o", ""])


@dataclass(frozen=True)
class Screen:
    """The lines of one step, and for how many seconds they stand."""

    lines: list[Text]
    seconds: float


def screens(film: Film) -> list[Screen]:
    """What each step shows at its end; of one that is longer than the terminal the first lines."""
    found = []
    for start, end in pairwise((*film.cuts, len(film.events))):
        until = film.events[end][0] if end < len(film.events) else film.clock
        text = _still("".join(text for _, text in film.events[start:end]))
        lines = list(Text.from_ansi(text.strip("\n")).split("\n"))
        found.append(Screen(lines[:LINES], max(until - film.events[start][0], 1.0)))
    return found


def _still(text: str) -> str:
    """Of lines that a live display has drawn again and again, those that stand at the end."""
    first, *drawn = _MOVES.split(text)
    return first + (drawn[-1] if drawn else "")


def svg(film: Film, lesson: Lesson) -> str:
    """The screens one after the other, each as long as the tour shows it; the first where nothing may move."""
    shown = screens(film)
    width = COLUMNS * CELL + 2 * MARGIN
    height = max(len(screen.lines) for screen in shown) * LINE + 2 * MARGIN
    whole = sum(screen.seconds for screen in shown)
    rules, groups, start = [], [], 0.0
    for number, screen in enumerate(shown):
        first, last = 100 * start / whole, 100 * (start + screen.seconds) / whole
        start += screen.seconds
        rules.append(
            f"@keyframes s{number} {{ 0% {{ visibility: {'visible' if not number else 'hidden'} }} "
            f"{first:.3f}% {{ visibility: visible }} {last:.3f}%, 100% {{ visibility: hidden }} }} "
            f"#s{number} {{ animation-name: s{number} }}"
        )
        hidden = ' visibility="hidden"' if number else ""
        groups.append(f'<g id="s{number}"{hidden}>' + "".join(_drawn(screen)) + "</g>")
    style = (
        f"text {{ font: {SIZE}px ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', 'Noto Sans Mono CJK SC', "
        "monospace; white-space: pre; dominant-baseline: central }\n"
        f"g {{ animation: {whole:.1f}s step-end infinite }}\n" + "\n".join(rules)
    )
    ground = THEME.background_color.hex
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}" role="img"><title>{escape(lesson.title)}</title>\n<style>{style}</style>\n'
        f'<rect width="100%" height="100%" rx="8" fill="{ground}"/>\n'
        + "\n".join(groups)
        + "\n</svg>\n"
    )


def _drawn(screen: Screen) -> Iterator[str]:
    """The letters and the coloured cells of a screen."""
    console = Console(color_system="truecolor", width=COLUMNS)
    for row, line in enumerate(screen.lines):
        x, y = MARGIN, MARGIN + row * LINE
        for segment in line.render(console):
            style = segment.style or Style.null()
            ink, ground = _colors(style)
            bold = ' font-weight="bold"' if style.bold else ""
            for text in _SCRIPTS.findall(segment.text.rstrip("\n")):
                width = CELL * cell_len(text)
                if ground:
                    yield (
                        f'<rect x="{x:.1f}" y="{y:g}" width="{width:.1f}" height="{LINE:g}" '
                        f'fill="{ground}"/>'
                    )
                if text.strip():
                    yield (
                        f'<text x="{x:.1f}" y="{y + LINE / 2:g}" textLength="{width:.1f}" '
                        f'fill="{ink}"{bold}>{escape(text)}</text>'
                    )
                x += width


def _colors(style: Style) -> tuple[str, str]:
    """(the letters' colour, the ground's or "") as "#rrggbb"."""
    ink = style.color.get_truecolor(THEME) if style.color else THEME.foreground_color
    ground = style.bgcolor.get_truecolor(THEME, foreground=False) if style.bgcolor else None
    if style.reverse:
        ink, ground = ground or THEME.background_color, ink
    if style.dim:
        ink = blend_rgb(ink, ground or THEME.background_color, SHADE)
    return ink.hex, ground.hex if ground else ""
