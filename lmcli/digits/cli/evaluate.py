"""lmcli digits eval."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import BadUsage

if TYPE_CHECKING:
    from lmcli.digits.evaluating import Evaluation
    from lmcli.digits.files.sources import Part
    from lmcli.digits.network import Network

MISTAKES = 12  # that are shown after a training


@click.command(
    "eval",
    epilog="Fields: label, count, precision, recall, confused, times (of --errors: index, label, guess, score; "
    "of --robust: change, amount, model, accuracy).\n\n"
    "Example:  lmcli digits eval mnist --robust",
)
@click.argument("data", default="mnist")
@click.option(
    "--model", "models", multiple=True, metavar="NAME|PATH", help="The model; again to compare."
)
@click.option(
    "--errors", type=click.IntRange(min=1), metavar="N", help="List the N surest mistakes."
)
@click.option(
    "--robust", is_flag=True, help="Measure on shifted and on noisy pictures: MLP against CNN."
)
@click.option(
    "--save",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Also draw it as .svg, .png or .html.",
)
@options.common("threads", "offline", seed=0)
@click.pass_obj
def evaluate(
    env: Environment,
    data: str,
    models: tuple[str, ...],
    errors: int | None,
    robust: bool,
    save: Path | None,
    seed: int,
) -> None:
    """Measure a network: accuracy, confusion, mistakes, robustness.

    DATA is mnist, fashion, a folder of pictures by label, idx files or a csv table; of a set with a part for tests,
    that part.
    """
    env.limit_blas()
    from lmcli.digits.api import Digits
    from lmcli.digits.cli.opening import opened

    if errors and robust:
        raise BadUsage("--errors and --robust are two questions", "ask them by turns")
    if save:
        from lmcli.draw.figure import checked_suffix

        checked_suffix(save)
    names: tuple[str | None, ...] = models or (("digits-mlp", "digits-cnn") if robust else (None,))
    networks = [Digits.of(env, name).network for name in names]
    found = opened(env, data)
    part = found.test or found.train
    for network in networks:
        _same_labels(network, found.names, data)
    if robust:
        _robust(env, networks, part, seed, save)
        return
    if len(networks) > 1:
        raise BadUsage("several models are compared by --robust", "name one")
    _report(env, networks[0], part, errors, save)


def _same_labels(network: Network, names: tuple[str, ...], data: str) -> None:
    if network.labels[: len(names)] != names:
        raise BadUsage(
            f"{data} has the labels {', '.join(names[:12])}, and {network.name} knows {', '.join(network.labels[:12])}",
            "measure a model with the data that it was made for",
        )


def _robust(
    env: Environment, networks: list[Network], part: Part, seed: int, save: Path | None
) -> None:
    from lmcli.digits.evaluating import robustness

    rows = list(robustness(networks, part, seed))
    env.output.rows(rows, render=_robust_table)
    if save:
        from lmcli.digits.view.figures import robust_figure

        robust_figure(rows).save(save, note=env.output.warn)
        env.output.note(f"wrote {save}")


def _report(
    env: Environment, network: Network, part: Part, errors: int | None, save: Path | None
) -> None:
    from lmcli.digits.evaluating import evaluate

    found = evaluate(network, part)
    if errors:
        mistakes = found.mistakes(errors)
        env.output.rows(mistakes, render=lambda rows: _mistakes_shown(rows, part))
    else:
        env.output.rows(
            found.labels(), render=lambda rows: _labels_shown(rows, found, network.name)
        )
    if save:
        from lmcli.digits.view import figures

        if errors:
            figures.mistakes_figure(found.mistakes(errors), part).save(save, note=env.output.warn)
        else:
            figures.confusion_figure(found, network.name).save(save, note=env.output.warn)
        env.output.note(f"wrote {save}")


def show(env: Environment, folder: Path, part: Part, kind: str | None) -> None:
    """What is told after a training; `kind`: that of a network of MNIST, which is set against the other one."""
    from lmcli.digits.evaluating import evaluate, robustness
    from lmcli.digits.network import Network
    from lmcli.frame.models import read_spec

    network = Network(read_spec(folder), threads=env.settings.threads)
    found = evaluate(network, part)
    env.output.rows(found.labels(), render=lambda rows: _labels_shown(rows, found, network.name))
    if env.output.format != "table":
        env.output.report(f"accuracy {found.scores.accuracy:.4f} on {found.scores.count} pictures")
        return
    if mistakes := found.mistakes(MISTAKES):
        env.output.render(_mistakes_shown(mistakes, part))
    networks = [network]
    if kind:
        from lmcli.digits.api import Digits

        networks.append(Digits.of(env, "digits-mlp" if kind == "cnn" else "digits-cnn").network)
    env.output.render(_robust_table(list(robustness(networks, part))))


def _labels_shown(rows: list[Any], found: Evaluation, name: str) -> Any:
    from lmcli.digits.view.tables import scores_shown

    return scores_shown(rows, found, name)


def _mistakes_shown(rows: list[Any], part: Part) -> Any:
    from lmcli.digits.view.tables import mistakes_shown

    return mistakes_shown(rows, part)


def _robust_table(rows: list[Any]) -> Any:
    from lmcli.digits.view.tables import robust_table

    return robust_table(rows)
