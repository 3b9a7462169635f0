"""The settings of a session: what :set takes, :show shows, and the commented settings file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import click

from lmcli.frame.config import SHARED, read_settings
from lmcli.frame.errors import BadUsage, did_you_mean
from lmcli.frame.models import DEFAULTS
from lmcli.frame.options import FORMATS
from lmcli.repl.language import contexts
from lmcli.repl.memory import parse_bytes
from lmcli.repl.session import Session

VARIABLES = {
    name: f"LMCLI_{name.upper()}"
    for name in ("format", "provider", "threads", "debug", "offline", "big")
}
NUMBERS = ("k", "threads", "seed")
FLAGS = ("quiet", "debug", "offline", "big")
CHOICES: dict[str, tuple[str, ...]] = {
    "format": FORMATS,
    "color": ("auto", "always", "never"),
    **dict.fromkeys(FLAGS, ("true", "false")),
}

TEMPLATE = """\
# The settings of lmcli. Remove a # to change a default; the command line and LMCLI_... variables go before.

# format = "table"      # {formats}
# color = "auto"        # auto, always, never
# k = 10                # how many answers, of every command with -k
# provider = "auto"     # where neural models run
# threads = 2           # threads of computation
# seed = 0
# offline = false       # never open a connection
# quiet = false
# big = false           # for a projector: large letters and cells

# [similar]             # one command
# k = 5

# [words.eval]          # a command of a group
# restrict = 30000

# [model]               # the model of a task where --model names none
{models}
# [repl]
# startup = ["use words", ":time on"]    # lines that run when it opens
# vi = false            # vi keys (F4 switches)
# mouse = false
# pager = true          # page what does not fit the screen
# memory = "2G"         # beyond it models are dropped, the one unused longest first

# [repl.alias]
# nn = "similar -k 3"
"""


def template() -> str:
    """The settings file with every default as a comment."""
    models = "".join(f'# {task} = "{name}"\n' for task, name in DEFAULTS.items())
    return TEMPLATE.format(formats=", ".join(FORMATS), models=models)


@dataclass(frozen=True, slots=True)
class SettingRow:
    """A setting, its value, and where that comes from."""

    name: str
    value: str
    source: str

    TOLD: ClassVar[tuple[str, ...]] = ("source",)


def rows(session: Session) -> list[SettingRow]:
    """Every setting in force."""
    listed = setting_rows(session.env.variables, session.overrides)
    limit = f"{session.memory // 2**20}M" if session.memory is not None else ""
    return [*listed, SettingRow("memory", limit, "session" if limit else "default")]


def setting_rows(variables: Mapping[str, str], overrides: Mapping[str, Any]) -> list[SettingRow]:
    """The settings of the environment, a session and the file; the shared ones first."""
    file, session = _flat(read_settings(variables)), _flat(overrides)
    names = list(dict.fromkeys([*SHARED, *(f"model.{task}" for task in DEFAULTS), *file, *session]))
    listed = []
    for name in names:
        default = DEFAULTS.get(name.removeprefix("model."), "")
        variable = VARIABLES.get(name, "")
        if variables.get(variable):
            listed.append(SettingRow(name, variables[variable], variable))
        elif name in session:
            listed.append(SettingRow(name, _text(session[name]), "session"))
        elif name in file:
            listed.append(SettingRow(name, _text(file[name]), "file"))
        else:
            listed.append(SettingRow(name, default, "default"))
    return listed


def _text(value: Any) -> str:
    from lmcli.frame.printing.cells import people_cell

    return str(value).lower() if isinstance(value, bool) else people_cell(value)


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[prefix + key] = value
    return flat


def change(session: Session, name: str, text: str) -> None:
    """Set `name` for this session. Raises BadUsage for an unknown name or a value it cannot have."""
    if name == "memory":
        session.memory = parse_bytes(text)
        return
    *section, last = name.split(".")
    value = (
        _option_value(section, last, text)
        if section and section != ["model"]
        else _value(last, text)
    )
    if section == ["model"]:
        _check_model(session, last, text)
    elif not section and last not in SHARED:
        from difflib import get_close_matches

        near = did_you_mean(get_close_matches(last, [*SHARED, "memory"]))
        raise BadUsage(
            f"no setting is called {name!r}", near or f"known: {', '.join(SHARED)}, memory"
        )
    variable = VARIABLES.get(name, "")
    if session.env.variables.get(variable):
        session.env.output.warn(f"the variable {variable} is set and goes before this")
    level = session.overrides
    for part in section:
        level = level.setdefault(part, {})
    level[last] = value
    if section == ["model"]:
        session.env.cache.drop()  # what was loaded under no name was the old model


def _value(name: str, text: str) -> Any:
    if name in NUMBERS:
        if not text.removeprefix("-").isdigit() or (name != "seed" and int(text) < 1):
            raise BadUsage(f"{name} is a number, and {text!r} is none")
        return int(text)
    if name in CHOICES and text not in CHOICES[name]:
        raise BadUsage(f"{name} cannot be {text!r}", f"one of {', '.join(CHOICES[name])}")
    return text == "true" if name in FLAGS else text


def _option_value(section: Sequence[str], name: str, text: str) -> Any:
    """A value of one command's option, checked by the option itself."""
    command, found = contexts.command_at(section)
    options = {param.name: param for param in command.params if isinstance(param, click.Option)}
    if len(found) != len(section) or name.replace("-", "_") not in options:
        raise BadUsage(
            f"no option is called {'.'.join((*section, name))!r}", "as in :set similar.k 5"
        )
    option = options[name.replace("-", "_")]
    try:
        return option.type.convert(text, option, None)
    except click.UsageError as error:
        raise BadUsage(error.format_message()) from None


def _check_model(session: Session, task: str, name: str) -> None:
    if task not in DEFAULTS:
        raise BadUsage(f"no task is called {task!r}", f"known: {', '.join(DEFAULTS)}")
    session.env.models.find(name, task)


def complete(session: Session, words: Sequence[str]) -> Sequence[str]:
    """What may follow `:set` and `words`."""
    if not words:
        return [*SHARED, "memory", *(f"model.{task}" for task in DEFAULTS)]
    if len(words) == 1:
        if words[0].startswith("model."):
            return [m.name for m in session.env.models if m.task == words[0].removeprefix("model.")]
        return CHOICES.get(words[0], ())
    return ()
