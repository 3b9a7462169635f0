"""lmcli digits steps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import BadUsage
from lmcli.frame.locale import said, told

if TYPE_CHECKING:
    from lmcli.draw.maps import Panel


@click.command(
    epilog="Fields: operation, row, column, sum, value (of a picture: layer, channel, height, width, mean, max, row, "
    "column).\n\nExample:  lmcli digits steps"
)
@click.argument("picture", required=False, type=click.Path())
@click.option(
    "--filter",
    "number",
    type=click.IntRange(min=0),
    metavar="N",
    help="Show filter N, its kernel beside what it finds.",
)
@click.option(
    "--layer", default="conv1", show_default=True, help="The convolution that --filter is of."
)
@click.option(
    "--save",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Also draw it as .svg, .png or .html.",
)
@options.common("model", "provider", "threads")
@click.pass_obj
def steps(
    env: Environment,
    picture: str | None,
    number: int | None,
    layer: str,
    save: Path | None,
    model: str | None,
) -> None:
    """Show convolution and pooling by hand, or layer by layer on a picture.

    Without a picture: max pooling of [1 3; 2 4], and 5 x 5 pixels under a kernel of 3 x 3, every sum written out. With
    one (- is stdin): the feature maps of every layer, those first that differ most within the picture, the dense
    layer, the probabilities.
    """
    env.limit_blas()
    if save:
        from lmcli.draw.figure import checked_suffix

        checked_suffix(save)
    if picture is None:
        if number is not None or save:
            raise BadUsage("--filter and --save are for a picture", "name one")
        _by_hand(env)
        return
    _on_picture(env, picture, model, number, layer, save)


def _by_hand(env: Environment) -> None:
    from lmcli.digits import lesson

    def render(rows: list[Any]) -> Any:
        from lmcli.digits.view.layers import lesson as drawn

        return drawn(rows, lesson.IMAGE, lesson.KERNEL, lesson.POOLED)

    env.output.rows(list(lesson.steps()), render=render)


def _on_picture(
    env: Environment,
    place: str,
    model: str | None,
    number: int | None,
    layer: str,
    save: Path | None,
) -> None:
    from lmcli.digits.api import Digits
    from lmcli.digits.layers import feature_maps, filter_of
    from lmcli.digits.reading import prepared
    from lmcli.draw.pictures.reading import read_picture

    network = Digits.of(env, model).network
    source = env.stdin.read() if place == "-" else Path(place)
    picture = read_picture(source, "stdin" if place == "-" else place, warn=env.output.warn)
    pixels = prepared(picture, network.written)
    layers = network.layers(pixels)
    chosen = None if number is None else filter_of(network, layers, pixels, layer, number)
    rows = feature_maps(layers)
    if chosen:
        rows = [row for row in rows if (row.layer, row.channel) == (layer, number)]
    shares = network.probabilities(pixels[None])[0]
    hidden = network.hidden(pixels)

    def parts() -> list[Panel]:
        from lmcli.digits.view.layers import filter_panels, panels

        return filter_panels(chosen) if chosen else panels(pixels, layers, hidden)

    def render(_rows: Sequence[Any]) -> Any:
        from rich.console import Group

        from lmcli.digits.view.layers import kernel_table, shown

        if chosen:
            return Group(shown(parts(), shares[:0], ()), kernel_table(chosen))
        return shown(parts(), shares, network.labels)

    env.output.rows(rows, render=render)
    if save:
        from lmcli.draw.maps import maps_figure

        best = int(shares.argmax())
        note = told(f"{network.labels[best]} with a probability of {shares[best]:.4f}")
        what = said("a filter") if chosen else said("layer by layer")
        title = f"{Path(place).name}{said(': ')}{what}"
        maps_figure(parts(), title, (note,)).save(save, note=env.output.warn)
        env.output.note(f"wrote {save}")
