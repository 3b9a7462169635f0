"""Help in another language: commands with their texts translated, and lines by the terminal's cells."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable
from functools import cache
from typing import Any

import click

from lmcli.frame.locale import said
from lmcli.frame.locale.catalogue import translated

_EXTRA = re.compile(
    r"\[(default|env var|required)(?=[:;\]])"
)  # what click adds to an option's help
_UNWRAPPED = "\b"  # the line before a paragraph that keeps its lines


@cache
def localized(command: click.Command, language: str, context: Any) -> click.Command:
    """A copy of a command whose help is in `language`, run in a `context` that writes it so."""
    own = copy.copy(command)
    own.help, own.epilog, own.short_help = (
        text and paragraphs(text, language)
        for text in (command.help, command.epilog, command.short_help)
    )
    own.params = [_parameter(one, language) for one in command.params]
    own.context_class = context
    if isinstance(own, click.Group):  # those of a lazy group are localized when it imports them
        own.commands = {
            name: localized(one, language, context) for name, one in own.commands.items()
        }
    own._help_option = None  # click keeps the one it made
    return own


def _parameter(parameter: click.Parameter, language: str) -> click.Parameter:
    text = getattr(parameter, "help", None)
    if not text or not isinstance(parameter, click.Option):
        return parameter
    own = copy.copy(parameter)
    own.help = paragraphs(text, language)
    if isinstance(own.show_default, str):
        own.show_default = said(own.show_default)
    return own


def paragraphs(text: str, language: str) -> str:
    """A text of help, each paragraph translated by itself."""
    return "\n\n".join(translated(part, language) for part in split(text))


def split(text: str) -> list[str]:
    """The paragraphs of a text of help, as the catalogue holds them."""
    import inspect

    return list(map(plain, inspect.cleandoc(text).split("\n\n")))


def plain(paragraph: str) -> str:
    """A paragraph as the catalogue holds it: in one line, unless its lines are kept."""
    return paragraph if paragraph.startswith(_UNWRAPPED) else " ".join(paragraph.split("\n"))


def _about(text: str) -> str:
    """What stands beside a name: a text of help; a command that stands there is none."""
    return text if text.isidentifier() else said(text)


class Formatter(click.HelpFormatter):
    """Writes help whose lines are as wide as the terminal's cells say."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write the usage line."""
        super().write_usage(prog, args, prefix or said("Usage:"))

    def write_heading(self, heading: str) -> None:
        """Write a heading."""
        self.write(f"{'':>{self.current_indent}}{said(heading)}：\n")

    def write_text(self, text: str) -> None:
        """Write paragraphs, each in lines that fit."""
        indent = " " * self.current_indent
        shown = [
            "\n".join(indent + line for line in self._lines(part, self.width - len(indent)))
            for part in text.split("\n\n")
        ]
        self.write("\n\n".join(shown) + "\n")

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        """Write names with their help beside them."""
        from rich.cells import cell_len

        rows = list(rows)
        column = min(max(cell_len(name) for name, _ in rows), col_max) + col_spacing
        indent = " " * self.current_indent
        for name, text in rows:
            shown = [
                line
                for part in _EXTRA.sub(lambda word: f"[{said(word[1])}", _about(text)).split("\n\n")
                for line in self._lines(part, max(self.width - column - 2, 10))
            ]
            room = column - cell_len(name)
            beside = room >= col_spacing
            self.write(f"{indent}{name}" + (" " * room if beside else "\n"))
            if not beside and shown:
                self.write(indent + " " * column)
            self.write(f"\n{indent}{'':>{column}}".join(shown) + "\n" * (beside or bool(shown)))

    def _lines(self, paragraph: str, width: int) -> list[str]:
        from lmcli.frame.text.wrapping import wrapped

        if paragraph.startswith(_UNWRAPPED):
            return paragraph.split("\n")[1:]
        return wrapped(plain(paragraph), width)
