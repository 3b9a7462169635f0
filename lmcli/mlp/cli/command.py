"""The command mlp: a network learns, and every number of it can be seen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import BadInput, BadUsage, named
from lmcli.frame.tree.lazy import late

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lmcli.mlp.data import Data
    from lmcli.mlp.learning import Learner, Progress

NAMES = ("and", "or", "xor", "circles", "moons", "spiral")
MOST_LAYERS, MOST_NEURONS = 8, 256


class Sizes(click.ParamType[tuple[int, ...]]):
    """The neurons of each hidden layer: 8, or 16,16; 0 for none."""

    name = "N,..."

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        """The numbers."""
        if isinstance(value, tuple):
            return value
        parts = [part.strip() for part in str(value).replace("，", ",").split(",")]
        if parts == ["0"]:
            return ()
        sound = all(part.isdecimal() and 1 <= int(part) <= MOST_NEURONS for part in parts)
        if not sound or len(parts) > MOST_LAYERS:
            at_most = f"(at most {MOST_LAYERS} layers of {MOST_NEURONS})"
            self.fail(
                f"{value!r} is not a size such as 8, 16,16, or 0 for none {at_most}.", param, ctx
            )
        return tuple(map(int, parts))


def complete_data(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[Any]:
    """The bundled names, then files."""
    from click.shell_completion import CompletionItem

    names = [CompletionItem(name) for name in NAMES if name.startswith(incomplete)]
    return names or [CompletionItem(incomplete, type="file")]


@click.command(
    epilog="Fields: data, hidden, epoch, loss, accuracy (of the examples learnt from); with --trace: epoch, step, "
    "formula, rows, columns, values.\n\n"
    "Example:  lmcli mlp xor --hidden 2 --trace"
)
@click.argument("data", required=False, metavar="[DATA]", shell_complete=complete_data)
@click.option("--label", metavar="COLUMN", help="The csv column of the class [the last].")
@click.option(
    "--hidden", type=Sizes(), help="Neurons of each hidden layer; 0: one neuron [by data]."
)
@click.option(
    "--activation", type=click.Choice(("tanh", "relu", "sigmoid")), help="Of hidden neurons. [tanh]"
)
@click.option(
    "--optimizer",
    type=click.Choice(("gd", "adam")),
    help="Gradient descent, plain or Adam [by data].",
)
@click.option(
    "--rate",
    type=options.Finite(0, 1000, min_open=True),
    help="Of learning [1 for gd, 0.05 for adam].",
)
@click.option(
    "--epochs", type=click.IntRange(1, 1_000_000), help="How many [1000; with --trace 1]."
)
@click.option("--every", type=click.IntRange(min=1), help="A row each so many epochs, too.")
@click.option("--trace", is_flag=True, help="Print every number of each epoch.")
@click.option(
    "--save",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Also save the picture as .svg, .png or .html.",
)
@options.common("seed")
@click.pass_obj
def mlp(
    env: Environment,
    /,
    data: str | None,
    label: str | None,
    every: int | None,
    trace: bool,
    save: Path | None,
    seed: int,
    **learning: Any,
) -> None:
    """Watch neurons learn by back-propagation.

    DATA is and, or, xor, circles, moons, spiral, or a csv file (- for stdin) with numbers and the class in the last
    column. Without anything it is the lesson: one neuron learns AND and fails at XOR, a hidden layer learns it.
    On a terminal the boundary between the classes is drawn while it is learnt.
    """
    env.limit_blas()
    if save:
        from lmcli.draw.figure import checked_suffix

        checked_suffix(save)
    given = {name: value for name, value in learning.items() if value is not None}
    if trace and (save or every):
        raise BadUsage("--trace prints numbers", "leave out --save and --every")
    if data is None and not (given or trace or every or label):
        _lesson(env, seed, save)
        return
    examples = _read(env, data or "xor", label, seed)
    if trace:
        from lmcli.mlp.learning import settings_for
        from lmcli.mlp.trace import traced

        given.setdefault("epochs", 1)
        steps = traced(examples, settings_for(examples.name, seed=seed, **given))
        env.output.rows(steps, render=late("lmcli.mlp.view.trace:steps"))
        return
    _learn(env, examples, {**given, "seed": seed}, every, save)


def _read(env: Environment, name: str, label: str | None, seed: int) -> Data:
    """The examples that a name, a file or stdin gives."""
    if name in NAMES:
        from lmcli.mlp.data import made

        if label:
            raise BadUsage("--label is for a csv file", f"leave it out: {name} has two classes")
        return made(name, seed)
    from lmcli.mlp.table import read_table

    if name == "-":
        return read_table(env.stdin.read(), "stdin", label)
    try:
        content = Path(name).read_bytes()
    except FileNotFoundError:
        if not Path(name).suffix:
            raise BadUsage(
                f"no data {named(name)!r}", f"{', '.join(NAMES)}, or a csv file"
            ) from None
        raise BadInput(f"{named(name)}: no such file") from None
    except (OSError, ValueError) as error:
        raise BadInput(f"{named(name)}: {getattr(error, 'strerror', None) or error}") from None
    return read_table(content, Path(name).name, label)


def _learn(
    env: Environment, data: Data, given: dict[str, Any], every: int | None, save: Path | None
) -> None:
    from lmcli.mlp.learning import Learner, settings_for

    learner = Learner(data, settings_for(data.name, **given))
    stages: list[tuple[int, Any]] = []
    try:
        if env.output.format == "table":
            _show(env, learner, every, stages)
        else:
            env.output.rows(_rows(learner, every, stages), several=False)
    except KeyboardInterrupt:
        row = learner.progress()
        env.output.report(f"stopped after {row.epoch} epochs: loss {row.loss:.4g}")
        raise
    if save:
        from lmcli.mlp.view.figures import learnt_figure

        learnt_figure(learner, stages).save(save, note=env.output.warn)


def _rows(
    learner: Learner,
    every: int | None,
    stages: list[tuple[int, Any]],
    watch: Callable[[], None] | None = None,
) -> Iterator[Progress]:
    """A row each `every` epochs and one at the end; `stages` gets the network at some epochs."""
    last = learner.settings.epochs
    marks = {max(last // 100, 1), max(last // 10, 1), last}
    stages.append((0, learner.network.copy()))
    for epoch in learner.epochs():
        if epoch in marks:
            stages.append((epoch, learner.network.copy()))
        if watch:
            watch()
        if epoch == last or (every and epoch % every == 0):
            yield learner.progress()


def _show(
    env: Environment, learner: Learner, every: int | None, stages: list[tuple[int, Any]]
) -> None:
    """Draw the network while it learns, then as it is."""
    from lmcli.mlp.view.live import LiveLearning
    from lmcli.mlp.view.picture import summary

    console = env.output.console()
    shown = env.stdout_isatty and env.wants_color(True) and not env.settings.quiet
    with LiveLearning(console, learner, shown) as live:
        rows = list(_rows(learner, every, stages, live.watch))
    if every:
        from lmcli.frame.printing.tables import table

        env.output.render(table([(row, {}) for row in rows]))
    env.output.render(summary(learner, console))


def _lesson(env: Environment, seed: int, save: Path | None) -> None:
    from lmcli.mlp.lesson import acts

    learners = list(acts(seed))
    if env.output.format == "table":
        from lmcli.mlp.view.picture import lesson

        env.output.render(lesson(learners, env.output.console()))
    else:
        env.output.rows(learner.progress() for learner in learners)
    if save:
        from lmcli.mlp.view.figures import lesson_figure

        lesson_figure(learners).save(save, note=env.output.warn)
