"""The state of the terminal: what programs do to it, and how a session gets it back."""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

COLOUR = re.compile(r"\x1b\[[0-9;:]*m|\x1b\]8;[^\x07\x1b]*(?:\x07|\x1b\\)")  # and links
CONTROL = re.compile(r"[\x1b\x9b\r\b](?!\n)")
MODE = re.compile(r"\x1b\[\?(25|47|1047|1049)([hl])")
_OVERDRAWN = re.compile(r"[^\n]*(?:\r(?!\n)|\x1b\[2K)")
_SEQUENCE = re.compile(
    r"\x1b(?:\[[0-9;:?]*[ -/]*[@-~]|[\]P_][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])"
)
SHOW, HIDE = "\x1b[?25h", "\x1b[?25l"
# The main screen (without moving the cursor), the cursor shown, no colour, no mouse, no bracketed paste.
SANE = "\x1b[?47l\x1b[?25h\x1b[0m\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l"


def moves_cursor(text: str) -> bool:
    """Whether a text does more to the terminal than to add lines, in colour or not: a drawing."""
    return bool(CONTROL.search(text)) and bool(CONTROL.search(COLOUR.sub("", text)))


def words_of(text: str) -> str:
    """What a text says, as a file takes it: no colours, and of lines drawn over each other the last one."""
    return CONTROL.sub("", _SEQUENCE.sub("", _OVERDRAWN.sub("", text)))


def reader_left(stream: TextIO) -> bool:
    """Whether a stream is a pipe that nobody reads any more; where the system cannot tell, True."""
    try:
        import select

        poll = select.poll()
        poll.register(stream.fileno(), 0)
        return any(events & (select.POLLERR | select.POLLHUP) for _, events in poll.poll(0))
    except (OSError, ValueError):  # kept in memory
        return False
    except AttributeError:
        return True


class Drawing:
    """Whether a view that is drawn again and again is on the screen, from what was written to the terminal."""

    def __init__(self) -> None:
        self._modes: dict[str, str] = {}

    def see(self, text: str) -> None:
        """Take note of a text that goes to the terminal."""
        if "\x1b[?" in text:
            self._modes.update(MODE.findall(text))

    @property
    def on(self) -> bool:
        """True while the cursor is hidden or another screen is shown."""
        return any((kind == "l") == (mode == "25") for mode, kind in self._modes.items())

    def forget(self) -> None:
        """The terminal is as it should be."""
        self._modes.clear()


@contextmanager
def kept(stream: TextIO, drawing: Drawing) -> Iterator[None]:
    """Bring the terminal's modes (echo, lines, Ctrl-C) back at the end, whatever the block did to them.

    Ctrl-Z in a view of `drawing` gives the shell a terminal in these modes, with a cursor; `fg` goes on in those
    of the view. Pagers and other programs see to that themselves.
    """
    try:
        import termios

        descriptor = sys.__stdin__.fileno() if sys.__stdin__ else stream.fileno()
        before = termios.tcgetattr(descriptor)
    except (ImportError, OSError, ValueError, termios.error):  # no terminal, or none of this kind
        yield
        return

    def leave() -> None:
        with suppress(OSError, termios.error):
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)

    def stop(_signal: int, _frame: object) -> None:
        drawn = drawing.on
        now = termios.tcgetattr(descriptor)
        if drawn:
            leave()
            stream.write(SHOW)
            stream.flush()
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)  # until `fg`
        signal.signal(signal.SIGTSTP, stop)
        if drawn:
            stream.write(HIDE)
            stream.flush()
            with suppress(OSError, termios.error):
                termios.tcsetattr(descriptor, termios.TCSADRAIN, now)

    usual = signal.getsignal(signal.SIGTSTP)
    if usual == signal.SIG_DFL:  # else there is no job control here
        signal.signal(signal.SIGTSTP, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTSTP, usual)
        leave()


@contextmanager
def interruptible() -> Iterator[None]:
    """Let Ctrl-C end the block. Before and after it there is nothing to end: the prompt takes it as a key."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
