"""What a model has read last, kept so that only new tokens are run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lmcli.nn.decoding.decoder import Decoder
from lmcli.nn.decoding.logits import Logits, log_softmax
from lmcli.nn.decoding.model import LanguageModel, open_model
from lmcli.nn.decoding.opening import TASK, key_of

if TYPE_CHECKING:
    from lmcli.frame.environment import Environment

_PART = 128  # positions whose logits are held at once: 25 MB for a vocabulary of 50,000
CHUNK = 512  # tokens that are run at once: bounds the memory of a long prompt


class Context:
    """The text that a model has read last, so that a text that starts alike is not read again."""

    def __init__(self, model: LanguageModel, room: int = 0) -> None:
        self.model = model
        self.cache = model.decoder.cache(1, max(room, 1))
        self.ids: list[int] = []

    def keep(self, ids: Sequence[int], most: int | None = None) -> int:
        """Rewind to the longest common start with `ids` (at most `most` tokens); return its length."""
        common = common_prefix([self.ids, ids])
        common = common if most is None else min(common, most)
        self.rewind(common)
        return common

    def rewind(self, length: int) -> None:
        """Forget all but the first `length` tokens."""
        del self.ids[length:]
        self.cache.lengths[:] = length

    def read(self, ids: Sequence[int]) -> Logits:
        """Read a whole text, of which only the part that is new is run; the logits [vocabulary] after
        it.

        The last two tokens at least are run: the operators round one token alone otherwise than
        several, and the same text is to give the same logits however it was cut.
        """
        held = self.keep(ids, max(len(ids) - 2, 0))
        logits = read_on(self.model.decoder, self.cache, ids[held:])
        self.ids = list(ids)
        return logits

    def step(self, token: int) -> Logits:
        """Read one more token; the logits after it, valid until the next run."""
        logits: Logits = self.model.decoder.run(self.cache, np.array([[token]], np.int64))[0]
        self.ids.append(token)  # after the run: an interrupted one has not been read
        return logits

    def draft(self, tokens: Sequence[int]) -> Logits:
        """Read a token and a draft of what follows; the logits after each.

        The caller rewinds to what turns out right.
        """
        verifier = self.model.verifier
        assert verifier is not None
        length = int(self.cache.lengths[0])
        logits = verifier.run(self.cache, tokens)
        self.ids += tokens
        self.cache.lengths[:] = length + len(tokens)
        return logits


def read_on(decoder: Decoder, cache: Any, ids: Sequence[int]) -> Logits:
    """Read tokens on top of a cache of one row; the logits [vocabulary] after the last."""
    assert ids
    start = int(cache.lengths[0])
    cache.reserve(start + len(ids) + 1)
    logits = None
    for at in range(0, len(ids), CHUNK):
        part = np.array([ids[at : at + CHUNK]], np.int64)
        last = part.shape[1] - 1
        if last == 0:  # one token alone would be rounded otherwise: see `Context.read`
            part = np.repeat(part, 2, axis=1)
        logits = decoder.run(cache, part, np.array([last]))
    cache.lengths[:] = start + len(ids)
    assert logits is not None
    last_logits: Logits = logits[0]
    return last_logits


def common_prefix(texts: Sequence[Sequence[int]]) -> int:
    """How many tokens all texts start with alike."""
    shortest = min(texts, key=len)
    for at, token in enumerate(shortest):
        if any(text[at] != token for text in texts):
            return at
    return len(shortest)


def token_logprobs(context: Context, ids: list[int], start: int) -> list[float]:
    """The log probabilities of ids[start:], each after those before it; `start` at least 1."""
    held = context.keep(ids, start - 1)
    found: list[float] = []
    context.cache.reserve(len(ids))
    for at in range(held, len(ids) - 1, _PART):
        part = ids[at : min(at + _PART, len(ids) - 1)]
        padded = part * 2 if len(part) == 1 else part  # see Context.read
        wanted = np.arange(len(part))
        logits = context.model.decoder.run(context.cache, np.array([padded], np.int64), wanted)
        context.cache.lengths[:] = at + len(part)
        context.ids = ids[: at + len(part)]
        logprobs = log_softmax(logits)
        following = ids[at + 1 : at + 1 + len(part)]
        found += [float(row[token]) for row, token in zip(logprobs, following, strict=True)]
    return found[len(found) - (len(ids) - start) :]


def context_of(env: Environment, name: str | None = None) -> Context:
    """The decoder that a command's --model names, with what it has read last; loaded once in a process.

    Raises ModelError where it cannot be had.
    """
    settings = env.settings

    def load() -> Context:
        model = open_model(
            env.model(name, TASK),
            provider=settings.provider,
            threads=settings.threads,
            note=env.output.warn,
        )
        return Context(model)

    return env.cached(key_of(env, name), load)
