"""A translator held against pairs: BLEU and chrF by sacrebleu, exact answers, what goes wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from lmcli.frame.errors import MissingExtra
from lmcli.frame.text.languages import CHINESE
from lmcli.translate.translating import Answer, How, first, translate

if TYPE_CHECKING:
    from lmcli.frame.models import Model

RESAMPLES = 500  # of the sentences, for the intervals


@dataclass(frozen=True, slots=True)
class Judged:
    """One pair: what was written, and its chrF against the reference, from 0 to 100.

    Where several are right, | stands between them.
    """

    line: int
    source: str
    translation: str
    reference: str
    chrf: float

    PLAIN: ClassVar[tuple[str, ...]] = ("chrf", "source", "translation", "reference")

    @property
    def right(self) -> tuple[str, ...]:
        """All that is right."""
        return tuple(one.strip() for one in self.reference.split("|"))


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The scores of a model on pairs; low and high: 95 of 100 resamples of the pairs lie between.

    length_ratio: words written for each of the references. copies: sources given back as they are. repeats: sentences
    that say the same three words, or characters, twice in a row.
    """

    model: str
    pairs: int
    bleu: float
    bleu_low: float
    bleu_high: float
    chrf: float
    chrf_low: float
    chrf_high: float
    exact: float
    length_ratio: float
    copies: int
    repeats: int

    PLAIN: ClassVar[tuple[str, ...]] = ("pairs", "bleu", "chrf", "exact")


def sacrebleu() -> Any:
    """The package. Raises MissingExtra without it."""
    try:
        import sacrebleu as package
    except ImportError:
        raise MissingExtra("sacrebleu", "train") from None
    return package


def key(sentence: str) -> str:
    """What two writings of a sentence have in common: its letters."""
    return re.sub(r"[\W_]", "", sentence).lower()


Pairs = Sequence[tuple[int, str, str]]


def judge(
    pairs: Pairs,
    answer: Callable[[Sequence[str]], Sequence[Answer]],
    advance: Callable[[float], None],
) -> list[Judged]:
    """Each pair, (line, source, reference), with its translation; "" for one that cannot be translated."""
    scorer = sacrebleu().CHRF()
    rows = []
    for at in range(0, len(pairs), 64):
        part = pairs[at : at + 64]
        for (line, source, right), made in zip(
            part, answer([one for _, one, _ in part]), strict=True
        ):
            text = first(made)
            row = Judged(line, source, text, right, 0.0)
            score = scorer.sentence_score(text, list(row.right)).score
            rows.append(replace(row, chrf=round(score, 2)))
        advance(len(part))
    return rows


def evaluation(model: str, rows: Sequence[Judged], target: str) -> Evaluation:
    """The scores of all pairs together."""
    package = sacrebleu()
    found, right = [row.translation for row in rows], [row.right for row in rows]
    chinese = target == CHINESE
    bleu = _with_interval(package.BLEU(tokenize="zh" if chinese else "13a"), found, right)
    chrf = _with_interval(package.CHRF(), found, right)
    size = len if chinese else lambda text: len(text.split())
    ratio = sum(map(size, found)) / max(1, sum(size(own[0]) for own in right))
    return Evaluation(
        model,
        len(rows),
        *bleu,
        *chrf,
        round(sum(key(row.translation) in map(key, row.right) for row in rows) / len(rows), 4),
        round(ratio, 3),
        sum(key(row.translation) == key(row.source) for row in rows),
        sum(repeats(row.translation, chinese) for row in rows),
    )


def bleu(found: Sequence[str], right: Sequence[Sequence[str]], target: str) -> float:
    """BLEU of translations into `target` against all that may be said for each, from 0 to 100 (Post 2018)."""
    metric = sacrebleu().BLEU(tokenize="zh" if target == CHINESE else "13a")
    return float(metric.corpus_score(list(found), columns(right)).score)


def of_graphs(
    model: Model, pairs: Sequence[tuple[str, Sequence[str]]], how: How, target: str
) -> Evaluation:
    """How the graphs of a model translate pairs, (source, what is right), on the CPU."""
    from lmcli.nn.onnx import open_session
    from lmcli.translate.model import Translator

    translator = Translator(model, lambda path: open_session(path, provider="cpu"))
    read = [(0, one, "|".join(t.replace("|", " ") for t in right)) for one, right in pairs]
    rows = judge(read, lambda texts: translate(translator, texts, how), lambda _step: None)
    return evaluation(model.name, rows, target)


def repeats(text: str, chinese: bool) -> bool:
    """Whether three words, or characters, stand twice in a row."""
    words = list(key(text)) if chinese else re.findall(r"\w+", text.lower())
    return any(words[at : at + 3] == words[at + 3 : at + 6] for at in range(len(words) - 5))


def columns(right: Sequence[Sequence[str]]) -> list[list[str | None]]:
    """References as sacrebleu has them: the first of each sentence, the second, ..."""
    most = max(map(len, right))
    return [[own[place] if place < len(own) else None for own in right] for place in range(most)]


def _with_interval(
    metric: Any, found: list[str], right: list[tuple[str, ...]]
) -> tuple[float, float, float]:
    """A corpus's score, and the ends of its interval (bootstrap; the score alone for a single pair)."""
    resamples = RESAMPLES if len(found) > 1 else 1
    score = metric.corpus_score(found, columns(right), n_bootstrap=resamples)
    value = round(float(score.score), 2)
    told = json.loads(score.format(is_json=True, signature=str(metric.get_signature())))
    mean, half = told.get("confidence_mean"), told.get("confidence_var")
    if mean is None or half is None:
        return value, value, value
    return value, round(max(0.0, mean - half), 2), round(min(100.0, mean + half), 2)
