"""How BERT is trained (Devlin et al. 2018, arXiv:1810.04805): some tokens are chosen, most of them hidden.

Of the chosen ones 80 % become [MASK], 10 % a random token, 10 % stay; all of them are predicted. Static masking
chooses once, dynamic masking anew in each epoch (RoBERTa, arXiv:1907.11692); whole-word masking takes all pieces of a
word. ELECTRA (arXiv:2003.10555) puts a small model's guesses there, and asks of every token whether it was replaced.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lmcli.fill.filling import Filler
from lmcli.fill.gaps import Gapped, Word
from lmcli.fill.masked import MaskedModel
from lmcli.frame.errors import BadInput, no_text, quoted
from lmcli.nn.encoding import Encoding
from lmcli.nn.tokenize import Tokenizer

RATE = 0.15
EPOCHS = 3
GUESSES = 5
MASK = "[MASK]"
LONGEST = 128  # tokens
MASKED, RANDOM, SAME = "mask", "random", "same"


@dataclass(frozen=True, slots=True)
class Place:
    """One token in training.

    action: mask, random or same of a chosen token, else none; shown: what the model sees; loss: -ln P(token), of a
    chosen one whose word the model has. dynamic: what it sees in three epochs that choose anew (static masking: always
    `shown`). electra: what ELECTRA's generator puts there; replaced: whether that is another token; suspected: the
    probability that it is, by the discriminator of a model that was trained so, else none.
    """

    place: int
    token: str
    chosen: bool
    action: str | None
    shown: str
    loss: float | None
    dynamic: tuple[str, ...]
    electra: str
    replaced: bool
    suspected: float | None = None

    PLAIN: ClassVar[tuple[str, ...]] = ("place", "token", "action", "shown", "loss", "electra", "replaced")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is chosen, by which seed, and whether words are chosen whole."""

    rate: float = RATE
    seed: int = 0
    whole_words: bool = False


@dataclass(frozen=True, slots=True)
class _Text:
    text: str
    encoding: Encoding
    tokens: list[str]
    spots: list[tuple[int, int]]  # in the text
    inside: list[int]  # in the encoding


def places(
    text: str,
    filler: Filler,
    tokenizer: Tokenizer,
    plan: Plan,
    advance: Callable[[float], None] = lambda _step: None,
) -> list[Place]:
    """Every token of a text with what happens to it. Raises BadInput for a text without tokens, or too many.

    advance: told of each chosen token that was judged, which takes a language model seconds.
    """
    cut = _cut(text, tokenizer)
    actions = choose(cut.tokens, cut.spots, plan, plan.seed)
    chance = random.Random(plan.seed)
    fresh = _fresh(tokenizer, cut.tokens)
    shown = [_shown(token, actions.get(at), fresh, chance) for at, token in enumerate(cut.tokens)]
    losses, guesses = _judged(cut, actions, shown, filler, tokenizer, advance)
    epochs = []
    for epoch in range(EPOCHS):
        anew = choose(cut.tokens, cut.spots, plan, plan.seed + epoch)
        epochs.append(
            shown if epoch == 0 else
            [_shown(token, anew.get(at), fresh, chance) for at, token in enumerate(cut.tokens)]
        )  # fmt: skip
    suspected: list[float | None] = [None] * len(cut.tokens)
    if isinstance(filler, MaskedModel) and filler.finds_replaced:
        guesses, suspected[:] = _electra(cut, filler, list(actions), chance)
    rows = []
    for at, token in enumerate(cut.tokens):
        put = chance.choice(guesses[at]) if guesses.get(at) else token
        rows.append(
            Place(
                at + 1,
                token,
                at in actions,
                actions.get(at),
                shown[at],
                losses.get(at),
                tuple(epoch[at] for epoch in epochs),
                put,
                put.lower() != token.lower(),
                suspected[at],
            )
        )
    return rows


def _electra(
    cut: _Text, model: MaskedModel, chosen: Sequence[int], chance: random.Random
) -> tuple[dict[int, list[str]], list[float]]:
    """What the model's own generator puts in the chosen places, all masked; how far its discriminator doubts each."""
    ids = list(cut.encoding.ids)
    places = [cut.inside[at] for at in chosen]
    for place in places:
        ids[place] = model.mask_id or 0
    rows = np.exp(model.run(ids, places))
    put = {}
    for at, row in zip(chosen, rows, strict=True):
        (token,) = chance.choices(range(len(row)), row.tolist())
        ids[cut.inside[at]] = token
        put[at] = [model.tokenizer.readable_id(token).strip() or cut.tokens[at]]
    suspected = model.suspected(ids)
    return put, [suspected[place] for place in cut.inside]


def choose(
    tokens: Sequence[str], spots: Sequence[tuple[int, int]], plan: Plan, seed: int
) -> dict[int, str]:
    """The tokens that are chosen, and what is done to each: mask (8 of 10), random (1), same (1)."""
    chance = random.Random(f"{seed} {plan.whole_words}")
    groups: list[list[int]] = []
    for at, _ in enumerate(tokens):
        goes_on = at > 0 and spots[at - 1][1] == spots[at][0] and tokens[at].startswith("##")
        if plan.whole_words and goes_on:
            groups[-1].append(at)
        else:
            groups.append([at])
    words = [group for group in groups if any(tokens[at].strip("#")[:1].isalnum() for at in group)]
    chance.shuffle(words)
    wanted = max(1, round(plan.rate * len(tokens)))
    found: dict[int, str] = {}
    for group in words:
        if len(found) >= wanted:
            break
        for at in group:
            drawn = chance.random()
            found[at] = MASKED if drawn < 0.8 else RANDOM if drawn < 0.9 else SAME
    return dict(sorted(found.items()))


def _cut(text: str, tokenizer: Tokenizer) -> _Text:
    if not text.strip():
        raise BadInput("there is no text", 'give a sentence, as "The cat sat on the mat"')
    if fault := no_text(text):
        raise fault
    encoding = tokenizer.encode(text)
    inside = [at for at, special in enumerate(encoding.special) if not special]
    spots = [encoding.offsets[at] for at in inside]
    if not any(text[start:end][:1].isalnum() for start, end in spots):
        raise BadInput(f"no word in {quoted(text, 40)}", "give a sentence")
    if len(inside) > LONGEST:
        raise BadInput(f"{len(inside)} tokens", f"at most {LONGEST} are shown")
    tokens = []
    for at, (start, end) in zip(inside, spots, strict=True):
        piece = encoding.tokens[at]
        tokens.append(piece if piece.startswith("##") else text[start:end].strip())
    return _Text(text, encoding, tokens, spots, inside)


def _fresh(tokenizer: Tokenizer, tokens: Sequence[str]) -> list[str]:
    """The tokens that a random one is drawn of: of the kind that the text has."""
    chinese = any("\u4e00" <= token[:1] <= "\u9fff" for token in tokens)
    found = []
    for number in range(tokenizer.size):
        piece = tokenizer.readable_id(number).strip()
        fits = "\u4e00" <= piece[:1] <= "\u9fff" if chinese else piece.isascii()
        if piece.isalpha() and fits:
            found.append(piece)
    return found


def _shown(token: str, action: str | None, fresh: Sequence[str], chance: random.Random) -> str:
    if action == MASKED:
        return MASK
    return chance.choice(fresh) if action == RANDOM and fresh else token


def _judged(
    cut: _Text,
    actions: dict[int, str],
    shown: Sequence[str],
    filler: Filler,
    tokenizer: Tokenizer,
    advance: Callable[[float], None],
) -> tuple[dict[int, float | None], dict[int, list[str]]]:
    """The loss at each chosen place, and the words that a generator could put there."""
    chosen = list(actions)
    parts, end = [], 0
    for at in chosen:
        start, stop = cut.spots[at]
        parts.append(cut.text[end:start])
        end = stop
    whole = Gapped((*parts, cut.text[end:]), (None,) * len(chosen))
    losses: dict[int, float | None] = {}
    guesses: dict[int, list[str]] = {}
    corrupted = _corrupted(cut, actions, shown, tokenizer)
    for number, at in enumerate(chosen):
        gapped = whole
        for other, place in enumerate(chosen):
            if other != number and actions[place] != MASKED:  # these the model sees
                piece = shown[place]
                glued = True if piece.startswith("##") else None
                gapped = gapped.filled(other, Word(piece, 0.0, glued))
        if isinstance(filler, MaskedModel):
            row = filler.run(corrupted)[cut.inside[at]]
            losses[at] = -float(row[cut.encoding.ids[cut.inside[at]]])
        elif not cut.tokens[at].startswith("##"):
            losses[at] = filler.loss(gapped, number, cut.tokens[at])
        if not cut.tokens[at].startswith("##"):
            guesses[at] = [word.token for word in filler.words(gapped, number, GUESSES)]
        advance(1)
    return losses, guesses


def _corrupted(
    cut: _Text, actions: dict[int, str], shown: Sequence[str], tokenizer: Tokenizer
) -> list[int]:
    """The token ids as a masked model sees them."""
    ids = list(cut.encoding.ids)
    for at, action in actions.items():
        named = tokenizer.special("mask") or MASK if action == MASKED else shown[at]
        number = tokenizer.id(named)
        number = tokenizer.id(named.lower()) if number is None else number
        if action != SAME and number is not None:
            ids[cut.inside[at]] = number
    return ids
