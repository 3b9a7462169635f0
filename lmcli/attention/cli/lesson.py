"""The commands that teach the formulas: attention positions, retrieval."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import BadUsage
from lmcli.frame.tree.lazy import late


def _known(_ctx: click.Context, _param: click.Parameter, save: Path | None) -> Path | None:
    """The file, of a kind that can be drawn, before anything is computed."""
    if save:
        from lmcli.draw.figure import checked_suffix

        checked_suffix(save)
    return save


save_option = click.option(
    "--save",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    callback=_known,
    help="Also save the picture as .svg, .png or .html.",
)


def draw(env: Environment, save: Path | None, figure: str, rows: list[Any]) -> None:
    """Save what `figure` (module:function of the views) makes of rows, if it is asked for."""
    if save:
        late(f"lmcli.attention.view.{figure}")(rows).save(save, note=env.output.warn)


@click.command(
    epilog="Fields: position, encoding; with --shift: shift, map, error; --view distance: distance, sinusoidal, "
    "sinusoidal_spread, added, added_spread, rotary, rotary_spread; --view rotary: position, turned.\n\n"
    "Example:  lmcli attention positions -n 20 -d 32"
)
@click.option(
    "-n", "n", type=click.IntRange(min=1), default=50, show_default=True, help="Positions."
)
@click.option("-d", "d", type=click.IntRange(min=2), default=64, show_default=True, help="Width.")
@click.option(
    "--shift",
    type=click.IntRange(min=0),
    metavar="K",
    help="Show the matrix that moves by K instead.",
)
@click.option(
    "--view",
    type=click.Choice(("encoding", "distance", "rotary")),
    default="encoding",
    show_default=True,
    help="The encodings; products of places by distance; rotary places.",
)
@save_option
@options.common(seed=0)
@click.pass_obj
def positions(
    env: Environment, n: int, d: int, shift: int | None, view: str, seed: int, save: Path | None
) -> None:
    """Show the sinusoidal encoding of positions.

    Each pair of features is a sine and a cosine of one frequency, so that moving by K positions is the same
    rotation everywhere: a linear map, which --shift prints and tries. So products of places depend on the distance
    alone; --view distance shows for how long: by themselves, added to words, and rotary, as models of today.
    """
    from lmcli.attention.lesson import encodings, shifted
    from lmcli.attention.lessons.places import distances, turned

    if shift is not None and view != "encoding":
        raise BadUsage("--shift is a view of its own", "leave out --view, or --shift")
    rows: list[Any]
    if shift is not None:
        drawn, rows = "shift", [shifted(n, d, shift)]
    elif view == "encoding":
        drawn, rows = "encodings", list(encodings(n, d))
    elif view == "rotary":
        drawn, rows = "rotary", list(turned(n, d))
    else:
        drawn, rows = "distance", list(distances(n, d, seed))
    draw(env, save, "figures:positions_figure", rows)
    env.output.rows(rows, render=late(f"lmcli.attention.view.lesson:{drawn}"))


@click.command(
    epilog="Fields: way, temperature, documents, scores, fields, weights, value.\n\n"
    "Example:  lmcli attention retrieval fast,green"
)
@click.argument("query", nargs=-1, metavar="[FEATURE[=WEIGHT],...]")
@click.option(
    "--temperature",
    "temperatures",
    type=options.Finite(min=0, min_open=True),
    multiple=True,
    default=(0.25, 1.0, 8.0),
    show_default=True,
    help="Of the softmax; again for more.",
)
@save_option
@options.common()
@click.pass_obj
def retrieval(
    env: Environment, query: tuple[str, ...], temperatures: tuple[float, ...], save: Path | None
) -> None:
    """Read three documents by query, key and value: retrieval beside attention.

    The query asks for features (fast, roomy, cheap, green). Retrieval takes the value of the best key (hard);
    a softmax mixes all values (soft): the colder, the harder. At the temperature sqrt(d) it is attention.
    """
    from lmcli.attention.retrieval import asked, query_of, read

    wanted = query_of(asked(",".join(query) or "fast,green"))
    rows = read(wanted, temperatures)
    draw(env, save, "retrieval:figure", rows)

    def drawn(rows: list[Any]) -> Any:
        from lmcli.attention.view.retrieval import lesson

        return lesson(wanted.tolist(), rows)

    env.output.rows(rows, render=drawn)
