"""The settings file: defaults of options, for all commands or for one.

    format = "json"             # every command that has the option
    [analogy]
    k = 5                       # one command
    [words.eval]
    restrict = 30000            # a command of a group

Precedence: command line, environment variable, the command's section, the file's top, built-in default.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lmcli.core.errors import BadInput, did_you_mean
from lmcli.core.folders import config_file

SHARED = ("format", "color", "quiet", "debug", "offline", "provider", "threads", "k", "seed")


def defaults(variables: Mapping[str, str]) -> Layered | None:
    """The file's values as click's default_map; None without a file.

    Raises BadInput for a file that is not TOML or has an unknown setting at its top.
    """
    path = config_file(variables)
    if not path.is_file():
        return None
    import tomllib

    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: {error}", "mend the settings file or move it away") from None
    shared = {key: value for key, value in values.items() if not isinstance(value, dict)}
    for key in shared:
        if key not in SHARED:
            from difflib import get_close_matches

            hint = did_you_mean(get_close_matches(key, SHARED)) or f"known: {', '.join(SHARED)}"
            raise BadInput(f"{path}: unknown setting {key!r}", hint)
    return Layered(shared, values)


class Layered(dict[str, Any]):
    """One level of settings: the shared ones under its own; `get` gives a command's level."""

    def __init__(self, shared: Mapping[str, Any], section: Mapping[str, Any]) -> None:
        own = {name: value for name, value in section.items() if not isinstance(value, dict)}
        super().__init__({**shared, **own})
        self._shared = shared
        self._section = section

    def get(self, key: str, default: Any = None) -> Any:
        """The level of the command `key`; click asks for it when it enters the command."""
        return Layered(self._shared, self._section.get(key) or {})
