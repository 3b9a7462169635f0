"""lmcli batch status."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import BadUsage

if TYPE_CHECKING:
    from lmcli.batch.files.journal import Journal


@dataclass(frozen=True, slots=True)
class Status:
    """How far a run is. state: running, done, or stopped; seconds: of the commands alone, over all workers."""

    journal: str
    state: str
    command: str
    records: int
    total: int
    rows: int
    errors: int
    blocks: int
    seconds: float


@click.command(
    epilog="Fields: journal, state (running, done, stopped), command, records, total, rows, errors, blocks, "
    "seconds.\n\nExample:  lmcli batch status out"
)
@click.argument("out", type=click.Path(path_type=Path), metavar="OUT")
@options.common()
@click.pass_obj
def status(env: Environment, out: Path) -> None:
    """Show how far a run is.

    A row for each journal in the folder OUT: one, or one a shard.
    """
    from lmcli.batch.files.journal import NAME, Journal

    paths = sorted(out.glob(f"{NAME}*.jsonl"))
    if not paths:
        raise BadUsage(f"{out}: there is no run here", "name the folder of --out")
    env.output.rows([_status(Journal(out, path.stem.removeprefix(NAME)[1:])) for path in paths])


def _status(journal: Journal) -> Status:
    journal.load()
    done, header = list(journal.done.values()), journal.header
    ended = "done" if journal.end is not None else "stopped"
    state = "running" if journal.running else ended
    records, rows, seconds = (sum(e[name] for e in done) for name in ("records", "rows", "seconds"))
    errors = sum(len(entry["errors"]) for entry in done)
    words, total = " ".join(header.get("words", ())), header.get("records", 0)
    return Status(
        str(journal.path), state, words, records, total, rows, errors, len(done), round(seconds, 3)
    )
