"""What a line that is being typed means so far: for completion, colours and the help in the toolbar."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import lru_cache

import click

from lmcli.frame.errors import LmcliError
from lmcli.frame.locale import said
from lmcli.repl.language import contexts
from lmcli.repl.language.grammar import ASSIGNMENT, Token, tokens

NUMBER = "0123456789."


class Tree:
    """The command tree, imported in a thread: until that is done nothing is known of options."""

    def __init__(self) -> None:
        self.ready = threading.Event()

    def load(self) -> None:
        """Import all command modules."""
        contexts.load_tree()
        self.ready.set()


@lru_cache(maxsize=512)
def command_of(
    context: contexts.Context, words: tuple[str, ...]
) -> tuple[click.Command | None, int]:
    """The command that the words of a stage name, and how many of them name it."""
    resolved = context.resolve(words)
    try:
        command, found = contexts.command_at(resolved)
    except LmcliError:  # of another package, which cannot be imported
        return None, 0
    if not found:
        return None, 0
    return command, max(0, len(found) - (len(resolved) - len(words)))


@dataclass(frozen=True)
class Typed:
    """A line up to the cursor. `words`: those before in this stage; `word` is being typed from `start` on."""

    words: tuple[str, ...]
    word: str
    start: int
    stage: int
    redirect: bool = False
    shell: bool = False
    quoted: bool = False


def typed(line: str) -> Typed:
    """Read a line up to the cursor."""
    found = ASSIGNMENT.match(line)
    place = found.end() if found else 0
    words: list[Token] = []
    stage, redirect = 0, False
    for token in tokens(line, place):
        if token.kind == "operator":
            redirect = token.text != "|"
            if not redirect:
                stage, words = stage + 1, []
        elif token.kind == "word":
            words.append(token)
    last = words[-1] if words and words[-1].end == len(line) and not line[-1:].isspace() else None
    if last is None and words and words[-1].open:
        last = words[-1]
    before = tuple(line[t.start : t.end] if t.bare else t.text for t in words if t is not last)
    shell = line[place:].lstrip().startswith("!") or (
        stage > 0 and bool(words) and line[words[0].start] == "!"
    )
    if last is None:
        return Typed(before, "", len(line), stage, redirect, shell)
    raw = line[last.start : last.end]
    return Typed(
        before,
        last.text if not last.bare else raw,
        last.start,
        stage,
        redirect,
        shell,
        not last.bare,
    )


def option_of(command: click.Command, word: str) -> click.Option | None:
    """The option of a command that a word names: -k, -k5, --model, --model=x."""
    name = word.partition("=")[0]
    for param in command.params:
        if isinstance(param, click.Option):
            flags = (*param.opts, *param.secondary_opts)
            if name in flags or (not word.startswith("--") and word[:2] in flags):
                return param
    return None


def is_unknown_option(command: click.Command, word: str) -> bool:
    """Whether a word looks like an option and the command has none such."""
    if not word.startswith("-") or word in ("-", "--", "-h", "--help") or word[1] in NUMBER:
        return False
    return option_of(command, word) is None


def help_at(context: contexts.Context, line: str) -> str:
    """The help of the option at the end of `line`, or of the command that it names; else nothing."""
    reading = typed(line)
    if reading.shell or line.lstrip().startswith(":") or not (reading.words or reading.word):
        return ""
    words = (*reading.words, reading.word) if reading.word else reading.words
    command, used = command_of(context if reading.stage == 0 else contexts.ROOT, words)
    if command is None:
        return ""
    option = option_of(command, reading.word) if reading.word.startswith("-") else None
    if option is None and reading.words:
        before = option_of(command, reading.words[-1]) if reading.words[-1][:1] == "-" else None
        option = before if before is not None and not before.is_flag else None
    if option is not None:
        return f"{', '.join(option.opts)}{said(': ')}{said(option.help or '')}"
    return said(command.get_short_help_str(100)) if len(words) <= max(1, used) else ""
