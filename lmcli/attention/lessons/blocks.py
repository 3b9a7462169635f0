"""A layer of the encoder, one of the decoder, cross-attention, and the whole from source words to the next word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from lmcli.attention.drawn import Drawn
from lmcli.attention.formulas import (
    Array,
    Attended,
    LayerNorm,
    Mask,
    MultiHead,
    causal_mask,
    join_heads,
    positions,
    softmax,
)
from lmcli.attention.lesson import Sizes, Step, even, names

START, END = "<s>", "</s>"


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a part is shown on: the source's sizes, the target's words, the order of the norm, whether causal."""

    sizes: Sizes
    target: tuple[str, ...] = ()
    pre: bool = False
    causal: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """The source's words."""
        return self.sizes.words

    def drawn(self) -> tuple[Drawn, Array]:
        """The draws of this lesson, and the source's vectors, drawn first."""
        drawn = Drawn(self.sizes.seed, self.sizes.d)
        return drawn, self.sizes.inputs(drawn)

    def placed(self, X: Array) -> Array:
        """Vectors with the places of their words added."""
        return X + positions(X.shape[-2], even(self.sizes.d))

    def step(self, name: str, formula: str, values: Array, words: Sequence[str] = ()) -> Step:
        """A step with a row a word and a column a feature."""
        return Step(name, formula, tuple(words or self.words), names(values.shape[-1]), values)


def look(found: Attended, mark: str, rows: Sequence[str], columns: Sequence[str]) -> list[Step]:
    """Scores and weights of attention; a single head without its axis."""
    one = found.scores.shape[-3] == 1
    scores, weights = (np.squeeze(v, -3) if one else v for v in (found.scores, found.weights))
    size, where = tuple(rows), tuple(columns)
    each = "" if one else ", in each head"
    return [
        Step(f"scores{mark}", f"Q K^T / sqrt(d_k){each}", size, where, scores),
        Step(f"weights{mark}", f"softmax, each row sums to 1{each}", size, where, weights),
    ]


@dataclass
class _Stack:
    """A layer on its way: what was computed so far, and how each sublayer is joined to it."""

    lesson: Lesson
    words: Sequence[str]
    x: Array
    steps: list[Step]

    def add(self, name: str, symbol: str, norm: LayerNorm, inner: Callable[[Array], Array]) -> None:
        """One sublayer with its residual and norm, in the lesson's order."""
        pre, step = self.lesson.pre, self.lesson.step
        given = norm(self.x) if pre else self.x
        if pre:
            self.steps.append(step(f"norm before {name}", "norm(x)", given, self.words))
        inside = inner(given)
        formula = symbol.format("norm(x)" if pre else "x")
        self.steps.append(step(name, formula, inside, self.words))
        self.x = self.x + inside
        self.steps.append(step(f"x + {name}", "the residual", self.x, self.words))
        if not pre:
            self.x = norm(self.x)
            self.steps.append(step(f"norm after {name}", "norm(x + ...)", self.x, self.words))

    def look(self, name: str, norm: LayerNorm, module: MultiHead,
             memory: Array | None = None, seen: Sequence[str] = (), mask: Mask | None = None) -> None:  # fmt: skip
        """A sublayer of attention, with the scores and weights of its heads."""

        def inner(given: Array) -> Array:
            found = module.attended(given, memory, mask)
            self.steps += look(found, f", {name}", self.words, seen or self.words)
            return module.output(join_heads(found.output))

        self.add(name, "attention({})", norm, inner)


def _encode(lesson: Lesson, drawn: Drawn, X: Array) -> _Stack:
    layer = drawn.encoder(lesson.sizes.heads, lesson.pre)
    x = lesson.placed(X)
    stack = _Stack(lesson, lesson.words, x, [lesson.step("x", "words + places", x)])
    mask = causal_mask(len(lesson.words)) if lesson.causal else None
    stack.look("self-attention", layer.norm1, layer.attention, mask=mask)
    stack.add("feed-forward", "max(0, {} W_1) W_2", layer.norm2, layer.feed_forward)
    return stack


def encoder(lesson: Lesson) -> list[Step]:
    """One layer of the encoder: self-attention and feed-forward, each with residual and norm."""
    return _encode(lesson, *lesson.drawn()).steps


def _memory(lesson: Lesson) -> tuple[Drawn, Array, _Stack]:
    """The draws, the encoder's output C, and how it came about; pre-norm ends with one more norm."""
    drawn, X = lesson.drawn()
    stack = _encode(lesson, drawn, X)
    C = drawn.norm()(stack.x) if lesson.pre else stack.x
    return drawn, C, stack


def _targets(lesson: Lesson, drawn: Drawn) -> tuple[tuple[str, ...], Array]:
    """What the decoder reads: the target's words, one place to the right, and their vectors with places."""
    words = (START, *lesson.target)
    if lesson.sizes.batch:
        words = words[:-1]
        return words, lesson.placed(drawn.numbers(lesson.sizes.batch, len(words), lesson.sizes.d))
    return words, lesson.placed(drawn.words(words))


def _decode(lesson: Lesson, drawn: Drawn, C: Array) -> _Stack:
    words, y = _targets(lesson, drawn)
    layer = drawn.decoder(lesson.sizes.heads, lesson.pre)
    steps = [lesson.step("C", "the encoder's output", C),
             lesson.step("y", "target words, one place to the right, + places", y, words)]  # fmt: skip
    stack = _Stack(lesson, words, y, steps)
    stack.look("masked self-attention", layer.norm1, layer.attention, mask=causal_mask(len(words)))
    stack.look("cross-attention", layer.norm2, layer.cross, C, lesson.words)
    stack.add("feed-forward", "max(0, {} W_1) W_2", layer.norm3, layer.feed_forward)
    return stack


def decoder(lesson: Lesson) -> list[Step]:
    """One layer of the decoder: it looks at itself, masked, then at the encoder's output."""
    drawn, C, _ = _memory(lesson)
    return _decode(lesson, drawn, C).steps


def cross(lesson: Lesson) -> list[Step]:
    """Queries of the target, keys and values of the encoder's output."""
    drawn, C, _ = _memory(lesson)
    words, y = _targets(lesson, drawn)
    module, step = drawn.heads(lesson.sizes.heads), lesson.step
    found = module.attended(y, C)
    return [
        step("C", "the encoder's output, a row a source word", C),
        step("y", "the decoder's states, a row a target word", y, words),
        step("Q", "y W_Q: what each target word asks", module.query(y), words),
        step("K", "C W_K: what each source word offers", module.key(C)),
        step("V", "C W_V: what it gives", module.value(C)),
        *look(found, "", words, lesson.words),
        step("output", "weights V W_O", module.output(join_heads(found.output)), words),
    ]


def block(lesson: Lesson) -> list[Step]:
    """The whole: source words, encoder, C, decoder, and how likely each word comes next."""
    drawn, C, below = _memory(lesson)
    stack = _decode(lesson, drawn, C)
    state = drawn.norm()(stack.x) if lesson.pre else stack.x
    vocabulary = (*dict.fromkeys(lesson.target), END)
    logits = drawn.linear(lesson.sizes.d, len(vocabulary))(state)
    rows = tuple(stack.words)
    parts = ("encoder: ", below.steps), ("decoder: ", stack.steps)
    return [
        *(Step(mark + s.step, s.formula, s.rows, s.columns, s.values) for mark, steps in parts for s in steps),
        Step("logits", "a score for each word of the target's vocabulary", rows, vocabulary, logits),
        Step("probabilities", "softmax: which word comes next; drawn, not learnt", rows, vocabulary, softmax(logits)),
    ]  # fmt: skip
