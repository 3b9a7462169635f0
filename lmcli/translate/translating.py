"""Texts translated: cut into sentences, each through the model, put together again, with what is to be said of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from math import exp
from typing import ClassVar

import numpy as np

from lmcli.frame.errors import BadInput, LmcliError, Noted, quoted
from lmcli.frame.numbers import shortest
from lmcli.frame.text.languages import CHINESE, ENGLISH, NAMES
from lmcli.frame.text.traditional import folded
from lmcli.translate.hub import HubTranslator
from lmcli.translate.model import Memory, Translator
from lmcli.translate.search import Found, beam, greedy, sample
from lmcli.translate.text import CHINESE as HAN
from lmcli.translate.text import chinese, clauses, plain, sentences

EMOJI = re.compile(
    "[\u2190-\u21ff\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff\ufe0f\u200d]+"
)
TOGETHER = 48  # sentences that are run at once
KEPT = re.compile(r"[A-Za-z][A-Za-z0-9]+|\d[\d.,]*\d")  # names and numbers that a translation keeps
LONG = (
    20  # characters from which a sentence is read clause by clause: few that were learnt are longer
)
BETTER = "--model qwen translates with a language model"
_OF_TOKENS = 2.0  # a translation has at most so many tokens for each of its source, and some more
_MORE = 12

Answer = Noted | LmcliError | list["Translation"]

MOST = 20_000  # characters of a record: some ten seconds


@dataclass(frozen=True, slots=True)
class Translation:
    """A text in another language. score: the mean probability of a token (geometric), from 0 to 1."""

    source: str
    translation: str
    score: float

    KEY: ClassVar[str] = "source"
    PLAIN: ClassVar[tuple[str, ...]] = ("translation",)


@dataclass(frozen=True, slots=True)
class Ranked(Translation):
    """One of several translations of a text."""

    rank: int

    PLAIN: ClassVar[tuple[str, ...]] = ("rank", "translation", "score")


@dataclass(frozen=True, slots=True)
class How:
    """How words are chosen. k: translations a text. beam: sentences held open; 1 is greedy. seed: draws instead."""

    k: int = 1
    beam: int = 4
    seed: int | None = None
    temperature: float = 1.0

    def search(
        self, model: Translator | HubTranslator, memory: Memory, longest: Sequence[int]
    ) -> list[list[Found]]:
        """The translations of each sentence of a batch, the best first."""
        if self.seed is not None:
            draws = [
                sample(model, memory, longest, self.seed + one, self.temperature)
                for one in range(self.k)
            ]
            return [list(own) for own in zip(*draws, strict=True)]
        if self.beam == 1 and self.k == 1:
            return [[one] for one in greedy(model, memory, longest)]
        return beam(model, memory, longest, max(self.beam, self.k))


@dataclass(slots=True)
class Text:
    """A text to translate: its sentences as ids, and what is to be said of it."""

    source: str
    parts: list[list[int]]
    said: list[str]
    goes_on: list[bool] = field(
        default_factory=list
    )  # whether the next part is of the same sentence
    error: LmcliError | None = None
    copied: bool = False
    emoji: str = ""


def translate(
    model: Translator | HubTranslator, texts: Sequence[str], how: How = How(), workers: int = 1
) -> list[Answer]:
    """The translations of each text, with what is to be said of it, or its error. workers: batches run at once."""
    read = [prepare(model, text) for text in texts]
    places = [(i, j) for i, text in enumerate(read) for j in range(len(text.parts))]
    places.sort(key=lambda place: len(read[place[0]].parts[place[1]]))
    size = min(TOGETHER, -(-len(places) // workers))
    batches = [places[at : at + size] for at in range(0, len(places), max(1, size))]

    def run(batch: list[tuple[int, int]]) -> list[list[Found]]:
        ids = [read[i].parts[j] for i, j in batch]
        longest = [round(_OF_TOKENS * len(own)) + _MORE for own in ids]
        return how.search(model, model.read(ids), longest)

    found: dict[tuple[int, int], list[Found]] = {}
    with ThreadPoolExecutor(workers) as pool:
        done = pool.map(run, batches) if len(batches) > 1 and workers > 1 else map(run, batches)
        for batch, answers in zip(batches, done, strict=True):
            found |= dict(zip(batch, answers, strict=True))
    return [
        _answer(model, text, [found[i, j] for j in range(len(text.parts))], how.k)
        for i, text in enumerate(read)
    ]


def prepare(model: Translator | HubTranslator, text: str) -> Text:
    """A text as the model reads it: its sentences, what is unknown, foreign, long, or to be copied."""
    made = Text(text, [], [])
    if not text.strip():
        made.error = BadInput("there is nothing to translate")
        return made
    if len(text) > MOST:
        made.error = BadInput(
            f"a text of {len(text):,} characters: at most {MOST:,} are translated as one record",
            "give a paragraph a line",
        )
        return made
    if model.source == CHINESE and not HAN.search(text):
        if re.search(r"[^\W\d_]", text):
            made.error = BadInput(
                f"there is no Chinese in {quoted(text)}",
                f"{model.name} translates Chinese into {NAMES.get(model.target, model.target)}; {BETTER}",
            )
        else:
            made.copied = True
            made.said.append("there is no word to translate: copied")
        return made
    if model.source == CHINESE and folded(text) != text:
        made.said.append("traditional characters are read as simplified ones")
    found = EMOJI.findall(text)
    if found:
        made.emoji = "".join(found)
        text = EMOJI.sub("", text)
    pieces = sentences_of(model, text)
    if len(pieces) > 1:
        made.said.append(f"read as {len(pieces)} parts, one by one")
    lacking: list[str] = []
    for piece, goes_on in pieces:
        ids, _, unknown = model.tokens(piece)
        made.parts.append(ids)
        made.goes_on.append(goes_on)
        lacking += unknown
    if lacking:
        names = " ".join(dict.fromkeys(lacking))
        made.said.append(f"{model.name} does not know {names}: {BETTER}")
    return made


def sentences_of(model: Translator | HubTranslator, text: str) -> list[tuple[str, bool]]:
    """The parts of a text, written as the model was taught: sentences, and of long ones the clauses.

    Each with whether the next part goes on with its sentence.
    """
    if model.source != CHINESE:
        pieces = model.pieces(plain(text))
        return [(piece, at + 1 < len(pieces)) for at, piece in enumerate(pieces)]
    made: list[tuple[str, bool]] = []
    for sentence in sentences(text):
        parts = [piece for part in clauses(chinese(sentence), LONG) for piece in model.pieces(part)]
        parts = [part for part in parts if part.strip()]
        made += [(part, at + 1 < len(parts)) for at, part in enumerate(parts)]
    return made


def _answer(
    model: Translator | HubTranslator, text: Text, found: list[list[Found]], k: int
) -> Answer:
    if text.error:
        return text.error
    if text.copied:
        return Noted([Translation(text.source, text.source, 1.0)], tuple(text.said))
    rows: list[Translation] = []
    for rank in range(min(k, max(map(len, found)))):
        best = [own[min(rank, len(own) - 1)] for own in found]
        logs = [log for one in best for log in one.logprobs]
        score = shortest(np.float32(exp(sum(logs) / max(1, len(logs)))))
        words = [model.text(one.ids) for one in best]
        written = join(list(zip(words, text.goes_on, strict=True)), model.target)
        written = f"{written} {text.emoji}" if text.emoji else written
        if k == 1:
            rows.append(Translation(text.source, written, score))
        else:
            rows.append(Ranked(text.source, written, score, rank + 1))
    said = [*text.said, *doubts(rows[0], model.doubtful)]
    return Noted(rows, tuple(said)) if said else rows


def first(answer: Answer) -> str:
    """The best translation of an answer; "" for an error."""
    rows = answer.rows if isinstance(answer, Noted) else answer
    return "" if isinstance(rows, LmcliError) else rows[0].translation


def join(parts: Sequence[tuple[str, bool]], language: str) -> str:
    """Translated parts as one text; each with whether the next goes on with its sentence."""
    text, going = "", False
    for part, goes_on in parts:
        if going and language == ENGLISH:
            text = text.rstrip(".,;!? ") + ","
            named = re.match(r"I\b|[A-Z]{2}", part)
            text += f" {part if named else part[:1].lower() + part[1:]}"
        else:
            text += part if language == CHINESE or not text else f" {part}"
        going = goes_on
    return text


def doubts(row: Translation, least: float) -> list[str]:
    """What is to be said of a translation: names and numbers that are gone, a low score."""
    said = []
    kept = dict.fromkeys(KEPT.findall(row.source) if HAN.search(row.source) else ())
    lost = [one for one in kept if one.lower() not in row.translation.lower()]
    if lost:
        said.append(f"{', '.join(lost)} is in the text and not in the translation")
    if row.score < least:
        said.append(f"the translation is doubtful (score {row.score:.2f}): {BETTER}")
    return said


Ask = Callable[[Sequence[str]], Sequence[tuple[str, float] | LmcliError]]


def translate_by(ask: Ask, texts: Sequence[str]) -> list[Answer]:
    """The same rows from a language model; ask: answers texts with (translation, score), or an error."""
    good = [text for text in texts if text.strip()]
    answers = iter(ask(good))
    made: list[Answer] = []
    for text in texts:
        answer = next(answers) if text.strip() else BadInput("there is nothing to translate")
        if isinstance(answer, LmcliError):
            made.append(answer)
            continue
        row = Translation(text, *answer)
        said = doubts(row, 0.0)
        made.append(Noted([row], tuple(said)) if said else [row])
    return made
