"""The commands that look at pictures one by one: clip classify, embed, sets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from lmcli.clip.cli.inputs import outcomes_of, started, views_option
from lmcli.clip.cli.labels import LabelOptions, label_options, vectors_of_labels
from lmcli.clip.cli.show import Thumbnails, show_options
from lmcli.draw.pictures.inputs import Pictures, pictures, with_progress
from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import BadUsage, NoAnswer
from lmcli.frame.inputs import Outcome, Record

BEST = 5  # labels that one picture gets


@click.command(
    epilog="Fields: image, rank, label, score.\n\n"
    'Example:  lmcli clip classify pics/cat.jpg --labels "a dog,a cat,a bird"'
)
@pictures()
@label_options
@click.option("--threshold", type=options.Finite(0, 1), help="Only labels of at least this score.")
@click.option(
    "--multi",
    is_flag=True,
    help="A probability for each label by itself; for models trained with a sigmoid.",
)
@show_options
@views_option
@options.common(
    "model",
    "provider",
    "threads",
    "offline",
    k=(None, "5 for one picture, 1 for several; all of --threshold or --multi"),
)
@click.pass_obj
def classify(
    env: Environment,
    images: Pictures,
    labels: LabelOptions,
    threshold: float | None,
    multi: bool,
    show: str | None,
    k: int | None,
    views: int,
    model: str | None,
) -> None:
    """Name what pictures show, by any labels.

    The score is the label's probability among all that are given. One picture gets its five best labels;
    several, or paths on stdin, one each: a line in, a line out. A folder stands for the pictures in it.
    """
    env.limit_blas()
    from lmcli.clip.api import Clip

    names = labels.labels(env)
    clip = Clip.of(env, model, views)
    vectors = vectors_of_labels(env, clip, names, labels.templates)
    thumbnails = Thumbnails(env, show)
    looking = started(clip, images, thumbnails.keeping(images.read))
    from lmcli.clip.classify import Classifier, Keep

    if k is None and threshold is None and not multi:
        k = 1 if images.several else BEST
    classifier = Classifier(clip.model, names, vectors(), Keep(k, threshold), multi)
    found: Iterable[Outcome] = outcomes_of(looking, classifier.guesses)
    found = thumbnails.before(found) if thumbnails.on else with_progress(env, images, found)
    if threshold is not None:
        found = _some(found, threshold)
    env.output.stream(found, images, render=_render_guesses, apart=thumbnails.on)


def _some(outcomes: Iterable[Outcome], threshold: float) -> Iterator[Outcome]:
    """The outcomes. Raises NoAnswer at their end where not one has rows."""
    nothing = True
    for outcome in outcomes:
        nothing = nothing and not outcome.rows and outcome.error is None
        yield outcome
    if nothing:
        raise NoAnswer(f"no label reaches {threshold:g}")


def _render_guesses(rows: list[Any]) -> Any:
    from lmcli.draw.guesses import guesses

    return guesses(rows)


@click.command(
    epilog="Fields: image, embedding (of texts: text, embedding).\n\n"
    "Example:  lmcli clip embed pics/cat.jpg -f json"
)
@pictures(unless="texts")
@click.option(
    "--text",
    "texts",
    multiple=True,
    is_eager=True,
    metavar="TEXT",
    help="A text instead; again for more.",
)
@options.embeddings_out
@views_option
@options.common("model", "provider", "threads", "offline")
@click.pass_obj
def embed(
    env: Environment,
    images: Pictures,
    texts: tuple[str, ...],
    out: Path | None,
    views: int,
    model: str | None,
) -> None:
    """Turn pictures, or texts, into vectors.

    Pictures and texts share one space: a dot product is the cosine of their vectors, which have the length 1.
    Texts are taken as they are, without a prompt.
    """
    env.limit_blas()
    from lmcli.clip.api import Clip
    from lmcli.clip.view.rows import embedded, embedded_texts
    from lmcli.vectors.embedding_file import EmbeddingFile

    if texts and any(True for _ in images):
        raise BadUsage("pictures and texts do not go into one table", "embed them by turns")
    file = EmbeddingFile(out, "text" if texts else "image") if out else None
    clip = Clip.of(env, model, views)
    found: Iterable[Outcome]
    if texts:
        found = [Outcome(Record(""), embedded_texts(texts, clip.embed_texts(texts)))]
    else:
        found = with_progress(env, images, outcomes_of(started(clip, images), embedded))
    if file:
        env.settings.format = "plain"
        found = file.filled(found)
    env.output.stream(found, None if texts else images, render=_render_vectors)


def _render_vectors(rows: list[Any]) -> Any:
    from lmcli.clip.view.render import vectors

    return vectors(rows)


@click.command(
    epilog="Fields: name, kind, size, about (of one set: index, label).\n\n"
    "Example:  lmcli clip sets cifar10"
)
@click.argument("name", required=False, shell_complete=lambda *_args: _set_names(_args[-1]))
@options.common()
@click.pass_obj
def sets(env: Environment, name: str | None) -> None:
    """List the labels and prompts that come with lmcli.

    With the name of one, what is in it; index is the class's number in its data set, from 0.
    """
    from lmcli.clip.labels import all_sets, members

    env.output.rows(members(name) if name else all_sets())


def _set_names(incomplete: str) -> list[str]:
    from lmcli.clip.labels import named

    names = (*named("sets"), *named("templates"))
    return [name for name in names if name.startswith(incomplete)]
