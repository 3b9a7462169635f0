"""The options of the commands that generate text. Those that make one thing together arrive as that one argument."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import BadInput, BadUsage
from lmcli.frame.inputs import Record, Records

if TYPE_CHECKING:
    from lmcli.gpt.prompting.prompts import Prompting
    from lmcli.gpt.request import Request

F = TypeVar("F", bound=Callable[..., Any])
Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

_SAMPLING = {  # option: type, default, how help names the default, help
    "temperature": (
        options.Finite(min=0), None, True,
        "Below 1 the likely becomes likelier; 0 takes the likeliest token.",
    ),
    "top-k": (click.IntRange(min=0), 0, "all", "Draw from the K likeliest tokens."),
    "top-p": (
        options.Finite(min=0, max=1, min_open=True), 1.0, "all",
        "Draw from the likeliest tokens that together have the probability P.",
    ),
    "min-p": (
        options.Finite(min=0, max=1), 0.0, "all",
        "Draw from tokens at least P times as probable as the likeliest.",
    ),
    "repeat-penalty": (
        options.Finite(min=0, min_open=True), 1.0, "none",
        "Above 1 makes tokens of the text so far less likely.",
    ),
}  # fmt: skip


def sampling(temperature: float) -> Callable[[F], F]:
    """--temperature, --top-k, --top-p, --min-p, --repeat-penalty; their values as keyword arguments."""
    return _declare(
        *(
            click.option(
                f"--{name}",
                type=kind,
                default=temperature if default is None else default,
                show_default=shown,
                help=text,
            )
            for name, (kind, default, shown, text) in _SAMPLING.items()
        )
    )


def request(length: int, temperature: float) -> Decorator:
    """-n, the options of sampling, --greedy and --seed; the command gets them as `request`."""
    declared = _declare(
        click.option(
            "-n",
            "length",
            type=click.IntRange(min=0),
            default=length,
            show_default=True,
            help="How many tokens at most.",
        ),
        sampling(temperature),
        click.option("--greedy", is_flag=True, help="Take the likeliest token each time."),
        click.option(
            "--seed",
            type=click.IntRange(min=0),
            show_default="a new one, which -f json shows",
            help="Fixes every random choice.",
        ),
    )
    names = ("length", *(name.replace("-", "_") for name in _SAMPLING), "greedy", "seed")
    return _gathered("request", _request, names, declared)


def _request(greedy: bool, temperature: float, **drawn: Any) -> Request:
    from lmcli.gpt.api import request

    return request(temperature=0.0 if greedy else temperature, **drawn)


def prompting(command: Callable[..., Any]) -> Callable[..., Any]:
    """--template, --instruction, --example, --examples; the command gets them as `prompting`, None without any."""
    declared = _declare(
        click.option(
            "--template",
            metavar="NAME|FILE",
            help="Build the prompt: zero, one, few, cot, or a YAML file.",
        ),
        click.option(
            "--instruction",
            type=options.Escaped(),
            metavar="TEXT",
            help="What the template says first.",
        ),
        click.option(
            "--example",
            "shown",
            multiple=True,
            type=options.Escaped(),
            metavar='"IN => OUT"',
            help="A worked example; repeatable.",
        ),
        click.option(
            "--examples",
            "examples_file",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            help='A file of examples: lines "in => out" or JSON lines {input, output}.',
        ),
    )
    names = ("template", "instruction", "shown", "examples_file")
    return _gathered("prompting", _prompting, names, declared)(command)


def _prompting(**given: Any) -> Prompting | None:
    if not any(given.values()):
        return None
    from lmcli.gpt.prompting.prompts import prompting

    return prompting(**given)


def whole(what: str) -> Callable[[F], F]:
    """--whole: stdin is one record; see `whole_of_stdin`."""
    return click.option("--whole", is_flag=True, help=f"Take the whole of stdin as one {what}.")


def whole_of_stdin(env: Environment, given: Records) -> Records:
    """The whole of stdin as one record."""
    if not given.from_stdin:
        raise BadUsage("--whole reads stdin, but there is a prompt", "leave one out")
    try:
        text = env.stdin.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"not UTF-8 at byte {error.start + 1}", "convert it with iconv") from None
    return Records(lambda: iter([[Record(text)]]), several=False, from_stdin=True)


def _declare(*declared: Callable[[F], F]) -> Callable[[F], F]:
    """Several options as one decorator, in the order in which help lists them."""

    def decorate(command: F) -> F:
        for option in reversed(declared):
            command = option(command)
        return command

    return decorate


def _gathered(
    name: str, make: Callable[..., Any], options: tuple[str, ...], declared: Decorator
) -> Decorator:
    """Options whose values `make` turns into one argument of the command, called `name`."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(command)
        def gathering(*args: Any, **values: Any) -> Any:
            own = {option: values.pop(option) for option in options}
            return command(*args, **{name: make(**own)}, **values)

        return declared(gathering)

    return decorate
