"""Models on another provider beside the CPU: how far they agree, and the speed.

Run: python -m tests.bench.providers cuda    (with an onnxruntime that has that provider: see `lmcli doctor`)
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

import lmcli
from lmcli.store.measure.bench import ENOUGH, times

SENTENCES = [
    f"The {n}th sentence speaks of cats, trains and the weather of the week." for n in range(256)
]
PROMPT = "Here is a short story about a cat who lived in a small house by the sea. One morning"


def main(provider: str) -> None:
    """Print a table: what, the rate on the CPU, the rate on the provider, and whether they agree."""
    print(f"what\tcpu\t{provider}\tunit\tagreement")
    _embed(provider)
    _complete(provider)
    _clip(provider)


def _embed(provider: str) -> None:
    encoders = [lmcli.Encoder.load(provider=name) for name in ("cpu", provider)]
    vectors = [encoder.embed(SENTENCES) for encoder in encoders]
    rates = [len(SENTENCES) / _seconds(lambda e=one: e.embed(SENTENCES)) for one in encoders]
    cosine = float((vectors[0] * vectors[1]).sum(axis=1).min())
    _row("embed", rates, "texts/s", f"least cosine {cosine:.6f}")


def _complete(provider: str) -> None:
    models = [lmcli.LanguageModel.load(provider=name) for name in ("cpu", provider)]
    texts = [one.complete(PROMPT, length=64, temperature=0).text for one in models]
    rates = [
        64 / _seconds(lambda m=one: m.complete(PROMPT, length=64, temperature=0)) for one in models
    ]
    same = next((n for n, (a, b) in enumerate(zip(*texts, strict=False)) if a != b), len(texts[0]))
    _row("complete", rates, "tokens/s", f"same for {same} of {len(texts[0])} characters")


def _clip(provider: str) -> None:
    rng = np.random.default_rng(0)
    from PIL import Image

    pictures = [
        Image.fromarray(rng.integers(0, 256, (12, 12, 3), dtype=np.uint8)).resize((320, 240))
        for _ in range(32)
    ]
    models = [lmcli.Clip.load(provider=name) for name in ("cpu", provider)]
    vectors = [one.embed_images(pictures) for one in models]
    rates = [len(pictures) / _seconds(lambda m=one: m.embed_images(pictures)) for one in models]
    cosine = float((vectors[0] * vectors[1]).sum(axis=1).min())
    _row("clip embed", rates, "pictures/s", f"least cosine {cosine:.6f}")


def _seconds(run: Callable[[], Any]) -> float:
    """The median of some runs, after one that warms up."""
    return statistics.median(times(run, ENOUGH))


def _row(what: str, rates: list[float], unit: str, agreement: str) -> None:
    print(f"{what}\t{rates[0]:.1f}\t{rates[1]:.1f}\t{unit}\t{agreement}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "cuda")
