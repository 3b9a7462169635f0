"""Every command that takes records gives by batch the rows that it gives alone: the same values, the same order."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.batch.test_batch import rows_of
from tests.conftest import ROOT

PICTURES = ROOT / "tests" / "examples" / "pics"
TEXTS = [
    "A wonderful film, and I would see it again.",
    "bad",
    " ",
    "这部电影真好看。",
    "It was " + "very " * 60 + "long, and nobody in the room laughed once.",
    "The cat sat on the mat.",
    "the cat sat on the mat",
]
MASKED = ["Paris is the [MASK] of France.", "no mask", "The [MASK] sat on the mat."]
WORDS = ["king", "nosuchword", "queen", "Paris", "music"]
TRIPLES = ["king man woman", "paris france", "paris france italy", "walking walk swim"]
FACTS = ["has hair, has hooves, black stripes", "no such fact at all", "has feathers, cannot fly"]
FEW = TEXTS[:3]

SLOW = pytest.mark.slow
TABLE = {
    "similar -k 3": (WORDS, SLOW),
    "analogy -k 2": (TRIPLES, SLOW),
    "expert infer animals": (FACTS, ()),
    "tokenize": (TEXTS, SLOW),
    "embed": (TEXTS, SLOW),
    "classify": (TEXTS, SLOW),
    "search --in docs.txt -k 2": (TEXTS, SLOW),
    "fill -k 3": (MASKED, SLOW),
    "translate": (["我爱机器", "no Chinese", "我有一只猫。你好！"], SLOW),
    "score": (FEW, SLOW),
    "complete -n 8 --seed 7": (FEW, SLOW),
    "chat -n 8 --seed 7": (FEW, SLOW),
    "clip embed": (None, SLOW),
    "clip classify --labels cat,dog": (None, SLOW),
    "digits classify": (None, SLOW),
}


@pytest.mark.parametrize(
    ("line", "records"),
    [pytest.param(line, records, marks=marks, id=line) for line, (records, marks) in TABLE.items()],
)
def test_the_rows_are_those_of_the_command_alone(process, tmp_path, monkeypatch, line, records):
    monkeypatch.chdir(tmp_path)
    Path("docs.txt").write_text("A cat slept.\n\nFilms are long.\n\n电影很好。\n")
    records = records or _pictures()
    text = "".join(json.dumps({"n": n, "t": one}) + "\n" for n, one in enumerate(records))
    Path("in.jsonl").write_text(text)
    command, *words = line.split()
    own = ["--", *words] if command == "search" else words
    head = (command, *(own if own == words else ()))
    tail = () if own == words else own
    if command == "chat":
        alone, failed = [], 0
        for n, message in enumerate(records):
            done = process("chat", *words, "-m", message, "-f", "jsonl")
            alone += [{"n": n, **json.loads(row)} for row in done.lines]
            failed += done.code != 0
    else:
        done = process(command, *words, "--jsonl", "t", "-f", "jsonl", stdin=text)
        alone, failed = [json.loads(row) for row in done.lines], done.code != 0
    batch = process("batch", *head, "--in", "in.jsonl", "--field", "t", "--out", "o", "-f", "jsonl",
                    "--block", 4, "--workers", 2, *tail, timeout=200)  # fmt: skip
    assert batch.code == (5 if failed else 0), batch.err
    assert len(alone) >= len(records) - 2
    for mine, its in zip(rows_of("o"), alone, strict=True):
        assert _near(mine, its)


def _near(mine, its):
    """Whether two values are the same; numbers of a net as close as its batches let them be."""
    if isinstance(mine, dict):
        return mine.keys() == its.keys() and all(_near(mine[n], its[n]) for n in mine)
    if isinstance(mine, list):
        return len(mine) == len(its) and all(map(_near, mine, its))
    return np.isclose(mine, its, atol=1e-5) if isinstance(mine, float) else mine == its


def _pictures():
    """Pictures, and a file that is none."""
    Path("none.png").write_text("no picture")
    return [*map(str, sorted(PICTURES.glob("*.jpg"))[:4]), "none.png"]
