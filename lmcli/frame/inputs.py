"""How a command declares its records: from the words of the command line, stdin or JSON lines.

A command declares its argument with `argument`; the function then gets `Records`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from lmcli.frame.environment import Environment
from lmcli.frame.errors import BadUsage
from lmcli.frame.records import Outcome, Record, Records, blank, records_of_stream, with_query

__all__ = [
    "JSONL",
    "Outcome",
    "Record",
    "Records",
    "argument",
    "blank",
    "documents",
    "jsonl_option",
    "records_of_stream",
    "with_query",
]

F = TypeVar("F", bound=Callable[..., Any])

JSONL = "lmcli.jsonl"


def documents(
    name: str,
    *,
    metavar: str | None = None,
    complete: Callable[[click.Context, click.Parameter, str], list[Any]] | None = None,
) -> Callable[[F], F]:
    """Declare a command's documents: each argument names one, and stdin as a whole is one more.

    The records' values are the names; `-`, which no argument on a pipe means too, stands for stdin.
    """

    def records(ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]) -> Records:
        env = ctx.find_object(Environment)
        assert env is not None
        if not values and env.stdin_isatty:
            raise click.UsageError(
                f"Missing argument '{metavar or name.upper()}': name it, or pipe it in.", ctx
            )
        given = [Record(value) for value in values or ("-",)]
        several = len(given) > 1
        return Records(lambda: iter([given]), several, from_stdin=not values)

    return click.argument(
        name, nargs=-1, metavar=metavar, callback=records, shell_complete=complete
    )


def argument(
    name: str,
    *,
    metavar: str | None = None,
    join: bool | str = False,
    keep_blank: bool = False,
    unless: str | None = None,
    complete: Callable[[click.Context, click.Parameter, str], list[Any]] | None = None,
) -> Callable[[F], F]:
    """Declare a command's records: arguments, or stdin for `-` or no argument on a pipe, or `--jsonl`.

    join: the arguments together are one record, with a blank (or this text) between them.
    keep_blank: a blank line of stdin is a record too.
    unless: an eager option that makes records needless; where it is given, stdin is read for `-` alone.
    """

    def records(ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]) -> Records:
        env = ctx.find_object(Environment)
        assert env is not None
        jsonl: str | None = ctx.meta.get(JSONL)
        if values and values != ("-",):
            if jsonl:
                raise BadUsage("--jsonl reads stdin, but there are arguments", "leave one out")
            glue = join if isinstance(join, str) else " "
            return Records.of([glue.join(values)] if join else values)
        if not values and not jsonl and unless and ctx.params.get(unless):
            return Records(lambda: iter(()), several=True, from_stdin=False)
        if env.stdin_isatty and not values and not jsonl:
            raise click.UsageError(
                f"Missing argument '{metavar or name.upper()}': name it, or pipe lines in.", ctx
            )
        return Records(
            lambda: records_of_stream(env.stdin, jsonl, keep_blank), several=True, from_stdin=True
        )

    def decorate(function: F) -> F:
        words = click.argument(
            name, nargs=-1, metavar=metavar, callback=records, shell_complete=complete
        )
        return words(jsonl_option("FIELD")(function))

    return decorate


def jsonl_option(taken: str) -> Callable[[F], F]:
    """Declare `--jsonl FIELD`, whose value the context's meta keeps under JSONL; `taken`: what is read of a line."""
    return click.option(
        "--jsonl",
        metavar="FIELD",
        expose_value=False,
        is_eager=True,
        callback=lambda ctx, _param, value: ctx.meta.__setitem__(JSONL, value),
        help=f"Read JSON lines from stdin, take {taken}, keep the other fields.",
    )
