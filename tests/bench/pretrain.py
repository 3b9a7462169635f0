"""Training speed: lmcli's network and loop beside a plain one as nanoGPT has it, of the same size, in turns.

    python -m tests.bench.pretrain

The plain one is written out below (learned positions, LayerNorm, fused attention, AdamW, clipped gradients): tokens per
second of both, and their ratio; the median of rounds in which one follows the other.
"""

from __future__ import annotations

import statistics
import sys
import time
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from lmcli.pretrain.train.task import Material, TextTask
from lmcli.pretrain.transformer import Shape, build, parameters
from lmcli.training.loop import learn
from lmcli.training.task import Plan

SHAPE = Shape(1500, 3, 96, 4, 128)
BATCH, STEPS, ROUNDS = 16, 20, 5


class PlainBlock(nn.Module):
    """A block of nanoGPT."""

    def __init__(self) -> None:
        super().__init__()
        width = SHAPE.width
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x: Any) -> Any:
        b, n, width = x.shape
        q, k, v = (
            one.view(b, n, SHAPE.heads, -1).transpose(1, 2)
            for one in self.qkv(self.norm1(x)).split(width, dim=2)
        )
        y = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(y.transpose(1, 2).contiguous().view(b, n, width))
        return x + self.down(functional.gelu(self.up(self.norm2(x))))


class Plain(nn.Module):
    """nanoGPT."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens = nn.Embedding(SHAPE.vocabulary, SHAPE.width)
        self.places = nn.Embedding(SHAPE.context, SHAPE.width)
        self.blocks = nn.ModuleList(PlainBlock() for _ in range(SHAPE.layers))
        self.norm = nn.LayerNorm(SHAPE.width)
        self.head = nn.Linear(SHAPE.width, SHAPE.vocabulary, bias=False)
        self.head.weight = self.tokens.weight

    def forward(self, ids: Any) -> Any:
        x = self.tokens(ids) + self.places(torch.arange(ids.shape[1]))
        for one in self.blocks:
            x = one(x)
        return self.head(self.norm(x))


def plain(ids: np.ndarray) -> float:
    """Tokens per second of the plain loop."""
    model = Plain()
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3)
    data = torch.as_tensor(ids)
    start = time.perf_counter()
    for _ in range(STEPS):
        at = torch.randint(len(data) - SHAPE.context - 1, (BATCH,))
        x = torch.stack([data[i : i + SHAPE.context] for i in at])
        y = torch.stack([data[i + 1 : i + 1 + SHAPE.context] for i in at])
        loss = functional.cross_entropy(model(x).view(-1, SHAPE.vocabulary), y.view(-1))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        loss.item()
    return STEPS * BATCH * SHAPE.context / (time.perf_counter() - start)


def own(ids: np.ndarray) -> float:
    """Tokens per second of lmcli's loop, one epoch of so many steps; the judging is not counted."""
    material = Material(ids, ids[:300], 1.0, 0.0)
    task = TextTask(build(SHAPE), material, "clm", SHAPE.context, BATCH, steps=STEPS, most=300)
    run = learn(task, Plan(1, 1e-3))
    return run.step * BATCH * SHAPE.context / run.seconds


def main() -> None:
    """Print both speeds and the ratio."""
    torch.set_num_threads(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
    ids = np.random.default_rng(0).integers(0, SHAPE.vocabulary, 200_000)
    plain(ids), own(ids)  # warm
    pairs = [(own(ids), plain(ids)) for _ in range(ROUNDS)]
    ratio = statistics.median(a / b for a, b in pairs)
    mine, other = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(
        f"lmcli {mine:,.0f} tokens/s, plain {other:,.0f}, ratio {ratio:.2f}; {parameters(build(SHAPE)):,} parameters"
    )


if __name__ == "__main__":
    main()
