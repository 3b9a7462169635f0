"""The commands that draw: clip matrix, clip explain."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lmcli.clip.cli.inputs import outcomes_of, started, views_option
from lmcli.clip.cli.labels import LabelOptions, label_options, vectors_of_labels
from lmcli.draw.pictures.inputs import Pictures, pictures, with_progress
from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import BadUsage, LmcliError
from lmcli.frame.inputs import Outcome
from lmcli.frame.locale import said, told

if TYPE_CHECKING:
    from PIL import Image

    from lmcli.clip.explain import Occlusion
    from lmcli.clip.model import Clip as Model
    from lmcli.vectors.vectorfile import Vectors

WIDEST, HIGHEST = 56, 24  # cells of an occlusion map

save_option = click.option(
    "--save",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Also save the picture as .svg, .png or .html.",
)


@click.command(
    epilog="Fields: image, label, score.\n\n"
    'Example:  lmcli clip matrix pics/cat.jpg pics/coffee.jpg --labels "a cat,a cup,a bird"'
)
@pictures()
@label_options
@save_option
@views_option
@options.common("model", "provider", "threads", "offline")
@click.pass_obj
def matrix(
    env: Environment,
    images: Pictures,
    labels: LabelOptions,
    save: Path | None,
    views: int,
    model: str | None,
) -> None:
    """Set pictures against texts in a table.

    The score is the cosine of the two vectors: the similarity table of the CLIP paper. Cosines of different
    models do not compare; within a table the largest in a line is the model's choice.
    """
    env.limit_blas()
    from lmcli.clip.api import Clip
    from lmcli.clip.matrix import similarities

    if save:
        from lmcli.draw.figure import checked_suffix

        checked_suffix(save)
    names = labels.labels(env)
    clip = Clip.of(env, model, views)
    begun = vectors_of_labels(env, clip, names, labels.templates)
    looking = started(clip, images)
    vectors = begun()
    found = outcomes_of(looking, lambda name, vector: similarities(name, vector, names, vectors))
    found = with_progress(env, images, found)
    if save:
        title = told(f"Cosine of picture and text in {clip.model.name}")
        found = _saved_matrix(env, found, save, title)
    env.output.stream(found, images, render=_render_matrix)


def _render_matrix(rows: list[Any]) -> Any:
    from lmcli.clip.view.render import SimilarityTable

    return SimilarityTable(rows)


def _saved_matrix(
    env: Environment, outcomes: Iterator[Outcome], path: Path, title: str
) -> Iterator[Outcome]:
    from lmcli.draw.heatmap_figure import heatmap_figure

    values: dict[str, list[float]] = {}
    labels: list[str] = []
    for outcome in outcomes:
        rows = list(outcome.rows)
        if rows:
            values[outcome.record.value] = [row.score for row in rows]
            labels = [row.label for row in rows]
        yield outcome
    if values:
        figure = heatmap_figure(list(values.values()), list(values), labels, title=title)
        figure.save(path, note=env.output.warn)
        env.output.note(f"wrote {path}")


@dataclass(frozen=True, slots=True)
class Question:
    """What `explain` is asked: the labels' vectors (n, d), the one in question first, and how finely to look."""

    label: str
    vectors: Vectors
    grid: int
    patch: int

    @property
    def measure(self) -> str:
        """What the drop is a drop of."""
        return "cosine" if len(self.vectors) == 1 else "probability"


@click.command(
    epilog="Fields: row, column, drop (of several pictures: image, too).\n\n"
    'Example:  lmcli clip explain pics/cat.jpg --label "a cat" --grid 5'
)
@pictures()
@click.option("-l", "--label", required=True, metavar="LABEL", help="What to look for.")
@click.option(
    "--against",
    multiple=True,
    metavar="A,B,...",
    help="Other labels: the drop is then one of the probability among all.",
)
@click.option(
    "--grid",
    type=click.IntRange(2, 64),
    default=10,
    show_default=True,
    help="Cells a side; the model runs once for each cell.",
)
@click.option(
    "--patch",
    type=click.IntRange(1, 64),
    default=3,
    show_default=True,
    help="How many cells wide the grey patch is.",
)
@save_option
@options.common("model", "provider", "threads", "offline")
@click.pass_obj
def explain(
    env: Environment,
    images: Pictures,
    label: str,
    against: tuple[str, ...],
    grid: int,
    patch: int,
    save: Path | None,
    model: str | None,
) -> None:
    """Show where in a picture the model sees a label.

    A grey patch covers one part after the other: where the score drops, the label was seen. A negative drop
    means that the covered part spoke against it (occlusion map, Zeiler and Fergus 2014).
    """
    env.limit_blas()
    from lmcli.clip.api import Clip
    from lmcli.clip.labels import distinct, split_labels

    if save and images.several:
        raise BadUsage("--save takes the map of one picture", "name that one")
    if save:
        from lmcli.draw.figure import checked_suffix

        checked_suffix(save)
    clip = Clip.of(env, model)
    clip.model.towers.start("vision")
    names, _ = distinct([label, *(name for text in against for name in split_labels(text))])
    if not names or names[0] != " ".join(label.split()):
        raise BadUsage("the label is empty")
    question = Question(names[0], vectors_of_labels(env, clip, names)(), grid, patch)
    maps: deque[Any] = deque()
    found = _explained(env, clip.model, images, question, save, maps)
    env.output.stream(found, images, render=lambda _rows: maps.popleft(), apart=True)


def _explained(
    env: Environment,
    clip: Model,
    images: Pictures,
    question: Question,
    save: Path | None,
    maps: deque[Any],
) -> Iterator[Outcome]:
    """The drops of each picture; what a table shows of them goes into `maps`."""
    from lmcli.clip.explain import occlusion

    for record in images:
        try:
            image = images.read(record)
            with env.output.progress("covering", total=1) as advance:
                pixels = clip.preprocessing(image)
                occluded = occlusion(
                    clip, pixels, question.vectors, question.grid, question.patch, advance
                )
            if save:
                _save_map(env, clip, image, occluded, question, save)
            if env.output.format == "table":
                maps.append(_map(clip, image, occluded, question))
        except LmcliError as error:
            yield Outcome(record, error=error)
            continue
        fields = {"image": record.value} if images.several else {}
        yield Outcome(replace(record, fields={**record.fields, **fields}), occluded.rows)


def _map(clip: Model, image: Image.Image, occluded: Occlusion, question: Question) -> Any:
    from lmcli.clip.explain import tinted
    from lmcli.clip.view.render import OcclusionMap
    from lmcli.draw.pictures.thumbnail import CELL, blocks_of, fitted

    picture = tinted(clip.preprocessing.cut(image), occluded)
    size = fitted(picture.width * CELL[0], picture.height * CELL[0], WIDEST, HIGHEST)
    return OcclusionMap(occluded, blocks_of(picture, size), question.label, question.measure)


def _save_map(
    env: Environment,
    clip: Model,
    image: Image.Image,
    occluded: Occlusion,
    question: Question,
    path: Path,
) -> None:
    from lmcli.clip.explain import tinted
    from lmcli.clip.view.figures import occlusion_figure

    picture = clip.preprocessing.cut(image)
    title = told(f"{question.label}: drop of the {said(question.measure)}")
    figure = occlusion_figure(picture, tinted(picture, occluded), occluded, title)
    figure.save(path, note=env.output.warn)
    env.output.note(f"wrote {path}")
