"""The commands that run a language model once: complete, next, score."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lmcli.frame import inputs, options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import BadInput, BadUsage, Noted
from lmcli.frame.inputs import Record, Records
from lmcli.gpt.api import LanguageModel
from lmcli.gpt.cli import options as own

if TYPE_CHECKING:
    from rich.console import RenderableType

    from lmcli.gpt.completing import Completer, Start
    from lmcli.gpt.generation import Request
    from lmcli.gpt.model import Context
    from lmcli.gpt.model import LanguageModel as Model
    from lmcli.gpt.prompting.prompts import Example, Template


@click.command(
    epilog="Fields: prompt, text, tokens, finish_reason, seed; with --logprobs also logprobs "
    "[{token, id, logprob, top}]; with --choices also choices [{choice, prob, logprob}].\n\n"
    'Example:  lmcli complete "The capital of France is" -n 8 --greedy'
)
@inputs.argument("prompts", metavar="PROMPT", join=True)
@own.length(128)
@own.sampling(0.8)
@own.greedy
@own.seed
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
@click.option("--whole", is_flag=True, help="Take the whole of stdin as one prompt.")
@click.option(
    "--batch",
    "largest",
    type=click.IntRange(min=1),
    default=16,
    show_default=True,
    help="How many prompts of stdin are decoded side by side.",
)
@click.option(
    "--template", metavar="NAME|FILE", help="Build the prompt: zero, one, few, cot, or a YAML file."
)
@click.option(
    "--instruction",
    type=options.Escaped(),
    metavar="TEXT",
    help="What the template says first.",
)
@click.option(
    "--example",
    "shown",
    multiple=True,
    type=options.Escaped(),
    metavar='"IN => OUT"',
    help="A worked example; repeatable.",
)
@click.option(
    "--examples",
    "examples_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help='A file of examples: lines "in => out" or JSON lines {input, output}.',
)
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
    /,
    prompts: Records,
    length: int,
    greedy: bool,
    seed: int | None,
    stop: tuple[str, ...],
    count: int,
    logprobs: int | None,
    echo: bool,
    stats: bool,
    whole: bool,
    largest: int,
    template: str | None,
    instruction: str | None,
    shown: tuple[str, ...],
    examples_file: Path | None,
    show_prompt: bool,
    choices: str | None,
    regex: str | None,
    json_schema: Path | None,
    lookup: bool,
    model: str | None,
    **sampling: Any,
) -> None:
    """Continue a text with a language model.

    A single completion is printed as it is generated. Prompts from stdin, one a line, are decoded
    side by side, with the same results as alone. In --stop, --instruction and --example \\n is a new
    line, \\t a tab and \\\\ a backslash.
    """
    from lmcli.gpt.generation import Request, new_seed
    from lmcli.gpt.sampling import Sampling

    if sum(form is not None for form in (choices, regex, json_schema)) > 1:
        raise BadUsage("--choices, --regex and --json-schema exclude each other", "give one")
    if greedy:
        sampling["temperature"] = 0.0
    request = Request(
        length=length,
        sampling=Sampling(**sampling),
        seed=new_seed() if seed is None else seed,
        stop=tuple(text for text in stop if text),
        logprobs=logprobs,
        lookup=lookup,
    )
    built, examples = _template(template, instruction, shown, examples_file)
    records = _whole(env, prompts) if whole else prompts
    if built is not None:
        request = replace(request, stop=request.stop or built.stop)
        fixed = built
        records = records.changed(lambda text: fixed.prompt(text, examples))
    if show_prompt:
        _show(env, records)
        return
    context = LanguageModel.of(env, model).context
    if choices is not None:
        _choose(env, records, context, choices)
        return
    from lmcli.gpt.completing import Completer

    start = _constraint(context.model, regex, json_schema)
    completer = Completer(context, request, count=count, echo=echo, start=start)
    _complete(env, records, completer, request, largest, stats)


def _choose(env: Environment, records: Records, context: Context, choices: str) -> None:
    """Answer each prompt with one of the choices."""
    from lmcli.gpt.forms.choices import choose
    from lmcli.gpt.view.render import weighed

    offered = [choice.strip() for choice in choices.split(",")]
    env.output.stream(
        records.map(
            lambda prompt: Noted(choose(context, prompt, offered), context.model.foreign(prompt))
        ),
        records,
        render=None if records.several else weighed,
    )


def _complete(
    env: Environment,
    records: Records,
    completer: Completer,
    request: Request,
    largest: int,
    stats: bool,
) -> None:
    """Print a single completion as it comes, else rows."""
    from lmcli.gpt.completing import Stats

    single = not records.several and completer.count == 1 and request.logprobs is None
    if not (single and env.output.format in ("table", "plain")):
        env.output.stream(
            records.map_batches(completer.complete, largest=largest),
            records,
            render=_explained if request.logprobs is not None else None,
        )
        return
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


def _explained(rows: list[Any]) -> RenderableType:
    """The table of --logprobs; rich is imported only where there is one."""
    from lmcli.gpt.view.render import explained

    return explained(rows)


def _constraint(model: Model, regex: str | None, json_schema: Path | None) -> Start | None:
    from lmcli.gpt.forms import structure

    if regex is not None:
        return structure.of_regex(model, regex).start
    if json_schema is not None:
        return structure.of_schema(model, json_schema).start
    return None


def _template(
    name: str | None,
    instruction: str | None,
    shown: tuple[str, ...],
    examples_file: Path | None,
) -> tuple[Template | None, list[Example]]:
    """The template asked for and the examples to put in; without a name, as many shots as examples."""
    if not (name or instruction or shown or examples_file):
        return None, []
    from lmcli.gpt.prompting.prompts import parse_example, read_examples, template_of

    examples = [parse_example(text) for text in shown]
    if examples_file:
        examples += read_examples(examples_file)
    usual = ("zero", "one")[len(examples)] if len(examples) < 2 else "few"
    template, own_examples = template_of(name or usual)
    if instruction:
        template = replace(template, instruction=instruction)
    return template, examples or own_examples


def _whole(env: Environment, prompts: Records) -> Records:
    """The whole of stdin as one record."""
    if not prompts.from_stdin:
        raise BadUsage("--whole reads stdin, but there is a prompt", "leave one out")
    try:
        text = env.stdin.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"not UTF-8 at byte {error.start + 1}", "convert it with iconv") from None
    return Records(lambda: iter([[Record(text)]]), several=False, from_stdin=True)


def _show(env: Environment, records: Records) -> None:
    for record in records:
        if record.error:
            raise record.error
        env.output.text(record.value)


@click.command(
    "next",
    epilog="Fields: rank, token, id, prob, logprob.\n\n"
    'Example:  lmcli next "The cat sat on the" -k 5',
)
@inputs.argument("prompts", metavar="PROMPT", join=True)
@own.sampling(1.0)
@options.common("model", "threads", "provider", "offline", k=10)
@click.pass_obj
def next_(
    env: Environment, /, prompts: Records, k: int, model: str | None, **sampling: Any
) -> None:
    """Show which tokens can come next, and how likely each is.

    The probabilities are those after temperature and filters, which keep what is shown; the log
    probabilities those before.
    """
    from lmcli.gpt.sampling import Sampling
    from lmcli.gpt.scoring import next_tokens
    from lmcli.gpt.view.render import bars

    drawn = Sampling(**sampling)
    context = LanguageModel.of(env, model).context

    def answer(prompt: str) -> Noted:
        rows = next_tokens(context, prompt, k, drawn)
        return Noted(rows, context.model.foreign(prompt))

    env.output.stream(prompts.map(answer), prompts, render=bars)


@click.command(
    epilog="Fields: text, perplexity, tokens [{token, id, logprob}].\n\n"
    'Example:  lmcli score "The cat sat on the mat."'
)
@inputs.argument("texts", metavar="TEXT", join=True)
@click.option("--whole", is_flag=True, help="Take the whole of stdin as one text.")
@options.common("model", "threads", "provider", "offline")
@click.pass_obj
def score(env: Environment, texts: Records, whole: bool, model: str | None) -> None:
    """Show how likely each token of a text is, and the text's perplexity.

    On a terminal the surprise of each token, -log2 of its probability in bits, is its colour.
    """
    from lmcli.gpt.scoring import score as scored
    from lmcli.gpt.view.render import surprisal

    records = _whole(env, texts) if whole else texts
    context = LanguageModel.of(env, model).context
    env.output.stream(
        records.map(lambda text: Noted(scored(context, text), context.model.foreign(text))),
        records,
        render=surprisal,
    )
