"""lmcli attention steps: the formula, and with --part the whole architecture."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import click

from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import BadUsage
from lmcli.frame.tree.lazy import late

PARTS = (
    "scaled", "multihead", "positions", "mask", "residual", "layernorm", "ffn",
    "encoder", "decoder", "cross", "block",
)  # fmt: skip
TRANSLATING = ("decoder", "cross", "block")
TAKEN = {  # option -> the parts that have it
    "into": ("scaled",),
    "causal": ("scaled", "multihead", "encoder"),
    "heads": ("scaled", "multihead", "residual", "layernorm", "encoder", *TRANSLATING),
    "norm": ("encoder", *TRANSLATING),
    "target": TRANSLATING,
}


class Shape(click.ParamType[tuple[int, int, int]]):
    """BATCHxLENGTHxWIDTH, or LENGTHxWIDTH with a batch of 0."""

    name = "shape"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[int, int, int]:
        if isinstance(value, tuple):
            return value
        if not re.fullmatch(r"([1-9][0-9]{0,5}x){1,2}[1-9][0-9]{0,5}", str(value)):
            self.fail(f"{value!r} is no shape, as 2x10x512 or 6x512.", param, ctx)
        sizes = [int(size) for size in str(value).split("x")]
        return (sizes[0], sizes[1], sizes[2]) if len(sizes) == 3 else (0, sizes[0], sizes[1])


@click.command(
    epilog="Fields: step, formula, rows, columns, values.\n\n"
    'Example:  lmcli attention steps "The cat sat" --heads 2 --causal'
)
@click.argument("text", nargs=-1, metavar="[TEXT]")
@click.option(
    "--part", type=click.Choice(PARTS), default="scaled", show_default=True, help="What is shown."
)
@click.option("-d", "d", type=click.IntRange(1, 1024), help="Width of the model.  [default: 4]")
@click.option("--heads", type=click.IntRange(1, 64), help="Heads.  [default: 1; multihead 2]")
@click.option(
    "--into", type=click.IntRange(1, 1024), metavar="WIDTH", help="Width of Q, K and V [-d]."
)
@click.option("--shape", type=Shape(), metavar="[BATCHx]LENGTHxWIDTH", help="Sizes for a text.")
@click.option(
    "--target", metavar="TEXT", help='What is written, with "我 爱 机器": I love machines.'
)
@click.option("--norm", type=click.Choice(("post", "pre")), default="post", show_default=True,
              help="Normalise sums, as in the paper, or what goes into a layer, as today.")  # fmt: skip
@click.option("--causal", is_flag=True, help="Hide from each word those that come after it.")
@options.common(seed=0)
@click.pass_context
def steps(ctx: click.Context, /, text: tuple[str, ...], part: str, seed: int, **given: Any) -> None:
    """Walk through attention with numbers small enough to follow.

    softmax(Q K^T / sqrt(d)) V over the words of TEXT, "The cat sat" if none is given; --part shows what stands around
    it in a transformer, up to a whole block that reads one text and writes another. The vectors are drawn at random;
    only the arithmetic means something here. What is larger than 16 x 16 is printed by its shape, mean
    and corners.
    """
    env = ctx.find_object(Environment)
    assert env is not None
    env.limit_blas()  # before numpy is imported
    for name, parts in TAKEN.items():
        typed = ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
        if typed and part not in parts:
            raise BadUsage(f"--part {part} has no --{name}", f"it is for {', '.join(parts)}")  # fmt: skip
    rows = _rows(" ".join(text), part, seed, given)
    if part == "scaled" and len(rows[0].rows) == 1 and not rows[0].rows[0].isascii():
        env.output.note("one word: with blanks between words, as 我 爱 机器, they see each other")
    env.output.rows(
        rows, render=late(f"lmcli.attention.view.lesson:{'steps' if part == 'scaled' else 'parts'}")
    )


def _rows(text: str, part: str, seed: int, given: dict[str, Any]) -> list[Any]:
    """The steps of a part, of a text or of numbers of a shape."""
    from lmcli.attention.drawn import words_in
    from lmcli.attention.lesson import Sizes, names, walk
    from lmcli.attention.lessons.blocks import Lesson
    from lmcli.attention.lessons.parts import part as steps_of

    d, heads, causal, shape = (given[name] for name in ("d", "heads", "causal", "shape"))
    if shape and (text or d or given["target"]):
        raise BadUsage("--shape says the sizes by itself", "leave out TEXT, -d and --target")
    heads = heads or (2 if part == "multihead" else 1)
    batch, length, d = shape or (0, 0, d or 4)
    if part == "scaled":
        words = names(length) if shape else tuple((text or "The cat sat").split())
        return walk(words, d, heads, causal, seed, batch=batch, into=given["into"])
    pair = part in TRANSLATING
    words = names(length) if shape else words_in(text or ("我 爱 机器" if pair else "The cat sat"))
    lesson = Lesson(Sizes(words, d, heads, seed, batch), (), given["norm"] == "pre", causal)
    if pair:
        target = words if shape else words_in(given["target"] or "I love machines")
        if not target:
            raise BadUsage("there are no words in --target", 'as in --target "I love machines"')
        lesson = replace(lesson, target=target)
    return steps_of(part, lesson)
