"""BLEU and chrF by sacrebleu (Post 2018), and the share of translations that are right to the letter."""

from __future__ import annotations

from collections.abc import Sequence

from lmcli.translate.evaluation import columns, key, sacrebleu


def bleu(found: Sequence[str], right: Sequence[Sequence[str]]) -> float:
    """BLEU of translations against all that may be said for each, from 0 to 100."""
    return float(sacrebleu().corpus_bleu(list(found), columns(right)).score)


def chrf(found: Sequence[str], right: Sequence[Sequence[str]]) -> float:
    """chrF of translations against all that may be said for each, from 0 to 100."""
    return float(sacrebleu().corpus_chrf(list(found), columns(right)).score)


def exact(found: Sequence[str], right: Sequence[Sequence[str]]) -> float:
    """The share of translations that are one of the right ones; signs and capitals do not count."""
    hits = [key(one) in map(key, own) for one, own in zip(found, right, strict=True)]
    return sum(hits) / max(1, len(hits))
