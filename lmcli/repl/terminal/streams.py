"""Streams that stand for others: stderr beside a screen, and a text stream taken for one of bytes."""

from __future__ import annotations

import codecs
import io
from typing import Any, TextIO

from lmcli.frame.locale import said, told
from lmcli.repl.terminal.modes import words_of


class Standing(io.TextIOBase):
    """A text stream in front of another, in UTF-8; what that cannot hold is written as escapes."""

    encoding = "utf-8"
    errors = "backslashreplace"

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self.stream = stream

    def fileno(self) -> int:
        """The number of the stream behind."""
        return self.stream.fileno()

    def isatty(self) -> bool:
        """Whether the stream behind is a terminal."""
        return self.stream.isatty()

    def writable(self) -> bool:
        """True."""
        return True

    def write(self, text: str, /) -> int:
        """Take text. Raises TypeError for bytes, by which a text stream is known."""
        if not isinstance(text, str):
            raise TypeError(f"a text stream takes str, not {type(text).__name__}")
        self.take(text)
        return len(text)

    def take(self, text: str) -> None:
        """Do what the stream does with a text."""
        raise NotImplementedError


class Aside(Standing):
    """stderr beside a screen: what is said while `held` appears when the pager is left."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self.in_line = (
            False  # whether what was last shown, here or on the screen, lacks its line end
        )
        self.held = False
        self._waiting: list[str] = []

    def take(self, text: str) -> None:
        """Say something, at once or after the pager."""
        if self.held:
            self._waiting.append(text)
        else:
            self.in_line = not text.endswith("\n")
            self.stream.write(text)

    def flush(self) -> None:
        """Hand over what was written."""
        if not self.held:
            self.stream.flush()

    def warn(self, text: str) -> None:
        """Say what went wrong with the terminal itself."""
        self.write(f"{said('warning')}{said(': ')}{told(text)}\n")
        self.flush()

    def release(self) -> None:
        """Say what had to wait; of a progress bar drawn meanwhile, nothing."""
        self.held = False
        waited, self._waiting = words_of("".join(self._waiting)), []
        self.stream.write(waited)
        self.stream.flush()


class Bytes(io.BufferedIOBase):
    """A text stream as one of bytes; those that are no UTF-8 are shown as escapes."""

    def __init__(self, text: io.TextIOBase) -> None:
        super().__init__()
        self._text = text
        self._decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")

    def writable(self) -> bool:
        """True."""
        return True

    def write(self, data: Any, /) -> int:
        """Take bytes; whole characters are shown at the next flush."""
        view = memoryview(data)
        self._text.write(self._decoder.decode(view.tobytes()))
        return view.nbytes

    def flush(self) -> None:
        """Show what was written."""
        self._text.flush()
