"""lmcli batch run: a command over the records of many files."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import BadUsage, LmcliError, PartialFailure

if TYPE_CHECKING:
    from lmcli.batch.running import Choice, Engine, Run, Tally

FORMS = ("parquet", "jsonl", "csv")
EVERY = 30.0  # seconds between two lines where there is no terminal
MEASURED = 200  # records of a dry run


class _Parsed(click.ParamType[Any]):
    """A value of a form of its own, read by a function that raises ValueError."""

    def __init__(self, name: str, parse: Callable[[str], Any], wrong: str) -> None:
        self.name, self.parse, self.wrong = name, parse, wrong

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """What the function makes of it."""
        try:
            return self.parse(value) if isinstance(value, str) else value
        except ValueError:
            self.fail(f"{value!r} is {self.wrong}.", param, ctx)


def _share(text: str) -> int | float:
    """An int is a number, a float a share."""
    found = float(text[:-1]) / 100 if text.endswith("%") else int(text)
    if not 0 <= found < float("inf"):
        raise ValueError
    return found


def _shard(text: str) -> tuple[int, int]:
    index, shards = map(int, text.split("/"))
    if not 1 <= index <= shards:
        raise ValueError
    return index, shards


def _workers(text: str) -> int | None:
    """None for auto."""
    if text != "auto" and not 1 <= int(text) <= 1024:
        raise ValueError
    return None if text == "auto" else int(text)


COUNT = click.IntRange(1)
SHARE = _Parsed("N|P%", _share, "neither a number nor a share such as 5%")
SHARD = _Parsed("I/N", _shard, "no part: 1/8 is the first of eight")
WORKERS = _Parsed("N|auto", _workers, "neither auto nor a number from 1 to 1024")
VECTORS = click.Choice(("float32", "float16", "int8"))
ENGINES = click.Choice(("local", "ray"))
OPTIONS: tuple[tuple[tuple[str, ...], dict[str, Any]], ...] = (
    (("--in", "places"), {"multiple": True, "required": True, "metavar": "PLACE",
     "help": "A file, a folder, a quoted pattern or a URL; again for more."}),
    (("--field",), {"metavar": "NAME", "help": "The column, or field of JSON lines, that is the record. [text]"}),
    (("--out",), {"required": True, "metavar": "FOLDER",
     "help": "Where the parts, errors.jsonl and the journal go."}),
    (("--resume",), {"is_flag": True, "help": "Go on with the run that was cut in the folder."}),
    (("--keep",), {"metavar": "A,B", "help": "The other columns to keep. [all]"}),
    (("--drop",), {"metavar": "A,B", "help": "Columns to leave out."}),
    (("--vectors",), {"type": VECTORS, "default": "float32", "show_default": True,
     "help": "How parquet holds embeddings; int8 is 127 x the value."}),
    (("--engine",), {"type": ENGINES, "default": "local", "show_default": True,
     "help": "Processes of this machine, or actors of Ray."}),
    (("--address",), {"metavar": "auto|HOST:PORT", "help": "Ray's cluster. [one of its own]"}),
    (("--num-cpus",), {"type": COUNT, "default": 1, "show_default": True, "help": "Cores of a Ray actor."}),
    (("--num-gpus",), {"type": options.Finite(min=0), "default": 0, "show_default": True,
     "help": "GPUs of a Ray actor."}),
    (("--workers",), {"type": WORKERS, "default": "auto", "show_default": True,
     "help": "Worker processes; auto measures the first blocks."}),
    (("--block",), {"type": COUNT, "metavar": "ROWS",
     "help": "Records of a block, which becomes one part. [1024; fewer for slow commands]"}),
    (("--limit",), {"type": COUNT, "metavar": "N", "help": "The first N records only."}),
    (("--sample",), {"type": COUNT, "metavar": "N", "help": "N records by chance, the same each time."}),
    (("--shard",), {"type": SHARD, "help": "The I-th of N parts of the blocks, for job arrays."}),
    (("--max-errors", "most"), {"type": SHARE, "help": "Stop where more records fail."}),
    (("--timeout",), {"type": options.Finite(min=0.1), "metavar": "SECONDS",
     "help": "Set a record aside that takes longer."}),
    (("--dry-run",), {"is_flag": True, "help": "Count and measure; write nothing."}),
    (("--report",), {"is_flag": True, "help": "Write report.json and report.html into the folder."}),
)  # fmt: skip


def _options(function: Callable[..., Any]) -> Callable[..., Any]:
    for names, how in reversed(OPTIONS):
        function = click.option(*names, **how)(function)
    return function


@click.command(
    context_settings={"ignore_unknown_options": True},
    epilog="Options that batch does not know are the command's; what follows -- is the command's whatever it is.\n\n"
    "Example:  lmcli batch embed --in comments.csv --field text --out out",
)
@click.argument("words", nargs=-1, metavar="COMMAND...", type=click.UNPROCESSED)
@_options
@options.common(format=("parquet",))
@click.pass_context
def run(
    ctx: click.Context, /, words: tuple[str, ...], places: tuple[str, ...], out: str, **given: Any
) -> None:
    """Run a command over the records of many files.

    The rows are those of the command alone. COMMAND is any that takes records: embed, search, classify, complete,
    chat, score, tokenize, fill, translate, similar, analogy, clip embed, clip classify, digits classify, expert infer.
    Files are parquet, jsonl, csv, tsv or txt, also .gz and .zst, and pictures; -f is parquet, jsonl or csv. What fails
    goes to errors.jsonl, and the exit code is 5.
    """
    env: Environment = ctx.obj
    from lmcli.batch.running import Choice, Run

    choice = Choice(given["limit"], given["sample"], given["shard"], given["block"], given["most"])
    job = {name: given[name] for name in ("field", "vectors", "timeout")} | {
        "form": _form(ctx, env)
    }
    job |= {"keep": _names(given["keep"]), "drop": _names(given["drop"]) or ()}
    planned = Run.of(words, places, out, choice, **job)
    if given["dry_run"]:
        _estimate(env, planned, choice)
        return
    engine = _engine(planned, given)
    with _signals():
        tally = _follow(env, planned, engine, given["resume"])
    if given["report"]:
        from lmcli.batch.view.report import write_report

        write_report(planned, engine)
    for words_said, count in tally.said.most_common(5):
        env.output.warn(f"{words_said} ({count} times)" if count > 1 else words_said)
    if tally.errors:
        env.output.report(f"what failed stands in {planned.journal.errors}")
        if tally.errors >= tally.records:
            raise LmcliError(f"all {tally.records} records failed", "see errors.jsonl")
        raise PartialFailure(tally.errors, tally.records)


def _engine(planned: Run, given: dict[str, Any]) -> Engine:
    """Who does the work."""
    if given["engine"] == "ray":
        from lmcli.batch.hands.rays import Rays

        return Rays(
            planned.job, given["workers"], given["address"], given["num_cpus"], given["num_gpus"]
        )
    if given["address"]:
        raise BadUsage("--address is Ray's", "add --engine ray")
    from lmcli.batch.hands.local import Local

    return Local(planned.job, given["workers"])


def _form(ctx: click.Context, env: Environment) -> str:
    """The format of the parts; a format that is set for the terminal does not count."""
    if ctx.get_parameter_source("format") != ParameterSource.COMMANDLINE:
        return FORMS[0]
    form = env.settings.format or FORMS[0]
    if form not in FORMS:
        raise BadUsage(f"parts are not written as {form}", f"-f can be {', '.join(FORMS)}")
    return form


def _names(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else tuple(name.strip() for name in text.split(",") if name.strip())


def _follow(env: Environment, planned: Run, engine: Engine, resume: bool) -> Tally:
    """Run it, with a bar or a line now and then; where it ends early, say how it is gone on with."""
    total = planned.tally.total
    last, shown = time.monotonic(), 0
    try:
        with env.output.progress(planned.name, total=total) as advance:

            def tell(tally: Tally) -> None:
                nonlocal last, shown
                words = f"{planned.name}: {tally.rate:,.0f} records/s, {engine.workers} worker"
                words += "s" if engine.workers != 1 else ""
                words += f", {tally.errors} errors" if tally.errors else ""
                advance(tally.records - shown, words)
                shown = tally.records
                if not env.stderr_isatty and not env.settings.quiet:
                    now = time.monotonic()
                    if now - last >= EVERY:
                        last = now
                        left = (total - tally.records) / max(tally.rate, 1e-9)
                        env.output.report(f"{words}, {tally.records} of {total}, {left:.0f} s left")

            tally = planned.go(engine, resume, tell)
    except (KeyboardInterrupt, LmcliError) as error:
        if planned.journal.done and not (isinstance(error, BadUsage) and not planned.tally.times):
            env.output.report(f"{len(planned.journal.done)} blocks are done; add --resume to go on")
        raise
    env.output.note(f"{tally.records} records, {tally.rows} rows, {tally.rate:,.1f} records/s")
    return tally


@contextmanager
def _signals() -> Iterator[None]:
    """SIGTERM, which schedulers send, ends a run as Ctrl-C does."""

    def stop(_number: int, _frame: Any) -> None:
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, stop)
    except ValueError:  # not in the main thread: a session's
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _estimate(env: Environment, planned: Run, choice: Choice) -> None:
    """Say what a run would take, by some records that are answered now."""
    import tempfile
    from dataclasses import replace

    from lmcli.batch.hands.local import Local
    from lmcli.batch.running import Run

    total = planned.tally.total
    with tempfile.TemporaryDirectory() as folder:
        few = replace(choice, sample=min(MEASURED, total or 1), shard=None)
        trial = Run(replace(planned.job, out=f"{folder}/out"), few)
        tally = trial.go(Local(trial.job, 1), False, lambda _tally: None)
        seconds = sum(entry["seconds"] for entry in trial.journal.done.values())
    rate = tally.records / max(seconds, 1e-9)
    row = {"files": len(planned.job.inputs), "records": total, "blocks": len(planned.blocks)}
    row |= {"measured": tally.records, "records_per_second": round(rate, 2)}
    share = total / max(tally.records, 1)
    row |= {"seconds": round(seconds * share, 1), "bytes": round(tally.size * share)}
    env.settings.format = None
    env.output.rows([row])
