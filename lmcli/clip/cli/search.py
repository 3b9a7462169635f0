"""The commands that compare pictures: clip search, clip similar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

from lmcli.clip.cli.inputs import outcomes_of, started, views_option
from lmcli.clip.cli.labels import vectors_of_labels
from lmcli.clip.cli.show import Thumbnails, show_options
from lmcli.draw.pictures.inputs import FEW, Pictures, pictures
from lmcli.frame import inputs, options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import BadUsage, LmcliError, NoAnswer
from lmcli.frame.inputs import Outcome, Record, Records

if TYPE_CHECKING:
    from lmcli.clip.api import Clip
    from lmcli.clip.files.index import Found, PictureIndex
    from lmcli.vectors.vectorfile import Vectors


@click.command(
    epilog="Fields: image, rank, score (of queries from stdin: query, too).\n\n"
    'Example:  lmcli clip search "a cat" pics -k 2'
)
@inputs.argument("words", metavar="QUERY [DIR]...", unless="like")
@click.option(
    "--in",
    "places",
    multiple=True,
    type=click.Path(),
    metavar="DIR",
    help="Where to search; further ones may follow without --in.",
)
@click.option(
    "--like",
    is_eager=True,
    type=click.Path(dir_okay=False),
    metavar="IMAGE",
    help="Find what looks like this picture; all arguments are then folders.",
)
@click.option(
    "--index",
    metavar="NAME",
    help="Keep the index under this name; later searches need no DIR.",
)
@click.option(
    "--template",
    "templates",
    multiple=True,
    type=options.Escaped(),
    metavar="TEXT|NAME",
    help="A prompt with {} for the query, or a named set. [the model's own]",
)
@show_options
@views_option
@options.common("model", "provider", "threads", "offline", k=5)
@click.pass_obj
def search(
    env: Environment,
    words: Records,
    places: tuple[str, ...],
    like: str | None,
    index: str | None,
    templates: tuple[str, ...],
    show: str | None,
    views: int,
    model: str | None,
    k: int,
) -> None:
    """Find pictures by words, or by a picture.

    The pictures in the folders, and below them, are indexed the first time; later only those are opened whose
    size or time has changed. stdin: a query a line.
    """
    env.limit_blas()
    from lmcli.clip.api import Clip

    queries, further = words.split_first() if not like else (Records.of([like]), _values(words))
    folders = [*places, *further]
    clip = Clip.of(env, model, views)
    if not like and not queries.from_stdin:
        clip.labels(_values(queries), templates)
    found = _index(env, clip, folders, index)
    if not len(found):
        raise NoAnswer("none of the pictures can be read")
    thumbnails = Thumbnails(env, show)
    if like:
        outcomes: Iterator[Outcome] = iter([_like(clip, found, like, k)])
    else:
        outcomes = queries.map_batches(
            lambda batch: _answers(env, clip, found, batch, templates, k)
        )
        outcomes = map(inputs.with_query, outcomes) if queries.from_stdin else outcomes
    render = _render_hit if thumbnails.on else None
    outcomes = thumbnails.of_hits(outcomes)
    env.output.stream(outcomes, queries, render=render, apart=thumbnails.on)


def _values(words: Records) -> list[str]:
    return [record.value for record in words]


def _index(env: Environment, clip: Clip, places: Sequence[str], name: str | None) -> PictureIndex:
    """The index of the places, up to date: kept under a name, or in the cache folder."""
    import hashlib
    import os

    from lmcli.clip.files.index import Work, refresh
    from lmcli.frame.disk.folders import cache_folder, data_folder

    if not places and not name:
        raise BadUsage("there is nowhere to search", "name folders after the query")
    if name and name != Path(name).name:
        raise BadUsage(f"{name!r} is no name for an index", "leave out the slashes")
    if name:
        path = data_folder(env.variables) / "indexes" / f"{name}.pictures"
    else:
        absolute = "\n".join(os.path.abspath(place) for place in places)  # noqa: PTH100
        digest = hashlib.sha256(
            f"{clip.model.image_fingerprint}\n{absolute}".encode(errors="surrogateescape")
        )
        path = cache_folder(env.variables) / "clip" / f"{digest.hexdigest()[:24]}.pictures"
    work = Work(
        clip.model.image_fingerprint, lambda paths: _encoded(env, clip, paths), env.output.warn
    )
    if name:
        return refresh(path, places, work)
    try:
        return refresh(path, places, work, replace=True)
    except OSError as error:  # it is for the next time, and there will be none
        env.output.warn_once(
            f"the index is not kept ({path}: {error.strerror}); LMCLI_CACHE can name another place"
        )
    with TemporaryDirectory(prefix="lmcli-index-", ignore_cleanup_errors=True) as folder:
        return refresh(Path(folder) / path.name, places, work, replace=True)


def _encoded(env: Environment, clip: Clip, paths: Sequence[str]) -> Found:
    coming = clip.look(paths, clip.read)
    if len(paths) <= FEW:
        yield from coming
        return
    with env.output.progress("indexing pictures", total=len(paths)) as advance:
        for path, found in coming:
            yield path, found
            advance(1)


def _answers(
    env: Environment,
    clip: Clip,
    index: PictureIndex,
    queries: Sequence[str],
    templates: Sequence[str],
    k: int,
) -> list[Any]:
    """The hits of each query, or its error."""
    from lmcli.clip.search import search as find

    answers: list[Any] = []
    for query in queries:
        try:
            vectors = vectors_of_labels(env, clip, [query], templates)()
            answers += find(index, vectors, k)
        except LmcliError as error:
            answers.append(error)
    return answers


def _like(clip: Clip, index: PictureIndex, image: str, k: int) -> Outcome:
    from lmcli.clip.search import search_like, vector_in

    record = Record(image)
    vector = vector_in(index, image)
    if vector is None:
        ((_, found),) = clip.look([image], clip.read)
        if isinstance(found, LmcliError):
            return Outcome(record, error=found)
        vector = found
    return Outcome(record, search_like(index, image, vector, k))


def _render_hit(rows: list[Any]) -> Any:
    from rich.text import Text

    return Text("\n".join(f"{row.rank:3}  {row.score:.4f}  {row.image}" for row in rows))


@click.command(
    epilog="Fields: a, b, score.\n\nExample:  lmcli clip similar pics/cat.jpg pics/flower.jpg"
)
@pictures()
@views_option
@options.common("model", "provider", "threads", "offline")
@click.pass_obj
def similar(env: Environment, images: Pictures, views: int, model: str | None) -> None:
    """Compare pictures by the cosine of their vectors.

    The first is compared with each of the others. lmcli clip matrix compares pictures with texts.
    """
    env.limit_blas()
    from lmcli.clip.api import Clip

    if not images.several:
        raise BadUsage("one picture cannot be compared", "name another")
    clip = Clip.of(env, model, views)
    env.output.stream(_compared(clip, images), images)


def _compared(clip: Clip, images: Pictures) -> Iterator[Outcome]:
    from lmcli.clip.search import pair

    first: tuple[str, Vectors] | None = None
    for outcome in outcomes_of(started(clip, images), lambda name, vector: [(name, vector)]):
        if outcome.error:
            if first is None:
                raise outcome.error
            yield outcome
            continue
        ((name, vector),) = outcome.rows
        if first is None:
            first = name, vector
        else:
            yield Outcome(outcome.record, [pair(*first, name, vector)])
