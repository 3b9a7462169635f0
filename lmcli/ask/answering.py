"""Retrieval-augmented answers (Lewis et al. 2020): find passages, refuse where none is near, let a model read them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from lmcli.ask.marks import Marker
from lmcli.frame.errors import NoAnswer, Noted
from lmcli.frame.text.languages import CHINESE, ENGLISH, language_of

if TYPE_CHECKING:
    from lmcli.gpt.api import LanguageModel
    from lmcli.sentences.api import Index

DATA = Path(__file__).parent / "data"  # a handbook of a small library, in each language
# The cosine that the nearest passage must have, of each encoder: the highest with which no question of one set that
# the handbook answers is refused (tests/bench/ask.py). Cosines of different encoders mean different things.
THRESHOLDS = {"all-minilm-l6-v2": 0.39, "e5-small-multilingual": 0.86}
FOR_CHINESE = "qwen"  # the language model that reads Chinese questions where none is named
READ = {"smollm2-135m-instruct": 1}  # passages that a model reads; a small one mixes several up
PROMPTS = {  # what the model is told first, and what it is asked
    ENGLISH: ("", "Text:\n{passages}\n\nUsing only the text, answer in one sentence: {question}"),
    CHINESE: ("你根据资料用一句话回答问题。", "资料：\n{passages}\n\n问题：{question}"),
}
_HEADING = re.compile(r"#{1,6}\s")
_SENTENCE = re.compile(r"(?<=[。！？])|(?<=[.!?])\s+")


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage that was found: its number, where it stands, its cosine with the question, its text."""

    number: int
    path: str
    line: int
    score: float
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with its marks, the numbers of the passages that support a sentence of it, and all that were read.

    unsupported: the sentences that no passage supports. threshold: what the first passage's score had to reach.
    """

    question: str
    answer: str
    marks: list[int]
    unsupported: list[str]
    passages: list[Passage]
    threshold: float

    KEY: ClassVar[str] = "question"
    PLAIN: ClassVar[tuple[str, ...]] = ("answer",)


def language(question: str) -> str:
    """The language of a question: zh where it has Chinese characters, else en."""
    return CHINESE if language_of(question) == CHINESE else ENGLISH


def find(index: Index, question: str, k: int, threshold: float) -> list[Passage]:
    """The k passages nearest to a question. Raises NoAnswer where the first is not near enough."""
    hits = index.search(question, k=k)
    found = [Passage(n, h.path, h.line, h.score, _body(h.text)) for n, h in enumerate(hits, 1)]
    first = found[0]
    if first.score < threshold:
        raise NoAnswer(
            f"not in the texts: the nearest passage, {first.path}:{first.line}, has the cosine {first.score:.3f}, "
            f"below {threshold:.3f}",
            "--threshold 0 answers all the same",
        )
    return found


def _body(text: str) -> str:
    """A passage without the heading above it."""
    lines = [line for line in text.split("\n") if not _HEADING.match(line)]
    return "\n".join(lines).strip() or text


def messages(question: str, passages: list[Passage]) -> tuple[str, str]:
    """What the model is told first, and what it is asked."""
    system, asked = PROMPTS[language(question)]
    numbered = [f"[{one.number}] {one.text}" for one in passages]
    text = passages[0].text if len(passages) == 1 else "\n".join(numbered)
    return system, asked.format(passages=text, question=question)


def generated(
    model: LanguageModel, question: str, passages: list[Passage], length: int
) -> Iterator[str]:
    """What the model says, piece by piece: the likeliest token each time."""
    system, asked = messages(question, passages)
    yield from model.chat(system).stream(asked, length=length, temperature=0.0)


def quoted(index: Index, question: str, passages: list[Passage]) -> Iterator[str]:
    """The sentence of the passages that is nearest to the question, with no language model."""
    sentences = [
        sentence.strip()
        for one in passages
        for sentence in _SENTENCE.split(one.text.replace("\n", " "))
        if sentence.strip()
    ]
    vectors = index.encoder.embed([question, *sentences])
    yield sentences[int((vectors[1:] @ vectors[0]).argmax())]


def answered(
    question: str, passages: list[Passage], pieces: Iterator[str], threshold: float
) -> Noted:
    """The whole answer as a row, with what is to be said of sentences that no passage supports."""
    marker = Marker(question, [one.text for one in passages])
    text = "".join(map(marker.feed, pieces)) + marker.end()
    row = Answer(question, text.strip(), marker.marks, marker.unsupported, passages, threshold)
    return Noted(row, doubts(marker))


def doubts(marker: Marker) -> tuple[str, ...]:
    """What is to be said of sentences that no passage supports."""
    return tuple(f"no passage bears out: {one[:200]}" for one in marker.unsupported)
