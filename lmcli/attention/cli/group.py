"""lmcli attention TEXT, and the lessons below it: lmcli attention steps, positions."""

from __future__ import annotations

import click

from lmcli.frame.tree.lazy import HELP, LazyGroup, Sections

TABLE: Sections = {
    "Commands": {
        "show": (
            "lmcli.attention.cli.show:show",
            "Show what the tokens of a text look at in a real model.",
        ),
        "steps": (
            "lmcli.attention.cli.lesson:steps",
            "Walk through attention with numbers small enough to follow.",
        ),
        "positions": (
            "lmcli.attention.cli.lesson:positions",
            "Show the sinusoidal encoding of positions.",
        ),
    },
}


class TextGroup(LazyGroup):
    """A group that takes a text for the command `show`: attention TEXT is attention show TEXT."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `show` before arguments that name no command."""
        named = args and args[0] in (*self.list_commands(ctx), *ctx.help_option_names)
        return super().parse_args(ctx, args if named else ["show", *args])


@click.group(cls=TextGroup, table=TABLE, context_settings=HELP)
def attention() -> None:
    """Show what the tokens of a text look at, and how attention works.

    lmcli attention TEXT is short for lmcli attention show TEXT; lmcli attention show --help lists the options.
    """
