"""The variables of this process: the only place that reads os.environ. A command gets them through its Environment."""

from __future__ import annotations

import os
from collections.abc import Mapping, MutableMapping


def of_process() -> MutableMapping[str, str]:
    """The environment variables of this process, to read; what child processes get, too."""
    return os.environ


def is_set(variables: Mapping[str, str], name: str) -> bool:
    """Whether a variable that is a switch is on: set, and not to 0."""
    return variables.get(name, "") not in ("", "0")
