"""A conversation at a terminal or through a pipe: turns, and commands that start with a slash."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from lmcli.frame.environment import Environment
from lmcli.frame.errors import BadUsage, LmcliError, did_you_mean
from lmcli.frame.inputs import records_of_stream
from lmcli.frame.locale import said, told
from lmcli.gpt.chat import SETTINGS, Conversation, changed
from lmcli.gpt.completing import completion
from lmcli.gpt.request import Request


class Quit(Exception):
    """The conversation is over."""


@dataclass
class Talk:
    """A conversation, how its answers are drawn, and where they are printed."""

    env: Environment
    conversation: Conversation
    request: Request
    warned: bool = False

    def warn(self, words: str) -> None:
        """Say once in a conversation that its words are in a script which the model does not read."""
        for warning in () if self.warned else self.conversation.context.model.foreign(words):
            self.env.output.warn(warning)
            self.warned = True

    def turn(self, line: str) -> None:
        """Take one line: a command, or words to answer. Raises LmcliError, Quit."""
        if line.startswith("/"):
            self.command(line)
        elif line.strip():
            self.answer(line)

    def answer(self, words: str) -> None:
        """Print the answer as it is generated; Ctrl-C stops it and keeps what was said."""
        output = self.env.output
        self.warn(words)
        conversation, before = self.conversation, self.conversation.dropped
        pieces = conversation.say(words, self.request)
        try:
            for piece in pieces:
                output.text(piece, end="")
            output.text("")
        except KeyboardInterrupt:
            pieces.close()
            output.text("")
            if not self.env.stdin_isatty:
                raise
            output.note("stopped; the conversation goes on")
        self.request = replace(self.request, seed=self.request.seed + 1)
        self.warn_of_dropped(before)

    def warn_of_dropped(self, before: int) -> None:
        """Warn where the model reads fewer turns than `before`: they fell out of its context."""
        dropped = self.conversation.dropped
        if dropped > before:
            self.env.output.warn(
                f"the context is full: the model no longer reads the {dropped} "
                f"oldest turn{'s' if dropped > 1 else ''}"
            )

    def command(self, line: str) -> None:
        """Carry out a line that starts with a slash."""
        name, _, rest = line[1:].strip().partition(" ")
        if name not in COMMANDS:
            from difflib import get_close_matches

            near = did_you_mean(f"/{one}" for one in get_close_matches(name, COMMANDS))
            raise BadUsage(f"no command is called /{name}", near or "/help lists them")
        COMMANDS[name][2](self, rest.strip())

    # -- the commands ------------------------------------------------------------------------

    def help(self, _rest: str) -> None:
        """List the commands."""
        for name, (usage, text, _) in COMMANDS.items():
            self.env.output.text(f"/{name} {usage}".ljust(24) + said(text))

    def system(self, rest: str) -> None:
        """Show or change the system text."""
        if rest:
            self.conversation.system = "" if rest == "-" else rest
        system = self.conversation.system or said("(the model’s own)")
        self.env.output.text(said("system: %s") % system)

    def seed(self, rest: str) -> None:
        """Show or change the seed of the next answer."""
        if rest:
            self.request = changed(self.request, "seed", rest)
        self.env.output.text(said("seed: %s") % self.request.seed)

    def set(self, rest: str) -> None:
        """Show all settings, or change one."""
        if rest:
            name, _, value = rest.replace("=", " ", 1).partition(" ")
            self.request = changed(self.request, name, value.strip())
        for name in SETTINGS:
            holder = self.request if name in ("length", "seed") else self.request.sampling
            self.env.output.text(f"{name}: {getattr(holder, name.replace('-', '_'))}")

    def save(self, rest: str) -> None:
        """Save the conversation."""
        path = _path(rest, "/save chat.json")
        self.conversation.save(path)
        turns = len(self.conversation.messages) // 2
        self.env.output.text(told(f"saved {turns} turns in {path}"))

    def load(self, rest: str) -> None:
        """Go on with a saved conversation."""
        path = _path(rest, "/load chat.json")
        self.conversation.load(path)
        turns = len(self.conversation.messages) // 2
        self.env.output.text(told(f"loaded {turns} turns of {path}"))

    def undo(self, _rest: str) -> None:
        """Take the last turn back."""
        words = self.conversation.undo()
        nothing = said("nothing to take back")
        self.env.output.text(nothing if words is None else said("took back: %s") % words)

    def retry(self, _rest: str) -> None:
        """Answer the last words once more."""
        words = self.conversation.undo()
        if words is None:
            raise BadUsage("there is nothing to answer again", "say something first")
        self.answer(words)

    def quit(self, _rest: str) -> None:
        """Leave."""
        raise Quit


COMMANDS: dict[str, tuple[str, str, Callable[[Talk, str], None]]] = {
    "help": ("", "list the commands", Talk.help),
    "system": ("[TEXT]", "show or change the system text (- for the model's own)", Talk.system),
    "seed": ("[N]", "show or change the seed of the next answer", Talk.seed),
    "set": ("[NAME VALUE]", "show the settings, or change one", Talk.set),
    "save": ("FILE", "save the conversation as JSON", Talk.save),
    "load": ("FILE", "go on with a saved conversation", Talk.load),
    "undo": ("", "take the last turn back", Talk.undo),
    "retry": ("", "answer the last words once more", Talk.retry),
    "quit": ("", "leave (also Ctrl-D)", Talk.quit),
}


def _path(rest: str, example: str) -> Path:
    try:
        words = shlex.split(rest)
    except ValueError as error:
        raise BadUsage(f"the file name cannot be read: {error}") from None
    if len(words) != 1:
        raise BadUsage("one file name belongs there", f"as in {example}")
    return Path(words[0]).expanduser()


def one_turn(talk: Talk, message: str) -> None:
    """Answer one message: as text while it is generated, or as a row."""
    output = talk.env.output
    if output.format in ("table", "plain"):
        talk.answer(message)
        return
    before = talk.conversation.dropped
    talk.warn(message)
    for _ in talk.conversation.say(message, talk.request):
        pass
    talk.warn_of_dropped(before)
    answer = talk.conversation.answer
    assert answer is not None
    output.rows([completion(message, answer)], several=False)


def piped(talk: Talk) -> None:
    """Each line of stdin is a turn; an error ends it, since what follows builds on what was said."""
    try:
        for batch in records_of_stream(talk.env.stdin, keep_blank=True):
            for record in batch:
                if record.error:
                    raise record.error
                talk.turn(record.value)
    except Quit:
        return


def interactive(talk: Talk) -> None:
    """Turns at a terminal, with line editing and a history on disk."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import WordCompleter

    from lmcli.frame.disk.history import open_history

    env = talk.env
    completer = WordCompleter([f"/{name}" for name in COMMANDS], sentence=True)
    history = open_history(env, "chat_history")
    session: PromptSession[str] = PromptSession(
        history=history, completer=completer, enable_suspend=True
    )
    env.output.note(f"{talk.conversation.context.model.name}; /help lists commands, Ctrl-D leaves")
    while True:
        history.tell()
        try:
            line = session.prompt("> ")
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
        try:
            talk.turn(line)
        except Quit:
            return
        except LmcliError as error:
            env.output.error(error)
