"""What came before the transformer, in torch: one GRU reads, another writes (Cho et al. 2014).

Without attention the decoder knows one vector of the whole sentence. With it (Bahdanau et al. 2015) the decoder looks
at all states of the encoder before each word. Both give what `network` gives, so that the same loop teaches them and
the same graphs run them.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn

from lmcli.translate.train.network import HIDDEN, READS, WRITES


class Recurrent(nn.Module):  # type: ignore[misc]
    """GRUs of both languages with fresh weights; between them additive attention with `attends`."""

    def __init__(
        self, sources: int, targets: int, width: int, layers: int, dropout: float, attends: bool
    ) -> None:
        super().__init__()
        self.reads = tuple(name for name in READS if name != "scores")
        self.writes = WRITES if attends else WRITES[:-1]
        self.depth = layers  # states that the decoder goes on with
        self.scale = math.sqrt(width)
        self.source, self.target = nn.Embedding(sources, width), nn.Embedding(targets, width)
        for table in (self.source, self.target):
            nn.init.normal_(table.weight, std=1 / self.scale)
        self.encoder = nn.ModuleList(Reader(width, dropout) for _ in range(layers))
        self.attention: Any = Attention(width) if attends else None
        self.begin = nn.Linear(width, layers * width)
        between = dropout if layers > 1 else 0.0
        self.writer = nn.GRU(2 * width, width, layers, batch_first=True, dropout=between)
        self.output = nn.Linear(3 * width, width)
        self.drop = nn.Dropout(dropout)

    def encode(self, ids: Any, mask: Any) -> tuple[Any, ...]:
        """ids, mask (batch, places), 1 for what is a token: C, its keys, its values, the tokens' vectors.

        C are the states of all places, or without attention one: what was read to the end, forth and back.
        """
        lengths = mask.long().sum(1)[:, None]
        x = vectors = self.drop(self.source(ids) * self.scale)
        for layer in self.encoder:
            x = layer(x, lengths)
        if self.attention is None:
            half = x.shape[2] // 2
            last = x.gather(1, (lengths - 1)[:, :, None].expand(-1, -1, 2 * half))
            x = torch.cat([last[:, :, :half], x[:, :1, half:]], 2)
        keys = x if self.attention is None else self.attention.key(x)
        return x, keys[None, :, None], x[None, :, None], vectors

    def decode(
        self, ids: Any, mask: Any, keys: Any, values: Any, past: Any = None
    ) -> tuple[Any, ...]:
        """Logits (batch, places, targets), twice the states (1, batch, 1, layers, width), attention's scores.

        The first states come from C's first place, where the GRU that reads backwards has ended.
        """
        begun = self.begin(values[0, :, 0, 0]).tanh().unflatten(1, (self.depth, -1))[None, :, None]
        if past is not None:  # of what is there the last states count
            begun = torch.cat([begun, past[0]], 3)[:, :, :, -self.depth :]
        state = begun[0, :, 0].transpose(0, 1).contiguous()
        words = self.drop(self.target(ids) * self.scale)
        keys, values, scores = keys[0, :, 0], values[0, :, 0], None
        if self.attention is None:
            found = values.expand(-1, ids.shape[1], -1)
            made, state = self.writer(torch.cat([words, found], 2), state)
        else:
            made, found, scores, state = self._looking(words, mask, keys, values, state)
        deep = self.output(torch.cat([self.drop(made), found, words], 2)).tanh()
        kept = state.transpose(0, 1)[None, :, None]
        return deep @ self.target.weight.T, kept, kept, scores

    def _looking(self, words: Any, mask: Any, keys: Any, values: Any, state: Any) -> Any:
        """Word by word: what the state finds in C is read with the word. States, found, scores, the last state."""
        hidden = (1 - mask.to(words.dtype)) * HIDDEN
        parts = []
        for place in range(words.shape[1]):
            score = self.attention(state[-1], keys) + hidden[:, None]
            found = score.softmax(-1).to(values.dtype) @ values
            word = words[:, place : place + 1]
            made, state = self.writer(torch.cat([word, found], 2), state)
            parts.append((made, found, score))
        made, found, scores = (torch.cat(list(one), 1) for one in zip(*parts, strict=True))
        return made, found, scores[None, :, None], state


class Attention(nn.Module):  # type: ignore[misc]
    """Additive: v tanh(W s + U h) of a state s and keys U h."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.query, self.key = nn.Linear(width, width), nn.Linear(width, width, bias=False)
        self.energy = nn.Linear(width, 1, bias=False)

    def forward(self, state: Any, keys: Any) -> Any:
        """state (batch, width), keys (batch, places, width): scores (batch, 1, places)."""
        return self.energy((self.query(state)[:, None] + keys).tanh()).transpose(1, 2)


class Reader(nn.Module):  # type: ignore[misc]
    """A GRU from each side, of half the width each; what is padded is read last and changes nothing."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.forth = nn.GRU(width, width // 2, batch_first=True)
        self.back = nn.GRU(width, width // 2, batch_first=True)
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Any, lengths: Any) -> Any:
        """x (batch, places, width), lengths (batch, 1)."""
        at = torch.arange(x.shape[1], device=x.device)[None]
        turned = torch.where(at < lengths, lengths - 1 - at, at)[:, :, None]
        other, _ = self.back(x.gather(1, turned.expand(-1, -1, x.shape[2])))
        other = other.gather(1, turned.expand(-1, -1, other.shape[2]))
        return self.drop(torch.cat([self.forth(x)[0], other], 2))
