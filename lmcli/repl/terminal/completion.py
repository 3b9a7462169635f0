"""Completion, run in a background thread: commands, options, choices, models, words, files, variables."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
from click.shell_completion import CompletionItem, ShellComplete
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from lmcli.cli import cli
from lmcli.frame.environment import Environment
from lmcli.frame.locale import said
from lmcli.repl import meta
from lmcli.repl.language import contexts
from lmcli.repl.language.filters import FILTERS
from lmcli.repl.language.reading import Typed, typed
from lmcli.repl.session import Session

Candidate = tuple[str, str]  # what is put in, and what it is


class SessionCompleter(Completer):
    """Completes a line as the session would read it."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get_completions(
        self, document: Document, complete_event: CompleteEvent
    ) -> Iterator[Completion]:
        """The completions at the cursor; none where something fails, for typing must go on."""
        line = document.current_line_before_cursor
        try:
            if line.lstrip().startswith(":"):
                yield from _meta(self._session, line.lstrip()[1:])
            else:
                reading = typed(line)
                if not reading.shell and not (
                    reading.word == "" and not complete_event.completion_requested
                ):
                    yield from self._candidates(reading, line)
        except Exception:  # a model that is damaged, a folder that may not be read
            return

    def _candidates(self, reading: Typed, line: str) -> Iterator[Completion]:
        width = len(line) - reading.start
        if reading.redirect:
            yield from _paths(reading.word, width)
        elif reading.word.startswith("$"):
            yield from _offer(self._variables(), reading.word, width)
        elif not reading.words:
            yield from self._first(reading, width)
        elif reading.words[0] == "use":
            yield from _offer([(name, "") for name in contexts.names()], reading.word, width)
        else:
            yield from self._arguments(list(reading.words), reading, width)

    def _variables(self) -> list[Candidate]:
        variables = self._session.variables.rows
        named = [
            (f"${name}", f"{len(rows)} {said('rows')}")
            for name, rows in variables.items()
            if name != "_"
        ]
        fields = [
            (f"${name}.{field}", "field")
            for name, rows in variables.items()
            if rows and name != "_"
            for field in rows[0].fields
        ]
        return named + fields

    def _first(self, reading: Typed, width: int) -> Iterator[Completion]:
        if reading.stage:
            filters = [(name, usage) for name, (usage, _) in FILTERS.items()]
            yield from _offer(filters + _commands(cli), reading.word, width)
            return
        context = self._session.context
        group, _ = contexts.command_at(context.prefix)
        known = _commands(group) if context.prefix and isinstance(group, click.Group) else []
        if context.prefix and not isinstance(group, click.Group):
            yield from self._arguments([], reading, width)
            return
        aliases = [(name, line) for name, line in self._session.aliases.items()]
        names = [*known, *_commands(cli), *aliases, ("use", "Drop the prefix: use words.")]
        offered = list(_offer(names, reading.word, width))
        yield from offered
        if context.default and not offered:
            yield from self._arguments([], reading, width)

    def _arguments(self, words: list[str], reading: Typed, width: int) -> Iterator[Completion]:
        context = self._session.context if reading.stage == 0 else contexts.ROOT
        resolved = context.resolve(words) if words else [*context.prefix]
        if not resolved and context.default:
            resolved = [context.default]
        env = self._session.env.for_command()  # options of the line may be stored in it
        items = _of_click(env, resolved, reading.word)
        if any(item.type in ("file", "dir") for item in items):
            yield from _paths(reading.word, width)
            return
        for item in items:
            yield _completion(item.value, item.help or "", width)
        if not items and reading.word:
            wider = _of_click(env, resolved, "--" if reading.word.startswith("-") else "")
            fuzzy = [item for item in wider if _within(reading.word, item.value)]
            for item in fuzzy:
                yield _completion(item.value, item.help or "", width)
            if not fuzzy and ("/" in reading.word or reading.word[0] in "~."):
                yield from _paths(reading.word, width)


def _of_click(env: Environment, words: list[str], word: str) -> list[CompletionItem]:
    return ShellComplete(cli, {"obj": env}, "lmcli", "").get_completions(words, word)


def _commands(group: click.Command) -> list[Candidate]:
    from lmcli.frame.tree.lazy import LazyGroup

    if isinstance(group, LazyGroup):
        return [
            (name, text) for table in group.sections.values() for name, (_, text) in table.items()
        ]
    if isinstance(group, click.Group):
        return [(name, one.get_short_help_str(70)) for name, one in group.commands.items()]
    return []


def _offer(candidates: Iterable[Candidate], word: str, width: int) -> Iterator[Completion]:
    """Those that start with `word`; where none does, those that have its letters in order."""
    listed = list(dict(candidates).items())
    found = [one for one in listed if one[0].startswith(word)]
    for text, about in found or [one for one in listed if _within(word, one[0])]:
        yield _completion(text, about, width, quote=False)


def _within(word: str, text: str) -> bool:
    letters = iter(text.lower())
    return len(word) > 1 and all(letter in letters for letter in word.lower())


def _completion(text: str, about: str, width: int, *, quote: bool = True) -> Completion:
    put = shlex.quote(text) if quote and any(letter in " \"'|<>$#" for letter in text) else text
    if put.endswith("/'"):  # a folder, where more must follow
        put = put[:-1]
    return Completion(put, -width, display=text, display_meta=said(about))


def _paths(word: str, width: int) -> Iterator[Completion]:
    folder, _, start = word.rpartition("/")
    place = Path(f"{folder}/" if folder or word.startswith("/") else ".").expanduser()
    for path in sorted(place.iterdir()):
        if path.name.startswith(start) and (start or not path.name.startswith(".")):
            name = f"{folder}/{path.name}" if "/" in word else path.name
            yield _completion(name + ("/" if path.is_dir() else ""), "", width)


def _meta(session: Session, line: str) -> Iterator[Completion]:
    words = line.split(" ")
    if len(words) == 1:
        known = [(one.name, one.help) for one in meta.REGISTRY.values()]
        yield from _offer(known, words[0], len(words[0]))
        return
    if words[0] not in meta.REGISTRY:
        return
    *before, word = words[1:]
    given = [one for one in before if one]
    if words[0] in ("save", "log") and not given:
        yield from _paths(word, len(word))
    choices = meta.REGISTRY[words[0]].choices(session, given)
    yield from _offer([(choice, "") for choice in choices], word, len(word))
