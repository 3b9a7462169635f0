"""The group `lmcli batch`."""

from __future__ import annotations

import click

from lmcli.frame.tree.lazy import HELP, DefaultGroup

TABLE = {
    "Commands": {
        "run": ("lmcli.batch.cli.run:run", "Run a command over the records of many files."),
        "status": ("lmcli.batch.cli.status:status", "Show how far a run is."),
    }
}


@click.group(
    cls=DefaultGroup,
    table=TABLE,
    default="run",
    context_settings=HELP,
    epilog="Example:  lmcli batch embed --in comments.csv --field text --out out",
)
def batch() -> None:
    """Run a command over the records of many files.

    lmcli batch COMMAND is lmcli batch run COMMAND: its help lists the options.
    """
