"""The data of a command, with what of it could not be read reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lmcli.frame.environment import Environment

if TYPE_CHECKING:
    from lmcli.digits.files.sources import Data


def opened(env: Environment, place: str) -> Data:
    """The data that a place names; each picture that cannot be read is an error of its own on stderr.

    Raises as `digits.files.sources.open_data` does.
    """
    from lmcli.digits.files.sources import open_data
    from lmcli.store.fetch.fetching import fetching

    output = env.output
    with fetching(
        offline=env.offline, say=output.note, progress=output.progress, variables=env.variables
    ):
        data = open_data(place)
    for fault in data.faults:
        output.error(fault)
    return data
