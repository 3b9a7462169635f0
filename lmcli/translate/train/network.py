"""The transformer of "Attention is all you need" (Vaswani et al. 2017) in torch: an encoder and a decoder.

The norm stands before each part (pre-norm), places are sines and cosines, and the output shares the target's embedding.
"""

from __future__ import annotations

import math
from typing import Any

from lmcli.nn.onnxfile.torch_export import torch

HIDDEN = -1e4  # added to the score of what may not be seen
READS = ("states", "keys", "values", "scores", "vectors")  # what `encode` gives
WRITES = ("logits", "present_keys", "present_values", "scores")  # what `decode` gives


def network(
    sources: int, targets: int, width: int = 256, heads: int = 4, layers: tuple[int, int] = (4, 3),
    dropout: float = 0.1,
) -> Any:  # fmt: skip
    """A transformer with fresh weights. Raises MissingExtra without torch."""
    package, nn = torch(), torch().nn
    shape = width, heads, dropout

    class Transformer(nn.Module):  # type: ignore[misc, name-defined]
        reads, writes, depth = READS, WRITES, 0

        def __init__(self) -> None:
            super().__init__()
            self.source, self.target = nn.Embedding(sources, width), nn.Embedding(targets, width)
            for table in (self.source, self.target):
                nn.init.normal_(table.weight, std=width**-0.5)
            self.encoder = nn.ModuleList(_encoder_layer(*shape) for _ in range(layers[0]))
            self.decoder = nn.ModuleList(_decoder_layer(*shape) for _ in range(layers[1]))
            self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
            self.drop = nn.Dropout(dropout)

        def placed(self, vectors: Any, first: Any) -> Any:
            """Embeddings, grown to the size of places, with the sines and cosines of their places added."""
            at = package.arange(vectors.shape[1], device=vectors.device) + first
            return self.drop(vectors * math.sqrt(width) + _places(at, width))

        def encode(self, ids: Any, mask: Any) -> tuple[Any, ...]:
            """ids, mask (batch, places), 1 for what is a token: C, its keys and values by layer, scores, vectors."""
            bias = (1 - mask[:, None, None, :].to(self.norm1.weight.dtype)) * HIDDEN
            x = vectors = self.placed(self.source(ids), 0)
            seen = []
            for layer in self.encoder:
                x, scores = layer(x, bias)
                seen.append(scores)
            x = self.norm1(x)
            memory = [layer.cross.remember(x) for layer in self.decoder]
            keys, values = (package.stack([one[part] for one in memory]) for part in (0, 1))
            return x, keys, values, package.stack(seen), vectors

        def decode(
            self, ids: Any, mask: Any, keys: Any, values: Any, past: Any = None
        ) -> tuple[Any, ...]:
            """Logits (batch, places, targets), own keys and values by layer, cross-attention's scores by layer."""
            first = past[0].shape[3] if past is not None else 0
            x = self.placed(self.target(ids), first)
            every = package.arange(first + ids.shape[1], device=ids.device)
            causal = (every[None, :] > every[first:, None]).to(x.dtype) * HIDDEN
            hidden = (1 - mask[:, None, None, :].to(x.dtype)) * HIDDEN
            kept = []
            for number, layer in enumerate(self.decoder):
                before = (past[0][number], past[1][number]) if past is not None else None
                x, *made = layer(x, before, (keys[number], values[number]), causal, hidden)
                kept.append(made)
            logits = self.norm2(x) @ self.target.weight.T
            return logits, *map(package.stack, zip(*kept, strict=True))

    return Transformer()


def _places(at: Any, width: int) -> Any:
    """The sines, then the cosines, of places, (places, width)."""
    package = torch()
    rates = 10000 ** (-package.arange(0, width, 2, device=at.device) / width)
    angles = at[:, None] * rates
    return package.cat([angles.sin(), angles.cos()], 1)


def _attention(width: int, heads: int) -> Any:
    nn = torch().nn

    class Attention(nn.Module):  # type: ignore[misc, name-defined]
        """softmax(Q K^T / sqrt(d)) V in several heads."""

        def __init__(self) -> None:
            super().__init__()
            self.query, self.key = nn.Linear(width, width), nn.Linear(width, width)
            self.value, self.output = nn.Linear(width, width), nn.Linear(width, width)

        def split(self, x: Any) -> Any:
            """(batch, places, width) in heads: (batch, heads, places, width / heads)."""
            return x.reshape(x.shape[0], -1, heads, width // heads).transpose(1, 2)

        def remember(self, x: Any) -> tuple[Any, Any]:
            """The keys and values of states."""
            return self.split(self.key(x)), self.split(self.value(x))

        def forward(self, x: Any, keys: Any, values: Any, bias: Any) -> tuple[Any, Any]:
            """What the states x find, and the scores, in which what is hidden has HIDDEN added."""
            scores = self.split(self.query(x)) @ keys.transpose(-1, -2) / math.sqrt(width // heads)
            scores = scores + bias
            found = scores.softmax(-1) @ values
            return self.output(found.transpose(1, 2).reshape(x.shape)), scores

    return Attention()


def _feed_forward(width: int) -> Any:
    nn = torch().nn
    return nn.Sequential(nn.Linear(width, 4 * width), nn.ReLU(), nn.Linear(4 * width, width))


def _encoder_layer(width: int, heads: int, dropout: float) -> Any:
    nn = torch().nn

    class EncoderLayer(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.attention, self.feed, self.drop = (
                _attention(width, heads),
                _feed_forward(width),
                nn.Dropout(dropout),
            )
            self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)

        def forward(self, x: Any, bias: Any) -> tuple[Any, Any]:
            y = self.norm1(x)
            found, scores = self.attention(y, *self.attention.remember(y), bias)
            x = x + self.drop(found)
            return x + self.drop(self.feed(self.norm2(x))), scores

    return EncoderLayer()


def _decoder_layer(width: int, heads: int, dropout: float) -> Any:
    package = torch()
    nn = package.nn

    class DecoderLayer(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.attention, self.cross = _attention(width, heads), _attention(width, heads)
            self.feed, self.drop = _feed_forward(width), nn.Dropout(dropout)
            self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(width) for _ in range(3))

        def forward(
            self, x: Any, past: Any, memory: Any, causal: Any, hidden: Any
        ) -> tuple[Any, ...]:
            y = self.norm1(x)
            keys, values = self.attention.remember(y)
            if past is not None:
                keys, values = package.cat([past[0], keys], 2), package.cat([past[1], values], 2)
            x = x + self.drop(self.attention(y, keys, values, causal)[0])
            found, scores = self.cross(self.norm2(x), *memory, hidden)
            x = x + self.drop(found)
            return x + self.drop(self.feed(self.norm3(x))), keys, values, scores

    return DecoderLayer()
