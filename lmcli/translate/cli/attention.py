"""The command `translate attention`: which source words each written word looks at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import click

from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.frame.locale import said
from lmcli.frame.tree.lazy import late

if TYPE_CHECKING:
    from lmcli.translate.steps import Walk

TEXT = "我有一只猫"


@dataclass(frozen=True, slots=True)
class Looked:
    """What a written word looks at: one weight a source token, sum 1. layer and head are null for a mean."""

    word: str
    layer: int | None
    head: int | None
    source_tokens: tuple[str, ...]
    weights: tuple[float, ...]

    PLAIN: ClassVar[tuple[str, ...]] = ("word", "looks_at", "weight")

    @property
    def weight(self) -> float:
        """The largest weight."""
        return max(self.weights)

    @property
    def looks_at(self) -> str:
        """The token with the largest weight."""
        return self.source_tokens[self.weights.index(self.weight)]


@click.command(
    epilog="Fields: word, layer, head, source_tokens, weights.\n\n"
    'Example:  lmcli translate attention "我有一只猫"'
)
@click.argument("text", nargs=-1, metavar="[TEXT]")
@click.option("--against", metavar="TEXT2", help="A translation that the decoder is made to write.")
@click.option("--layer", type=click.IntRange(min=1), help="One layer, from 1.")
@click.option("--head", type=click.IntRange(min=1), help="One head, from 1.")
@click.option("--mean", is_flag=True, help="The mean over all layers and heads.")
@click.option(
    "--save",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Draw the heatmap as .svg, .png or .html.",
)
@options.common("model", "provider", "threads", "offline")
@click.pass_obj
def attention(
    env: Environment,
    text: tuple[str, ...],
    against: str | None,
    layer: int | None,
    head: int | None,
    mean: bool,
    save: Path | None,
    model: str | None,
) -> None:
    """Show which source words each written word looks at.

    A row is a written word, a column a source token; each row sums to 1. Without --layer and --head it is the head that
    was taught which words belong together. 我有一只猫 if no text is given.
    """
    from lmcli.frame.errors import BadUsage, ModelError
    from lmcli.translate.api import Translator

    if mean and (layer or head):
        raise BadUsage("--mean is over all layers and heads", "leave out --mean, or the others")
    if save:
        from lmcli.draw.figure import checked_suffix

        checked_suffix(save)
    walk = Translator.of(env, model).steps(" ".join(text) or TEXT, against)
    if not walk.cross.size:
        raise ModelError(
            f"{model} has no attention: one vector is all that its decoder sees of a sentence",
            "lmcli translate train PAIRS --model rnn-attention makes one that has",
        )
    if layer is None and head is None and not mean and walk.aligned:
        layer, head = walk.aligned[0] + 1, walk.aligned[1] + 1
    rows = _rows(walk, layer, head, mean)
    if save:
        from lmcli.translate.view.figures import attention_figure

        attention_figure(walk, _title(layer, head), _weights(walk, layer, head, mean)).save(
            save, note=env.output.warn
        )
    drawn = late("lmcli.translate.view.steps:heatmap")
    env.output.rows(
        rows,
        render=lambda _rows: drawn(walk, _title(layer, head), _weights(walk, layer, head, mean)),
    )


def _weights(walk: Walk, layer: int | None, head: int | None, mean: bool) -> Any:
    return walk.cross.mean(axis=(0, 1)) if mean else walk.weights(layer, head)


def _rows(walk: Walk, layer: int | None, head: int | None, mean: bool) -> list[Looked]:
    weights = _weights(walk, layer, head, mean)
    return [
        Looked(word, layer, head, walk.tokens, tuple(round(float(one), 6) for one in row))
        for word, row in zip(walk.written, weights, strict=True)
    ]


def _title(layer: int | None, head: int | None) -> str:
    part = said("layer %d") % layer if layer else said("the mean over the layers")
    other = said("head %d") % head if head else said("the mean over the heads")
    return said("cross-attention, %s, %s: a row looks at the columns") % (part, other)
