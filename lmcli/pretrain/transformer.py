"""The transformer that is trained here: GPT when it looks to the left alone, BERT and ELECTRA when to both sides.

Vaswani et al. 2017 with the changes that have stood: the norm before each part (Xiong et al. 2020), rotary positions
(Su et al. 2021), the embedding used as the output matrix too (Press and Wolf 2017). Shapes: b texts, n tokens, h heads.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from lmcli.nn.onnxfile.torch_export import torch
from lmcli.pretrain.objective import CLM, MLM, PAIRS, REPLACED

BASE = 10_000.0  # of the rotary wavelengths


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of a network, and what it is trained for."""

    vocabulary: int
    layers: int
    width: int
    heads: int
    context: int
    objective: str = CLM
    dropout: float = 0.0

    @property
    def causal(self) -> bool:
        """Whether each token sees those before it alone."""
        return self.objective == CLM


def build(shape: Shape) -> Any:
    """The network with random weights, seeded by torch's own generator."""
    return electra(shape) if shape.objective == REPLACED else transformer(shape)


def transformer(shape: Shape) -> Any:
    """One stack of blocks. `head` answers what is asked besides: of a pair (BERT), or of each token (ELECTRA)."""
    package = torch()
    nn, functional = package.nn, package.nn.functional

    class Network(nn.Module):  # type: ignore[misc, name-defined]
        """Tokens in, the logits of a token at every place out."""

        def __init__(self) -> None:
            super().__init__()
            self.embedding = nn.Embedding(shape.vocabulary, shape.width)
            self.blocks = nn.ModuleList(block(shape) for _ in range(shape.layers))
            self.norm = nn.LayerNorm(shape.width)
            if shape.objective == PAIRS:
                self.side = nn.Embedding(2, shape.width)  # sentence A or B
            start(self, shape.layers)
            if shape.objective in (PAIRS, REPLACED):
                inputs, answers = (3, 2) if shape.objective == PAIRS else (1, 1)
                inner = nn.Linear(inputs * shape.width, shape.width)
                self.head = nn.Sequential(inner, nn.Tanh(), nn.Linear(shape.width, answers))

        def forward(self, ids: Any) -> Any:
            """Logits (b, n, vocabulary) of ids (b, n)."""
            return self.words(self.run(ids)[0])

        def words(self, x: Any) -> Any:
            """The logits of last vectors."""
            return functional.linear(x, self.embedding.weight)

        def follows(self, x: Any, sides: Any, there: Any) -> Any:
            """Logits (b, 2): B stands behind A, or not. From the mean vectors of both; there: 0 at padding."""
            parts = (there * (1 - sides), there * sides)
            a, b = ((p[..., None] * x).sum(1) / p.sum(1, True).clamp(min=1) for p in parts)
            return self.head(package.cat([a * b, (a - b) ** 2, a - b], -1))

        def run(
            self, ids: Any, places: Any = None, mask: Any = None, past: Any = None, sides: Any = None
        ) -> tuple[Any, list[Any]]:  # fmt: skip
            """The last vectors (b, n, width), and the keys and values of each layer; see `attention`."""
            x, kept = self.embedding(ids), []
            if shape.objective == PAIRS:
                x = x + self.side(package.zeros_like(ids) if sides is None else sides)
            if places is None:
                places = package.arange(ids.shape[1], device=ids.device)[None]
            turn = turns(places, shape.width // shape.heads)
            for number, one in enumerate(self.blocks):
                x, pair = one(x, turn, mask, past[number] if past else None)
                kept.append(pair)
            return self.norm(x), kept

    return Network()


def start(network: Any, layers: int) -> None:
    """Random weights as GPT-2's: smaller where the outputs of layers are added up, no biases."""
    nn = torch().nn
    for name, weight in network.named_parameters():
        added = (2 * layers) ** -0.5 if name.endswith(("out.weight", "down.weight")) else 1
        if weight.dim() > 1:
            nn.init.normal_(weight, std=0.02 * added)
        elif name.endswith("bias"):
            nn.init.zeros_(weight)


def electra(shape: Shape) -> Any:
    """Two networks (Clark et al. 2020): one half as deep that fills masks, and one that looks for its words."""

    class Electra(torch().nn.Module):  # type: ignore[misc]
        """ids (b, n) -> the generator's logits; `replaced`: of each token, whether it is not the text's own."""

        def __init__(self) -> None:
            super().__init__()
            small = replace(shape, objective=MLM, layers=max(1, shape.layers // 2))
            self.generator, self.judge = transformer(small), transformer(shape)
            self.embedding = self.judge.embedding

        def forward(self, ids: Any) -> Any:
            return self.generator(ids)

        def replaced(self, ids: Any, places: Any = None, mask: Any = None) -> Any:
            return self.judge.head(self.judge.run(ids, places, mask)[0])[..., 0]

    return Electra()


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
            if mask is None or self.training:  # one fused kernel
                y = nn.functional.scaled_dot_product_attention(
                    q, k, v, mask, shape.dropout * self.training, shape.causal and mask is None
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


def parameters(network: Any) -> int:
    """How many numbers are learnt."""
    return sum(weight.numel() for weight in network.parameters())
