"""Play a replay on a terminal: pause, step, speed."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, BinaryIO

from lmcli.draw.terminal.projector import is_big
from lmcli.frame.locale import said
from lmcli.frame.text.wrapping import cut
from lmcli.maze.runs.replay import Scene
from lmcli.maze.runs.run import Run
from lmcli.maze.view.picture import Picture, pictures, scale_of
from lmcli.maze.view.render import picture_text

if TYPE_CHECKING:
    from rich.console import Console

KEYS = "space pause  n/b step  +/- speed  q quit"
_NAMES = {"\x1b[C": "n", "\x1b[D": "b", "\x1b[A": "+", "\x1b[B": "-", "=": "+", "\x1b": "q"}


def play(
    console: Console, stdin: BinaryIO, run: Run, scenes: Sequence[Scene], speed: float, most: int
) -> None:
    """Show the scenes in turn, `speed` pictures a second; keys come from `stdin` if it is a terminal."""
    from rich.live import Live

    scale = scale_of(run)
    with Live(console=console, auto_refresh=False) as live, _keys(stdin) as keys:
        for scene in scenes:
            player = _Player(list(pictures(scene, scale, most)), speed)
            while not player.over:
                size = console.size
                text = picture_text(
                    player.picture, size.width, size.height - 2, big=is_big(console)
                )
                line = cut(f"{player.state}  {said(KEYS)}", size.width - 1)
                text.append(f"\n{line}" if keys.live else "", "dim")
                live.update(text, refresh=True)
                player.take(keys.next(player.wait))
            if player.quit:
                return
            speed = player.speed


class _Player:
    """Which picture is shown and what a key changes."""

    def __init__(self, shown: list[Picture], speed: float) -> None:
        self.shown = shown
        self.speed = speed
        self.index = 0
        self.paused = False
        self.over = False
        self.quit = False

    @property
    def picture(self) -> Picture:
        return self.shown[self.index]

    @property
    def wait(self) -> float | None:
        """Seconds until the next picture; None waits for a key."""
        return None if self.paused else 1 / self.speed

    @property
    def state(self) -> str:
        return said("paused") if self.paused else f"{self.speed:g}/s"

    def take(self, key: str | None) -> None:
        """Obey a key, or go on where none came in time."""
        if key is None:
            self._go(1)
        elif key == " ":
            self.paused = not self.paused
        elif key in ("n", "b"):
            self.paused = True
            self._go(1 if key == "n" else -1)
        elif key in ("+", "-"):
            self.speed = min(1000.0, max(0.1, self.speed * (1.5 if key == "+" else 1 / 1.5)))
        elif key == "q":
            self.over = self.quit = True

    def _go(self, by: int) -> None:
        if self.index + by >= len(self.shown):
            self.over = True
        else:
            self.index = max(0, self.index + by)


class _Keys:
    """Keys of a terminal in raw mode; without one only time passes."""

    def __init__(self, descriptor: int | None) -> None:
        self.descriptor = descriptor

    @property
    def live(self) -> bool:
        """Whether there are keys at all."""
        return self.descriptor is not None

    def next(self, seconds: float | None) -> str | None:
        """The next key, or None after `seconds`."""
        from select import select
        from time import sleep

        if self.descriptor is None:
            sleep(seconds or 0)
            return None
        end = None if seconds is None else monotonic() + seconds
        while True:
            left = None if end is None else max(0.0, end - monotonic())
            if not select([self.descriptor], [], [], left)[0]:
                return None
            typed = os.read(self.descriptor, 16).decode(errors="replace")
            if not typed:  # the terminal is gone
                return "q"
            key = _NAMES.get(typed, typed[:1])
            if key in (" ", "n", "b", "+", "-", "q"):
                return key


@contextmanager
def _keys(stdin: BinaryIO) -> Iterator[_Keys]:
    """The keys of `stdin`; its mode is restored at the end."""
    try:
        descriptor = stdin.fileno()
        usable = sys.platform != "win32" and os.isatty(descriptor)
    except (OSError, ValueError):
        usable = False
    if not usable:
        yield _Keys(None)
        return
    import termios
    import tty

    before = termios.tcgetattr(descriptor)
    try:
        tty.setcbreak(descriptor)
        yield _Keys(descriptor)
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
