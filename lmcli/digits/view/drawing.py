"""The paper at a terminal: drawn on with keys and mouse, and read as one draws."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from prompt_toolkit.application import Application
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.layout import HSplit, Layout, VSplit, Window
from prompt_toolkit.layout.controls import FormattedTextControl
from prompt_toolkit.mouse_events import MouseButton, MouseEvent, MouseEventType
from prompt_toolkit.output import Output

from lmcli.digits.canvas import SIDE, Canvas
from lmcli.digits.network import Floats
from lmcli.draw.bars import bar
from lmcli.frame.locale import said

BAR = 16
SHADES = " ░▒▓█"
HELP = "mouse or arrows (hjkl) draw   space pen down/up   e eraser   u undo   c clear   Enter done   q quit"
_MOVES = {"up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1)}
_LETTERS = {"k": "up", "j": "down", "h": "left", "l": "right"}

Read = Callable[[Floats], Floats | None]


@dataclass
class Drawing:
    """A canvas, and what the network thinks of it: `read` gives probabilities of ink, or None for none."""

    read: Read
    labels: Sequence[str]
    colored: bool = True
    canvas: Canvas = field(default_factory=Canvas)
    shares: Floats | None = None

    def look(self) -> None:
        """Read what is on the paper now."""
        self.shares = None if self.canvas.is_blank else self.read(self.canvas.ink)

    # -- what is shown -----------------------------------------------------------------------

    def paper(self) -> StyleAndTextTuples:
        """The paper in half blocks, two points above each other in a cell; the pen as a cross."""
        pen = round(self.canvas.pen[0]), round(self.canvas.pen[1])
        parts: StyleAndTextTuples = []
        levels = (self.canvas.ink * 255).astype(np.uint8)
        for line in range(0, SIDE, 2):
            for column in range(SIDE):
                upper, lower = int(levels[line, column]), int(levels[line + 1, column])
                at_pen = pen[1] == column and pen[0] in (line, line + 1)
                parts.append((*self._cell(upper, lower, at_pen), self._mouse))
            parts.append(("", "\n"))
        return parts

    def _cell(self, upper: int, lower: int, at_pen: bool) -> tuple[str, str]:
        if at_pen:
            return "reverse", "●" if self.canvas.down else "○"
        if not self.colored:
            return "", SHADES[min(4, (upper + lower) * 5 // 512)]
        return f"#{upper:02x}{upper:02x}{upper:02x} bg:#{lower:02x}{lower:02x}{lower:02x}", "▀"

    def guesses(self) -> StyleAndTextTuples:
        """The probability of each label."""
        state = said("eraser") if self.canvas.erasing else said("pen")
        state += said(", down") if self.canvas.down else said(", up")
        parts: StyleAndTextTuples = [("", f" {state}\n\n")]
        if self.shares is None:
            return [*parts, ("", said(" draw a digit"))]
        best = int(self.shares.argmax())
        for place, label in enumerate(self.labels[:16]):
            share = float(self.shares[place])
            style = "bold" if place == best else ""
            parts.append((style, f" {label[:10]:>2} {share:.2f} {bar(share, BAR)}\n"))
        return parts

    # -- what is done ------------------------------------------------------------------------

    def _mouse(self, event: MouseEvent) -> None:
        point = (2 * event.position.y + 0.5, float(event.position.x))
        if event.event_type is MouseEventType.MOUSE_DOWN:
            self.canvas.erasing = event.button is MouseButton.RIGHT
            self.canvas.press(point)
        elif event.event_type is MouseEventType.MOUSE_MOVE and self.canvas.down:
            self.canvas.to(point, draw=True)
        elif event.event_type is MouseEventType.MOUSE_UP:
            if self.canvas.down:
                self.canvas.to(point, draw=True)
            self.canvas.lift()
        self.look()

    def keys(self) -> KeyBindings:
        """Arrows and hjkl move, the rest as HELP says."""
        keys = KeyBindings()

        def act(name: str, action: Callable[[], None]) -> None:
            @keys.add(name)
            def _(_event: Any) -> None:
                action()
                self.look()

        for name, (down, right) in _MOVES.items():
            act(name, partial(self.canvas.move, down, right))
        for name, move in _LETTERS.items():
            down, right = _MOVES[move]
            act(name, partial(self.canvas.move, down, right))
        act("space", lambda: self.canvas.lift() if self.canvas.down else self.canvas.press())
        act("e", self._turn)
        act("u", self.canvas.undo)
        act("c", self.canvas.clear)
        act("delete", self.canvas.clear)
        keys.add("enter")(lambda event: event.app.exit(result=True))
        for name in ("q", "c-d"):
            keys.add(name)(lambda event: event.app.exit(result=False))
        keys.add("c-c")(lambda event: event.app.exit(exception=KeyboardInterrupt))
        return keys

    def _turn(self) -> None:
        self.canvas.erasing = not self.canvas.erasing

    def run(self, input: Input | None = None, output: Output | None = None) -> bool:  # noqa: A002
        """Draw until Enter (True) or q (False). Raises KeyboardInterrupt for Ctrl-C."""
        paper = Window(
            FormattedTextControl(self.paper, focusable=True, show_cursor=False),
            width=SIDE,
            height=SIDE // 2,
            dont_extend_width=True,
        )
        beside = Window(FormattedTextControl(self.guesses), width=BAR + 16)
        rule = Window(width=1, char="│")
        below = Window(FormattedTextControl(said(HELP)), height=2, wrap_lines=True)
        line = Window(height=1, char="─")
        body = HSplit([VSplit([paper, rule, beside], height=SIDE // 2), line, below])
        app: Application[bool] = Application(
            layout=Layout(body, focused_element=paper),
            key_bindings=self.keys(),
            mouse_support=True,
            full_screen=True,
            input=input,
            output=output,
        )
        try:
            return bool(app.run())
        except EOFError:  # the terminal is gone
            return False
