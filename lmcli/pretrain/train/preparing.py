"""What a training needs before its first step: tokenizer, tokens, network, task."""

from __future__ import annotations

import math
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from lmcli.frame.errors import BadUsage
from lmcli.nn.tokenize import Tokenizer
from lmcli.nn.tokens.learning import CHARACTERS, END, add_signs
from lmcli.pretrain.chat import SIGNS, TEMPLATE, Chats, opening
from lmcli.pretrain.corpus import Corpus, read_corpus
from lmcli.pretrain.ngrams import UNIFORM, UNIGRAM, bounds
from lmcli.pretrain.objective import CLM, MLM, PAIRS, REPLACED
from lmcli.pretrain.train import making
from lmcli.pretrain.train.chatting import ChatTask, parts
from lmcli.pretrain.train.pairs import PairTask, sentences
from lmcli.pretrain.train.replaced import ReplacedTask
from lmcli.pretrain.train.task import MOST, NetworkTask, TextTask
from lmcli.pretrain.transformer import Shape, build, parameters
from lmcli.training.lora import adapt

if TYPE_CHECKING:
    from lmcli.frame.environment import Environment
    from lmcli.training.history import History

WRITTEN = 60  # tokens of a sample
GENERAL = 8000  # tokens of another text that are judged


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
    lora: int | None = None

    GIVEN: ClassVar[tuple[str, ...]] = (
        "objective", "context", "tokens", "vocabulary", "start", "teacher", "epochs", "batch", "lr",
        "max_minutes", "device", "eight_bits", "seed", "lora",
    )  # fmt: skip


@dataclass
class Prepared:
    """All that a training needs.

    learned: how many tokens are learnt from. characters, unknown: see `Material`. prompt: what a sample goes on from.
    before: the perplexity of what is gone on with; general: a text that it does not learn, to be measured with too.
    """

    network: Any
    shape: Shape
    tokens: str
    tokenizer: Tokenizer
    task: NetworkTask
    known: dict[str, float]
    prompt: str
    learned: int
    characters: float = 1.0
    unknown: float = 0.0
    before: float | None = None
    general: TextTask | None = None
    general_before: float | None = None
    trained: int = 0


def prepare(
    env: Environment, corpus: Corpus, recipe: Recipe, folder: Path, history: History
) -> Prepared:
    """The tokenizer, which is written into `folder`, the tokens, the network, the task."""
    from lmcli.training import machine

    device = machine.prepare(recipe.seed, env.settings.threads, recipe.device)
    network, shape, tokens, tokenizer, teacher = _networks(env, corpus, recipe, folder)
    prompt = prompt_of(corpus, tokens)

    def told(_scores: Mapping[str, float]) -> None:
        if shape.causal:
            text = making.sample_of(network, tokenizer, prompt, 30, shape.context)
            history.said = one_line(text, WRITTEN)

    more: dict[str, Any] = {"device": device, "told": told}
    if isinstance(corpus, Chats):
        learned, held, out = parts(corpus.conversations, tokenizer, shape.context)
        if out:
            env.output.warn(
                f"{out} conversations are left out: no answer begins within {shape.context} tokens"
            )
        chatting = ChatTask(network, learned, held, recipe.batch, **more)
        known = {UNIFORM: math.log(tokenizer.size)}
        made = Prepared(network, shape, tokens, tokenizer, chatting, known, prompt,
                        sum(len(one.ids) for one in learned))  # fmt: skip
    else:
        made = _of_text(corpus, recipe, network, shape, tokens, tokenizer, teacher, prompt, more)
    history.bounds.update({name: loss + made.task.besides for name, loss in made.known.items()})
    if recipe.start:
        made.before = made.task.judge()["perplexity"]
        made.general = _general(made, recipe)
        made.general_before = made.general.judge()["perplexity"] if made.general else None
    made.trained = adapt(network, recipe.lora) if recipe.lora else parameters(network)
    network.to(device)
    return made


def _of_text(
    corpus: Corpus, recipe: Recipe, network: Any, shape: Shape, tokens: str, tokenizer: Tokenizer,
    teacher: Any, prompt: str, more: Mapping[str, Any],
) -> Prepared:  # fmt: skip
    """What a training on a text needs."""
    found = making.material(corpus, tokenizer, shape.context)
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
    return Prepared(network, shape, tokens, tokenizer, task, known, prompt, len(found.learned),
                    found.characters, found.unknown)  # fmt: skip


def _general(made: Prepared, recipe: Recipe) -> TextTask | None:
    """Another text than the user's, to see what is forgotten: the one of those that are here whose signs it has."""
    name = "songci" if made.tokens == CHARACTERS else "kjv"
    if name == recipe.source or made.shape.objective not in (CLM, MLM):
        return None
    corpus = read_corpus(name)
    few = replace(corpus, learned=corpus.learned[:20])
    found = making.material(few, made.tokenizer, made.shape.context)
    return TextTask(
        made.network, found, made.shape.objective, made.shape.context, recipe.batch, most=GENERAL
    )


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
        if isinstance(corpus, Chats):
            add_signs(folder, SIGNS, TEMPLATE)
        tokenizer = Tokenizer(folder)
        if recipe.start:
            return *making.grown(teacher, theirs, tokenizer.size), tokens, tokenizer, None
        context = min(context, theirs.context)
    else:
        pairs = recipe.objective == PAIRS
        tokenizer = making.make_tokenizer(corpus, tokens, recipe.vocabulary, folder, context, pairs)
    shape = Shape(tokenizer.size, *recipe.sizes, context, recipe.objective)
    return build(shape), shape, tokens, tokenizer, teacher


def prompt_of(corpus: Corpus, tokens: str) -> str:
    """The beginning of the held-out part: some words, or characters; what opens the last conversation's answer."""
    if isinstance(corpus, Chats):
        return opening(corpus.conversations[-1])
    line = corpus.held[0].strip().splitlines()[0]
    return line[:4] if tokens == CHARACTERS else " ".join(line.split(" ")[:3])


def one_line(text: str, most: int) -> str:
    return " ".join(text.replace(END, " ").split())[:most]
