"""The command `complete`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lmcli.frame import inputs, options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import BadUsage, Noted
from lmcli.frame.inputs import Records
from lmcli.frame.tree.lazy import late
from lmcli.gpt.api import LanguageModel
from lmcli.gpt.cli import options as own

if TYPE_CHECKING:
    from lmcli.gpt.completing import Completer
    from lmcli.gpt.prompting.prompts import Prompting
    from lmcli.gpt.request import Request


@click.command(
    epilog="Fields: prompt, text, tokens, finish_reason, seed; with --logprobs also logprobs "
    "[{token, id, logprob, top}]; with --choices also choices [{choice, prob, logprob}].\n\n"
    'Example:  lmcli complete "The capital of France is" -n 8 --greedy'
)
@inputs.argument("prompts", metavar="PROMPT", join=True)
@own.request(length=128, temperature=0.8)
@click.option(
    "--stop",
    multiple=True,
    type=options.Escaped(),
    metavar="TEXT",
    help="End before TEXT; can be repeated.",
)
@click.option(
    "--count",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="How many completions of each prompt; their seeds follow each other.",
)
@click.option(
    "--logprobs",
    type=click.IntRange(min=0),
    metavar="K",
    help="Report each token's log probability and the K likeliest tokens.",
)
@click.option("--echo", is_flag=True, help="Print the prompt before its completion.")
@click.option("--stats", is_flag=True, help="Report times and tokens on stderr.")
@own.whole("prompt")
@click.option(
    "--batch",
    "largest",
    type=click.IntRange(min=1),
    default=16,
    show_default=True,
    help="How many prompts of stdin are decoded side by side.",
)
@own.prompting
@click.option("--show-prompt", is_flag=True, help="Print the prompt that would be completed.")
@click.option("--choices", metavar="A,B,...", help="Answer with one of these, and weigh them all.")
@click.option("--regex", metavar="PATTERN", help="Keep to a regular expression.")
@click.option(
    "--json-schema",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Keep to the JSON schema in a file.",
)
@click.option(
    "--lookup/--no-lookup",
    default=True,
    help="Draft from the text so far where it repeats itself; the result is the same.",
)
@options.common("model", "threads", "provider", "offline")
@click.pass_obj
def complete(
    env: Environment,
    prompts: Records,
    request: Request,
    stop: tuple[str, ...],
    count: int,
    logprobs: int | None,
    echo: bool,
    stats: bool,
    whole: bool,
    largest: int,
    prompting: Prompting | None,
    show_prompt: bool,
    choices: str | None,
    regex: str | None,
    json_schema: Path | None,
    lookup: bool,
    model: str | None,
) -> None:
    """Continue a text with a language model.

    A single completion is printed as it is generated. Prompts from stdin, one a line, are decoded
    side by side, with the same results as alone. In --stop, --instruction and --example \\n is a new
    line, \\t a tab and \\\\ a backslash.
    """
    if sum(form is not None for form in (choices, regex, json_schema)) > 1:
        raise BadUsage("--choices, --regex and --json-schema exclude each other", "give one")
    records = own.whole_of_stdin(env, prompts) if whole else prompts
    ends = tuple(text for text in stop if text)
    if prompting is not None:
        records = records.changed(prompting.prompt)
        ends = ends or prompting.template.stop
    if show_prompt:
        _show(env, records)
        return
    decoder = LanguageModel.of(env, model)
    if choices is not None:
        _choose(env, records, decoder, choices)
        return
    request = replace(request, stop=ends, logprobs=logprobs, lookup=lookup)
    completer = decoder.completer(request, count=count, echo=echo, regex=regex, schema=json_schema)
    if (
        records.several
        or count > 1
        or logprobs is not None
        or env.output.format not in ("table", "plain")
    ):
        _rows(env, records, completer, largest)
    else:
        _text(env, records, completer, stats)


def _show(env: Environment, records: Records) -> None:
    """Print the prompts as they are."""
    for record in records:
        if record.error:
            raise record.error
        env.output.text(record.value)


def _choose(env: Environment, records: Records, decoder: LanguageModel, choices: str) -> None:
    """Answer each prompt with one of the choices."""
    offered = [choice.strip() for choice in choices.split(",")]

    def answer(prompt: str) -> Noted:
        return Noted(decoder.choose(prompt, offered), decoder.foreign(prompt))

    env.output.stream(
        records.map(answer),
        records,
        render=None if records.several else late("lmcli.gpt.view.render:weighed"),
    )


def _rows(env: Environment, records: Records, completer: Completer, largest: int) -> None:
    """Print completions as rows, `largest` prompts at a time."""
    env.output.stream(
        records.map_batches(completer.complete, largest=largest),
        records,
        render=None
        if completer.request.logprobs is None
        else late("lmcli.gpt.view.render:explained"),
    )


def _text(env: Environment, records: Records, completer: Completer, stats: bool) -> None:
    """Print a single completion as it is generated."""
    from lmcli.gpt.completing import Stats

    for record in records:
        if record.error:
            raise record.error
        for warning in completer.context.model.foreign(record.value):
            env.output.warn(warning)
        measured = Stats()
        try:
            for piece in completer.stream(record.value, measured):
                env.output.text(piece, end="")
            env.output.text("")
        finally:
            if stats:
                env.output.report(str(measured))
