"""The commands that show probabilities: next, score."""

from __future__ import annotations

from typing import Any

import click

from lmcli.frame import inputs, options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import Noted
from lmcli.frame.inputs import Records
from lmcli.frame.tree.lazy import late
from lmcli.gpt.api import LanguageModel
from lmcli.gpt.cli import options as own


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
    decoder = LanguageModel.of(env, model)

    def answer(prompt: str) -> Noted:
        return Noted(decoder.next(prompt, k=k, **sampling), decoder.foreign(prompt))

    env.output.stream(prompts.map(answer), prompts, render=late("lmcli.gpt.view.render:bars"))


@click.command(
    epilog="Fields: text, perplexity, tokens [{token, id, logprob}].\n\n"
    'Example:  lmcli score "The cat sat on the mat."'
)
@inputs.argument("texts", metavar="TEXT", join=True)
@own.whole("text")
@options.common("model", "threads", "provider", "offline")
@click.pass_obj
def score(env: Environment, texts: Records, whole: bool, model: str | None) -> None:
    """Show how likely each token of a text is, and its perplexity.

    On a terminal the surprise of each token, -log2 of its probability in bits, is its colour.
    """
    records = own.whole_of_stdin(env, texts) if whole else texts
    decoder = LanguageModel.of(env, model)

    def answer(text: str) -> Noted:
        return Noted(decoder.score(text), decoder.foreign(text))

    env.output.stream(records.map(answer), records, render=late("lmcli.gpt.view.render:surprisal"))
