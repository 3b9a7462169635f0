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
    from lmcli.pretrain.train.preparing import Recipe

RATES = {"clm": 4e-3, "mlm": 1e-3, "mlm+nsp": 1e-3, "electra": 1e-3}


@click.command(
    epilog="Fields: name, folder, objective, tokens, vocabulary, parameters, steps, seconds, tokens_per_second, "
    "loss, perplexity, bits, trigram, before, accuracy, chance, difference, sample.\n\n"
    "Example:  lmcli pretrain kjv --name bible --max-minutes 5"
)
@click.argument("source", metavar="TEXT")
@click.option(
    "--objective",
    type=click.Choice(("clm", "mlm", "mlm+nsp", "electra")),
    default="clm",
    show_default=True,
    help="Guess the next token (GPT), masked ones (RoBERTa), these and the next sentence (BERT), or find replaced "
    "tokens (ELECTRA).",
)
@shape
@click.option("--from", "start", metavar="MODEL", help="Go on from a model made by this command.")
@click.option(
    "--teacher", metavar="MODEL", help="Learn from the probabilities of such a model too."
)
@training(epochs="what the minutes allow", batch=16, rate="4e-3; 1e-3 with masks")
@options.common("threads", seed=0)
@click.pass_obj
def train(env: Environment, /, source: str, **given: Any) -> None:
    """Train a language model on a text, from nothing.

    TEXT is a file, or one of the texts that are here: kjv (English), songci (Chinese). Every tenth block of it is held
    out. Without --epochs the training fills --max-minutes, by default 5. bits: a character, so that tokenizers can be
    compared; trigram: the same of counts of three tokens; accuracy: of the second question of mlm+nsp and electra,
    chance: of always the same answer. complete, next, score and attention run the model with --model NAME, or fill,
    nsp and fill steps. Needs the extra train.
    """
    from lmcli.frame.errors import BadUsage
    from lmcli.nn.onnxfile.torch_export import torch
    from lmcli.pretrain.corpus import LARGEST, read_corpus
    from lmcli.pretrain.train.preparing import Recipe
    from lmcli.pretrain.train.recipe import make
    from lmcli.training.cli.running import Keeping, again, check

    torch()
    if given["start"] and given["teacher"]:
        raise BadUsage("--from and --teacher do not go together", "leave one of them out")
    if given["teacher"] and given["objective"] not in ("clm", "mlm"):
        raise BadUsage("--teacher goes with clm and mlm", "leave it out")
    recipe = Recipe(
        source=source,
        sizes=sizes_of(*(given[name] for name in ("size", "layers", "width", "heads"))),
        **{
            **{name: given[name] for name in Recipe.GIVEN},
            "lr": given["lr"] or RATES[given["objective"]],
        },
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
    uses = {
        "clm": "complete TEXT",
        "mlm": 'fill "... [MASK] ..."',
        "mlm+nsp": 'nsp "A." "B."',
        "electra": 'fill steps "TEXT"',
    }
    env.output.note(f"the model is {folder}; lmcli {uses[recipe.objective]} --model {name}")
