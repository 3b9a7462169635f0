"""Exact search by meaning: all paragraphs ranked by the cosine of their vectors with the query's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lmcli.frame.errors import LmcliError, NoAnswer
from lmcli.sentences.files.index import Collection
from lmcli.sentences.methods import Embedder, known
from lmcli.vectors.ranking import best_rows, shown
from lmcli.vectors.wordvectors import shortest


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
) -> list[list[Hit] | LmcliError]:
    """The k best paragraphs for each query, best first, or the error of one without a known word.

    With `context` a hit's text has that many paragraphs of its file before and after it, too.
    """
    if not queries:
        return []
    vectors = embedder.encode(queries)
    rows, scores = best_rows(collection.vectors, vectors, k)
    answers: list[list[Hit] | LmcliError] = []
    for i, query in enumerate(queries):
        fault = known(embedder, query, vectors[i])
        pairs = zip(rows[i].tolist(), scores[i], strict=True)
        hits = [_hit(collection, row, score, context) for row, score in pairs if score > -np.inf]
        answers.append(
            fault or hits or NoAnswer(f"no paragraph has a word that {embedder.name} knows")
        )
    return answers


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
