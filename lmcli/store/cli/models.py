"""The group of commands about models."""

from __future__ import annotations

import click

from lmcli.store.cli import kept, made


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def models() -> None:
    """Pull, list, check, measure and build models."""


for command in (
    *(kept.list_, kept.info, kept.verify, kept.path),
    *(made.pull, made.export, kept.rm, made.bench, made.build),
):
    models.add_command(command)
