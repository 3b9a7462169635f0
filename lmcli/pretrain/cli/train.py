"""lmcli pretrain TEXT."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.frame.tree.lazy import late
from lmcli.pretrain.cli.options import shape, sizes_of
from lmcli.training.cli.options import training

RATES = {"clm": 4e-3, "mlm": 4e-3, "mlm+nsp": 1e-3, "electra": 2e-3}
FURTHER = 1e-3  # of a model that is gone on with
MANY, FEW = 16, 4  # sequences in a step; the latter of a decoder that was pulled


@click.command(
    epilog="Fields: name, folder, objective, tokens, vocabulary, parameters, steps, seconds, tokens_per_second, "
    "loss, perplexity, bits, trigram, before, accuracy, chance, general, general_before, trained, difference, "
    "sample.\n\n"
    "Example:  lmcli pretrain kjv --name bible --max-minutes 5"
)
@click.argument("source", metavar="[TEXT]", required=False)
@click.option(
    "--objective",
    type=click.Choice(("clm", "mlm", "mlm+nsp", "electra")),
    default="clm",
    show_default=True,
    help="Guess the next token (GPT), masked ones (RoBERTa), these and the next sentence (BERT), or find replaced "
    "tokens (ELECTRA).",
)
@shape
@click.option(
    "--from",
    "start",
    metavar="MODEL",
    help="Go on from a model made by this command, or with --lora from smollm2-135m-instruct and the like.",
)
@click.option(
    "--chat",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Instead of TEXT: learn the answers of conversations, JSON lines of prompt and answer or of messages.",
)
@click.option(
    "--lora",
    type=click.IntRange(min=1, max=256),
    metavar="R",
    help="With --from: learn adapters of rank R alone, and merge them.",
)
@click.option(
    "--teacher", metavar="MODEL", help="Learn from the probabilities of such a model too."
)
@training(
    epochs="what the minutes allow",
    batch="16; 4 of a pulled model",
    rate="4e-3; 2e-3 of electra, 1e-3 of mlm+nsp, --from",
)
@options.common("threads", "offline", seed=0)
@click.pass_obj
def train(env: Environment, /, source: str | None, chat: Path | None, **given: Any) -> None:
    """Train a language model on a text, from nothing.

    TEXT is a file, or one of the texts that are here: kjv (English), songci (Chinese). Every tenth block of it is held
    out. Without --epochs the training fills --max-minutes, by default 5. bits: a character, so that tokenizers can be
    compared; trigram: the same of counts of three tokens; accuracy: of mlm+nsp the share
    of pairs judged rightly, of electra how often a replaced token is suspected more than another; chance: of who
    always says the same. complete, next, score and attention run the model with --model NAME, or fill,
    nsp and fill steps. general: the perplexity on a text that --from does not learn. Needs the extra train.
    """
    from lmcli.nn.onnxfile.torch_export import torch
    from lmcli.pretrain.chat import read_chats
    from lmcli.pretrain.corpus import LARGEST, read_corpus
    from lmcli.pretrain.train.preparing import Recipe
    from lmcli.pretrain.train.recipe import make
    from lmcli.training.cli.running import Keeping, again, check

    _check(source, chat, given)
    torch()
    rate = FURTHER if given["start"] else RATES[given["objective"]]
    given["lr"] = given["lr"] or rate
    given["batch"] = given["batch"] or (FEW if pulled(env, given["start"]) else MANY)
    recipe = Recipe(
        source=source or str(chat),
        sizes=sizes_of(*(given[name] for name in ("size", "layers", "width", "heads"))),
        **{name: given[name] for name in Recipe.GIVEN},
    )
    corpus = read_chats(chat) if chat else read_corpus(recipe.source)
    kind = "chat" if chat else recipe.objective
    name = given["name"] or f"{Path(corpus.name).name.split('.')[0]}-{kind}"
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
    _done(env, kind, row.name, row.folder)
    env.output.rows([row], render=late("lmcli.pretrain.view.tables:pretrained"))


def pulled(env: Environment, name: str | None) -> bool:
    """Whether a name is that of a decoder that was pulled."""
    from lmcli.nn.decoding.opening import converted

    return name is not None and converted(env.models.find(name))


def _check(source: str | None, chat: Path | None, given: Mapping[str, Any]) -> None:
    """Raise BadUsage where options do not go together."""
    from lmcli.frame.errors import BadUsage

    if (source is None) == (chat is None):
        raise BadUsage("one thing is learnt from: TEXT, or --chat FILE", "lmcli pretrain kjv")
    if chat and not given["start"]:
        raise BadUsage("--chat needs a model that has learnt its language", "name it with --from")
    if chat and given["objective"] != "clm":
        raise BadUsage("--chat goes with clm", "leave --objective out")
    if given["lora"] and not given["start"]:
        raise BadUsage("--lora goes with --from", "name the model that the adapters are for")
    if given["start"] and given["teacher"]:
        raise BadUsage("--from and --teacher do not go together", "leave one of them out")
    if given["teacher"] and given["objective"] not in ("clm", "mlm"):
        raise BadUsage("--teacher goes with clm and mlm", "leave it out")


def _done(env: Environment, kind: str, name: str, folder: str) -> None:
    uses = {
        "clm": "complete TEXT",
        "mlm": 'fill "... [MASK] ..."',
        "mlm+nsp": 'nsp "A." "B."',
        "electra": 'fill steps "TEXT"',
        "chat": "chat",
    }
    env.output.note(f"the model is {folder}; lmcli {uses[kind]} --model {name}")
