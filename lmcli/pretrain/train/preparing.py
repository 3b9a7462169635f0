"""What a training needs before its first step: tokenizer, tokens, network, task."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from lmcli.frame.errors import BadUsage
from lmcli.nn.tokenize import Tokenizer
from lmcli.nn.tokens.learning import CHARACTERS, END
from lmcli.pretrain.corpus import Corpus
from lmcli.pretrain.ngrams import UNIFORM, UNIGRAM, bounds
from lmcli.pretrain.objective import PAIRS, REPLACED
from lmcli.pretrain.train import making
from lmcli.pretrain.train.pairs import PairTask, sentences
from lmcli.pretrain.train.replaced import ReplacedTask
from lmcli.pretrain.train.task import MOST, Material, TextTask
from lmcli.pretrain.transformer import Shape, build

if TYPE_CHECKING:
    from lmcli.frame.environment import Environment
    from lmcli.training.history import History

WRITTEN = 60  # tokens of a sample


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is asked of a training: what the options of the command say."""

    source: str
    sizes: tuple[int, int, int]
    objective: str
    context: int
    tokens: str | None
    vocabulary: int | None
    start: str | None
    teacher: str | None
    epochs: int | None
    batch: int
    lr: float
    max_minutes: float | None
    device: str
    eight_bits: bool
    seed: int

    GIVEN: ClassVar[tuple[str, ...]] = (
        "objective", "context", "tokens", "vocabulary", "start", "teacher", "epochs", "batch", "lr",
        "max_minutes", "device", "eight_bits", "seed",
    )  # fmt: skip


@dataclass
class Prepared:
    """All that a training needs. before: the perplexity of what is gone on with."""

    network: Any
    shape: Shape
    tokens: str
    tokenizer: Tokenizer
    material: Material
    task: TextTask
    known: dict[str, float]
    prompt: str
    before: float | None = None


def prepare(
    env: Environment, corpus: Corpus, recipe: Recipe, folder: Path, history: History
) -> Prepared:
    """The tokenizer, which is written into `folder`, the tokens, the network, the task."""
    from lmcli.training import machine

    device = machine.prepare(recipe.seed, env.settings.threads, recipe.device)
    network, shape, tokens, tokenizer, teacher = _networks(env, corpus, recipe, folder)
    found = making.material(corpus, tokenizer, shape.context)
    prompt = prompt_of(corpus, tokens)

    def told(_scores: Mapping[str, float]) -> None:
        if shape.causal:
            text = making.sample_of(network, tokenizer, prompt, 30, shape.context)
            history.said = one_line(text, WRITTEN)

    more: dict[str, Any] = {"device": device, "told": told}
    size = (shape.context, recipe.batch)
    task: TextTask
    if shape.objective == PAIRS:
        learned, held = (sentences(part, tokenizer) for part in (corpus.learned, corpus.held))
        task = PairTask(network, found, learned, held, *size, **more)
    elif shape.objective == REPLACED:
        task = ReplacedTask(network, found, *size, **more)
    else:
        task = TextTask(network, found, recipe.objective, *size, teacher=teacher, **more)
    known = bounds(found.learned, found.held[:MOST], tokenizer.size)
    if not shape.causal:
        known = {name: known[name] for name in (UNIFORM, UNIGRAM)}
    history.bounds.update({name: value + task.besides for name, value in known.items()})
    before = task.judge()["perplexity"] if recipe.start else None
    return Prepared(network, shape, tokens, tokenizer, found, task, known, prompt, before)


def _networks(
    env: Environment, corpus: Corpus, recipe: Recipe, folder: Path
) -> tuple[Any, Shape, str, Tokenizer, Any]:
    """What learns, its shape, its kind of tokens, its tokenizer (written into `folder`), and the teacher or None."""
    other, context = recipe.start or recipe.teacher, recipe.context
    teacher, tokens = None, making.fitting(corpus, recipe.tokens)
    if other:
        model = env.models.find(other)
        teacher, theirs, tokens = making.load(model)
        if theirs.objective != recipe.objective:
            raise BadUsage(
                f"{other} was trained for another objective", "give the same --objective"
            )
        if recipe.tokens or recipe.vocabulary:
            raise BadUsage(
                f"the tokens are those of {other}", "leave --tokens and --vocabulary out"
            )
        for name in ("tokenizer.json", "tokenizer_config.json"):
            shutil.copy(model.folder / name, folder / name)
        tokenizer = Tokenizer(folder)
        if recipe.start:
            return teacher, theirs, tokens, tokenizer, None
        context = min(context, theirs.context)
    else:
        pairs = recipe.objective == PAIRS
        tokenizer = making.make_tokenizer(corpus, tokens, recipe.vocabulary, folder, context, pairs)
    shape = Shape(tokenizer.size, *recipe.sizes, context, recipe.objective)
    return build(shape), shape, tokens, tokenizer, teacher


def prompt_of(corpus: Corpus, tokens: str) -> str:
    """The beginning of the held-out part: some words, or characters."""
    line = corpus.held[0].strip().splitlines()[0]
    return line[:4] if tokens == CHARACTERS else " ".join(line.split(" ")[:3])


def one_line(text: str, most: int) -> str:
    return " ".join(text.replace(END, " ").split())[:most]
