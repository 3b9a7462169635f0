"""A model that a command needs and that is not here yet: pulled in the command's own way of fetching and telling."""

from __future__ import annotations

from contextlib import AbstractContextManager

from lmcli.frame.environment import Environment
from lmcli.frame.errors import BadUsage
from lmcli.store.fetch.fetching import fetching


def pull_missing(env: Environment, name: str) -> None:
    """Pull the model `name`, or make one of the file `name`. Raises ModelError where it cannot be had."""
    from lmcli.store.pull import Wishes, pull

    with fetching_for(env):
        try:
            pull(name, env.models, Wishes(aside=True))
        except BadUsage:  # another process was quicker
            if not env.models.find(name, None).present:
                raise


def fetching_for(env: Environment) -> AbstractContextManager[None]:
    """Fetch as a command's options and variables say, and tell of it on its stderr, while the block runs."""
    say, progress = env.output.note, env.output.progress
    return fetching(offline=env.offline, say=say, progress=progress, variables=env.variables)
