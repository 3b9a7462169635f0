"""The settings file: defaults of options, for all commands or for one.

    format = "json"             # every command that has the option
    [analogy]
    k = 5                       # one command
    [words.eval]
    restrict = 30000            # a command of a group
    [model]
    word-vectors = "mine"       # the model of a task where --model names none

Precedence: command line, environment variable, the command's section, the file's top, built-in default.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import click

from lmcli.core.errors import BadInput, did_you_mean
from lmcli.core.folders import config_file

SHARED = ("format", "color", "quiet", "debug", "offline", "provider", "threads", "k", "seed")


WHERE = "in the settings (lmcli config path)"
FREE = ("repl",)  # commands that read their section themselves


def defaults(
    variables: Mapping[str, str], overrides: Mapping[str, Any] | None = None
) -> Layered | None:
    """The file's values as click's default_map, under those of `overrides`; None without any.

    Raises BadInput for a file that is not TOML, or has an unknown setting or a list at its top.
    """
    values = _merged(read_settings(variables), overrides or {})
    shared = {key: value for key, value in values.items() if not isinstance(value, dict)}
    return Layered(shared, values) if values else None


def read_settings(variables: Mapping[str, str]) -> dict[str, Any]:
    """The settings file's values; none where there is no file. Raises BadInput as `defaults` does."""
    path = config_file(variables)
    if not path.is_file():
        return {}
    import tomllib

    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: {error}", "mend the settings file or move it away") from None
    for key, value in values.items():
        if not isinstance(value, dict) and key not in SHARED:
            from difflib import get_close_matches

            hint = did_you_mean(get_close_matches(key, SHARED)) or f"known: {', '.join(SHARED)}"
            raise BadInput(f"{path}: unknown setting {key!r}", hint)
        if isinstance(value, list):
            raise BadInput(f"{path}: {key} is a list where one value belongs")
    for task, name in values.get("model", {}).items():
        if not isinstance(name, str):
            raise BadInput(f"{path}: [model] {task} is not the name of a model", "put it in quotes")
    return values


def _merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(under)
    for key, value in over.items():
        below = under.get(key)
        both = isinstance(value, Mapping) and isinstance(below, Mapping)
        merged[key] = _merged(below, value) if both else value  # type: ignore[arg-type]
    return merged


class Layered(dict[str, Any]):
    """One level of settings: the shared ones under its own; `get` gives a command's level."""

    def __init__(self, shared: Mapping[str, Any], section: Mapping[str, Any]) -> None:
        own = {
            name.replace("-", "_"): value  # as in include-inputs
            for name, value in section.items()
            if not isinstance(value, dict)
        }
        super().__init__({**shared, **own})
        self.own = own
        self.sections = [name for name, value in section.items() if isinstance(value, dict)]
        self._shared = shared
        self._section = section

    def get(self, key: str, default: Any = None) -> Any:
        """The level of the command `key`; click asks for it when it enters the command."""
        section = self._section.get(key) or {}
        if not isinstance(section, Mapping):
            raise BadInput(
                f"{WHERE}: {key} is a command", "its options go in a section of their own"
            )
        return Layered(self._shared, section)

    def check(self, name: str, command: click.Command, siblings: Collection[str]) -> None:
        """Raise BadInput for a section that names none of `siblings`, or an option not of `command`."""
        for section in self.sections:
            if section not in siblings and section != "model":
                raise _unknown(f"section {section!r}", section, siblings)
        if isinstance(command, click.Group) or name in FREE:
            return
        options = {param.name or "": param for param in command.params}
        for key, value in self.get(name).own.items():
            if key not in options:
                raise _unknown(f"option {key!r} of {name}", key, options)
            if isinstance(value, list) and not options[key].multiple:
                raise BadInput(f"{WHERE}: {key} of {name} is a list where one value belongs")


def _unknown(what: str, name: str, known: Collection[str]) -> BadInput:
    from difflib import get_close_matches

    return BadInput(f"{WHERE}: unknown {what}", did_you_mean(get_close_matches(name, known)))
