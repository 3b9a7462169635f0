"""Groups of commands that import a command only when it runs."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any

import click

from lmcli.frame.errors import LmcliError

# section -> command -> (import path, one-line help)
Section = Mapping[str, tuple[str, str]]
Sections = Mapping[str, Section]

OTHERS = "Other packages"
HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class LazyGroup(click.Group):
    """A group whose commands are imported when they run, from `table`: {section: {name: (path, help)}}.

    `others` gives the commands of other packages; it is asked only where the table alone does not answer.
    """

    def __init__(
        self,
        *args: Any,
        table: Sections,
        others: Callable[[], Section] = dict,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.table = table
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
            return _imported(path)
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

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table's help; no command is imported for it."""
        for title, section in self.sections.items():
            with formatter.section(title):
                formatter.write_dl([(name, text) for name, (_, text) in section.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[Any]:
        """Complete command names without importing them."""
        from click.shell_completion import CompletionItem

        return [
            CompletionItem(name, help=text)
            for section in self.sections.values()
            for name, (_, text) in section.items()
            if name.startswith(incomplete)
        ] + click.Command.shell_complete(self, ctx, incomplete)


def _imported(path: str) -> click.Command:
    """The command at an import path, module:name."""
    command: click.Command = _named(path)
    return command


def _named(path: str) -> Any:
    module, _, attribute = path.partition(":")
    return getattr(importlib.import_module(module), attribute)


def late(path: str) -> Callable[..., Any]:
    """The function at an import path, module:name, imported when it is called: rich only where a table is drawn."""

    def call(*given: Any) -> Any:
        return _named(path)(*given)

    return call
