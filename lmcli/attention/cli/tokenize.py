"""The command `tokenize`: a model's tokens of a text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import click

from lmcli.attention.api import tokenizer_of
from lmcli.attention.tokens import Token, cut
from lmcli.frame import inputs, options
from lmcli.frame.environment import Environment
from lmcli.frame.inputs import Outcome, Records
from lmcli.frame.tree.lazy import late

NAMED = 200  # characters of a text that each of its tokens is named with


@click.command(
    epilog="Fields: token, id, start, end (of several texts: text, too). token is readable: a space before a word "
    "is part of it, half a character stands as its bytes: <E4>.\n\n"
    'Example:  lmcli tokenize "unbelievable tokens"'
)
@inputs.argument("texts", metavar="TEXT...")
@click.option(
    "--no-special", is_flag=True, help="Leave out the tokens that the model wants around a text."
)
@options.common("model", "offline")
@click.pass_obj
def tokenize(env: Environment, texts: Records, no_special: bool, model: str | None) -> None:
    """Cut texts into a model's tokens.

    start and end count characters of the text; special tokens stand for none.
    """
    if model:
        tokenizer_of(env, model)  # one that cannot be had is no fault of a text

    def tokens(text: str) -> list[Token]:
        name = model or env.model_for([text], "feature-extraction")
        return cut(tokenizer_of(env, name), text, not no_special)

    outcomes: Iterable[Outcome] = texts.map(tokens)
    if texts.several:
        outcomes = map(_with_text, outcomes)
    env.output.stream(outcomes, texts, render=late("lmcli.attention.view.tokens:tokens"))


def _with_text(outcome: Outcome) -> Outcome:
    """An outcome whose rows name their text; the whole of a long one would stand beside each of its tokens."""
    text = outcome.record.value
    name = text if len(text) <= NAMED else text[:NAMED] + "…"
    fields = {**outcome.record.fields, "text": name}
    return replace(outcome, record=replace(outcome.record, fields=fields))
