"""Exact search by meaning: all paragraphs ranked by the cosine of their vectors with the query's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lmcli.frame.errors import LmcliError, NoAnswer, Noted
from lmcli.frame.numbers import shortest
from lmcli.frame.text.understanding import able, scripts_in
from lmcli.sentences.files.index import Collection
from lmcli.sentences.methods import Embedder, read_texts
from lmcli.vectors.ranking import best_rows, shown

SAMPLE = 20  # paragraphs looked at for what script they are in


@dataclass(frozen=True, slots=True)
class Hit:
    """A paragraph that answers a query: where it starts, its text, the cosine."""

    path: str
    line: int
    text: str
    score: float

    PLAIN: ClassVar[tuple[str, ...]] = ("path", "line", "score", "text")


def search(
    collection: Collection, embedder: Embedder, queries: Sequence[str], k: int, context: int = 0
) -> list[Noted | LmcliError]:
    """The k best paragraphs for each query, best first, or the error of one that has no vector.

    With `context` a hit's text has that many paragraphs of its file before and after it, too. Paragraphs of
    which nothing is understood have no cosine, and are never found.
    """
    found = read_texts(embedder, queries)
    if not found:
        return []
    vectors = np.stack([one.vector for one in found])
    mute = set(collection.mute)
    rows, scores = best_rows(collection.vectors, vectors, k + len(mute))
    answers: list[Noted | LmcliError] = []
    for i, one in enumerate(found):
        pairs = zip(rows[i].tolist(), scores[i], strict=True)
        hits = [
            _hit(collection, row, score, context)
            for row, score in [one for one in pairs if one[0] not in mute and one[1] > -np.inf][:k]
        ]
        answers.append(
            one.fault
            or (Noted(hits, one.warnings) if hits else None)
            or NoAnswer(f"no paragraph has a word that {embedder.name} knows")
        )
    return answers


def left_out(collection: Collection, embedder: Embedder) -> str | None:
    """What is to be said of paragraphs of which nothing is understood. Raises NoAnswer where those are all."""
    mute = collection.mute
    if not mute:
        return None
    sample = "\n".join(collection.paragraph(row).text for row in mute[:SAMPLE])
    scripts = scripts_in(sample)
    kinds = ", ".join(scripts) or "signs"
    say = f"nothing is understood by {embedder.name} ({kinds})"
    hint = able(embedder.task, scripts, embedder.name)
    if len(mute) == len(collection):
        raise NoAnswer(f"of all {len(mute)} paragraphs {say}", hint)
    tail = f"; {hint}" if hint else ""
    return f"of {len(mute)} of {len(collection)} paragraphs {say}: they are left out{tail}"


def _hit(collection: Collection, row: int, score: np.float32, context: int) -> Hit:
    hit = collection.paragraph(row)
    around = range(max(0, row - context), min(len(collection), row + context + 1))
    near = [hit if other == row else collection.paragraph(other) for other in around]
    text = "\n\n".join(paragraph.text for paragraph in near if paragraph.path == hit.path)
    return Hit(shown(hit.path), hit.line, text, shortest(score))


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
