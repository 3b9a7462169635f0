"""From data to a model folder: the parts, the material, the training's plan, the folder and its card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lmcli.digits.evaluating import evaluate
from lmcli.digits.files.sources import Data, Part
from lmcli.digits.network import CONFIG, Network
from lmcli.digits.train.learning import Learning, Material
from lmcli.digits.train.networks import network
from lmcli.digits.train.saving import TITLES, spec, write_config, write_graph
from lmcli.frame.errors import BadInput
from lmcli.frame.models import Model, write_spec

EPOCHS, BATCH = 4, 128
STEPS = 400  # fewest steps of a training that is not told otherwise
FEWEST = 10  # pictures to learn from
HELD = 0.05  # of a set that has a test part of its own: what chooses the best epoch
TESTED = 0.2  # of one that has none


@dataclass(frozen=True, slots=True)
class Parts:
    """train to learn from, held to choose the best epoch by, test to measure with; the latter two may be one."""

    train: Part
    held: Part
    test: Part


def parts_of(data: Data, seed: int) -> Parts:
    """The data in parts; equal pictures are never on two sides. Raises BadInput where there is too little."""
    from lmcli.training.split import split

    keys = [pixels.tobytes() for pixels in data.train.pixels]
    share = HELD if data.test else TESTED
    own, kept = split(keys, data.train.labels.tolist(), share, seed)
    if len(own) < FEWEST or not kept:
        raise BadInput(
            f"{data.name}: {len(keys)} pictures are too few: {len(own)} would be learnt from, "
            f"{len(kept)} measured with",
            f"at least {FEWEST} and two for each label are needed",
        )
    held = data.train.only(kept)
    return Parts(data.train.only(own), held, data.test or held)


def sized(pictures: int, epochs: int | None, batch: int | None) -> tuple[int, int]:
    """Epochs and pictures in a step, where they are not given: few pictures are seen more often, in smaller steps."""
    batch = batch or min(BATCH, max(8, pictures // 8))
    steps = max(1, pictures // batch)
    return epochs or max(EPOCHS, -(-STEPS // steps)), batch


def alone(data: Data) -> str | None:
    """What is to be said of labels with one picture alone; None where there are none."""
    counts = np.bincount(data.train.labels, minlength=len(data.names))
    once = [name for name, count in zip(data.names, counts, strict=True) if count == 1]
    if not once:
        return None
    named = ", ".join(map(repr, once[:5])) + (", ..." if len(once) > 5 else "")
    return f"labels with one picture alone, and none to be measured with: {named}"


@dataclass(frozen=True, slots=True)
class Made:
    """A network before and after its training."""

    kind: str
    data: Data
    parts: Parts
    task: Learning


def prepared(
    kind: str, data: Data, seed: int, batch: int, strength: float, device: Any, **more: Any
) -> Made:
    """A fresh network and what it is to learn; `more`: what Material takes besides."""
    parts = parts_of(data, seed)
    material = Material(parts.train, parts.held, **more)
    task = Learning(network(kind, len(data.names)), material, batch, strength, device)
    return Made(kind, data, parts, task)


def write_model(folder: Path, made: Made, name: str, about: Mapping[str, Any]) -> Model:
    """Write the folder: graph, labels, model.toml with the accuracy on the test part, the card.

    about: facts of the card; `place` is how the data is named on a command line, `command` how the model was made,
    `origin` what model.toml says of where it comes from.
    """
    difference = write_graph(folder, made.task.network, made.kind)
    return described(folder, made, name, {**about, "graph and torch differ by at most": difference})


def described(folder: Path, made: Made, name: str, about: Mapping[str, Any]) -> Model:
    """Write everything that stands beside the graph; `about` as in write_model."""
    from lmcli.training.card import write_card

    data = made.data
    write_config(folder, made.kind, data.names)
    values = spec(name, made.kind, data.name, data.written, len(data.names))
    values["origin"] = dict(about.get("origin") or {"trained_on": data.name})
    files = ("model.onnx", CONFIG)
    found = evaluate(Network(write_spec(folder, values, files)), made.parts.test)
    own = data.test is not None
    measured = f"{found.scores.count} {'test' if own else 'held-out'} pictures of {data.name}"
    values["metrics"] = [
        {
            "name": f"accuracy on {measured}",
            "value": round(found.scores.accuracy, 4),
            "command": f"lmcli digits eval {about.get('place', data.name)} --model {name}",
        }
    ]
    facts = {
        "data": data.name,
        "learnt from": f"{len(made.parts.train.labels)} pictures",
        "labels": ", ".join(data.names[:20]) + (", ..." if len(data.names) > 20 else ""),
        "weights": sum(one.numel() for one in made.task.network.parameters()),
        **{key: value for key, value in about.items() if key not in ("place", "command", "origin")},
    }
    scores = [
        {
            "measured on": measured,
            "accuracy": found.scores.accuracy,
            "macro F1": found.scores.macro_f1,
        }
    ]
    summary, command = f"A {TITLES[made.kind]}.", str(about["command"])
    write_card(folder, name, summary, facts, scores, _badly(made, own), command)
    return write_spec(folder, values, files)


def _badly(made: Made, own: bool) -> list[str]:
    """What a card says of a network's faults."""
    told = [
        "Whatever is none of its labels gets one all the same; "
        + ("a low score says so mostly." if made.data.written else "the score need not be low.")
    ]
    if not own:
        told.append(
            "The held-out pictures also chose the best epoch, so that the score is a little too good."
        )
    if made.kind == "mlp":
        told.append("A shifted picture is another picture to it: see lmcli digits eval --robust.")
    if made.data.written:
        told.append("Touching and crossed-out digits, ruled paper, and digits that are turned far.")
    return told
