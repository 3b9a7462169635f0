"""The transformer that is trained here: GPT when it looks to the left alone, BERT when it looks to both sides.

Vaswani et al. 2017 with the changes that have stood: the norm before each part (Xiong et al. 2020), rotary positions
(Su et al. 2021), the embedding used as the output matrix too (Press and Wolf 2017). Shapes: b texts, n tokens, h heads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lmcli.nn.onnxfile.torch_export import torch

BASE = 10_000.0  # of the rotary wavelengths


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of a network. causal: each token sees those before it alone."""

    vocabulary: int
    layers: int
    width: int
    heads: int
    context: int
    causal: bool = True
    dropout: float = 0.0

    @property
    def objective(self) -> str:
        """What such a network is trained for."""
        return "clm" if self.causal else "mlm"


def build(shape: Shape) -> Any:
    """The network with random weights, seeded by torch's own generator."""
    package = torch()
    nn, functional = package.nn, package.nn.functional

    class Network(nn.Module):  # type: ignore[misc, name-defined]
        """Tokens in, the logits of a token at every place out."""

        def __init__(self) -> None:
            super().__init__()
            self.embedding = nn.Embedding(shape.vocabulary, shape.width)
            self.blocks = nn.ModuleList(block(shape) for _ in range(shape.layers))
            self.norm = nn.LayerNorm(shape.width)
            self.apply(self._start)
            for name, weight in self.named_parameters():
                if name.endswith(("out.weight", "down.weight")):  # as GPT-2: added up over layers
                    nn.init.normal_(weight, std=0.02 * (2 * shape.layers) ** -0.5)

        @staticmethod
        def _start(part: Any) -> None:
            if isinstance(part, (nn.Linear, nn.Embedding)):
                nn.init.normal_(part.weight, std=0.02)
            if getattr(part, "bias", None) is not None:
                nn.init.zeros_(part.bias)

        def forward(self, ids: Any) -> Any:
            """Logits (b, n, vocabulary) of ids (b, n)."""
            places = package.arange(ids.shape[1], device=ids.device)
            return self.run(ids, places[None], None, None)[0]

        def run(self, ids: Any, places: Any, mask: Any, past: Any) -> tuple[Any, list[Any]]:
            """The logits, and the keys and values of each layer; see `attention`."""
            x, kept = self.embedding(ids), []
            turn = turns(places, shape.width // shape.heads)
            for number, one in enumerate(self.blocks):
                x, pair = one(x, turn, mask, past[number] if past else None)
                kept.append(pair)
            return functional.linear(self.norm(x), self.embedding.weight), kept

    return Network()


def block(shape: Shape) -> Any:
    """Attention, then a layer of neurons for each token; both are added to what was there."""
    nn = torch().nn

    class Block(nn.Module):  # type: ignore[misc, name-defined]
        """x (b, n, width) -> the same, and the keys and values of its attention."""

        def __init__(self) -> None:
            super().__init__()
            self.norm1, self.norm2 = nn.LayerNorm(shape.width), nn.LayerNorm(shape.width)
            self.attention = attention(shape)
            self.up = nn.Linear(shape.width, 4 * shape.width)
            self.down = nn.Linear(4 * shape.width, shape.width)
            self.dropout = nn.Dropout(shape.dropout)

        def forward(self, x: Any, turn: Any, mask: Any, past: Any) -> tuple[Any, Any]:
            seen, kept = self.attention(self.norm1(x), turn, mask, past)
            x = x + self.dropout(seen)
            inner = nn.functional.gelu(self.up(self.norm2(x)))
            return x + self.dropout(self.down(inner)), kept

    return Block()


def attention(shape: Shape) -> Any:
    """Each token takes from others what it looks for."""
    package = torch()
    nn = package.nn

    class Attention(nn.Module):  # type: ignore[misc, name-defined]
        """x (b, n, width); past: keys and values (b, h, m, head) of what was read before."""

        def __init__(self) -> None:
            super().__init__()
            self.qkv = nn.Linear(shape.width, 3 * shape.width, bias=False)
            self.out = nn.Linear(shape.width, shape.width, bias=False)

        def forward(self, x: Any, turn: Any, mask: Any, past: Any) -> tuple[Any, Any]:
            size = shape.width // shape.heads
            parts = self.qkv(x).unflatten(-1, (3 * shape.heads, size)).transpose(1, 2)
            q, k = rotated(parts[:, : -shape.heads], turn).chunk(2, 1)
            v = parts[:, -shape.heads :]
            if past is not None:
                k, v = package.cat([past[0], k], 2), package.cat([past[1], v], 2)
            if mask is None:  # in training: one fused kernel
                drop = shape.dropout if self.training else 0.0
                y = nn.functional.scaled_dot_product_attention(
                    q, k, v, dropout_p=drop, is_causal=shape.causal
                )
            else:  # in the graph: the weights can be seen
                scores = q @ k.transpose(2, 3) * size**-0.5 + mask
                y = scores.softmax(-1) @ v
            return self.out(y.transpose(1, 2).flatten(2)), (k, v)

    return Attention()


def turns(places: Any, head: int) -> tuple[Any, Any]:
    """Cosine and sine (b, 1, n, head) of the angles by which queries and keys are turned, for both halves of a head."""
    package, half = torch(), head // 2
    speed = BASE ** (-package.arange(half, device=places.device) / half)
    angle = places[:, None, :, None].float() * speed
    cos, sin = angle.cos(), angle.sin()
    return package.cat([cos, cos], -1), package.cat([-sin, sin], -1)


def rotated(x: Any, turn: tuple[Any, Any]) -> Any:
    """Each pair of numbers turned: what is left in a product of two tokens is their distance."""
    (cos, sin), (left, right) = turn, x.chunk(2, -1)
    return x * cos + torch().cat([right, left], -1) * sin


def door(network: Any, shape: Shape) -> Any:
    """The network as its graph is: with a cache where it is causal, and its attention open to the eye."""
    package = torch()

    class Door(package.nn.Module):  # type: ignore[misc, name-defined]
        """input_ids, position_ids, keys and values before -> logits, keys and values."""

        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, ids: Any, places: Any, *past: Any) -> Any:
            if not shape.causal:
                return network.run(ids, places, package.zeros(1), None)[0]
            pairs = list(zip(past[::2], past[1::2], strict=True))
            total = past[0].shape[2] + ids.shape[1]
            later = package.arange(total)[None, None, None] > places[:, None, :, None]
            logits, kept = network.run(ids, places, later.float() * -1e9, pairs)
            return (logits, *(one for pair in kept for one in pair))

    return Door()


def parameters(network: Any) -> int:
    """How many numbers are learnt."""
    return sum(weight.numel() for weight in network.parameters())
