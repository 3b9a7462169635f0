"""The command `classify compare`: every kind of classifier on one split."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import BadUsage, LmcliError, PartialFailure
from lmcli.frame.tree.lazy import late

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lmcli.classify.train.comparing import Compared
    from lmcli.classify.train.corpus import Parts
    from lmcli.classify.train.finetuning.transfer import Way

Drawn = tuple[list[Any], str]  # rows, and the module that draws them
ALL = ("linear", "mlp", "rnn", "lstm", "gru", "cnn", "bert")
USUAL = ALL[:-1]


@click.command(
    epilog="Fields: model, accuracy, low, high, macro_f1, f1_low, f1_high, parameters, seconds, microseconds, order, "
    "labels, confusion; with --from-scratch: start (pretrained or scratch), examples, accuracy, low, high, majority, "
    "tested, runs, epochs, seconds, accuracies; with --forgetting: way, trained, accuracy, low, high, loss, found, "
    "seconds.\n\n"
    "Example:  lmcli classify compare --models linear,mlp,gru"
)
@click.argument(
    "data", type=click.Path(exists=True, path_type=Path), metavar="DATA", required=False
)
@click.option(
    "--models", show_default=",".join(USUAL), help="Which kinds, with commas; all adds bert."
)
@click.option("--text", metavar="COLUMN", help="The column, or field, of the texts.")
@click.option("--label", metavar="COLUMN", help="The column, or field, of the labels.")
@click.option(
    "--tokens",
    type=click.Choice(("words", "characters", "jieba")),
    show_default="words; jieba for Chinese",
    help="What a text is cut into.",
)
@click.option(
    "--epochs",
    type=click.IntRange(min=1),
    show_default="10; 3 for bert, more for few examples",
    help="Passes at most.",
)
@click.option(
    "--from-scratch",
    is_flag=True,
    help="Compare MiniLM with the same network as drawn, for 50, 200, 1,000, all examples.",
)
@click.option(
    "--forgetting",
    is_flag=True,
    help="Compare MiniLM frozen, with LoRA and in full: what it learns, and what it forgets.",
)
@click.option(
    "--runs",
    type=click.IntRange(1, 20),
    default=3,
    show_default=True,
    help="Of --from-scratch: other weights and examples in each.",
)
@click.option(
    "--save",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Draw the comparison as .svg, .png or .html.",
)
@options.common("offline", "seed")
@click.pass_obj
def compare(env: Environment, /, data: Path | None, **given: Any) -> None:
    """Train every kind of classifier on the same texts, and hold them side by side.

    A fifth of DATA is held out; all kinds see the same split, on one thread. Without DATA the texts are pairs such as
    “not good, bad” and “not bad, good”: the same words, opposite labels, which no mean of words can tell apart. order
    is the share of answers that another order of the words changes.

    --from-scratch shows what pre-training gives: one network, fine-tuned from what MiniLM knows and from weights as
    they are drawn, on the same examples as often. --forgetting shows what fine-tuning takes: loss is that of MiniLM's
    own pre-training, on 64 pairs of sentences that mean the same, before and after. Needs the extra train.
    """
    from lmcli.nn.onnxfile.torch_export import torch

    torch()
    given["kinds"] = _checked(given)
    parts, failed = _parts(env, data, given["text"], given["label"], given["seed"])
    run = _transfer if given["from_scratch"] else _forgetting if given["forgetting"] else _kinds
    rows, drawn = run(env, parts, given)
    if given["save"]:
        late(f"{drawn}:figure")(rows).save(given["save"], note=env.output.warn)
    if failed:
        raise PartialFailure(
            failed, failed + len(parts.learned) + len(parts.stopping) + len(parts.tested)
        )


def _checked(given: dict[str, Any]) -> tuple[str, ...]:
    """The kinds that are compared. Raises BadUsage for options that do not go together."""
    models, scratch, forgetting = given["models"], given["from_scratch"], given["forgetting"]
    if scratch and forgetting:
        raise BadUsage(
            "--from-scratch and --forgetting are two comparisons", "ask for one at a time"
        )
    if (scratch or forgetting) and (models or given["tokens"]):
        mode = "--from-scratch" if scratch else "--forgetting"
        raise BadUsage(f"{mode} is about one network", "leave --models and --tokens out")
    kinds = (
        ALL if models == "all" else tuple(models.replace(" ", "").split(",")) if models else USUAL
    )
    if strange := [kind for kind in kinds if kind not in ALL]:
        raise BadUsage(f"no model is called {strange[0]!r}", f"there are {', '.join(ALL)}")
    if given["save"]:
        from lmcli.draw.figure import checked_suffix

        checked_suffix(given["save"])
    return kinds


def _transfer(env: Environment, parts: Parts, given: dict[str, Any]) -> Drawn:
    """The curve with and without pre-training; a point is printed when its runs are done."""
    from lmcli.classify.train.finetuning.transfer import Point, transfer

    points: list[Point] = []

    def each() -> Iterator[Point]:
        for point in transfer(*_one(env, parts, given), given["runs"], env.output.note):
            points.append(point)
            yield point

    view = "lmcli.classify.view.transfer"
    env.output.rows(each(), render=late(f"{view}:table"))
    return points, view


def _forgetting(env: Environment, parts: Parts, given: dict[str, Any]) -> Drawn:
    """The encoder's own ability beside what it learns, by the way that it is fine-tuned in."""
    from lmcli.classify.train.finetuning.forgetting import forgetting

    rows = list(forgetting(*_one(env, parts, given), env.output.note))
    env.output.rows(rows)
    return rows, "lmcli.classify.view.forgetting"


def _one(env: Environment, parts: Parts, given: dict[str, Any]) -> tuple[Parts, Way]:
    """What one network learns from, nothing held out to stop by, and how."""
    from lmcli.classify.train.finetuning.transfer import Way
    from lmcli.training.cli.running import shown

    whole = replace(parts, learned=parts.learned.joined(parts.stopping))
    way = Way(
        partial(shown, env), given["epochs"], seed=given["seed"], threads=env.settings.threads
    )
    return whole, way


def _kinds(env: Environment, parts: Parts, given: dict[str, Any]) -> Drawn:
    """Every kind on one split."""
    rows = list(_rows(env, parts, given["kinds"], given["tokens"], given["epochs"], given["seed"]))
    env.output.rows(rows)
    return rows, "lmcli.classify.view.comparison"


def _parts(
    env: Environment, data: Path | None, text: str | None, label: str | None, seed: int
) -> tuple[Parts, int]:
    """The split that all kinds see, and how many lines cannot be used."""
    from lmcli.classify.train.comparing import order_lesson
    from lmcli.classify.train.corpus import divided, gather, is_small, warnings_of
    from lmcli.frame.errors import BadInput
    from lmcli.training.data import Columns, read_examples

    if data is None:
        return divided(order_lesson(), None, 0.2, seed), 0
    failed = 0

    def tell(error: LmcliError, line: int) -> None:
        nonlocal failed
        failed += 1
        env.output.error(error, line or None)

    corpus = gather(read_examples(data, Columns(text, label)), several=False, tell=tell)
    if is_small(corpus):
        raise BadInput(
            f"{len(corpus)} texts are too few to hold some out and compare on", "20 at least"
        )
    for said in warnings_of(corpus):
        env.output.warn(said)
    return divided(corpus, None, 0.2, seed), failed


def _rows(
    env: Environment,
    parts: Parts,
    kinds: tuple[str, ...],
    tokens: str | None,
    epochs: int | None,
    seed: int,
) -> Iterator[Compared]:
    from lmcli.classify.train.comparing import compare as run
    from lmcli.classify.train.training import Settings, fitting_cut
    from lmcli.frame.disk.folders import cache_folder
    from lmcli.training.cli.running import shown

    cut = tokens or fitting_cut(parts.learned.texts)
    cache, loop = cache_folder(env.variables) / "jieba", partial(shown, env)
    for kind in kinds:
        env.output.note(f"training {kind}")
        yield run(parts, Settings(kind, cut, cache=cache), loop, epochs=epochs, seed=seed)
