"""One sentence through the whole transformer, with the model's own numbers (Vaswani et al. 2017)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from lmcli.frame.errors import BadInput, LmcliError
from lmcli.translate.model import END, START, Floats, Past, Translator
from lmcli.translate.search import greedy
from lmcli.translate.text import plain
from lmcli.translate.translating import prepare, sentences_of

LIKELIEST = 5  # next words that are shown
LONGEST = 60  # tokens written


@dataclass(frozen=True, slots=True)
class Likely:
    """A word that could be next, and its probability."""

    token: str
    probability: float


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the decoder: what it has read, the word taken, what it looked at in the source (sum 1)."""

    step: int
    token: str
    probability: float
    source_tokens: tuple[str, ...]
    attention: tuple[float, ...]
    before: tuple[str, ...]
    likely: tuple[Likely, ...]

    PLAIN: ClassVar[tuple[str, ...]] = ("step", "token", "probability", "looks_at")

    @property
    def looks_at(self) -> str:
        """The source token with the largest weight; "" without attention."""
        return self.source_tokens[int(np.argmax(self.attention))] if self.attention else ""


@dataclass(frozen=True, slots=True)
class Walk:
    """All numbers of one sentence.

    vectors: with places added, (places, width). encoder: attention weights of the encoder, (layers, heads, from, to);
    scores: what they are the softmax of. states: C, (places, width). cross: the weights of the decoder on C, (layers,
    heads, written, places). aligned: the layer and head (from 0) that learnt which words belong together, or None.
    Of a GRU that reads there are no layers in encoder and no places in vectors; without attention none in cross.
    """

    text: str
    tokens: tuple[str, ...]
    ids: tuple[int, ...]
    vectors: Floats
    scores: Floats
    encoder: Floats
    states: Floats
    written: tuple[str, ...]
    cross: Floats
    aligned: tuple[int, int] | None
    steps: tuple[Step, ...]
    translation: str

    def weights(self, layer: int | None = None, head: int | None = None) -> NDArray[np.float64]:
        """Cross-attention (written, places) of a layer and head from 1; means where None; rows sum to 1.

        Without either it is the head that learnt which words belong together, else the mean over all.
        """
        if not self.cross.size:
            return np.zeros((len(self.written), 0))
        if layer is None and head is None and self.aligned:
            layer, head = self.aligned[0] + 1, self.aligned[1] + 1
        layers, heads = self.cross.shape[:2]
        for name, value, most in (("layer", layer, layers), ("head", head, heads)):
            if value is not None and value > most:
                raise BadInput(f"there is no {name} {value}", f"the decoder has {most}")
        part = self.cross[slice(None) if layer is None else slice(layer - 1, layer)]
        part = part[:, slice(None) if head is None else slice(head - 1, head)]
        return np.asarray(part.mean(axis=(0, 1), dtype=np.float64))

    def positions(self) -> NDArray[np.float64]:
        """The sines and cosines that were added to the tokens' embeddings, (places, width); none by a GRU."""
        count, width = self.vectors.shape
        if not self.encoder.size:
            return np.zeros((count, width))
        rates = 10000.0 ** (-np.arange(0, width, 2) / width)
        angles = np.arange(count)[:, None] * rates
        return np.concatenate([np.sin(angles), np.cos(angles)], 1)


def walk(model: Translator, text: str, target: str | None = None) -> Walk:
    """A sentence with all its numbers; what is written is the likeliest each time, or `target`.

    Raises BadInput for more than one sentence, or none.
    """
    read = prepare(model, text)
    error: LmcliError | None = read.error
    if error or read.copied:
        raise error or BadInput(f"there is no word to translate in {text!r}")
    if len(read.parts) > 1:
        raise BadInput(
            f"these are {len(read.parts)} sentences", "give one of them; lmcli translate takes all"
        )
    (ids,) = read.parts
    ((prepared, _),) = sentences_of(model, text)
    memory = model.read([ids])
    if target is None:
        written = [*greedy(model, memory, [LONGEST])[0].ids, END]
    else:
        written = model.written(_begun(model, plain(target)))
    names = tuple(model.tokens(prepared)[1])
    probabilities, cross = _decoded(model, memory, written)
    words = tuple(model.word(token) for token in written)
    made = Walk(
        prepared, names, tuple(ids), memory.vectors[0], memory.scores[:, 0], _softmax(memory.scores[:, 0]),
        memory.states[0], words, cross, model.aligned, (), model.text(written),
    )  # fmt: skip
    return replace(made, steps=_steps(model, made, written, probabilities))


def _begun(model: Translator, target: str) -> str:
    """A translation as the model writes it: in lower case at its beginning, unless that is I or all in capitals."""
    word = target.partition(" ")[0]
    plain_word = model.capitals and word != "I" and not word.startswith("I'") and not word.isupper()
    return target[:1].lower() + target[1:] if plain_word else target


def _decoded(
    model: Translator, memory: object, written: Sequence[int]
) -> tuple[NDArray[np.float64], Floats]:
    """The probability of every word at each step, and the cross-attention, (layers, heads, written, places)."""
    past: Past | None = None
    logits, cross = [], []
    for token in (START, *written[:-1]):
        made = model.write(np.array([[token]]), memory, past, seen=True)  # type: ignore[arg-type]
        past = made.past
        logits.append(made.logits[0, -1])
        cross.append(_softmax(made.scores[:, 0]))
    found = np.array(logits, np.float64)
    found[:, [one for one in model.never if one not in written]] = -np.inf
    return _softmax(found), np.concatenate(cross, axis=2)


def _steps(
    model: Translator, made: Walk, written: Sequence[int], probabilities: NDArray[np.float64]
) -> tuple[Step, ...]:
    weights = made.weights()
    steps = []
    for number, token in enumerate(written):
        order = np.argsort(-probabilities[number], kind="stable")[:LIKELIEST].tolist()
        likely = tuple(
            Likely(model.word(one), round(float(probabilities[number, one]), 6)) for one in order
        )
        steps.append(
            Step(
                number + 1,
                made.written[number],
                round(float(probabilities[number, token]), 6),
                made.tokens,
                tuple(round(float(one), 6) for one in weights[number]),
                ("<s>", *made.written[:number]),
                likely,
            )
        )
    return tuple(steps)


def _softmax(scores: NDArray[Any]) -> NDArray[Any]:
    shifted = np.exp(scores - scores.max(-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(-1, keepdims=True))
