"""lmcli digits train."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from lmcli.digits.cli.evaluate import show
from lmcli.digits.cli.opening import opened
from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import PartialFailure
from lmcli.training.cli.options import training

DATA = "mnist, fashion, a folder of pictures by label, idx files or a csv table"


@click.command(
    epilog="Fields: label, count, precision, recall, confused, times.\n\n"
    "Example:  lmcli digits train --model cnn --data mnist --max-minutes 3"
)
@click.option(
    "--model",
    "kind",
    type=click.Choice(("cnn", "mlp")),
    default="cnn",
    show_default=True,
    help="Convolutions, or layers that see each pixel by itself.",
)
@click.option("--data", default="mnist", show_default=True, metavar="DATA", help=f"{DATA}.")
@click.option(
    "--augment",
    type=options.Finite(0, 2),
    default=0.3,
    show_default=True,
    help="How far pictures are turned, shifted, thickened and spoilt while learning.",
)
@training(epochs="4; more of few pictures", batch="128; less of few pictures", rate=2e-3)
@options.common("threads", "offline", seed=0)
@click.pass_obj
def train(
    env: Environment,
    kind: str,
    data: str,
    augment: float,
    name: str | None,
    out: Path | None,
    force: bool,
    resume: bool,
    epochs: int | None,
    batch: int | None,
    lr: float,
    max_minutes: float | None,
    device: str,
    eight_bits: bool,
    log: Path | None,
    curve: Path | None,
    seed: int,
) -> None:
    """Train a network on pictures of 28 x 28 pixels.

    cnn: convolutions, which find a stroke wherever it is; mlp: two hidden layers, for which every pixel is a thing by
    itself. Printed is how well each label is told; on a terminal the confusion, the worst mistakes, and what shift and
    noise cost. The same data, options and seed give the same model. Needs the extra train.
    """
    from lmcli.frame.disk.whole import install
    from lmcli.nn.onnxfile.torch_export import torch
    from lmcli.training.cli.running import Keeping, again, check, forget, run
    from lmcli.training.machine import prepare
    from lmcli.training.task import Plan

    torch()
    found = opened(env, data)
    name = name or f"{found.name}-{kind}"
    target = out or env.models.place(name)
    keeping = Keeping(target, again(), log, curve, resume, force)
    check(keeping)
    chosen = prepare(seed, env.settings.threads, device)
    from lmcli.digits.train import training as making

    epochs, batch = making.sized(len(found.train.labels), epochs, batch)
    if said := making.alone(found):
        env.output.warn(said)
    made = making.prepared(kind, found, seed, batch, augment, chosen)
    plan = Plan(epochs, lr, warmup=0.05, seed=seed, minutes=max_minutes)
    about = {
        **{"data": found.fingerprint, "model": kind, "epochs": epochs, "batch": batch},
        **{"lr": lr, "augment": augment, "seed": seed},
    }
    done, _ = run(env, made.task, plan, keeping, about)
    facts = _facts(done, data, about)
    with install(target, force=force or resume) as folder:
        making.write_model(folder, made, name, facts)
        if eight_bits:
            _smaller(env, folder, made, name, facts)
    forget(keeping)
    env.output.note(f"the model is {target}; lmcli digits classify PICTURE --model {name}")
    show(env, target, made.parts.test, kind if found.name == "mnist" else None)
    if found.faults:
        raise PartialFailure(len(found.faults), len(found.train.labels) + len(found.faults))


def _facts(done: Any, data: str, about: dict[str, Any]) -> dict[str, Any]:
    """What the card says of a training: how it went, and what was asked."""
    command = (
        f"lmcli digits train --model {about['model']} --data {data} --epochs {about['epochs']}"
    )
    command += f" --augment {about['augment']:g} --batch {about['batch']} --lr {about['lr']:g}"
    return {
        "epochs": f"{done.epoch}, the best was {done.best_epoch}",
        "minutes": round(done.seconds / 60, 1),
        "augmentation": about["augment"],
        "place": data,
        "command": f"{command} --seed {about['seed']}",
    }


def _smaller(env: Environment, folder: Path, made: Any, name: str, facts: Any) -> None:
    """The folder again with 8 bits a weight, and what that costs."""
    from lmcli.digits.evaluating import evaluate
    from lmcli.digits.network import Network
    from lmcli.digits.train.training import described
    from lmcli.frame.models import read_spec
    from lmcli.training.export import eight_bits

    before = evaluate(Network(read_spec(folder)), made.parts.test).scores.accuracy
    eight_bits(folder / "model.onnx")
    after = evaluate(Network(described(folder, made, name, facts)), made.parts.test).scores.accuracy
    env.output.report(f"8 bits a weight: the accuracy goes from {before:.4f} to {after:.4f}")
