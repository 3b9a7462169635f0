"""A translator of one's own pairs: vocabularies, a small transformer, its training, the model folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, ClassVar

from lmcli.frame.errors import BadInput
from lmcli.frame.models import write_spec
from lmcli.frame.text.languages import CHINESE
from lmcli.nn.onnxfile.torch_export import torch
from lmcli.training.card import write_card
from lmcli.training.task import Plan, Run, Task
from lmcli.translate.evaluation import of_graphs
from lmcli.translate.train.corpus import Pair
from lmcli.translate.train.export import DECODER, ENCODER, export
from lmcli.translate.train.learning import LENGTH, Learning, parameters
from lmcli.translate.train.network import network
from lmcli.translate.train.vocabulary import SOURCE, TARGET, Vocabulary
from lmcli.translate.translating import How

FEW = 200  # pairs below which nothing can be learnt that holds elsewhere
HELD_OUT, MOST_HELD = 0.1, 500
HEADS = 4
NAMES = {
    "transformer": "transformer", "rnn": "GRU encoder-decoder",
    "rnn-attention": "GRU encoder-decoder with attention",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Learnt:
    """A translator that was trained; the scores are of the pairs held out. difference: of the graphs from torch."""

    name: str
    folder: str
    pairs: int
    held_out: int
    bleu: float
    chrf: float
    exact: float
    parameters: int
    bytes: int
    epochs: int
    seconds: float
    difference: float

    PLAIN: ClassVar[tuple[str, ...]] = ("folder", "pairs", "held_out", "bleu", "chrf")


@dataclass(frozen=True, slots=True)
class Settings:
    """How a network is made and taught. pieces: of a vocabulary at most, but for Chinese, read by characters.

    kind: of network, one of NAMES. guided: whether attention is taught which tokens belong together.
    """

    width: int = 128
    layers: int = 2
    dropout: float = 0.1
    pieces: int = 4000
    batch: int = 64
    kind: str = "transformer"
    guided: bool = False


@dataclass(frozen=True, slots=True)
class Corpus:
    """Pairs to learn from and to measure with, and the two languages (or "")."""

    learnt: Sequence[tuple[str, str]]
    held: Sequence[tuple[str, str]]
    source: str
    target: str


def divided(pairs: Sequence[tuple[str, str]], source: str, target: str, seed: int) -> Corpus:
    """A tenth held out; sentences that are the same stay on one side. Raises BadInput for too few."""
    whole = list(dict.fromkeys(pairs))
    if len(whole) < FEW:
        raise BadInput(
            f"{len(whole)} pairs are too few to learn to translate from: some thousands are needed",
            "zh-en, which comes with lmcli, learnt from 286,000: lmcli translate TEXT",
        )
    sources = sorted({one for one, _ in whole})
    Random(seed).shuffle(sources)
    held = set(sources[: min(MOST_HELD, int(HELD_OUT * len(sources)))])
    learnt = [pair for pair in whole if pair[0] not in held]
    return Corpus(learnt, [pair for pair in whole if pair[0] in held], source, target)


def written(text: str, language: str) -> str:
    """A sentence as the translator reads or writes it."""
    from lmcli.translate.text import chinese, plain

    return chinese(text) if language == CHINESE else plain(text)


def task_of(
    corpus: Corpus,
    settings: Settings,
    device: Any,
    told: Callable[[str], None] = lambda _text: None,
) -> Learning:
    """What is learnt: call it after the seed was set. Raises BadInput where all sentences are too long."""
    pairs = [
        Pair(written(one, corpus.source), (written(other, corpus.target),))
        for one, other in corpus.learnt
    ]
    vocabulary = Vocabulary.of(
        pairs, settings.pieces, by_characters=(corpus.source == CHINESE, corpus.target == CHINESE)
    )
    sizes = vocabulary.source.get_vocab_size(), vocabulary.target.get_vocab_size()
    width, layers, dropout = settings.width, settings.layers, settings.dropout
    if settings.kind == "transformer":
        made = network(*sizes, width, HEADS, (layers, layers), dropout)
    else:
        from lmcli.translate.train.recurrent import Recurrent

        made = Recurrent(*sizes, width, layers, dropout, settings.kind == "rnn-attention")
    choice = [(one, (other,)) for one, other in corpus.held]
    steps = max(1, len(pairs) // settings.batch)
    task = Learning(
        made, vocabulary, {"pairs": pairs}, {"pairs": 1.0}, settings.batch, steps, choice, device,
        read=lambda text: written(text, corpus.source), shown=lambda text: text, told=told, target=corpus.target,
        guided=settings.guided,
    )  # fmt: skip
    if task.too_long == len(pairs):
        raise BadInput(f"all pairs have more than {LENGTH} tokens", "cut them into sentences")
    return task


def fit(
    corpus: Corpus, settings: Settings, plan: Plan, task: Learning, loop: Callable[[Task, Plan], Run], folder: Path,
    about: Mapping[str, Any],
) -> Learnt:  # fmt: skip
    """Learn by `loop`, write the model into `folder`. about: name, command, data, eight_bits."""
    with settled():
        run = loop(task, plan)
    made, kind = task.network, NAMES[settings.kind]
    difference = export(made, folder, small=about["eight_bits"])
    task.vocabulary.save(folder)
    spec = {
        "name": about["name"],
        "task": "translation",
        "summary": f"{kind} of {settings.layers} + {settings.layers} layers, trained on {about['data']}",
        "licence": "as the pairs that it was trained on",
        **({"languages": [corpus.source]} if corpus.source else {}),
        "origin": {"trained_on": about["data"], "trained_with": about["command"]},
        "settings": {
            "source": corpus.source, "target": corpus.target, "longest": LENGTH,
            "graphs": {"encoder": ENCODER, "decoder": DECODER},
            **({"aligned": [settings.layers if kind == "transformer" else 1, 1]} if settings.guided else {}),
        },
    }  # fmt: skip
    files = (ENCODER, DECODER, SOURCE, TARGET)
    held = [(one, (other,)) for one, other in corpus.held]
    scores = of_graphs(write_spec(folder, spec, files), held, How(beam=1), corpus.target)
    size = sum((folder / name).stat().st_size for name in files)
    count = parameters(made)
    facts = {
        "learnt from": f"{len(corpus.learnt):,} pairs of {about['data']}",
        "kind": kind,
        "layers, width": f"{settings.layers} + {settings.layers}, {settings.width}",
        "parameters": f"{count:,}",
        "epochs": f"{run.epoch}, the best was {run.best_epoch}",
        "minutes": round(run.seconds / 60, 1),
        "largest difference of the graphs from torch": f"{difference:.2g}",
    }
    table = [
        {
            "held out": scores.pairs, "BLEU": scores.bleu, "of 95 %": f"{scores.bleu_low} to {scores.bleu_high}",
            "chrF": scores.chrf, "exact": scores.exact,
        }
    ]  # fmt: skip
    told = "A small translator, trained with lmcli."
    badly = ("Words that its pairs do not have, and sentences longer than theirs.",)
    write_card(folder, about["name"], told, facts, table, badly, about["command"])
    metrics = [
        {"name": "BLEU of held-out pairs", "value": scores.bleu, "command": about["command"]}
    ]
    write_spec(folder, {**spec, "metrics": metrics}, (*files, "CARD.md"))
    return Learnt(
        about["name"], "", len(corpus.learnt), scores.pairs, scores.bleu, scores.chrf, scores.exact, count, size,
        run.epoch, round(run.seconds, 1), difference,
    )  # fmt: skip


@contextmanager
def settled() -> Iterator[None]:
    """Meanwhile torch computes small networks fast: numbers next to nothing are nothing."""
    torch().set_flush_denormal(True)
    try:
        yield
    finally:
        torch().set_flush_denormal(False)
