"""Thumbnails between the rows: --show and --show-as."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from lmcli.frame.environment import Environment
from lmcli.frame.errors import LmcliError
from lmcli.frame.inputs import Outcome, Record

if TYPE_CHECKING:
    from PIL import Image

F = TypeVar("F", bound=Callable[..., Any])
WAYS = ("kitty", "iterm2", "sixel", "blocks")  # to show pictures
KEPT = 720, 560  # pixels of a picture that waits to be shown, at most


def show_options(function: F) -> F:
    """--show and --show-as; the function gets `show`: a way to show pictures, "auto", or None."""

    def chosen(ctx: click.Context, _param: click.Parameter, value: bool) -> str | None:
        way: str | None = ctx.params.pop("show_as", None)
        return way or ("auto" if value else None)

    way = click.option(
        "--show-as",
        type=click.Choice(WAYS),
        is_eager=True,
        help="How: where lmcli does not know that the terminal shows pictures better than with blocks.",
    )
    shown = click.option(
        "--show", is_flag=True, callback=chosen, help="Show thumbnails on a terminal."
    )
    return shown(way(function))


class Thumbnails:
    """Prints thumbnails on stdout: where it is a terminal, or where a way was asked for by name.

    Only tables have room for them; in other formats nothing is shown.
    """

    def __init__(self, env: Environment, show: str | None) -> None:
        self._env = env
        self._kept: dict[int, Image.Image] = {}
        wanted = show is not None and env.output.format == "table"
        self.way = None
        if wanted and (show != "auto" or env.stdout_isatty):
            from lmcli.draw.pictures.thumbnail import way_of

            self.way = way_of(env.variables) if show == "auto" else show

    @property
    def on(self) -> bool:
        """Whether anything is shown."""
        return self.way is not None

    def keeping(self, read: Callable[[Record], Image.Image]) -> Callable[[Record], Image.Image]:
        """A `read` that keeps a small copy of each picture until it is shown."""
        if not self.on:
            return read

        def read_and_keep(record: Record) -> Image.Image:
            image = read(record)
            small = image.copy()
            small.thumbnail(KEPT)
            self._kept[id(record)] = small
            return image

        return read_and_keep

    def before(self, outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
        """The outcomes of pictures that were kept, each picture shown before its rows are printed."""
        for outcome in outcomes:
            image = self._kept.pop(id(outcome.record), None)
            if image is not None and outcome.error is None:
                self._print(image)
                self._env.output.text(outcome.record.value)
            yield outcome

    def of_hits(self, outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
        """Outcomes of rows that name pictures, each row by itself, its picture shown before it."""
        if not self.on:
            yield from outcomes
            return
        for outcome in outcomes:
            if outcome.error is not None:
                yield outcome
            for row in outcome.rows:
                self._print_file(row.image)
                yield replace(outcome, rows=(row,))

    def _print_file(self, path: str) -> None:
        from lmcli.draw.pictures.reading import read_picture

        try:
            self._print(read_picture(Path(path), path))
        except LmcliError as error:
            self._env.output.warn(str(error))

    def _print(self, image: Image.Image) -> None:
        from lmcli.draw.pictures.thumbnail import blocks_of, encoded, fitted

        columns = self._env.output.console().width
        size = fitted(image.width, image.height, min(36, columns))
        if self.way == "blocks":
            from lmcli.draw.terminal.blocks import Blocks

            self._env.output.render(Blocks(blocks_of(image, size)))
        elif self.way is not None:
            self._env.output.text(encoded(image, self.way, size), end="")
