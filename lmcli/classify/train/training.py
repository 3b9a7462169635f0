"""Training a text classifier: vocabulary, net, loop; what comes out is a model folder, judged on what was held out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmcli.classify.train import linear as baseline
from lmcli.classify.train import minilm
from lmcli.classify.train.corpus import Corpus, Parts
from lmcli.classify.train.vocabulary import JIEBA, WORDS, vocabulary, write_tokenizer
from lmcli.nn.onnxfile.torch_export import torch
from lmcli.nn.tokenize import Tokenizer
from lmcli.training.task import Plan, Run, Task

LINEAR, BERT = "linear", "bert"
KINDS = (LINEAR, "mlp", "rnn", "lstm", "gru", "cnn", BERT)
ORDERLESS = (LINEAR, "mlp")
Floats = NDArray[np.float32]
Loop = Callable[[Task, Plan], Run]
Vectors = Callable[[Sequence[str]], Floats]  # of words: (n, d), rows of nan for those without any


@dataclass(frozen=True, slots=True)
class Settings:
    """How a classifier is made. None: what suits the kind (see `settings_for`).

    cut: how texts become tokens; most: tokens in the vocabulary at most; longest: of a text. grams: rows that pairs of
    tokens share, threes, .... vectors: what the embeddings start with. Of bert: freeze, the layers that stay as they
    are, -1 for all; lora, the rank of adapters that learn in the layers' place, 0 for none; layer_decay, the rate of a
    layer as a share of that above it; pretrained, or as drawn.
    """

    kind: str
    cut: str = WORDS
    size: int = 100
    hidden: int = 64
    dropout: float = 0.3
    grams: tuple[int, ...] = (1 << 15,)
    most: int = 20_000
    longest: int = 256
    balanced: bool = False
    vectors: Vectors | None = None
    freeze: int = 0
    lora: int = 0
    layer_decay: float = 1.0
    pretrained: bool = True
    batch: int = 32
    cache: Path | None = None


@dataclass(slots=True)
class Learned:
    """A classifier that has learnt. logits: of texts as ids. trained: of its parameters, those that learnt.

    run: None for what has no epochs.
    """

    settings: Settings
    labels: tuple[str, ...]
    module: Any
    logits: Callable[[Sequence[Sequence[int]]], Floats]
    parameters: int
    trained: int
    run: Run | None = None


def plan_for(settings: Settings, *, epochs: int | None, rate: float | None, **further: Any) -> Plan:
    """The plan of a kind: for bert as the course does it (AdamW 2e-5, 3 epochs), else small steps that are many."""
    bert = settings.kind == BERT
    return Plan(
        epochs=epochs or (3 if bert else 10),
        rate=rate or (_bert_rate(settings) if bert else 2e-3),
        warmup=0.1 if bert else 0.05,
        patience=0 if bert else 4,
        **further,
    )


def _bert_rate(settings: Settings) -> float:
    """What is new (a head alone, adapters) learns faster than what is pre-trained and must not be lost."""
    if settings.freeze in (-1, minilm.LAYERS):
        return 1e-2
    return 1e-3 if settings.lora else 2e-5


def write_vocabulary(folder: Path, texts: Sequence[str], settings: Settings) -> Tokenizer:
    """Write the tokenizer that texts are read with, and open it."""
    if settings.kind == BERT:
        minilm.write_tokenizer(folder)
    else:
        counts = vocabulary(
            texts, settings.cut, settings.most, _least(texts, settings), settings.cache
        )
        write_tokenizer(folder, counts, settings.cut)
    return Tokenizer(folder)


def _least(texts: Sequence[str], settings: Settings) -> int:
    """How often a token has to be seen: what is seen once teaches only what its vector knew before."""
    return 1 if len(texts) < 1000 or settings.vectors else 2


def encoded(
    tokenizer: Tokenizer, texts: Sequence[str], settings: Settings
) -> list[tuple[int, ...]]:
    """The ids of texts; the unknown token for a text without any."""
    longest = min(settings.longest, minilm.MOST) if settings.kind == BERT else settings.longest
    unknown = tokenizer.unknown_id or 0
    found = tokenizer.encode_batch(list(texts), max_length=longest) if texts else []
    return [encoding.ids or (unknown,) for encoding in found]


def fit(
    tokenizer: Tokenizer,
    parts: Parts,
    settings: Settings,
    plan: Plan,
    loop: Loop,
    device: Any = "cpu",
) -> Learned:
    """Learn from examples; `loop` runs the training (training.loop.learn, with whatever watches it)."""
    ids = encoded(tokenizer, parts.learned.texts, settings)
    if settings.kind == LINEAR:
        return _fit_linear(tokenizer, parts, settings, plan, ids)
    from lmcli.classify.train import task as tasks

    task = tasks.TextTask(
        _net(tokenizer, parts.learned, settings),
        (ids, parts.learned.targets),
        (encoded(tokenizer, parts.stopping.texts, settings), parts.stopping.targets),
        settings.batch,
        several=parts.learned.several,
        weights=_weights(parts.learned) if settings.balanced else None,
        groups=_layer_wise(plan, settings) if settings.layer_decay != 1 else tasks.learning,
        device=device,
    )
    trained = _count(weight for weight in task.net.parameters() if weight.requires_grad)
    run = loop(task, plan)
    if settings.lora:
        from lmcli.training.lora import merge

        merge(task.net.encoder)
    whole = _count(task.net.parameters())
    return Learned(settings, parts.learned.labels, task.net, task.logits, whole, trained, run)


def _layer_wise(plan: Plan, settings: Settings) -> Callable[[Any], list[dict[str, Any]]]:
    from lmcli.classify.train.finetuning.network import groups

    return lambda net: groups(net, plan.rate, settings.layer_decay)


def _count(weights: Iterable[Any]) -> int:
    return sum(weight.numel() for weight in weights)


def _fit_linear(
    tokenizer: Tokenizer, parts: Parts, settings: Settings, plan: Plan, ids: list[tuple[int, ...]]
) -> Learned:
    """The baseline needs nothing to stop by: that part is learnt from too."""
    whole = ids + encoded(tokenizer, parts.stopping.texts, settings)
    targets = np.concatenate([parts.learned.targets, parts.stopping.targets])
    several = parts.learned.several
    made = baseline.fit(whole, targets, several=several, balanced=settings.balanced, seed=plan.seed)
    count = made.parameters
    return Learned(settings, parts.learned.labels, made, made.logits, count, count)


def _net(tokenizer: Tokenizer, corpus: Corpus, settings: Settings) -> Any:
    torch()
    if settings.kind == BERT:
        from lmcli.classify.train.finetuning.network import network

        return network(
            len(corpus.labels),
            settings.dropout,
            freeze=settings.freeze,
            lora=settings.lora,
            pretrained=settings.pretrained,
        )
    from lmcli.classify.train.nets import net

    words = [tokenizer.token(at) or "" for at in range(tokenizer.size)]
    start = settings.vectors(words) if settings.vectors else None
    size = settings.size if start is None else start.shape[1]
    made = net(
        settings.kind,
        len(words),
        len(corpus.labels),
        size=size,
        hidden=settings.hidden,
        dropout=settings.dropout,
        grams=settings.grams,
    )
    if start is not None:
        weights = made.embedding.weight.detach().numpy()
        weights *= 0.1  # of words without a vector: near zero, whose meaning is not known
        known = ~np.isnan(start[:, 0])
        weights[known] = start[known]
        weights[0] = 0
    return made


def _weights(corpus: Corpus) -> Floats:
    """What a label's examples weigh, so that all labels together weigh the same."""
    counts = np.maximum(corpus.targets.sum(axis=0), 1)
    if corpus.several:
        found: Floats = ((len(corpus) - counts) / counts).astype(np.float32)
        return found
    return np.asarray(len(corpus) / (len(counts) * counts), np.float32)


def write_graph(learned: Learned, folder: Path) -> float | None:
    """Write model.onnx; the largest difference from torch, None where torch took no part."""
    if learned.settings.kind == LINEAR:
        baseline.write_graph(learned.module, folder / "model.onnx")
        return None
    from lmcli.training.export import export

    package = torch()
    known = (
        learned.module.encoder.config.vocab_size
        if learned.settings.kind == BERT
        else learned.module.embedding.num_embeddings
    )

    def sample(sizes: Mapping[str, int]) -> dict[str, Any]:
        draw = package.Generator().manual_seed(sum(sizes.values()))
        shape = (sizes["batch"], sizes["sequence"])
        mask = package.ones(shape, dtype=package.long)
        mask[0, max(1, shape[1] // 2) :] = 0
        ids = package.randint(2, known, shape, generator=draw) * mask
        return {"input_ids": ids, "attention_mask": mask}

    free = {0: "batch", 1: "sequence"}
    axes = {"input_ids": free, "attention_mask": free, "logits": {0: "batch"}}
    cases = ({"batch": 2, "sequence": 7}, {"batch": 1, "sequence": 1}, {"batch": 5, "sequence": 40})
    return export(learned.module, folder, sample, axes, cases)


def write_config(learned: Learned, folder: Path, several: bool) -> None:
    """Write config.json: the labels by their numbers, and whether a text may have several."""
    names = {str(at): label for at, label in enumerate(learned.labels)}
    config: dict[str, Any] = {"model_type": f"lmcli-{learned.settings.kind}", "id2label": names}
    config["label2id"] = {label: int(at) for at, label in names.items()}
    if several:
        config["problem_type"] = "multi_label_classification"
    text = json.dumps(config, ensure_ascii=False, indent=2)
    (folder / "config.json").write_text(text + "\n", encoding="utf-8")


def leave_one_out(
    tokenizer: Tokenizer, corpus: Corpus, settings: Settings, plan: Plan, loop: Loop
) -> NDArray[np.bool_]:
    """For each of few examples, whether it is answered right by what was learnt from the others."""
    right = np.zeros(len(corpus), np.bool_)
    for row in range(len(corpus)):
        others = corpus.part([at for at in range(len(corpus)) if at != row])
        if (others.targets.sum(axis=0) == 0).all() or not _two(others):
            continue
        torch().manual_seed(plan.seed)
        none = corpus.part([])
        learned = fit(
            tokenizer, Parts(others, none, none), settings, replace(plan, minutes=None), loop
        )
        logits = learned.logits(encoded(tokenizer, [corpus.texts[row]], settings))[0]
        truth = corpus.targets[row]
        right[row] = (
            ((logits > 0) == (truth > 0.5)).all() if corpus.several else truth[logits.argmax()] > 0
        )
    return right


def _two(corpus: Corpus) -> bool:
    """Whether two labels are left to tell apart."""
    return int((corpus.targets.sum(axis=0) > 0).sum()) > 1


def fitting_cut(texts: Sequence[str]) -> str:
    """How texts are best cut: Chinese ones by jieba's words where jieba is there, else words and characters."""
    from importlib.util import find_spec

    from lmcli.frame.text.languages import CHINESE, language_of_text

    chinese = sum(language_of_text(text[:200]) == CHINESE for text in texts[:200])
    return JIEBA if 2 * chinese > min(len(texts), 200) and find_spec("jieba") else WORDS
