"""Groups of commands that import a command only when it runs."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import click

# section -> command -> (import path, one-line help)
Sections = Mapping[str, Mapping[str, tuple[str, str]]]

HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class LazyGroup(click.Group):
    """A group whose commands are imported when they run, from `table`: {section: {name: (path, help)}}."""

    def __init__(self, *args: Any, table: Sections, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.table = table

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the table's order."""
        return [name for section in self.table.values() for name in section]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command; None where the table does not name it."""
        for section in self.table.values():
            if cmd_name in section:
                module, _, attribute = section[cmd_name][0].partition(":")
                command: click.Command = getattr(importlib.import_module(module), attribute)
                return command
        return None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that `args` starts with, or offer the names that are spelt alike."""
        if args and not args[0].startswith("-") and args[0] not in self.list_commands(ctx):
            from difflib import get_close_matches

            near = get_close_matches(args[0], self.list_commands(ctx), n=3)
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
        for title, section in self.table.items():
            with formatter.section(title):
                formatter.write_dl([(name, text) for name, (_, text) in section.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[Any]:
        """Complete command names without importing them."""
        from click.shell_completion import CompletionItem

        return [
            CompletionItem(name, help=text)
            for section in self.table.values()
            for name, (_, text) in section.items()
            if name.startswith(incomplete)
        ] + click.Command.shell_complete(self, ctx, incomplete)
