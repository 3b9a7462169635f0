"""What the commands about pictures share beside their arguments: the way from pictures to outcomes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from lmcli.draw.pictures.inputs import Pictures
from lmcli.frame.errors import LmcliError
from lmcli.frame.inputs import Outcome, Record

if TYPE_CHECKING:
    from PIL import Image

    from lmcli.clip.api import Clip
    from lmcli.vectors.vectorfile import Vectors

F = TypeVar("F", bound=Callable[..., Any])
MOST = 8  # as many as clip/views.py knows


def views_option(function: F) -> F:
    """--views: the function gets `views`."""
    return click.option(
        "--views",
        type=click.IntRange(1, MOST),
        default=1,
        show_default=True,
        metavar="N",
        help=f"Look at N views of a picture, at most {MOST}, and take the mean: a little surer, N times the time.",
    )(function)


Found = Iterator[tuple[Record, "Vectors | LmcliError"]]


def started(
    clip: Clip, pictures: Pictures, read: Callable[[Record], Image.Image] | None = None
) -> Found:
    """Each picture with its vector (d) or its error, in order; the work begins with the call."""
    pictures.least = clip.model.preprocessing.least
    return clip.look(pictures, read or pictures.read)


def outcomes_of(
    pictures: Found, answer: Callable[[str, Vectors], Sequence[Any]]
) -> Iterator[Outcome]:
    """Each picture's rows, in order: `answer` of its name and its vector (d)."""
    for record, found in pictures:
        if isinstance(found, LmcliError):
            yield Outcome(record, error=found)
        else:
            yield Outcome(record, answer(record.value, found))
