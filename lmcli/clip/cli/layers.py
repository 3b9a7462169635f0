"""lmcli clip layers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.frame.locale import said, told

if TYPE_CHECKING:
    from PIL import Image

    from lmcli.clip.inside.layers import Stage
    from lmcli.draw.maps import Panel

BEST = 10  # maps of a layer
CLASSES = 5
_TOLD = (
    "edges and colours",
    "edges, corners and textures",
    "textures",
    "patterns and parts",
    "parts and objects",
)


@click.command(
    epilog="Fields: layer, channel, size, max, down, right.\n\n"
    "Example:  lmcli clip layers pics/cat.jpg"
)
@click.argument("image", type=click.Path())
@click.option(
    "--save",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Also draw it as .svg, .png or .html.",
)
@options.common("model", "provider", "threads", "offline", k=BEST)
@click.pass_obj
def layers(env: Environment, image: str, save: Path | None, k: int, model: str | None) -> None:
    """Show what the layers of the image tower answer to: from edges to objects.

    Of each size that the picture goes through, the k feature maps that differ most within it; `down` and `right` say
    where each answers most. At the end what the tower takes the picture for, where it was trained on ImageNet. IMAGE
    may be - for stdin.
    """
    env.limit_blas()
    if save:
        from lmcli.draw.figure import checked_suffix

        checked_suffix(save)
    from lmcli.clip.api import Clip
    from lmcli.clip.inside.layers import answers, stages
    from lmcli.clip.towers import VISION
    from lmcli.draw.pictures.reading import read_picture

    clip = Clip.of(env, model).model
    source = env.stdin.read() if image == "-" else Path(image)
    picture = read_picture(source, "stdin" if image == "-" else image, warn=env.output.warn)
    settings = env.settings
    found, shares = stages(
        clip.source,
        clip.source.graph("model" if clip.traits.joint else VISION),
        clip.preprocessing(picture),
        provider=settings.provider,
        threads=settings.threads,
    )
    notes = _classes(shares)
    cut = clip.preprocessing.cut(picture)

    def render(_rows: Sequence[Any]) -> Any:
        from rich.console import Group
        from rich.text import Text

        from lmcli.draw.maps import Maps

        return Group(Maps(_panels(cut, found, k)), *(Text(note) for note in notes))

    env.output.rows(answers(found, k), render=render)
    if save:
        from lmcli.draw.maps import maps_figure

        title = told(f"{Path(image).name}: from edges to objects")
        maps_figure(_panels(cut, found, k), title, notes).save(save, note=env.output.warn)
        env.output.note(f"wrote {save}")


def _panels(picture: Image.Image, found: Sequence[Stage], k: int) -> list[Panel]:
    import numpy as np

    from lmcli.draw.maps import Panel, Tile

    grey = np.asarray(picture.convert("L").resize((112, 112)), np.float32)
    panels = [Panel(said("the picture as the tower sees it"), (Tile("", grey, grey=True),))]
    for number, stage in enumerate(found):
        count, height, width = stage.maps.shape
        what = said(_TOLD[min(len(_TOLD) - 1, number * len(_TOLD) // len(found))])
        title = told(f"convolution {stage.layer}: {count} maps of {height} x {width}: {what}")
        tiles = tuple(Tile(str(one), stage.maps[one]) for one in stage.strongest(k))
        panels.append(Panel(title, tiles))
    return panels


def _classes(shares: Any) -> list[str]:
    """What the tower takes the picture for, in words."""
    if shares is None or len(shares) != 1000:
        return []
    from lmcli.clip.labels import members

    names = [row.label for row in members("imagenet")]
    best = shares.argsort()[::-1][:CLASSES]
    seen = ", ".join(f"{names[place]} {shares[place]:.2f}" for place in best)
    return [said("objects: %s") % seen]
