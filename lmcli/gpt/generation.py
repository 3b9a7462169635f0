"""Generating text token by token: one text as a stream, many in a batch, the same either way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from lmcli.gpt.lookup import Lookup
from lmcli.gpt.text import Text
from lmcli.nn.decoding.context import Context, common_prefix, read_on
from lmcli.nn.decoding.logits import Logits
from lmcli.nn.decoding.model import LanguageModel

SHARED_PREFIX = 16  # tokens: a shorter common start of a batch is quicker read again than copied
VERIFIED_ROOM = 16  # positions that a draft may run past the text's end
WORTH_OPENING = 64  # tokens: opening the graph for drafts takes as long as some 30
PADDED = 2048  # tokens, padding included, that a batch's prompts are read at once with


def stream(context: Context, text: Text) -> Iterator[str]:
    """Generate one text; yields the pieces as they become certain. `text` has the rest."""
    context.model.fits(text.prompt)
    if text.request.length == 0:
        text.reason = "length"
        return
    context.cache.reserve(_positions_filled(text))
    lookup = Lookup(text.ids)
    logits: Iterable[Logits] = [context.read(text.prompt)]
    draft: list[int] = []
    while text.reason is None:
        piece = ""
        for place, row in enumerate(logits):
            piece += text.take(row)
            lookup.saw(text.ids[-1])
            if text.reason is not None or draft[place : place + 1] != text.ids[-1:]:
                break
        if draft:  # what was read of the draft beyond the last token that was right
            context.rewind(len(text.ids) - 1)
        if piece:
            yield piece
        if text.reason is None:
            draft = lookup.draft(_most_drafted(context, text, lookup))
            tokens = [text.ids[-1], *draft]
            logits = context.draft(tokens) if draft else [context.step(tokens[0])]


def _most_drafted(context: Context, text: Text, lookup: Lookup) -> int:
    """How many tokens may be drafted: none before drafting is known to pay."""
    request = text.request
    left = min(
        request.length - len(text.generated), context.model.context - len(text.ids) - VERIFIED_ROOM
    )
    if not request.lookup or left < 2 or context.model.open_verifier is None:
        return 0
    opened = "verifier" in context.model.__dict__
    if not (lookup.pays and (opened or left >= WORTH_OPENING)):
        return 0
    verifier = context.model.verifier
    return min(left, verifier.tokens) - 1 if verifier else 0


def batch(context: Context, texts: Sequence[Text]) -> None:
    """Generate several texts side by side; each gets the tokens that it would get alone.

    The tokens that all prompts start with are read once, into `context`, and copied.
    """
    for text in texts:
        context.model.fits(text.prompt)
    waiting = [text for text in texts if text.request.length > 0]
    for text in texts:
        if text.request.length == 0:
            text.reason = "length"
    if len(waiting) < 2 or not context.model.decoder.batches:
        for text in waiting:
            for _ in stream(context, text):
                pass
        return
    cache, logits = _read_prompts(context, waiting)
    _finish(context.model, cache, waiting, logits)


def _read_prompts(context: Context, texts: Sequence[Text]) -> tuple[Any, list[Logits]]:
    """Read all prompts into one cache; the logits after each."""
    decoder = context.model.decoder
    cache = decoder.cache(len(texts), max(_positions_filled(text) for text in texts))
    prompts = [text.prompt for text in texts]
    shared = min(common_prefix(prompts), *(len(prompt) - 2 for prompt in prompts))
    longest = max(len(prompt) for prompt in prompts)
    if shared >= SHARED_PREFIX:
        if context.keep(prompts[0], shared) < shared:
            context.read(prompts[0][:shared])
        logits = []
        for index, prompt in enumerate(prompts):
            row = cache.row(index)
            row.copy_from(context.cache, shared)
            logits.append(read_on(decoder, row, prompt[shared:]))
        return cache, logits
    if longest * len(prompts) <= PADDED:
        return cache, list(_read_padded(decoder, cache, prompts, max(longest, 2)))
    return cache, [
        read_on(decoder, cache.row(index), prompt) for index, prompt in enumerate(prompts)
    ]


def _read_padded(
    decoder: Any, cache: Any, prompts: Sequence[Sequence[int]], longest: int
) -> Logits:
    """Read prompts of different lengths in one run: what is behind the shorter ones is taken back."""
    ids = np.zeros((len(prompts), longest), np.int64)
    for row, prompt in enumerate(prompts):
        ids[row, : len(prompt)] = prompt
    lengths = np.array([len(prompt) for prompt in prompts])
    logits: Logits = decoder.run(cache, ids, np.arange(len(prompts)) * longest + lengths - 1)
    cache.lengths[:] = lengths
    return logits


def _finish(
    model: LanguageModel, cache: Any, texts: Sequence[Text], logits: Sequence[Logits]
) -> None:
    """Generate until every text has ended; ended ones make room when they are half of the batch."""
    rows = list(texts)
    while True:
        for text, row in zip(rows, logits, strict=True):
            if text.reason is None:
                text.take(row)
        going = [index for index, text in enumerate(rows) if text.reason is None]
        if not going:
            return
        if len(going) <= len(rows) // 2:
            cache = _cache_of_rows(model, cache, going)
            rows = [rows[index] for index in going]
        tokens = np.array([[text.ids[-1]] for text in rows], np.int64)
        lengths = cache.lengths.copy()
        logits = list(model.decoder.run(cache, tokens))
        ended = [index for index, text in enumerate(rows) if text.reason is not None]
        cache.lengths[ended] = lengths[ended]


def _cache_of_rows(model: LanguageModel, cache: Any, rows: Sequence[int]) -> Any:
    """A smaller cache with some of the rows."""
    smaller = model.decoder.cache(len(rows), cache.room)
    for new, old in enumerate(rows):
        row = cache.row(old)
        smaller.row(new).copy_from(row, int(row.lengths[0]))
    return smaller


def _positions_filled(text: Text) -> int:
    """The positions that a text can fill."""
    return min(len(text.prompt) + text.request.length, text.model.context) + 2
