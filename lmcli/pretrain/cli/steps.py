"""lmcli pretrain steps."""

from __future__ import annotations

import click

from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.frame.tree.lazy import late
from lmcli.pretrain.cli.options import shape, sizes_of

TEXT = "the cat sat on the mat"


@click.command(
    epilog="Fields: objective, vocabulary, loss, uniform, places (place, seen, target, loss, probability, guess, "
    "guessed, logit), layers (layer, parameters, weights, gradient).\n\n"
    'Example:  lmcli pretrain steps "the cat sat on the mat"'
)
@click.argument("text", nargs=-1, metavar="[TEXT]")
@click.option(
    "--objective", type=click.Choice(("clm", "mlm")), help="What is asked [clm; the model's]."
)
@shape
@options.common("model", "seed")
@click.pass_obj
def steps(
    env: Environment,
    text: tuple[str, ...],
    objective: str | None,
    size: str,
    layers: int | None,
    width: int | None,
    heads: int | None,
    context: int,
    tokens: str | None,
    vocabulary: int | None,
    seed: int,
    model: str | None,
) -> None:
    """Show one batch: targets, loss by position, gradients by layer.

    The model is one that lmcli pretrain made, by --model; without it a new one with random weights, whose tokens are
    the text's own characters (--tokens bpe: its pieces). Nothing is learnt. Needs the extra train.
    """
    import tempfile
    from pathlib import Path

    from lmcli.frame.errors import BadInput, BadUsage, no_text
    from lmcli.nn.onnxfile.torch_export import torch
    from lmcli.nn.tokenize import Tokenizer
    from lmcli.nn.tokens.learning import CHARACTERS, learn_tokenizer
    from lmcli.pretrain.train.making import load
    from lmcli.pretrain.transformer import Shape, build
    from lmcli.pretrain.walk import walk

    package = torch()
    joined = " ".join(text) if text else TEXT
    if not joined.strip():
        raise BadInput("there is no text", f'give a sentence, as "{TEXT}"')
    if fault := no_text(joined):
        raise fault
    with tempfile.TemporaryDirectory() as place:
        if model is not None:
            found = env.models.find(model)
            network, known, _ = load(found)
            own, context, tokenizer = known.objective, known.context, Tokenizer(found.folder)
            if own == "electra":
                raise BadUsage(
                    f"{model} was trained for electra", f"lmcli fill steps --model {model}"
                )
            if objective not in (None, own):
                raise BadUsage(f"{model} was trained for {own}", "leave --objective out")
        else:
            package.manual_seed(seed)
            learn_tokenizer([joined], tokens or CHARACTERS, vocabulary or 300, Path(place), least=1)
            tokenizer, own = Tokenizer(Path(place)), objective or "clm"
            sizes = sizes_of(size, layers, width, heads)
            network = build(Shape(tokenizer.size, *sizes, context, own))
        row = walk(network, tokenizer, joined, own, context, seed)
    env.output.rows([row], render=late("lmcli.pretrain.view.walk:walked"))
