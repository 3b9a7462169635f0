"""The pictures of a command: its arguments as records, and a bar while they are looked at."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar, cast

import click

from lmcli.draw.pictures.places import STDIN, Opened, expand, is_picture
from lmcli.frame.environment import Environment
from lmcli.frame.errors import BadInput, BadUsage, LmcliError, named
from lmcli.frame.inputs import (
    JSONL,
    Outcome,
    Record,
    Records,
    blank,
    jsonl_option,
    records_of_stream,
)
from lmcli.frame.printing.writers import TABLE_BLOCK
from lmcli.frame.text.lines import lines_ready

if TYPE_CHECKING:
    from PIL import Image

F = TypeVar("F", bound=Callable[..., Any])
NUL = "lmcli.pictures.nul"
RECURSIVE = "lmcli.pictures.recursive"
FEW = 8  # pictures that need no progress bar


class Pictures(Records):
    """The pictures of a command, as records whose values are paths; "-" is the one on stdin.

    least: what a model needs of a picture's shorter side, so that a large JPEG is decoded at a fraction. warn: is told
    of pictures that are read though they lack something.
    """

    def __init__(
        self, batches: Callable[[], Iterator[list[Record]]], several: bool, lines: bool
    ) -> None:
        super().__init__(batches, several, lines)
        self.data: bytes | None = None
        self.least: int | None = None
        self.warn: Callable[[str], None] | None = None

    def read(self, record: Record) -> Image.Image:
        """The picture of a record. Raises its error, or BadInput naming the file."""
        from lmcli.draw.pictures.reading import read_picture

        if record.error:
            raise record.error
        if record.value == STDIN and self.data is not None:
            return read_picture(self.data, "stdin", least=self.least, warn=self.warn)
        path = Path(record.value)
        return read_picture(path, record.value, least=self.least, warn=self.warn)


def pictures(name: str = "images", *, unless: str | None = None) -> Callable[[F], F]:
    """Declare a command's pictures: files, patterns, folders, or stdin for `-` or no argument on a pipe.

    stdin holds paths, one a line or with a NUL after each, JSON lines, or one picture. unless: an eager
    option that makes pictures needless.
    """

    def callback(ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]) -> Pictures:
        env = ctx.find_object(Environment)
        assert env is not None
        if ctx.meta.get(JSONL) and values not in ((), (STDIN,)):
            raise BadUsage("--jsonl reads stdin, but there are arguments", "leave one out")
        from_stdin = not values and (not env.stdin_isatty or bool(ctx.meta.get(JSONL)))
        if not values and unless and ctx.params.get(unless):
            return _gathered(ctx, env, ())
        if not values and not from_stdin:
            raise click.UsageError(
                "Missing argument 'IMAGE...': name pictures, or pipe them in.", ctx
            )
        return _gathered(ctx, env, values or ((STDIN,) if from_stdin else ()))

    def decorate(function: F) -> F:
        recursive = _meta_option(RECURSIVE, "-r", "--recursive", help="Go below folders, too.")
        null = _meta_option(NUL, "-0", "--null", help="Paths on stdin end in NUL (find -print0).")
        function = recursive(null(jsonl_option("the path in FIELD")(function)))
        words = click.argument(
            name, nargs=-1, metavar="IMAGE...", callback=callback, type=click.Path()
        )
        return words(function)

    return decorate


def _meta_option(key: str, *flags: str, **attributes: Any) -> Callable[[F], F]:
    def store(ctx: click.Context, _param: click.Parameter, value: Any) -> None:
        ctx.meta[key] = value

    return click.option(
        *flags, is_flag=True, expose_value=False, is_eager=True, callback=store, **attributes
    )


def _gathered(ctx: click.Context, env: Environment, values: Sequence[str]) -> Pictures:
    """The pictures of arguments; those from stdin as they come."""
    recursive = bool(ctx.meta.get(RECURSIVE))
    arguments = [
        [Record(STDIN)] if value == STDIN else _expanded(value, recursive) for value in values
    ]
    opened = Opened(env.stdin) if STDIN in values else None
    whole = opened is not None and _holds_picture(opened, ctx)
    lines = opened is not None and not whole

    def batches() -> Iterator[list[Record]]:
        for value, records in zip(values, arguments, strict=True):
            if value == STDIN and opened is not None and not whole:
                yield from _paths(cast(BinaryIO, opened), ctx)
            else:
                yield records

    several = lines or sum(map(len, arguments)) > 1
    found = Pictures(batches, several, lines)
    found.warn = env.output.warn
    if opened is not None and whole:
        found.data = opened.read()
    return found


def _holds_picture(opened: Opened, ctx: click.Context) -> bool:
    return is_picture(opened.start) and not ctx.meta.get(JSONL) and not ctx.meta.get(NUL)


def _expanded(place: str, recursive: bool) -> list[Record]:
    records: list[Record] = []

    def fault(path: str, error: OSError) -> None:
        records.append(Record(path, error=BadInput(f"{named(path)}: {error.strerror}")))

    try:
        records.extend(Record(path) for path in expand(place, recursive, fault))
        return records
    except OSError as error:
        return [Record(place, error=BadInput(f"{place}: {error.strerror}"))]
    except LmcliError as error:
        return [Record(place, error=error)]


def _paths(stream: BinaryIO, ctx: click.Context) -> Iterator[list[Record]]:
    """Paths on stdin in the bytes of the file system, whatever they are in."""
    if field := ctx.meta.get(JSONL):
        yield from records_of_stream(stream, field)
        return
    nul = bool(ctx.meta.get(NUL))
    number = 0
    for lines in lines_ready(stream, b"\0" if nul else b"\n"):
        batch = []
        for line in lines:
            number += 1
            if isinstance(line, BadInput):
                batch.append(Record("", number, error=line))
                continue
            raw = line if nul else line.removesuffix(b"\r")
            if not raw.strip():
                batch.append(Record("", number, error=blank()))
            elif b"\0" in raw:
                fault = BadInput(
                    "there is a NUL in this line", "paths from find -print0 are read with -0"
                )
                batch.append(Record("", number, error=fault))
            else:
                batch.append(Record(os.fsdecode(raw), None if nul else number))
        yield batch


def with_progress(
    env: Environment, pictures: Pictures, outcomes: Iterable[Outcome], label: str = "looking"
) -> Iterator[Outcome]:
    """The same outcomes, with a bar on a terminal: where there are many, and their rows are not printed on it."""
    waiting = iter(outcomes)
    if env.stdout_isatty and env.output.format != "table":
        yield from waiting
        return
    total = None if pictures.from_stdin else sum(1 for _ in pictures)
    rows = 0
    if total is None or total <= FEW:
        yield from islice(waiting, FEW)
        head = next(waiting, None)
        if head is None:
            return
        waiting = chain((head,), waiting)
    with env.output.progress(label, total=total) as advance:
        for outcome in waiting:
            rows += len(outcome.rows) if isinstance(outcome.rows, list) else 1
            yield outcome
            advance(1)
            if env.stdout_isatty and rows > TABLE_BLOCK // 2:
                break  # the table will be printed now and then, which a bar would be in the way of
    yield from waiting
