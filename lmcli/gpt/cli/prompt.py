"""The group `prompt`: prompting strategies side by side."""

from __future__ import annotations

from pathlib import Path

import click

from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.gpt.api import LanguageModel


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def prompt() -> None:
    """Try prompting strategies on small tasks."""


@prompt.command(
    epilog="Fields: strategy, correct, total, accuracy, prompt_tokens.\n\n"
    "Example:  lmcli prompt compare sentiment.yaml"
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@options.common("model", "threads", "provider", "offline")
@click.pass_obj
def compare(env: Environment, file: Path, model: str | None) -> None:
    """Answer a small labelled task with several strategies and count what is right.

    FILE is YAML: test (a list of {input, output} or "in => out"), and if wanted instruction, examples
    (as test), labels (then the likeliest label is the answer; else the generated text must start with
    the output's words), strategies (of zero, one, few, cot and template files; all four by default),
    length (tokens of a chain of thought, 64).
    """
    from lmcli.gpt.prompting.compare import read_task

    task = read_task(file)
    decoder = LanguageModel.of(env, model)
    for warning in decoder.foreign("\n".join(one.input for one in task.test)):
        env.output.warn(warning)
    total = len(task.strategies) * len(task.test)
    with env.output.progress("answering", total) as advance:
        rows = list(decoder.compare(task, advance))
    env.output.rows(rows)
