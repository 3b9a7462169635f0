"""`lmcli ask` on the questions of ask.jsonl over its own handbook: right passage, refusal, right answer, right mark.

    python -m tests.bench.ask

Half of the questions (set: threshold) fix the threshold of each encoder: the highest, in hundredths, with which none
that the handbook answers is refused. The table is of the other 40, which it has not seen.
"""

from __future__ import annotations

import json
from math import floor
from pathlib import Path
from typing import Any

from lmcli.ask.answering import (
    DATA,
    FOR_CHINESE,
    READ,
    THRESHOLDS,
    answered,
    find,
    generated,
    quoted,
)
from lmcli.frame.errors import NoAnswer
from lmcli.gpt.api import LanguageModel
from lmcli.sentences.api import Encoder, Index

FILE = Path(__file__).with_suffix(".jsonl")
SMOL = "smollm2-135m-instruct"
MODELS = {"en": ("all-minilm-l6-v2", SMOL), "zh": ("e5-small-multilingual", FOR_CHINESE)}


def questions(kind: str, language: str) -> list[dict[str, Any]]:
    """The questions of a set in a language."""
    rows = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]
    return [row for row in rows if (row["set"], row["language"]) == (kind, language)]


def places(index: Index, row: dict[str, Any], **how: Any) -> list[bool]:
    """Whether each of the nearest passages, best first, is the right one."""
    return [_right(hit.path, hit.line, row) for hit in index.search(row["question"], **how)]


def _right(path: str, line: int, row: dict[str, Any]) -> bool:
    first = 1 if row["line"] == 3 else row["line"]  # the first paragraph starts at the heading
    return Path(path).name == row["path"] and line == first


def main() -> None:
    """Print thresholds and the table."""
    for language, (encoder, reader) in MODELS.items():
        index = Index.build(DATA / language, encoder=Encoder.load(encoder))
        learnt, held = (questions(kind, language) for kind in ("threshold", "test"))
        known = [row for row in learnt if "path" in row]
        lowest = min(index.search(row["question"], k=1)[0].score for row in known)
        threshold = floor(100 * lowest) / 100
        print(f"{language}: {encoder} {threshold:.2f} (in use {THRESHOLDS[encoder]:.2f})")
        with_answer = [row for row in held if "path" in row]
        for name, hybrid in (("meaning", False), ("hybrid", True)):
            found = [places(index, row, k=2, hybrid=hybrid) for row in with_answer]
            first, both = sum(hits[0] for hits in found), sum(map(any, found))
            print(f"  {name}: right passage first {first}, of two {both} of {len(found)}")
        model = LanguageModel.load(reader)
        for name in (reader, "--quote"):
            tally(index, held, model if name == reader else None, THRESHOLDS[encoder], name)


def tally(
    index: Index, rows: list[dict[str, Any]], model: Any, threshold: float, name: str
) -> None:
    """Print what became of the questions, answered by a model or by quoting."""
    refused = [0, 0]
    right = marked = doubted = wrong_doubted = 0
    for row in rows:
        k = READ.get(model.name if model else "", 2)
        try:
            passages = find(index, row["question"], k, threshold)
        except NoAnswer:
            refused["path" in row] += 1
            continue
        if "path" not in row:
            continue
        pieces = (generated(model, row["question"], passages, 80) if model
                  else quoted(index, row["question"], passages))  # fmt: skip
        answer = answered(row["question"], passages, pieces, threshold).rows
        good = any(one in answer.answer.lower() for one in row["answers"])
        right += good
        doubted += bool(answer.unsupported)
        wrong_doubted += bool(answer.unsupported) and not good
        cited = [passages[number - 1] for number in answer.marks]
        marked += any(_right(one.path, one.line, row) for one in cited)
        print(
            f"    {'right' if good else 'wrong'}  {row['question']}  {' '.join(answer.answer.split())[:90]}"
        )
    asked = sum("path" in row for row in rows)
    print(
        f"  {name}: right answer {right}, mark of the right passage {marked} of {asked}; [?] {doubted}, of wrong "
        f"answers {wrong_doubted}; refused wrongly {refused[1]}, rightly {refused[0]} of {len(rows) - asked}"
    )


if __name__ == "__main__":
    main()
