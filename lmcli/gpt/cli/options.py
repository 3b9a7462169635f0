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
    from lmcli.gpt.text import Request

F = TypeVar("F", bound=Callable[..., Any])
Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

_SAMPLING = ("temperature", "top_k", "top_p", "min_p", "repeat_penalty")


def sampling(temperature: float) -> Callable[[F], F]:
    """--temperature, --top-k, --top-p, --min-p, --repeat-penalty; their values as keyword arguments."""
    return _declare(
        click.option(
            "--temperature",
            type=options.Finite(min=0),
            default=temperature,
            show_default=True,
            help="Below 1 the likely becomes likelier; 0 takes the likeliest token.",
        ),
        click.option(
            "--top-k",
            type=click.IntRange(min=0),
            default=0,
            show_default="all",
            help="Draw from the K likeliest tokens.",
        ),
        click.option(
            "--top-p",
            type=options.Finite(min=0, max=1, min_open=True),
            default=1.0,
            show_default="all",
            help="Draw from the likeliest tokens that together have the probability P.",
        ),
        click.option(
            "--min-p",
            type=options.Finite(min=0, max=1),
            default=0.0,
            show_default="all",
            help="Draw from tokens at least P times as probable as the likeliest.",
        ),
        click.option(
            "--repeat-penalty",
            type=options.Finite(min=0, min_open=True),
            default=1.0,
            show_default="none",
            help="Above 1 makes tokens of the text so far less likely.",
        ),
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
    return _gathered("request", _request, ("length", *_SAMPLING, "greedy", "seed"), declared)


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
