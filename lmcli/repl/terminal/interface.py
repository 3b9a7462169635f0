"""The session at a terminal: prompt, keys, history, toolbar."""

from __future__ import annotations

import signal
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, TextIO, cast

from prompt_toolkit import PromptSession
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.history import ThreadedHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

import lmcli
from lmcli.frame.config import read_settings
from lmcli.frame.disk.history import open_history
from lmcli.frame.errors import BadInput, LmcliError
from lmcli.frame.locale import said, told
from lmcli.repl import lines
from lmcli.repl.language.grammar import is_open
from lmcli.repl.language.reading import Tree, help_at
from lmcli.repl.memory import parse_bytes
from lmcli.repl.session import Quit, Session
from lmcli.repl.terminal.completion import SessionCompleter
from lmcli.repl.terminal.lexing import STYLE, SessionLexer
from lmcli.repl.terminal.modes import interruptible, kept
from lmcli.repl.terminal.screen import Screen
from lmcli.repl.terminal.toolbar import toolbar

GREETING = f"lmcli {lmcli.__version__}   Tab completes, :help lists what there is, Ctrl-D leaves"
TREE_DELAY = 0.05  # seconds: the prompt is drawn first


class Interface:
    """The terminal around a session."""

    def __init__(self, session: Session, options: Mapping[str, Any]) -> None:
        self.session = session
        self.screen = cast(Screen, session.env.stdout)
        self.multiline = False
        self.tree = Tree()
        self.kept = open_history(session.env, "history")
        self.kept.tell()
        self.history = ThreadedHistory(self.kept)
        session.history = lambda: list(self.history.get_strings())
        session.log = self.screen.log.to
        session.read_for = lambda: self.screen.read_for
        self.prompt: PromptSession[str] = PromptSession(
            message=self._message,
            history=self.history,
            completer=SessionCompleter(session),
            complete_in_thread=True,
            complete_while_typing=True,
            auto_suggest=AutoSuggestFromHistory(),
            lexer=SessionLexer(session, self.tree),
            style=STYLE,
            bottom_toolbar=self._toolbar,
            multiline=Condition(self._goes_on),
            prompt_continuation="... ",
            key_bindings=self._keys(),
            editing_mode=EditingMode.VI if options.get("vi") else EditingMode.EMACS,
            mouse_support=bool(options.get("mouse")),
            enable_open_in_editor=True,
            enable_suspend=True,
            tempfile_suffix=".lm",
        )

    def loop(self) -> None:
        """Read lines and run them until the session is left."""
        timer = threading.Timer(TREE_DELAY, self._load_tree)
        timer.daemon = True
        timer.start()
        while True:
            try:
                text = self.prompt.prompt()
            except KeyboardInterrupt:
                continue
            except EOFError:
                return
            self.kept.tell()
            self.screen.log.add(f"{self.session.context.name}> {text}\n")
            if not self.run(text):
                return

    def run(self, text: str) -> bool:
        """Run what was typed; False where it leaves the session.

        Ctrl-C ends the lines, not the session, and so does whatever a command raises; the terminal is as before.
        """
        sound = False
        try:
            with kept(self.screen.stream, self.screen.drawing), interruptible():
                sound = lines.run_text(self.session, text) == 0
                self.screen.flush()
        except KeyboardInterrupt:
            with suppress(OSError):
                self.screen.flush()
            line = said("interrupted") + "\n"
            self._say(f"\n{line}" if self.screen.aside.in_line else line)
        except Quit:
            return False
        except BaseException as error:  # what was loaded and typed is not lost for it
            lines.failed(self.session, error, text)
        finally:
            if not sound:
                self.screen.restore()
        return True

    def _say(self, text: str) -> None:
        self.session.env.stderr.write(text)
        self.session.env.stderr.flush()

    def _load_tree(self) -> None:
        self.tree.load()
        app = self.prompt.app
        if app.is_running:
            app.invalidate()

    # -- what is drawn -----------------------------------------------------------------------

    def _message(self) -> StyleAndTextTuples:
        return [("class:prompt", f"{self.session.context.name}> ")]

    def _goes_on(self) -> bool:
        text = self.prompt.default_buffer.text
        return (
            self.multiline or is_open(text) or (text.endswith("\\") and not text.endswith("\\\\"))
        )

    def _toolbar(self) -> StyleAndTextTuples:
        buffer = self.prompt.default_buffer
        if self.tree.ready.is_set():
            line = buffer.document.current_line_before_cursor
            if text := help_at(self.session.context, line):
                return [("", f" {text}")]
        emacs = self.prompt.editing_mode == EditingMode.EMACS
        keys = (
            said("F3 multi-line on: Esc Enter runs") if self.multiline else said("F3 multi-line"),
            "F4 vi" if emacs else "F4 emacs",
        )
        try:
            return toolbar(self.session, keys, self.prompt.output.get_size().columns)
        except LmcliError as error:  # the settings file was broken meanwhile
            return [("", f" {told(str(error))}")]

    def _keys(self) -> KeyBindings:
        keys = KeyBindings()

        @keys.add("f3")
        def _(_event: KeyPressEvent) -> None:
            self.multiline = not self.multiline

        @keys.add("f4")
        def _(_event: KeyPressEvent) -> None:
            emacs = self.prompt.editing_mode == EditingMode.EMACS
            self.prompt.editing_mode = EditingMode.VI if emacs else EditingMode.EMACS

        return keys


def interact(session: Session) -> None:
    """Open the session at the terminal, after the start-up lines of the settings file."""
    options = _options(session)
    variables = {
        name: value
        for name, value in session.env.variables.items()
        if name not in ("COLUMNS", "LINES")  # the window may change its size
    }
    env = session.env
    screen = Screen(env.stdout, env.stderr, variables, pager=bool(options.get("pager", True)))
    session.env = replace(
        env,
        stdout=cast(TextIO, screen),
        stderr=cast(TextIO, screen.aside),
        variables=variables,
        listing=screen.listing,
        dialogue=screen.dialogue,
    )
    session.aliases.update(options.get("alias", {}))
    if options.get("memory"):
        session.memory = parse_bytes(str(options["memory"]))
    interface = Interface(session, options)
    session.env.output.text(told(GREETING))
    try:
        if all(interface.run(line) for line in options.get("startup", ())):
            interface.loop()
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


KNOWN = {"startup": list, "vi": bool, "mouse": bool, "pager": bool, "memory": str, "alias": dict}


def _options(session: Session) -> dict[str, Any]:
    """The section [repl] of the settings file. Raises BadInput for what it cannot hold."""
    options: dict[str, Any] = read_settings(session.env.variables).get("repl", {})
    for name, value in options.items():
        if name not in KNOWN:
            raise BadInput(f"[repl] has no setting {name!r}", f"known: {', '.join(KNOWN)}")
        if not isinstance(value, KNOWN[name]):
            raise BadInput(f"[repl] {name} must be a {KNOWN[name].__name__}", "lmcli config edit")
    texts = [*options.get("startup", ()), *options.get("alias", {}).values()]
    if not all(isinstance(text, str) for text in texts):
        raise BadInput("[repl] startup and alias hold texts", "put their lines in quotes")
    return options
