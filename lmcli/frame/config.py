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

import stat
from collections.abc import Collection, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import click

from lmcli.frame.disk.folders import config_file, is_file
from lmcli.frame.errors import BadInput, did_you_mean

SHARED = ("format", "color", "quiet", "debug", "big", "offline", "provider", "threads", "k", "seed")


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
    """The settings file's values; none where there is no file, or it cannot be read. Raises as `defaults` does."""
    path = config_file(variables)
    if not is_file(path):  # nor of a device: /dev/null has no settings, and others no end
        return {}
    try:
        from lmcli.frame.text.textfile import read_text

        return _read(path, read_text(path))
    except OSError:  # `unreadable` tells why
        return {}
    except ValueError as error:  # not TOML
        raise BadInput(f"{path}: {error}", "mend the settings file or move it away") from None


def unreadable(variables: Mapping[str, str]) -> str | None:
    """Why a settings file that is there cannot be read; None where it can, or there is none."""
    path = config_file(variables)
    try:
        mode = path.stat().st_mode
        if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
            path.open("rb").close()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        return f"{path}: {error.strerror}"
    return None


@lru_cache(maxsize=1)  # one command asks for its settings and for the models' names
def _read(path: Path, text: str) -> dict[str, Any]:
    """The settings of a text. Nobody may change the result."""
    import tomllib

    values = tomllib.loads(text)
    for key, value in values.items():
        if not isinstance(value, dict) and key not in SHARED:
            from difflib import get_close_matches

            hint = did_you_mean(get_close_matches(key, SHARED)) or f"known: {', '.join(SHARED)}"
            raise BadInput(f"{path}: unknown setting {key!r}", hint)
        if isinstance(value, list):
            raise BadInput(f"{path}: {key} is a list where one value belongs")
    if "model" in values:
        _check_models(path, values["model"])
    return values


def _check_models(path: Path, named: Mapping[str, Any]) -> None:
    from lmcli.frame.models import DEFAULTS

    for task, name in named.items():
        if task not in DEFAULTS:
            hint = f"known: {', '.join(DEFAULTS)}"
            raise BadInput(f"{path}: [model] names an unknown task {task!r}", hint)
        if not isinstance(name, str):
            raise BadInput(f"{path}: [model] {task} is not the name of a model", "put it in quotes")


def model_names(variables: Mapping[str, str], overrides: Mapping[str, Any]) -> Mapping[str, str]:
    """The models that the settings name for a task each, those of `overrides` before the file's."""
    named: Mapping[str, str] = _merged(read_settings(variables), overrides).get("model", {})
    return named


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
        """Raise BadInput for a section that names none of `siblings`, or an option not of `command`.

        Of a group, the sections of its commands are checked as well.
        """
        for section in self.sections:
            if section not in siblings and section != "model":
                raise _unknown(f"section {section!r}", section, siblings)
        if name not in FREE:
            self.get(name).check_own(name, command)

    def check_own(self, name: str, command: click.Command) -> None:
        """Raise BadInput where this level, the section of `command`, names what that does not have."""
        if isinstance(command, click.Group):
            self._check_group(name, command)
            return
        if self.sections:
            raise _unknown(f"section '{name}.{self.sections[0]}'", name, ())
        options = {param.name or "": param for param in command.params}
        for key, value in self.own.items():
            if key not in options:
                raise _unknown(f"option {key!r} of {name}", key, options)
            if isinstance(value, list) and not options[key].multiple:
                raise BadInput(f"{WHERE}: {key} of {name} is a list where one value belongs")

    def _check_group(self, name: str, group: click.Group) -> None:
        context = click.Context(group)
        children = group.list_commands(context)
        for key in self.own:
            if key in children:
                self.get(key)  # says that it is a command
            hint = f"options stand in the section of a command, as [{name}.{children[0]}]"
            raise BadInput(f"{WHERE}: {name} is a group, and has no option {key!r}", hint)
        for section in self.sections:
            command = group.get_command(context, section)
            if command is None:
                raise _unknown(f"section '{name}.{section}'", section, children)
            self.get(section).check_own(f"{name} {section}", command)


def _unknown(what: str, name: str, known: Collection[str]) -> BadInput:
    from difflib import get_close_matches

    return BadInput(f"{WHERE}: unknown {what}", did_you_mean(get_close_matches(name, known)))
