"""How fast a model is on this machine."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

from lmcli.frame.errors import BadUsage
from lmcli.frame.models import Model
from lmcli.nn import onnx
from lmcli.nn.onnx import Session
from lmcli.store.measure.feeds import Sizes, feeds_of, in_place, is_decoder, only

ENOUGH = 1.0  # seconds that each measure may take, besides one run to warm up
MOST = 50


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure: the median of `runs` timed runs, with the fastest and the slowest as rates alike."""

    model: str
    part: str
    measure: str
    value: float
    unit: str
    low: float
    high: float
    runs: int

    KEY: ClassVar[str] = "model"
    PLAIN: ClassVar[tuple[str, ...]] = ("part", "measure", "value", "unit")
    TOLD: ClassVar[tuple[str, ...]] = ("part", "measure", "unit")


@dataclass(frozen=True, slots=True)
class Conditions:
    """What the measures are taken with; `profile` is a file for onnxruntime's trace."""

    provider: str = "auto"
    threads: int | None = None
    seconds: float = ENOUGH
    profile: Path | None = None
    note: Callable[[str], None] | None = None


def bench(model: Model, conditions: Conditions) -> Iterator[Measure]:
    """Time a model's graphs, or its word vectors; yields each measure when it is taken.

    Raises ModelError for a model that is missing, or that takes inputs of another kind.
    """
    if model.task == "word-vectors":
        if conditions.provider not in ("auto", "cpu"):
            raise BadUsage(
                f"{model.name} holds word vectors: they are computed by numpy, on the CPU"
            )
        yield from _vectors(model, conditions.seconds)
        return
    parts = list(model.settings.get("graphs", {})) or ["model"]
    for part in parts:
        yield from _graph(model, part, conditions, several=len(parts) > 1)


def _graph(model: Model, part: str, conditions: Conditions, several: bool) -> Iterator[Measure]:
    profile = conditions.profile
    if profile is not None and several:
        profile = profile.with_name(f"{profile.stem}-{part}{profile.suffix}")
    started = time.perf_counter()
    session = onnx.open_session(
        model.graph(part),
        provider=conditions.provider,
        threads=conditions.threads,
        profile=profile,
        note=conditions.note,
    )
    yield _measure(model, part, "open", [time.perf_counter() - started])
    for what, amount, unit, run in _runs(model, session):
        yield _measure(model, part, what, times(run, conditions.seconds), amount, unit)
    session.finish_profile()


def _runs(model: Model, session: Session) -> Iterator[tuple[str, int, str, Callable[[], object]]]:
    """What is timed of a graph by its kind: a name, how much goes through, its unit a second, one run."""
    if is_decoder(session):
        tokens = only(session, 1)
        for new, old in ((tokens, 256),) if tokens else ((256, 0), (1, 256)):
            what = f"decoding after {old} tokens" if old else f"prefill of {new} tokens"
            yield what, new, "tokens/s", _step(session, Sizes(1, new, old))
    elif "input_ids" in session.inputs and "pixel_values" not in session.inputs:
        longest = _longest(model, session)
        sizes = {
            (only(session, 0) or texts, min(tokens, longest))
            for texts, tokens in ((1, 16), (32, 16), (8, 128))
        }
        for texts, tokens in sorted(sizes, key=lambda pair: (pair[1], pair[0])):
            run = partial(session.run, feeds_of(session, Sizes(texts, tokens)))
            yield f"{_count(texts, 'text')} of {tokens} tokens", texts, "texts/s", run
    else:
        what = "picture" if "pixel_values" in session.inputs else "vector"
        for batch in (1, 8):
            run = partial(session.run, feeds_of(session, Sizes(batch)))
            yield f"{_count(batch, what)} at once", batch, f"{what}s/s", run


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number > 1)}"


def _longest(model: Model, session: Session) -> int:
    """The most tokens that a text may have: as the graph says, or the model's configuration."""
    length = session.inputs["input_ids"].shape[-1] if "input_ids" in session.inputs else None
    if isinstance(length, int):
        return length
    path = model.folder / "config.json"
    if not path.is_file():
        return 512
    config = json.loads(path.read_text(encoding="utf-8"))
    text = config.get("text_config") or config
    # RoBERTa and its kin count positions from 2
    return int(text.get("max_position_embeddings", 514)) - 2


def _step(session: Session, sizes: Sizes) -> Callable[[], object]:
    """One run of a decoder; with its cache in place, bound to the same memory on both sides."""
    feeds = feeds_of(session, sizes)
    if not in_place(session):
        return lambda: session.run(feeds)
    room = sizes.past + sizes.tokens
    roomy = feeds_of(session, Sizes(sizes.batch, sizes.tokens, room))
    binding = session.bind()
    for name, array in feeds.items():
        if not name.startswith("past_key_values."):
            binding.input(name, array)
            continue
        binding.input(name, roomy[name])
        binding.output(name.replace("past_key_values", "present"), roomy[name])
    for name in session.outputs:
        if not name.startswith("present."):
            binding.output(name)
    return binding.run


def _vectors(model: Model, seconds: float) -> Iterator[Measure]:
    """Word vectors: opening, and one pass of all rows against a query."""
    from lmcli.vectors.wordvectors import WordVectors

    yield _measure(model, "vectors", "open", times(lambda: WordVectors.open(model), seconds))
    vectors = WordVectors.open(model)
    query = vectors.matrix[0].astype("float32")
    taken = times(lambda: vectors.matrix @ query, seconds)
    yield _measure(model, "vectors", "product with all rows", taken, len(vectors), "rows/s")


def times(run: Callable[[], object], seconds: float) -> list[float]:
    """Seconds of each run, after one that warms up: at least three of them, else as many as `seconds` hold."""
    run()
    taken: list[float] = []
    while len(taken) < 3 or (sum(taken) < seconds and len(taken) < MOST):
        started = time.perf_counter()
        run()
        taken.append(time.perf_counter() - started)
    return taken


def _measure(
    model: Model,
    part: str,
    what: str,
    taken: list[float],
    amount: int | None = None,
    unit: str = "s",
) -> Measure:
    """The figure of the seconds `taken`: themselves, or as a rate of `amount` a second."""
    values = taken if amount is None else [amount / seconds for seconds in taken]
    middle = statistics.median(values)
    return Measure(model.name, part, what, middle, unit, min(values), max(values), len(values))
