"""The command `classify compare`: every kind of classifier on one split."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import BadUsage, LmcliError, PartialFailure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lmcli.classify.train.comparing import Compared
    from lmcli.classify.train.corpus import Parts

ALL = ("linear", "mlp", "rnn", "lstm", "gru", "cnn", "bert")
USUAL = ALL[:-1]


@click.command(
    epilog="Fields: model, accuracy, low, high, macro_f1, f1_low, f1_high, parameters, seconds, microseconds, order, "
    "labels, confusion.\n\n"
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
    "--epochs", type=click.IntRange(min=1), show_default="10; 3 for bert", help="Passes at most."
)
@click.option(
    "--save",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Draw the comparison as .svg, .png or .html.",
)
@options.common("offline", "seed")
@click.pass_obj
def compare(
    env: Environment,
    data: Path | None,
    models: str | None,
    text: str | None,
    label: str | None,
    tokens: str | None,
    epochs: int | None,
    save: Path | None,
    seed: int,
) -> None:
    """Train every kind of classifier on the same texts, and hold them side by side.

    A fifth of DATA is held out; all kinds see the same split, on one thread. Without DATA the texts are pairs such as
    “not good, bad” and “not bad, good”: the same words, opposite labels, which no mean of words can tell apart. order
    is the share of answers that another order of the words changes. Needs the extra train.
    """
    from lmcli.nn.onnxfile.torch_export import torch

    torch()
    kinds = (
        ALL if models == "all" else tuple(models.replace(" ", "").split(",")) if models else USUAL
    )
    if strange := [kind for kind in kinds if kind not in ALL]:
        raise BadUsage(f"no model is called {strange[0]!r}", f"there are {', '.join(ALL)}")
    if save:
        from lmcli.draw.figure import checked_suffix

        checked_suffix(save)
    parts, failed = _parts(env, data, text, label, seed)
    rows = list(_rows(env, parts, kinds, tokens, epochs, seed))
    if save:
        from lmcli.classify.view.comparison import figure

        figure(rows).save(save, note=env.output.warn)
    env.output.rows(rows)
    if failed:
        raise PartialFailure(
            failed, failed + len(parts.learned) + len(parts.stopping) + len(parts.tested)
        )


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
    from lmcli.training.history import History
    from lmcli.training.loop import learn
    from lmcli.training.task import Event, Plan, Run, Task
    from lmcli.training.view.live import live

    cut = tokens or fitting_cut(parts.learned.texts)
    cache = cache_folder(env.variables) / "jieba"
    for kind in kinds:
        env.output.note(f"training {kind}")
        history = History()
        with live(env, history) as show:

            def watch(event: Event, history: History = history, show: object = show) -> None:
                history.add(event)
                show(event)  # type: ignore[operator]

            def loop(task: Task, plan: Plan, watch: object = watch) -> Run:
                run = learn(task, plan, watch)  # type: ignore[arg-type]
                if run.ended == "interrupted":
                    raise KeyboardInterrupt
                return run

            yield run(parts, Settings(kind, cut, cache=cache), loop, epochs=epochs, seed=seed)
