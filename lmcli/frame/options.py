"""The options that many commands share: one definition each, read after the command's name."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from lmcli.frame.environment import Environment

F = TypeVar("F", bound=Callable[..., Any])

FORMATS = ("table", "plain", "json", "jsonl", "csv", "tsv")
ALWAYS = ("format", "color", "quiet", "debug", "big")


def _into_settings(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    def store(ctx: click.Context, _param: click.Parameter, value: Any) -> None:
        env = ctx.find_object(Environment)
        if env is not None and value is not None:
            setattr(env.settings, name, value)

    return store


def _setting(name: str, *flags: str, **attributes: Any) -> Callable[[F], F]:
    return click.option(
        *flags, name, expose_value=False, is_eager=True, callback=_into_settings(name), **attributes
    )


def complete_models(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    from lmcli.frame.models import Registry
    from lmcli.frame.variables import of_process

    env = ctx.find_object(Environment)
    variables = env.variables if env else of_process()  # a shell that completes has no environment
    task = getattr(param, "task", None)
    names = (model.name for model in Registry(variables) if task in (None, model.task))
    return [name for name in names if name.startswith(incomplete)]


_SHARED: dict[str, Callable[..., Callable[[F], F]]] = {
    "format": lambda *further: _setting(
        "format",
        "-f",
        "--format",
        type=click.Choice((*FORMATS, *further)),
        envvar="LMCLI_FORMAT",
        help="How rows are printed: a table on a terminal, plain in a pipe.",
    ),
    "color": lambda: _setting(
        "color",
        "--color",
        type=click.Choice(("auto", "always", "never")),
        help="Colour the output; NO_COLOR and FORCE_COLOR are obeyed.",
    ),
    "quiet": lambda: _setting(
        "quiet", "-q", "--quiet", is_flag=True, help="No progress, no notes."
    ),
    "debug": lambda: _setting(
        "debug", "--debug", is_flag=True, envvar="LMCLI_DEBUG", help="Show tracebacks."
    ),
    "big": lambda: _setting(
        "big", "--big", is_flag=True, hidden=True, help="For a projector, as of `lmcli --big`."
    ),
    "offline": lambda: _setting(
        "offline", "--offline", is_flag=True, help="Never open a connection (or LMCLI_OFFLINE=1)."
    ),
    "provider": lambda: _setting(
        "provider",
        "--provider",
        metavar="NAME",
        envvar="LMCLI_PROVIDER",
        help="Where neural models run: auto, cpu, cuda, ... [auto]",
    ),
    "threads": lambda: _setting(
        "threads",
        "--threads",
        type=click.IntRange(min=1, max=1024),
        envvar="LMCLI_THREADS",
        help="Threads of computation [the cores allowed to the process].",
    ),
    "k": lambda default=10, note=None: click.option(
        "-k",
        "k",
        type=click.IntRange(min=1),
        default=default,
        show_default=note or True,
        help="How many answers.",
    ),
    "model": lambda default=None: click.option(
        "--model",
        default=default,
        metavar="NAME|PATH",
        shell_complete=complete_models,
        help="The model, by name or folder.",
    ),
    "seed": lambda default=0: click.option(
        "--seed", type=int, default=default, show_default=True, help="Fixes every random choice."
    ),
}


def common(*names: str, **with_default: Any) -> Callable[[F], F]:
    """Add shared options to a command: those every command has, `names`, and `name=default` ones.

    A default may be a tuple (default, note) where help must say when it differs. format=(...) names
    formats that the command itself prints beside those of all.
    """

    def decorate(function: F) -> F:
        always = (name for name in ALWAYS if name not in with_default)
        for name in reversed((*names, *with_default, *always)):
            default = with_default.get(name, ())
            arguments = default if isinstance(default, tuple) else (default,)
            function = _SHARED[name](*arguments)(function)
        return function

    return decorate


class Finite(click.FloatRange):
    """A number in a range; `nan` and infinities are refused (click alone lets nan through)."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        number = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value} is not a finite number.", param, ctx)
        return number


_ESCAPE = re.compile(r"\\(?:([ntr\\])|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))")
_NAMED = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\"}


class Escaped(click.ParamType[str]):
    r"""A text with escapes: \n, \t, \r, \\, and \xHH, \uHHHH, \UHHHHHHHH for any character.

    A backslash before anything else stands for itself.
    """

    name = "TEXT"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The text that is meant."""
        text = str(value)
        try:
            return _ESCAPE.sub(_meant, text)
        except (ValueError, OverflowError):
            self.fail(f"{text!r} names a character that does not exist.", param, ctx)


def _meant(escape: re.Match[str]) -> str:
    named, *codes = escape.groups()
    if named:
        return _NAMED[named]
    character = chr(int(next(code for code in codes if code), 16))
    character.encode()  # half a surrogate pair is no character
    return character


def embeddings_out(function: F) -> F:
    """Declare `--out FILE`, where a command's vectors go instead of stdout (vectors.embedding_file)."""
    return click.option(
        "--out",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="Write a .npy, .parquet or .jsonl file instead.",
    )(function)
