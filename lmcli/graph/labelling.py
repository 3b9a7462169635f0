"""Labels of nodes from their vectors: some are shown, the others told (Perozzi et al. 2014)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from lmcli.frame.errors import BadInput
from lmcli.frame.text.textfile import decoded
from lmcli.graph.graph import Floats, Graph, Ints
from lmcli.graph.scoring import f1_scores, logistic

SHARES = tuple(n / 10 for n in range(1, 10))
NODES = ("node", "name", "id", "节点")


@dataclass(frozen=True)
class Labels:
    """nodes (n,) that have a label, y (n,) the number of each one's class; what is to be said of the file."""

    nodes: Ints
    y: Ints
    classes: Sequence[str]
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LabelScore:
    """F1 of the labels told, where a share of them was shown: means over draws. most: always the commonest class."""

    shown: float
    nodes: int
    macro_f1: float
    micro_f1: float
    most_micro_f1: float
    draws: int

    PLAIN = ("shown", "macro_f1", "micro_f1", "most_micro_f1")


def read_labels(content: bytes, name: str, graph: Graph) -> Labels:
    """The labels of a table with two columns, node and label. Raises BadInput where they are of no use."""
    text = decoded(content, name)
    first = text.split("\n", 1)[0]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter="\t" if "\t" in first else ",")
    known = {node: number for number, node in enumerate(graph.nodes)}
    labels: dict[int, str] = {}
    strange, faults = [], []
    try:
        for row in rows:
            cells = [cell.strip() for cell in row]
            if not any(cells) or (rows.line_num == 1 and cells[0].lower() in NODES):
                continue
            if len(cells) < 2 or not cells[1]:
                faults.append(f"{name}:{rows.line_num}: a node and its label belong here")
            elif cells[0] not in known:
                strange.append(cells[0])
            elif labels.setdefault(known[cells[0]], cells[1]) != cells[1]:
                faults.append(f"{name}:{rows.line_num}: {cells[0]} has two labels; the first holds")
    except csv.Error as error:
        raise BadInput(f"{name}:{rows.line_num}: not csv: {error}") from None
    if strange:
        shown = ", ".join(strange[:3])
        faults.append(f"{len(strange)} labels of nodes that the graph lacks ({shown})")
    classes = sorted(set(labels.values()))
    if len(labels) < 10 or len(classes) < 2:
        raise BadInput(
            f"{name}: {len(labels)} labelled nodes of {len(classes)} classes",
            "10 nodes and 2 classes at least: node,label",
        )
    numbers = np.array(sorted(labels), np.int64)
    y = np.array([classes.index(labels[number]) for number in numbers.tolist()])
    return Labels(numbers, y, classes, tuple(faults[:5]))


def evaluate(vectors: Floats, labels: Labels, draws: int, seed: int) -> Iterator[LabelScore]:
    """A score for each share of labels shown; of every class at least one is shown."""
    X = vectors[labels.nodes].astype(np.float64)
    lengths = np.linalg.norm(X, axis=1, keepdims=True)
    X = X / np.where(lengths == 0, 1, lengths)
    y, classes = labels.y, len(labels.classes)
    for share in SHARES:
        rng = np.random.default_rng([seed, round(share * 10)])
        kept = []
        for _ in range(draws):
            shown = _shown(y, classes, share, rng)
            if shown.all():
                continue
            scores = logistic(X[shown], y[shown], classes).scores(X[~shown])
            guesses = (scores[:, 0] > 0).astype(int) if classes == 2 else scores.argmax(axis=1)
            most = np.bincount(y[shown], minlength=classes).argmax()
            kept.append((*f1_scores(y[~shown], guesses, classes), (y[~shown] == most).mean()))
        if kept:
            macro, micro, base = np.array(kept).mean(axis=0).tolist()
            yield LabelScore(share, round(share * len(y)), macro, micro, base, len(kept))


def _shown(y: Ints, classes: int, share: float, rng: np.random.Generator) -> np.ndarray:
    order = rng.permutation(len(y))
    firsts = [order[y[order] == one][0] for one in range(classes)]
    others = [place for place in order.tolist() if place not in set(firsts)]
    shown = np.zeros(len(y), bool)
    shown[firsts] = True
    shown[others[: max(0, round(share * len(y)) - classes)]] = True
    return shown
