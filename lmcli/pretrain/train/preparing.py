"""What a training needs before its first step: tokenizer, tokens, network, task."""

from __future__ import annotations

import math
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from lmcli.frame.errors import BadUsage
from lmcli.frame.models import Model
from lmcli.frame.text.languages import CHINESE, language_of_text
from lmcli.nn.decoding.config import ends_of, read_config
from lmcli.nn.decoding.opening import converted
from lmcli.nn.tokenize import Tokenizer
from lmcli.nn.tokens.learning import CHARACTERS, END, add_signs
from lmcli.pretrain.chat import SIGNS, TEMPLATE, Chats, before_answer, opening
from lmcli.pretrain.corpus import Corpus, read_corpus
from lmcli.pretrain.ngrams import UNIFORM, UNIGRAM, bounds
from lmcli.pretrain.objective import CLM, MLM, PAIRS, REPLACED
from lmcli.pretrain.train import decoder, making
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
FEW = 2048  # of each text, of a decoder that was pulled: a hundred times as large as what is trained here


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


@dataclass(frozen=True, slots=True)
class Base:
    """What learns, and how its text is cut.

    source: the decoder that was pulled, where one is gone on with. ends: the tokens that end an answer.
    """

    network: Any
    shape: Shape
    tokens: str
    tokenizer: Tokenizer
    teacher: Any = None
    source: Model | None = None
    ends: frozenset[int] = frozenset()

    @property
    def most(self) -> int:
        """Held-out tokens that are judged: of a decoder that was pulled few, it is a hundred times as large."""
        return FEW if self.source else MOST


@dataclass
class Prepared:
    """All that a training needs.

    learned: how many tokens are learnt from. characters, unknown: see `Material`. prompt: what a sample goes on from.
    before: the perplexity of what is gone on with; general: a text that it does not learn, to be measured with too.
    """

    base: Base
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
    question: str = ""

    def sample(self, length: int) -> str:
        """What a causal network writes by now; of conversations a question and the answer."""
        base = self.base
        text = making.sample_of(
            base.network, base.tokenizer, self.prompt, length, base.shape.context, base.ends
        )
        return f"{self.question} -> {text}" if self.question else text


def prepare(
    env: Environment, corpus: Corpus, recipe: Recipe, folder: Path, history: History
) -> Prepared:
    """The tokenizer, which is written into `folder`, the tokens, the network, the task."""
    from lmcli.training import machine

    device = machine.prepare(recipe.seed, env.settings.threads, recipe.device)
    base = _base(env, corpus, recipe, folder)
    made = _with_task(env, corpus, recipe, base)
    made.task.on(device)

    def told(_scores: Mapping[str, float]) -> None:
        if base.shape.causal:
            history.said = one_line(made.sample(30), WRITTEN)

    made.task.tell(told)
    history.bounds.update({name: loss + made.task.besides for name, loss in made.known.items()})
    if recipe.start:
        if base.source:
            env.output.note(f"{base.source.name} is measured before it learns")
        made.before = made.task.judge()["perplexity"]
        made.general = _general(made, recipe)
        made.general_before = (
            made.general.on(device).judge()["perplexity"] if made.general else None
        )
    made.trained = parameters(base.network)
    if recipe.lora:
        made.trained = adapt(base.network, recipe.lora, decoder.adapted if base.source else always)
    return made


def _with_task(env: Environment, corpus: Corpus, recipe: Recipe, base: Base) -> Prepared:
    if isinstance(corpus, Chats):
        return _chatting(env, corpus, recipe, base)
    return _of_text(corpus, recipe, base)


def _chatting(env: Environment, corpus: Chats, recipe: Recipe, base: Base) -> Prepared:
    """What a training on conversations needs."""
    context, tokenizer = base.shape.context, base.tokenizer
    learned, held, out = parts(corpus.conversations, tokenizer, base.ends, context)
    if out:
        env.output.warn(
            f"{out} conversations are left out: no answer begins within {context} tokens"
        )
    task = ChatTask(base.network, learned, held, recipe.batch)
    known = {UNIFORM: math.log(tokenizer.size)}
    last = corpus.conversations[-1]
    read = sum(len(one.ids) for one in learned)
    asked = "".join(one["content"] for one in before_answer(last)[-1:])
    return Prepared(base, task, known, opening(last, tokenizer), read, question=asked)


def _of_text(corpus: Corpus, recipe: Recipe, base: Base) -> Prepared:
    """What a training on a text needs."""
    shape, tokenizer = base.shape, base.tokenizer
    found = making.material(corpus, tokenizer, shape.context)
    size = (shape.context, recipe.batch)
    task: TextTask
    if shape.objective == PAIRS:
        learned, held = (sentences(part, tokenizer) for part in (corpus.learned, corpus.held))
        task = PairTask(base.network, found, learned, held, *size)
    elif shape.objective == REPLACED:
        task = ReplacedTask(base.network, found, *size)
    else:
        task = TextTask(
            base.network, found, recipe.objective, *size, teacher=base.teacher, most=base.most
        )
    known = bounds(found.learned, found.held[: base.most], tokenizer.size)
    if not shape.causal:
        known = {name: known[name] for name in (UNIFORM, UNIGRAM)}
    return Prepared(base, task, known, prompt_of(corpus), len(found.learned),
                    found.characters, found.unknown)  # fmt: skip


def _general(made: Prepared, recipe: Recipe) -> TextTask | None:
    """Another text than the user's, to see what is forgotten: the one of those that are here whose signs it has."""
    base = made.base
    name = "songci" if base.tokens == CHARACTERS else "kjv"
    if name == recipe.source or base.shape.objective not in (CLM, MLM):
        return None
    corpus = read_corpus(name)
    few = replace(corpus, learned=corpus.learned[:20])
    found = making.material(few, base.tokenizer, base.shape.context)
    return TextTask(
        base.network, found, base.shape.objective, base.shape.context, recipe.batch,
        most=min(GENERAL, base.most),
    )  # fmt: skip


def _base(env: Environment, corpus: Corpus, recipe: Recipe, folder: Path) -> Base:
    """What learns, with its tokenizer (written into `folder`)."""
    other = recipe.start or recipe.teacher
    if not other:
        kind, pairs = making.fitting(corpus, recipe.tokens), recipe.objective == PAIRS
        tokenizer = making.make_tokenizer(
            corpus, kind, recipe.vocabulary, folder, recipe.context, pairs
        )
        return _new(recipe, kind, tokenizer, recipe.context)
    return _beside(env.model(other, None), isinstance(corpus, Chats), recipe, folder)


def _beside(model: Model, chats: bool, recipe: Recipe, folder: Path) -> Base:
    """What goes on from a model, or learns from it as its teacher, with its tokens."""
    pulled = converted(model)
    if pulled and not (recipe.start and recipe.lora):
        raise BadUsage(
            f"{model.name} is learnt further by adapters alone", f"--from {model.name} --lora 8"
        )
    if recipe.tokens or recipe.vocabulary:
        raise BadUsage(
            f"the tokens are those of {model.name}", "leave --tokens and --vocabulary out"
        )
    found = decoder.load(model, recipe.context) if pulled else making.load(model)
    network, shape, tokens = found
    if shape.objective != recipe.objective:
        raise BadUsage(
            f"{model.name} was trained for another objective", "give the same --objective"
        )
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(model.folder / name, folder / name)
    tokenizer, ends = Tokenizer(folder), frozenset[int]()
    if chats and tokenizer.chat_template is None:
        if pulled:
            raise BadUsage(f"{model.name} has no chat template", "take a model that chats")
        add_signs(folder, SIGNS, TEMPLATE)
        tokenizer = Tokenizer(folder)
    if chats:
        ends = ends_of(read_config(model.folder), tokenizer)
    if recipe.teacher:
        context = min(recipe.context, shape.context)
        return replace(_new(recipe, tokens, tokenizer, context), teacher=network)
    if not pulled:
        network, shape = making.grown(network, shape, tokenizer.size)
    source = model if pulled else None
    return Base(network, shape, tokens, tokenizer, source=source, ends=ends)


def _new(recipe: Recipe, tokens: str, tokenizer: Tokenizer, context: int) -> Base:
    shape = Shape(tokenizer.size, *recipe.sizes, context, recipe.objective)
    return Base(build(shape), shape, tokens, tokenizer)


def always(_name: str) -> bool:
    return True


def prompt_of(corpus: Corpus) -> str:
    """The beginning of the held-out part: some words, or characters of Chinese."""
    line = corpus.held[0].strip().splitlines()[0]
    return line[:4] if language_of_text(line) == CHINESE else " ".join(line.split(" ")[:3])


def one_line(text: str, most: int) -> str:
    return " ".join(text.replace(END, " ").split())[:most]
