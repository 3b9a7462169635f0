"""The command that trains a model on pairs of pictures and texts: clip train."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import BadInput, LmcliError, PartialFailure

if TYPE_CHECKING:
    from lmcli.clip.model import Clip as Model
    from lmcli.clip.train.pairs import Seen
    from lmcli.clip.train.training import Recall

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_POSITIVE = click.IntRange(min=1)


@click.command(
    epilog="Fields: stage, direction, pairs, recall_at_1, recall_at_5.\n\n"
    "Example:  lmcli clip train pairs.csv --name my-clip --held-out 0.4"
)
@click.argument("pairs", metavar="PAIRS.csv", type=_FILE)
@click.option(
    "--test", type=_FILE, metavar="FILE", help="Pairs to test on, in a table of their own."
)
@click.option(
    "--held-out",
    type=options.Finite(min=0.01, max=0.9),
    default=0.2,
    show_default=True,
    help="The share of the pictures to test on, without --test.",
)
@click.option("--name", help="The model's name [the table's].")
@click.option("--out", type=click.Path(path_type=Path), help="The folder [the user's models].")
@click.option("--force", is_flag=True, help="Replace a model of that name.")
@click.option("--epochs", type=_POSITIVE, default=40, show_default=True, help="Passes at most.")
@click.option(
    "--lr",
    type=options.Finite(min=0, min_open=True),
    default=3e-3,
    show_default=True,
    help="The learning rate at the start.",
)
@click.option(
    "--batch",
    type=click.IntRange(min=2),
    show_default="a sixth of the pairs, 16 to 512",
    help="Pairs in a batch.",
)
@options.common("model", "provider", "threads", "offline", "seed")
@click.pass_obj
def train(
    env: Environment,
    /,
    pairs: Path,
    test: Path | None,
    held_out: float,
    name: str | None,
    out: Path | None,
    force: bool,
    epochs: int,
    lr: float,
    batch: int | None,
    model: str | None,
    seed: int,
) -> None:
    """Teach a model what pictures of your own are called.

    PAIRS.csv has the columns image and text, with commas or tabs; paths are relative to its folder. The towers stay as
    they are, heads at their ends are trained, and the result is a model folder for every clip command. Printed is how
    often the right text, or picture, is found among all that were held out, before and after. The same pairs, options
    and seed give the same model. Needs the extra train.
    """
    from lmcli.clip.api import Clip
    from lmcli.clip.model import TASK
    from lmcli.clip.train.heads import check_onnx, write_model
    from lmcli.clip.train.training import Options, recalls, split
    from lmcli.clip.train.training import train as learn
    from lmcli.frame.disk.whole import install
    from lmcli.nn.onnxfile.torch_export import torch

    package = torch()
    check_onnx()
    name = name or pairs.stem
    target = out or env.models.place(name)
    source = env.model(model, TASK)
    clip = Clip.of(env, model).model
    package.set_num_threads(clip.threads)
    reading = _Reading(env, clip)
    with install(target, force=force) as fresh:
        seen = reading.look(pairs)
        if test:
            learned, held = seen, reading.look(test)
        else:
            parts = split(len(seen), held_out, seen.pictures, seed)
            learned, held = seen.part(parts[0]), seen.part(parts[1])
        _check(learned, held, pairs)
        with env.output.progress("training", epochs) as advance:
            heads = learn(learned, Options(epochs, lr, batch, seed), advance)
        rows = [*recalls("before", held, None), *recalls("after", held, heads)]
        said = _said(name, source.name, pairs.name, len(learned), rows, seed)
        write_model(clip, source, heads, fresh, said)
    env.output.note(f"the model is {target}")
    env.output.rows(rows)
    reading.close()


class _Reading:
    """Reads tables, looks at their pictures, and reports lines that cannot be used."""

    def __init__(self, env: Environment, clip: Model) -> None:
        self._env = env
        self._clip = clip
        self._failed = self._total = 0

    def look(self, table: Path) -> Seen:
        """What the model makes of a table's pairs. Raises BadInput where it cannot be read."""
        from lmcli.clip.train.pairs import look, read_pairs

        pairs = list(read_pairs(table))
        self._total += len(pairs)

        def report(error: LmcliError, line: int) -> None:
            self._failed += 1
            where = f"{table}, line {line}: {error.message}"
            self._env.output.error(type(error)(where, error.hint))

        with self._env.output.progress("looking", len({pair.path for pair in pairs})) as advance:
            return look(self._clip, pairs, report, advance)

    def close(self) -> None:
        """Raises PartialFailure where lines were left out."""
        if self._failed:
            raise PartialFailure(self._failed, self._total)


def _check(learned: Seen, held: Seen, table: Path) -> None:
    """Raises BadInput where there is too little to learn from or to test on."""
    from lmcli.clip.train.training import FEWEST

    if len(learned) < FEWEST or len(learned.texts) < 2 or len(learned.images) < 2:
        raise BadInput(
            f"{table}: {len(learned)} pairs of {len(learned.images)} pictures and {len(learned.texts)} texts"
            " are too few to learn from",
            f"at least {FEWEST} pairs are needed, with different pictures and texts",
        )
    if len(held.texts) < 2 or len(held.images) < 2:
        raise BadInput(
            f"{len(held)} pairs are too few to test on: there is nothing to mistake them for",
            "hold out more with --held-out, or name a --test file",
        )


def _said(
    name: str, base: str, table: str, count: int, rows: list[Recall], seed: int
) -> dict[str, object]:
    """What the model.toml says of the model and its training."""
    from lmcli.frame.printing.cells import fields_of

    metrics = []
    for fields in map(fields_of, rows):
        for key in ("recall_at_1", "recall_at_5"):
            said = f"{key} of {fields['pairs']} held-out pairs, {fields['direction']}, {fields['stage']}"
            command = f"lmcli clip train {table} --model {base} --seed {seed}"
            metrics.append({"name": said, "value": fields[key], "command": command})
    return {
        "name": name,
        "summary": f"{base} with heads trained on {count} pairs of {table}",
        "origin": {"trained_from": base, "trained_on": table},
        "metrics": metrics,
    }
