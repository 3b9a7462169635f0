"""Contexts: `use words` drops the prefix. Resolves what a line's first words mean in the command tree."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import click

from lmcli.cli import cli
from lmcli.frame.errors import BadUsage, LmcliError, did_you_mean
from lmcli.frame.tree.lazy import LazyGroup


def section_names() -> dict[str, str]:
    """Sections by the name that `use` knows them by, and the command that takes their bare words."""
    named = {}
    for title, table in cli.sections.items():
        named[title.lower().split()[0]] = next(iter(table))
    return named


def names() -> list[str]:
    """What `use` takes: sections, commands, groups."""
    return sorted({*section_names(), *cli.list_commands(click.Context(cli))})


def command_at(path: Sequence[str]) -> tuple[click.Command, list[str]]:
    """The command that `path` starts with and the words that name it; the root where none does."""
    command: click.Command = cli
    found: list[str] = []
    for word in path:
        if not isinstance(command, click.Group):
            break
        below = child(command, word)
        if below is None:
            break
        command = below
        found.append(word)
    return command, found


def child(group: click.Group, name: str) -> click.Command | None:
    """The command of that name in a group."""
    return group.get_command(click.Context(group), name)


@dataclass(frozen=True)
class Context:
    """Where lines are read: their words may be a subcommand of `prefix`, any command, or `default`'s words."""

    name: str
    prefix: tuple[str, ...] = ()
    default: str | None = None

    def resolve(self, words: Sequence[str]) -> list[str]:
        """The words with the command before them that they mean here."""
        if not words:
            return []
        group, _ = command_at(self.prefix)
        if self.prefix and not isinstance(group, click.Group):
            return [*self.prefix, *words]
        if self.prefix and isinstance(group, click.Group) and child(group, words[0]):
            return [*self.prefix, *words]
        if words[0].startswith("-") and self.prefix:
            return [*self.prefix, *words]
        if self.default and not _named(words[0]):
            return [self.default, *words]
        return list(words)


def _named(word: str) -> bool:
    return word in cli.list_commands(click.Context(cli))


ROOT = Context("lmcli")


def context_of(words: Sequence[str]) -> Context:
    """The context that `use WORDS` opens. Raises BadUsage for one that is not there."""
    from difflib import get_close_matches

    command, found = command_at(words)
    if found and len(found) == len(words):
        default = _section_default(found[0]) if isinstance(command, click.Group) else None
        return Context(" ".join(found), tuple(found), default)
    sections = section_names()
    if len(words) == 1 and words[0] in sections:
        return Context(words[0], (), _if_it_takes_words(sections[words[0]]))
    near = get_close_matches(" ".join(words), names())
    raise BadUsage(
        f"nothing is called {' '.join(words)!r}", did_you_mean(near) or ":help lists what is"
    )


def _section_default(name: str) -> str | None:
    """The first command of the section that a group stands in, if that takes words."""
    for table in cli.sections.values():
        if name in table:
            return _if_it_takes_words(next(iter(table)))
    return None


def _if_it_takes_words(name: str) -> str | None:
    command = child(cli, name)
    takes = command is not None and any(
        isinstance(param, click.Argument) and param.nargs == -1 for param in command.params
    )
    return name if takes else None


def load_tree(group: click.Group = cli) -> None:
    """Import every command module, so that completion and colours know all options.

    A command of another package that cannot be imported is left out here; running it says why.
    """
    if not isinstance(group, LazyGroup):
        return
    for name in group.list_commands(click.Context(group)):
        with suppress(LmcliError):
            command = child(group, name)
            if isinstance(command, click.Group):
                load_tree(command)
