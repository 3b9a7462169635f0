"""What fine-tuning takes: how well the encoder still does what it was pre-trained for (McCloskey and Cohen 1989).

all-MiniLM-L6-v2 learnt to tell, of many sentences, the one that goes with another. pairs.tsv has 64 pairs that mean the
same in other words, four of each of 16 subjects, written for this measure; the loss is that of its last pre-training.
(Its masked-word head was left behind in that training: there is no loss of masked words to take.)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from lmcli.classify.train import minilm
from lmcli.classify.train.corpus import Parts
from lmcli.classify.train.finetuning.transfer import Say, Way, fine_tune, spread
from lmcli.classify.train.training import BERT, Settings
from lmcli.nn.onnxfile.torch_export import torch
from lmcli.nn.tokenize import Tokenizer
from lmcli.training.batches import padded

PAIRS = Path(__file__).parent / "pairs.tsv"
SCALE = 20.0  # of the cosines, as in its pre-training (Reimers and Gurevych 2019, MultipleNegativesRankingLoss)
RANK = 8
WAYS = {
    "frozen": Settings(BERT, freeze=-1),
    "lora": Settings(BERT, lora=RANK),
    "full": Settings(BERT),
}  # each at the rate that `classify train` takes


@dataclass(frozen=True, slots=True)
class Kept:
    """An encoder as it was (way: pretrained), or after fine-tuning with all frozen, by adapters, or in full.

    trained: the parameters that learnt. accuracy, low, high: on held-out texts, None before. loss: of telling the other
    half of a pair among all, in nats; by chance ln 64 = 4.16. found: the share of halves that are told.
    """

    way: str
    trained: int
    accuracy: float | None
    low: float | None
    high: float | None
    loss: float
    found: float
    seconds: float

    PLAIN: ClassVar[tuple[str, ...]] = ("way", "trained", "accuracy", "loss", "found", "seconds")


def forgetting(parts: Parts, way: Way, say: Say) -> Iterator[Kept]:
    """The encoder before and after fine-tuning on the same texts in each way. `say` is told what begins."""
    tokenizer = Tokenizer(minilm.tokenizer_folder())
    yield Kept("pretrained", 0, None, None, None, *ability(minilm.encoder(), tokenizer), 0.0)
    for name, settings in WAYS.items():
        say(f"{name}, {len(parts.learned)} examples")
        began = perf_counter()
        fitted = fine_tune(parts.learned, settings, way)
        seconds = perf_counter() - began
        right = fitted.right(parts.tested)
        yield Kept(
            name,
            fitted.learned.trained,
            float(right.mean()),
            *spread(right[None], way.seed),
            *ability(fitted.learned.module.encoder, tokenizer),
            seconds,
        )


def ability(encoder: Any, tokenizer: Tokenizer) -> tuple[float, float]:
    """The mean loss of telling the other half of each pair among all, both ways, and the share that is told."""
    lines = PAIRS.read_text(encoding="utf-8").splitlines()
    halves = zip(*(line.split("\t") for line in lines), strict=True)
    first, second = (_vectors(encoder, tokenizer, list(half)) for half in halves)
    scores = SCALE * first @ second.T
    losses, right = [], []
    for table in (scores, scores.T):
        top = table.max(axis=1)
        losses.append(top + np.log(np.exp(table - top[:, None]).sum(axis=1)) - np.diag(table))
        right.append(table.argmax(axis=1) == np.arange(len(table)))
    return float(np.mean(losses)), float(np.mean(right))


def _vectors(encoder: Any, tokenizer: Tokenizer, texts: list[str]) -> NDArray[np.float64]:
    """The mean of each text's states, of length 1 (n, d)."""
    encoder.eval()
    ids, mask = padded([encoding.ids for encoding in tokenizer.encode_batch(texts)])
    with torch().no_grad():
        states = encoder.cpu()(input_ids=ids, attention_mask=mask)[0].double().numpy()
    weights = mask.numpy()[:, :, None]
    mean = (states * weights).sum(axis=1)
    found: NDArray[np.float64] = mean / np.linalg.norm(mean, axis=1, keepdims=True)
    return found
