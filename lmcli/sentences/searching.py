"""Exact search by meaning: all paragraphs ranked by the cosine of their vectors with the query's; and by words, too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from lmcli.frame.errors import BadUsage, LmcliError, NoAnswer, Noted
from lmcli.frame.numbers import shortest
from lmcli.frame.text.understanding import able, scripts_in
from lmcli.sentences.files.index import Collection
from lmcli.sentences.methods import Embedder, read_texts
from lmcli.sentences.records.keys import Condition, known, plain
from lmcli.vectors.ranking import best_rows, shown

SAMPLE = 20  # paragraphs looked at for what script they are in
RRF = 60  # the constant of reciprocal rank fusion, as published


@dataclass(frozen=True, slots=True)
class Hit:
    """A paragraph that answers a query: where it starts, its text, the cosine."""

    path: str
    line: int
    text: str
    score: float

    PLAIN: ClassVar[tuple[str, ...]] = ("path", "line", "score", "text")


@dataclass(frozen=True, slots=True)
class RecordHit(Hit):
    """A record that answers a query: what it was found by, what it answers; `text` is the values as text."""

    key: str
    values: dict[str, Any]


@dataclass(frozen=True)
class Ranks:
    """What a hybrid score is made of: cosine and BM25 score, and the place in the list of each (0: in none)."""

    cosine: float
    bm25: float
    by_meaning: int
    by_words: int


@dataclass(frozen=True)
class HybridHit(Ranks, Hit):
    """A paragraph found by words and meaning; `score` is their fusion."""


@dataclass(frozen=True)
class HybridRecordHit(Ranks, RecordHit):
    """A record found by words and meaning; `score` is their fusion."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for: k hits, with `context` paragraphs around each; of records those that meet all conditions.

    values: the fields that answer, all where none is named. hybrid: by words (BM25), too.
    """

    k: int = 5
    context: int = 0
    hybrid: bool = False
    where: tuple[Condition, ...] = ()
    values: tuple[str, ...] = ()


def search(
    collection: Collection, embedder: Embedder, queries: Sequence[str], wanted: Wanted = Wanted()
) -> list[Noted | LmcliError]:
    """The k best paragraphs for each query, best first, or the error of one that has no vector.

    With `context` a hit's text has that many paragraphs of its file before and after it, too. Paragraphs of
    which nothing is understood have no cosine; they are found by their words at most.
    """
    pool = _pool(collection, wanted)
    found = read_texts(embedder, queries)
    if not found:
        return []
    mute = set(collection.mute)
    vectors = collection.vectors if pool is None else collection.vectors[pool]
    depth = len(vectors) if wanted.hybrid else wanted.k + len(mute)
    rows, scores = best_rows(vectors, np.stack([one.vector for one in found]), depth)
    if pool is not None:
        rows = pool[rows]
    answers: list[Noted | LmcliError] = []
    for i, one in enumerate(found):
        pairs = zip(rows[i].tolist(), scores[i], strict=True)
        near = [(row, score) for row, score in pairs if row not in mute and score > -np.inf]
        if wanted.hybrid:
            words = collection.words.scores(queries[i])
            fused = fuse(near, words, rows[i])[: wanted.k]
            hits = [_hit(collection, row, score, wanted, ranks) for row, score, ranks in fused]
        else:
            hits = [_hit(collection, row, score, wanted) for row, score in near[: wanted.k]]
        answers.append(
            one.fault
            or (Noted(hits, one.warnings) if hits else None)
            or NoAnswer(f"no paragraph has a word that {embedder.name} knows")
        )
    return answers


def fuse(
    near: Sequence[tuple[int, np.float32]],
    words: NDArray[np.float64],
    pool: NDArray[np.int64],
) -> list[tuple[int, np.float32, Ranks]]:
    """Reciprocal rank fusion (Cormack et al. 2009) of two lists: sum of 1 / (60 + rank), ranks from 1.

    Scores of different kinds need no common scale. near: (row, cosine), best first. words: the BM25 score of
    every row; of those in `pool` the ones with a word of the query form the second list.
    """
    order = pool[np.lexsort((pool, -words[pool]))].tolist()
    by_words = {row: rank for rank, row in enumerate(order, 1) if words[row] > 0}
    by_meaning = {row: (rank, cosine) for rank, (row, cosine) in enumerate(near, 1)}
    fused = []
    for row in sorted(by_words.keys() | by_meaning.keys()):
        first, cosine = by_meaning.get(row, (0, np.float32(0)))
        ranks = Ranks(shortest(cosine), float(words[row]), first, by_words.get(row, 0))
        score = sum(1 / (RRF + rank) for rank in (first, ranks.by_words) if rank)
        fused.append((row, np.float32(score), ranks))
    return sorted(fused, key=lambda one: -one[1])


def _pool(collection: Collection, wanted: Wanted) -> NDArray[np.int64] | None:
    """The rows of the records that meet the conditions; None for all. Raises BadUsage, NoAnswer."""
    if collection.keys is None:
        if wanted.where or wanted.values:
            raise BadUsage("--where and --value are of records", "name what finds them with --key")
        return None
    if wanted.context:
        raise BadUsage("--context is of paragraphs, and these are records")
    if not wanted.where and not wanted.values:
        return None
    records = [collection.fields(row) for row in range(len(collection))]
    fields = list(dict.fromkeys(name for record in records for name in record))
    known((one.field for one in wanted.where), fields, "--where")
    known(wanted.values, fields, "--value")
    rows = [i for i, one in enumerate(records) if all(c.holds(one) for c in wanted.where)]
    if not rows:
        raise NoAnswer(f"none of {len(records)} records meets --where", "loosen it")
    return np.array(rows) if wanted.where else None


def left_out(collection: Collection, embedder: Embedder, by_words: bool = False) -> str | None:
    """What is to be said of paragraphs of which nothing is understood.

    Raises NoAnswer where those are all, unless they are searched by their words, too.
    """
    mute = collection.mute
    if not mute:
        return None
    kind = "records" if collection.keys else "paragraphs"
    sample = "\n".join(collection.found_by(row) for row in mute[:SAMPLE])
    scripts = scripts_in(sample)
    kinds = ", ".join(scripts) or "signs"
    say = f"nothing is understood by {embedder.name} ({kinds})"
    hint = able(embedder.task, scripts, embedder.name)
    if len(mute) == len(collection) and not by_words:
        raise NoAnswer(f"of all {len(mute)} {kind} {say}", hint)
    tail = f"; {hint}" if hint else ""
    left = "they are found by words alone" if by_words else "they are left out"
    return f"of {len(mute)} of {len(collection)} {kind} {say}: {left}{tail}"


def _hit(
    collection: Collection, row: int, score: np.float32, wanted: Wanted, ranks: Ranks | None = None
) -> Hit:
    hit = collection.paragraph(row)
    place = (shown(hit.path), hit.line)
    fusion = astuple(ranks) if ranks else ()
    if collection.keys is not None:
        fields = collection.fields(row)
        key = collection.found_by(row)
        values = {name: fields.get(name) for name in wanted.values or fields}
        text = "\n".join(f"{name}: {plain(value)}" for name, value in values.items())
        if len(wanted.values) == 1:
            text = plain(values[wanted.values[0]])
        record = HybridRecordHit if ranks else RecordHit
        return record(*place, text, shortest(score), key, values, *fusion)
    around = range(max(0, row - wanted.context), min(len(collection), row + wanted.context + 1))
    near = [hit if other == row else collection.paragraph(other) for other in around]
    text = "\n\n".join(paragraph.text for paragraph in near if paragraph.path == hit.path)
    return (HybridHit if ranks else Hit)(*place, text, shortest(score), *fusion)


def prompt(query: str, hits: Sequence[Hit]) -> str:
    """The passages and the question as a prompt for a language model (Lewis et al. 2020)."""
    passages = [f"[{i}] {hit.path}:{hit.line}\n{hit.text}" for i, hit in enumerate(hits, 1)]
    return "\n\n".join(
        [
            "Answer the question from these passages. Name the numbers of those you used.",
            *passages,
            f"Question: {query}\nAnswer:",
        ]
    )
