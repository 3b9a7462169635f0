"""The commands about the settings file: lmcli config ..."""

from __future__ import annotations

import click

from lmcli.frame import options
from lmcli.frame.disk.folders import config_file, make_folder
from lmcli.frame.environment import Environment


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def config() -> None:
    """Show and edit the settings file."""


@config.command(epilog="Example:  lmcli config path")
@options.common()
@click.pass_obj
def path(env: Environment) -> None:
    """Print where the settings file is."""
    env.output.text(str(config_file(env.variables)))


@config.command(epilog="Fields: name, value, source.\n\nExample:  lmcli config show")
@options.common()
@click.pass_obj
def show(env: Environment) -> None:
    """List the settings, their values and where each comes from."""
    from lmcli.frame.config import unreadable
    from lmcli.repl.settings import setting_rows

    if fault := unreadable(env.variables):
        env.output.warn_once(f"the settings are not read ({fault})")
    env.output.rows(setting_rows(env.variables, env.overrides))


@config.command(epilog="Example:  EDITOR=true lmcli config edit")
@options.common()
@click.pass_obj
def edit(env: Environment) -> None:
    """Open the settings file in $EDITOR.

    Where there is none yet, one is written with every default as a comment.
    """
    from lmcli.frame.config import read_settings
    from lmcli.frame.disk.whole import write_text
    from lmcli.repl.settings import template

    file = config_file(env.variables)
    if not file.exists():
        make_folder(file.parent)
        write_text(file, template())
    click.edit(filename=str(file))
    read_settings(env.variables)
