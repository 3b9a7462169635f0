"""lmcli digits classify."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lmcli.draw.pictures.inputs import Pictures, pictures, with_progress
from lmcli.draw.pictures.places import STDIN
from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import LmcliError
from lmcli.frame.inputs import Outcome, Record
from lmcli.frame.locale import told

if TYPE_CHECKING:
    from lmcli.digits.network import Network
    from lmcli.digits.reading import Guess, Reading

BEST = 3  # readings that one picture gets


@click.command(
    epilog="Fields: image, rank, label, score. Of an idx file each picture is a row of its own: FILE[0], ...\n\n"
    "Example:  lmcli digits classify digits/seven.png"
)
@pictures()
@click.option(
    "-v", "--verbose", is_flag=True, help="Say what was done, show what the network sees."
)
@options.common(
    "model",
    "provider",
    "threads",
    k=(None, "3 for one picture, 1 for several"),
)
@click.pass_obj
def classify(
    env: Environment, images: Pictures, verbose: bool, k: int | None, model: str | None
) -> None:
    """Read the digits in pictures, photographs and scans.

    A picture may have any size, dark ink on light or light on dark, a shadow, one digit or several: they are parted,
    put into 28 x 28 pixels as the makers of MNIST did it, and read in order, the lines from top to bottom. The score
    of several is the probability that all are right. A folder stands for the pictures in it; an idx file for its own.
    """
    env.limit_blas()
    from lmcli.digits.api import Digits

    network = Digits.of(env, model).network
    most = k or (1 if images.several else BEST)
    outcomes = _outcomes(env, images, network, (most, k or 1), verbose)
    found = with_progress(env, images, outcomes, "reading")
    env.output.stream(found, images, render=_render)


def _outcomes(
    env: Environment, images: Pictures, network: Network, k: tuple[int, int], verbose: bool
) -> Iterator[Outcome]:
    """The rows of each picture; k: how many one gets, and how many one of an idx file."""
    from lmcli.digits.files.idx import looks_like_idx
    from lmcli.digits.reading import doubt, guesses, read

    for record in images:
        try:
            if (
                record.error is None
                and record.value != STDIN
                and looks_like_idx(Path(record.value))
            ):
                yield _of_idx(record, network, k[1])
                continue
            reading = read(images.read(record), network)
        except LmcliError as error:
            yield Outcome(record, error=_naming(record, error))
            continue
        rows = guesses(record.value, reading, network.labels, k[0])
        if verbose:
            _tell(env, record.value, reading, network)
        said = doubt(reading, network.written)
        yield Outcome(record, rows, warnings=(f"{record.value}: {said}",) if said else ())


def _naming(record: Record, error: LmcliError) -> LmcliError:
    """The error, which names the picture."""
    if not error.message.startswith(record.value):
        error.message = f"{record.value}: {error.message}"
    return error


def _of_idx(record: Record, network: Network, k: int) -> Outcome:
    """The rows of all pictures in an idx file, taken as they are."""
    from lmcli.digits.files.idx import read_pictures

    pictures = read_pictures(Path(record.value))
    return Outcome(replace(record, fields=record.fields), _rows(record.value, pictures, network, k))


def _rows(name: str, pictures: Any, network: Network, k: int) -> Iterator[Guess]:
    import numpy as np

    from lmcli.digits.network import BATCH
    from lmcli.digits.reading import Guess
    from lmcli.frame.numbers import shortest

    for at in range(0, len(pictures), BATCH):
        shares = network.probabilities(pictures[at : at + BATCH] / np.float32(255))
        orders = np.argsort(-shares, axis=1, kind="stable")[:, :k].tolist()
        for place, order in enumerate(orders, at):
            for rank, label in enumerate(order, 1):
                score = shortest(shares[place - at, label])
                yield Guess(f"{name}[{place}]", rank, network.labels[label], score)


def _tell(env: Environment, image: str, reading: Reading, network: Network) -> None:
    """What was done to a picture, and what the network was given of it, on stderr."""
    from lmcli.digits.view.render import seen

    env.output.flush()
    for step in reading.steps:
        env.output.report(f"{image}: {told(step)}")
    env.output.console(stderr=True).print(seen(reading, network.labels))


def _render(rows: list[Any]) -> Any:
    from lmcli.draw.guesses import guesses

    return guesses(rows)
