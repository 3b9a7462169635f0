"""The command: parse, call the engine, hand the rows over."""

from __future__ import annotations

import click

from lmcli.frame import inputs, options
from lmcli.frame.environment import Environment
from lmcli.frame.inputs import Records


@click.command(epilog="Fields: spec, faces, total.\n\nExample:  lmcli dice 2d6 d20 --seed 1")
@inputs.argument("specs", metavar="NdM...")
@options.common("seed")
@click.pass_obj
def dice(env: Environment, specs: Records, seed: int) -> None:
    """Roll dice given in the usual notation."""
    from lmcli_dice.rolling import Roller

    env.output.stream(specs.map(Roller(seed).roll), specs)
