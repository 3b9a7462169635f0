"""What a learner types between steps: a command or an answer, or one of the keys that go on, back and away."""

from __future__ import annotations

from enum import Enum, auto

from prompt_toolkit import PromptSession
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

from lmcli.repl.session import Session
from lmcli.repl.terminal.completion import SessionCompleter


class Key(Enum):
    """Where to go."""

    NEXT = auto()
    BACK = auto()
    QUIT = auto()


class Reader:
    """A line of the terminal with the session's completion; keys count while nothing is typed."""

    def __init__(self, session: Session) -> None:
        self._below = ""
        self._prompt: PromptSession[str | Key] = PromptSession(
            completer=SessionCompleter(session),
            complete_in_thread=True,
            complete_while_typing=False,
            key_bindings=self._keys(),
            bottom_toolbar=self._toolbar,
            reserve_space_for_menu=4,
        )

    def read(self, message: str, below: str, given: str = "") -> str | Key:
        """What was typed, or the key; `below` tells the keys, `given` stands there to be changed."""
        self._below = below
        while True:
            try:
                text = self._prompt.prompt(message, default=given)
            except KeyboardInterrupt:  # the line is given up, not the lesson
                given = ""
                continue
            except EOFError:
                return Key.QUIT
            return text if isinstance(text, Key) else text.strip()

    def _toolbar(self) -> StyleAndTextTuples:
        return [("", f" {self._below}")]

    def _keys(self) -> KeyBindings:
        keys = KeyBindings()
        empty = Condition(lambda: not self._prompt.default_buffer.text)
        for name, key in (
            ("right", Key.NEXT),
            (" ", Key.NEXT),
            ("left", Key.BACK),
            ("q", Key.QUIT),
        ):

            @keys.add(name, filter=empty, eager=True)
            def _(event: KeyPressEvent, key: Key = key) -> None:
                event.app.exit(result=key)

        return keys
