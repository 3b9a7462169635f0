"""A model that a command needs and that is not here yet: pulled in the command's own way of fetching and telling."""

from __future__ import annotations

from lmcli.frame.environment import Environment
from lmcli.frame.errors import BadUsage
from lmcli.store.fetch.fetching import fetching


def pull_missing(env: Environment, name: str) -> None:
    """Pull the model `name`. Raises ModelError where it cannot be had."""
    from lmcli.store.pull import Wishes, pull

    say, progress = env.output.note, env.output.progress
    with fetching(offline=env.offline, say=say, progress=progress, variables=env.variables):
        try:
            pull(name, env.models, Wishes())
        except BadUsage:  # another process was quicker
            if not env.models.find(name, None).present:
                raise
