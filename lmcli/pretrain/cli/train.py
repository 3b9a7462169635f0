"""lmcli pretrain TEXT."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.frame.tree.lazy import late
from lmcli.pretrain.cli.options import shape, sizes_of
from lmcli.training.cli.options import training

if TYPE_CHECKING:
    from lmcli.pretrain.train.recipe import Recipe


@click.command(
    epilog="Fields: name, folder, objective, tokens, vocabulary, parameters, steps, seconds, tokens_per_second, "
    "loss, perplexity, bits, trigram, before, difference, sample.\n\n"
    "Example:  lmcli pretrain kjv --name bible --max-minutes 5"
)
@click.argument("source", metavar="TEXT")
@click.option(
    "--objective",
    type=click.Choice(("clm", "mlm")),
    default="clm",
    show_default=True,
    help="Guess the next token (GPT), or masked ones (BERT).",
)
@shape
@click.option("--from", "start", metavar="MODEL", help="Go on from a model made by this command.")
@click.option(
    "--teacher", metavar="MODEL", help="Learn from the probabilities of such a model too."
)
@training(epochs="what the minutes allow", batch=16, rate=4e-3)
@options.common("threads", seed=0)
@click.pass_obj
def train(env: Environment, /, source: str, **given: Any) -> None:
    """Train a language model on a text, from nothing.

    TEXT is a file, or one of the texts that are here: kjv (English), songci (Chinese). Every tenth block of it is held
    out. Without --epochs the training fills --max-minutes, by default 5. bits: a character, so that tokenizers can be
    compared; trigram: the same of counts of three tokens. complete, next, score, attention and fill run the model with
    --model NAME. Needs the extra train.
    """
    from lmcli.frame.errors import BadUsage
    from lmcli.nn.onnxfile.torch_export import torch
    from lmcli.pretrain.corpus import LARGEST, read_corpus
    from lmcli.pretrain.train.recipe import Recipe, make
    from lmcli.training.cli.running import Keeping, again, check

    torch()
    if given["start"] and given["teacher"]:
        raise BadUsage("--from and --teacher do not go together", "leave one of them out")
    recipe = Recipe(
        source=source,
        sizes=sizes_of(*(given[name] for name in ("size", "layers", "width", "heads"))),
        **{name: given[name] for name in Recipe.GIVEN},
    )
    corpus = read_corpus(source)
    name = given["name"] or f"{Path(corpus.name).name.split('.')[0]}-{recipe.objective}"
    target = given["out"] or env.models.place(name)
    keeping = Keeping(
        target, again(), given["log"], given["curve"], given["resume"], given["force"]
    )
    check(keeping)
    if corpus.cut:
        env.output.warn(f"{source} is large: its first {LARGEST >> 20} MB are learnt from")
    if given["eight_bits"]:
        env.output.note("8 bits a weight: the graph is stored so, the loss is that of its weights")
    row = make(env, corpus, name, recipe, keeping)
    _done(env, recipe, row.name, row.folder)
    env.output.rows([row], render=late("lmcli.pretrain.view.tables:pretrained"))


def _done(env: Environment, recipe: Recipe, name: str, folder: str) -> None:
    use = "complete" if recipe.objective == "clm" else "fill"
    text = "TEXT" if use == "complete" else '"... [MASK] ..."'
    env.output.note(f"the model is {folder}; lmcli {use} {text} --model {name}")
