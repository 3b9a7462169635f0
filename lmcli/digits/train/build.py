"""The bundled networks digits-cnn and digits-mlp: how their folders are made from pinned parts.

lmcli models build digits-cnn        about 12 minutes on two cores; the same numbers on one kind of processor and torch
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from lmcli.digits.files.sources import MNIST, Part, open_data
from lmcli.digits.train.glyphs import DIGITS, NO_DIGITS, glyphs
from lmcli.digits.train.training import prepared, write_model
from lmcli.store.fetch.registries import Package, members_of
from lmcli.training.loop import learn
from lmcli.training.machine import prepare
from lmcli.training.task import Event, Plan

SEED, BATCH = 0, 128
CNN = Plan(epochs=10, rate=3e-3, warmup=0.1, seed=SEED)
MLP = Plan(epochs=10, rate=2e-3, warmup=0.05, seed=SEED)
CHANGES = {"cnn": 0.65, "mlp": 0.0}  # how far pictures are changed while learning

# fonts whose digits are learnt too: four of handwriting, two of print; all OFL-1.1 but Roboto (Apache-2.0)
FONTS = tuple(
    Package(f"@fontsource/{name}", "5.3.0", sha256)
    for name, sha256 in (
        ("caveat", "ebf746fc0667b9d10fcac7c8604e2ba40a264da85a1c9b48bd679c0af3221293"),
        ("kalam", "0aaf22523f3c57ae19f32c4f4df0d43d6efd01b7563a19cf4ed818cd5601426d"),
        ("indie-flower", "be380503f1e2c5ef08b8399a28f8cb2f1725527db2cb6aacec3037c2bd1b9083"),
        ("patrick-hand", "c3428d02610c7b8fa92b044cf766f8c30b88bb32a47460b4ac42fa14e0bcdcc0"),
        ("nanum-pen-script", "91c7118b1d68e8ab576addbae76351857cf5c3656b7ee496c51fe16f01258a44"),
        ("roboto", "77620f437249772e381698224ea1bddd01c985ecd60267a63ddc96b9eb9348f7"),
        ("merriweather", "348f20a775e50a50b508ab6660771df6905ab2ea695c6c2a8df889c5cceec42f"),
    )
)
BOLD = ("caveat", "kalam", "roboto", "merriweather")  # those that have a bold face, too

Say = Callable[[str], None]


def build_cnn(folder: Path, say: Say) -> None:
    """Write the model folder digits-cnn. Raises ModelError where a part cannot be had, MissingExtra without torch."""
    _build(folder, "cnn", CNN, say)


def build_mlp(folder: Path, say: Say) -> None:
    """Write the model folder digits-mlp. Raises as build_cnn does."""
    _build(folder, "mlp", MLP, say)


def _build(folder: Path, kind: str, plan: Plan, say: Say) -> None:
    name = f"digits-{kind}"
    device = prepare(SEED, 1, "cpu")
    data = open_data("mnist")
    more: dict[str, Any] = {}
    if kind == "cnn":
        faces = list(_faces(say))
        own, labels = glyphs(faces, DIGITS)
        none, _ = glyphs(faces, NO_DIGITS)
        more = {"more": Part(_bytes(own), labels), "none": _bytes(none), "doubts": True}
    made = prepared(kind, data, SEED, BATCH, CHANGES[kind], device, **more)

    def watch(event: Event) -> None:
        if event.scores is not None:
            accuracy = event.scores.get("accuracy", 0.0)
            say(
                f"{name}: epoch {event.epoch} of {plan.epochs}, loss {event.loss:.4f}, held out {accuracy:.4f}"
            )

    run = learn(made.task, plan, watch)
    about = {
        "augmentation": CHANGES[kind],
        "fonts": ", ".join(one.name for one in FONTS) if kind == "cnn" else "none",
        "epochs": f"{plan.epochs}, the best was {run.best_epoch}",
        "place": "mnist",
        "command": f"lmcli models build {name}",
        "origin": {
            "source": f"npm:{MNIST.name}@{MNIST.version}",
            "file": MNIST.file,
            "sha256": MNIST.sha256,
            "built_with": f"lmcli models build {name}",
            "paper": "LeCun, Bottou, Bengio and Haffner 1998",
        },
    }
    write_model(folder, made, name, about)


def _bytes(values: Any) -> Any:
    return (values * 255).round().astype(np.uint8)


def _faces(say: Say) -> list[bytes]:
    """The files of the fonts, regular and bold."""
    faces: list[bytes] = []
    for package in FONTS:
        short = package.name.rpartition("/")[2]
        weights = ("400", "700") if short in BOLD else ("400",)
        wanted = {one: f"package/files/{short}-latin-{one}-normal.woff" for one in weights}
        faces += members_of(package.fetch(say), wanted).values()
    return faces
