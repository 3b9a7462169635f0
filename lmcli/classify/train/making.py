"""From a classifier that has learnt to a model folder: graph, labels, scores on the graph's own answers, card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from lmcli.classify.model import TASK, open_classifier
from lmcli.classify.train.corpus import Corpus
from lmcli.classify.train.training import LINEAR, ORDERLESS, Learned, write_config, write_graph
from lmcli.frame.models import read_spec, write_spec
from lmcli.nn.onnx import close_sessions
from lmcli.training.card import CARD, write_card
from lmcli.training.export import GRAPH, eight_bits
from lmcli.training.scores import accuracy, interval, scores_of

Floats = NDArray[np.float32]
FILES = (GRAPH, "config.json", "tokenizer.json", "tokenizer_config.json")


@dataclass(frozen=True, slots=True)
class Trained:
    """A model that was made, and how it answered `tested` texts that it had not seen.

    accuracy lies between low and high in 95 of 100 draws of such texts. trained: the parameters that learnt.
    difference: of the graph from torch, at most; lost: of the accuracy, with 8 bits.
    """

    name: str
    folder: str
    model: str
    labels: int
    examples: int
    tested: int
    accuracy: float | None
    low: float | None
    high: float | None
    macro_f1: float | None
    parameters: int
    trained: int
    bytes: int
    epochs: int
    seconds: float
    difference: float | None
    lost: float | None

    PLAIN: ClassVar[tuple[str, ...]] = ("folder", "model", "tested", "accuracy", "macro_f1")


@dataclass(frozen=True, slots=True)
class Story:
    """What the card tells of how a model was made."""

    name: str
    source: str
    command: str
    examples: int
    seed: int
    seconds: float
    longest: int
    eight: bool = False
    spec: dict[str, Any] | None = None
    badly: Sequence[str] = ()


def answers(logits: Floats, several: bool) -> NDArray[np.int64]:
    """The label of each text, by its number; of several labels a text, all of them as one number."""
    if not several:
        return np.asarray(logits.argmax(1), np.int64)
    marks = np.packbits(logits > 0, axis=1)
    return np.array([int.from_bytes(row.tobytes(), "big") % (1 << 62) for row in marks], np.int64)


def finish(learned: Learned, tested: Corpus, folder: Path, story: Story) -> Trained:
    """Fill the folder, in which the tokenizer is already; judge what its graph says of `tested`."""
    several = tested.several
    difference = write_graph(learned, folder)
    write_config(learned, folder, several)
    _spec(folder, story, learned, [])
    before = _judged(folder, tested)
    lost = None
    if story.eight:
        eight_bits(folder / GRAPH)
        _spec(folder, story, learned, [])
        after = _judged(folder, tested)
        lost = None if before is None or after is None else before[0] - after[0]
        before = after
    run = learned.run
    found = Trained(
        name=story.name,
        folder="",
        model=learned.settings.kind,
        labels=len(learned.labels),
        examples=story.examples,
        tested=len(tested),
        accuracy=before and before[0],
        low=before and before[2],
        high=before and before[3],
        macro_f1=before and before[1],
        parameters=learned.parameters,
        trained=learned.trained,
        bytes=(folder / GRAPH).stat().st_size,
        epochs=(run.best_epoch or run.epoch) if run else 1,
        seconds=story.seconds,
        difference=difference,
        lost=lost,
    )
    _card(folder, story, learned, found)
    _spec(folder, story, learned, _metrics(found, story))
    return found


def _judged(folder: Path, tested: Corpus) -> tuple[float, float, float, float] | None:
    """Accuracy, macro F1, the accuracy's interval, by the folder as a user would run it."""
    if not len(tested):
        return None
    close_sessions()  # the file may have changed since
    logits = open_classifier(read_spec(folder), provider="cpu").logits(tested.texts)
    close_sessions()
    given = answers(logits, tested.several)
    truth = answers(tested.targets - 0.5, tested.several)
    low, high = interval(truth, given, accuracy)
    if tested.several:
        return accuracy(truth, given), _mean_f1(logits > 0, tested.targets > 0.5), low, high
    scores = scores_of(truth, given, len(tested.labels))
    return scores.accuracy, scores.macro_f1, low, high


def _mean_f1(given: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float:
    """The mean of the labels' F1, each label a question of its own."""
    right = (given & truth).sum(axis=0)
    both = given.sum(axis=0) + truth.sum(axis=0)
    return float((2 * right / np.maximum(both, 1))[truth.any(axis=0)].mean())


def _spec(folder: Path, story: Story, learned: Learned, metrics: list[dict[str, Any]]) -> None:
    values: dict[str, Any] = {
        "name": story.name,
        "task": TASK,
        "summary": f"{learned.settings.kind} trained on {story.examples} texts of {story.source}, "
        f"{len(learned.labels)} labels",
        "licence": "as the texts that it was trained on",
        "origin": {"trained_on": story.source, "trained_with": story.command},
        **(story.spec or {}),
        "inputs": {"input_ids": "int64 (batch, sequence)"},
        "outputs": {"logits": f"float32 (batch, {len(learned.labels)})"},
        "settings": {"max_tokens": story.longest, "model": learned.settings.kind},
    }
    if learned.settings.kind != LINEAR:
        values["inputs"]["attention_mask"] = "int64 (batch, sequence)"
    files = (*FILES, *((CARD,) if (folder / CARD).exists() else ()))
    write_spec(folder, {**values, "metrics": metrics}, files)


def _metrics(found: Trained, story: Story) -> list[dict[str, Any]]:
    if found.accuracy is None or found.macro_f1 is None:
        return []
    of = f"of {found.tested} held-out texts"
    return [
        {"name": f"accuracy {of}", "value": round(found.accuracy, 4), "command": story.command},
        {"name": f"macro F1 {of}", "value": round(found.macro_f1, 4), "command": story.command},
    ]


def _card(folder: Path, story: Story, learned: Learned, found: Trained) -> None:
    facts: dict[str, Any] = {
        "model": found.model,
        "learnt from": f"{found.examples} texts of {story.source}",
        "labels": ", ".join(learned.labels[:20]) + (", ..." if len(learned.labels) > 20 else ""),
        "parameters": f"{found.parameters:,}",
        "of which learnt": f"{found.trained:,} ({found.trained / found.parameters:.2%})"
        + (f", LoRA of rank {learned.settings.lora}" if learned.settings.lora else ""),
        **(
            {"rate of a layer": f"{learned.settings.layer_decay} of that above it"}
            if learned.settings.layer_decay != 1
            else {}
        ),
        "graph": f"{found.bytes:,} bytes" + (", 8 bits a weight" if story.eight else ""),
        "epochs": found.epochs,
        "seconds": round(found.seconds),
        "seed": story.seed,
    }
    if found.difference is not None:
        facts["largest difference of the graph from torch"] = f"{found.difference:.2g}"
    if found.lost is not None:
        facts["accuracy lost by 8 bits"] = f"{found.lost:.4f}"
    rows = []
    if found.accuracy is not None:
        rows = [
            {
                "held-out texts": found.tested,
                "accuracy": round(found.accuracy, 4),
                "95 % interval": f"{found.low:.3f} to {found.high:.3f}",
                "macro F1": round(found.macro_f1 or 0.0, 4),
            }
        ]
    badly = list(story.badly) or weaknesses(learned, found)
    summary = "A classifier of texts, trained with lmcli; its graph needs no torch."
    write_card(folder, story.name, summary, facts, rows, badly, story.command)


def weaknesses(learned: Learned, found: Trained) -> list[str]:
    """What can be said beforehand of what a model of this kind does badly."""
    said = ["Texts of another kind than it learnt from, and words that it never saw."]
    if learned.settings.kind in ORDERLESS[1:]:
        said.append(
            "It does not see the order of words: “not good, bad” and “not bad, good” are the same."
        )
    if learned.settings.kind == LINEAR:
        said.append("Of the order of words it sees pairs of neighbours, no more.")
    if learned.settings.kind in ("rnn",):
        said.append("What stands far from a text's end is forgotten.")
    if not found.tested or found.tested < 100:
        said.append(f"How good it is: {found.tested} held-out texts say little.")
    return said
