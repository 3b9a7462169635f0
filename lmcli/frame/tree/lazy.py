"""Groups of commands that import a command only when it runs."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click

from lmcli.frame.errors import LmcliError
from lmcli.frame.locale import SOURCE, spoken

# section -> command -> (import path, one-line help)
Section = Mapping[str, tuple[str, str]]
Sections = Mapping[str, Section]

OTHERS = "Other packages"
HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class Context(click.Context):
    """A context whose help is in the language spoken."""

    def make_formatter(self) -> click.HelpFormatter:
        """The writer of help."""
        if spoken() == SOURCE:
            return super().make_formatter()
        from lmcli.frame.locale.help import Formatter

        return Formatter(width=self.terminal_width, max_width=self.max_content_width)


class LazyGroup(click.Group):
    """A group whose commands are imported when they run, from `table`: {section: {name: (path, help)}}.

    `others` gives the commands of other packages; it is asked only where the table alone does not answer.
    `headings` are those of the help, where some sections share one: {heading: sections}.
    """

    context_class = Context

    def __init__(
        self,
        *args: Any,
        table: Sections,
        others: Callable[[], Section] = dict,
        headings: Mapping[str, Sequence[str]] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.table = table
        self._headings = headings or {}
        self._others = others

    @property
    def sections(self) -> Sections:
        """The table, and the commands of other packages as its last section."""
        own = {name for section in self.table.values() for name in section}
        others = {name: entry for name, entry in self._others().items() if name not in own}
        return {**self.table, OTHERS: others} if others else self.table

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the table's order."""
        return [name for section in self.sections.values() for name in section]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command; None where there is none of that name."""
        path = self._path(self.table, cmd_name)
        if path is not None:
            return _in_language(_imported(path))
        path = self._path(self.sections, cmd_name)
        if path is None:
            return None
        try:
            return _imported(path)
        except Exception as error:
            raise LmcliError(
                f"the command {cmd_name} of another package cannot be loaded ({path}): {error}",
                "update that package, or remove it",
            ) from error

    @staticmethod
    def _path(sections: Sections, name: str) -> str | None:
        return next((section[name][0] for section in sections.values() if name in section), None)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that `args` starts with, or offer the names that are spelt alike."""
        named = bool(args) and not args[0].startswith("-")
        if named and self._path(self.table, args[0]) is None:
            known = self.list_commands(ctx)
            if args[0] not in known:
                from difflib import get_close_matches

                near = get_close_matches(args[0], known, n=3)
                hint = f" Did you mean {', '.join(near)}?" if near else ""
                raise click.UsageError(f"No such command {args[0]!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def check_settings(self, ctx: click.Context, name: str) -> None:
        """Raise BadInput where the settings of `ctx` name what the command `name` does not have."""
        from lmcli.frame.config import Layered

        command = self.get_command(ctx, name)
        if command is not None and isinstance(ctx.default_map, Layered):
            ctx.default_map.check(name, command, self.list_commands(ctx))

    def get_help(self, ctx: click.Context) -> str:
        """The help, in the language spoken."""
        return click.Group.get_help(_in_language(self), ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table's help; no command is imported for it."""
        sections = dict(self.sections)
        shown: dict[str, list[tuple[str, str]]] = {}
        for title, names in self._headings.items():
            parts = [sections.pop(name) for name in names if name in sections]
            shown[title] = [(name, text) for part in parts for name, (_, text) in part.items()]
        for title, section in sections.items():
            shown[title] = [(name, text) for name, (_, text) in section.items()]
        for title, rows in shown.items():
            with formatter.section(title):
                formatter.write_dl(rows)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[Any]:
        """Complete command names without importing them."""
        from click.shell_completion import CompletionItem

        return [
            CompletionItem(name, help=text)
            for section in self.sections.values()
            for name, (_, text) in section.items()
            if name.startswith(incomplete)
        ] + click.Command.shell_complete(self, ctx, incomplete)


class DefaultGroup(LazyGroup):
    """A group whose arguments, where they name none of its commands, are those of the command `default`.

    So that `lmcli attention TEXT` is `lmcli attention show TEXT`.
    """

    def __init__(self, *args: Any, default: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.default = default

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the default command before arguments that name no command."""
        named = args and args[0] in (*self.list_commands(ctx), *ctx.help_option_names)
        completing = ctx.resilient_parsing and not args
        return super().parse_args(ctx, args if named or completing else [self.default, *args])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[Any]:
        """Complete the names of commands, and the options of the default one."""
        found = super().shell_complete(ctx, incomplete)
        command = self.get_command(ctx, self.default) if incomplete.startswith("-") else None
        if command is not None:
            found = command.shell_complete(click.Context(command, ctx, self.default), incomplete)
        return found


def _imported(path: str) -> click.Command:
    """The command at an import path, module:name."""
    command: click.Command = _named(path)
    return command


def _in_language(command: click.Command) -> click.Command:
    """`command`, with its help in the language spoken."""
    if spoken() == SOURCE:
        return command
    from lmcli.frame.locale.help import localized

    return localized(command, spoken(), Context)


def _named(path: str) -> Any:
    module, _, attribute = path.partition(":")
    return getattr(importlib.import_module(module), attribute)


def late(path: str) -> Callable[..., Any]:
    """The function at an import path, module:name, imported when it is called: rich only where a table is drawn."""

    def call(*given: Any) -> Any:
        return _named(path)(*given)

    return call
