"""Word vectors against their peers, in one run: python -m tests.bench.words (needs gensim).

Cold processes in turn: lmcli, the imports it cannot do without, gensim loading the same vectors memory-mapped. Then
a thousand analogies in one process, and warm queries and the evaluation beside gensim's.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.timing import ROOT, in_turn, lmcli, once, python, show

if TYPE_CHECKING:
    from lmcli.vectors.wordvectors import WordVectors

GENSIM = """
from gensim.models import KeyedVectors
vectors = KeyedVectors.load({path!r}, mmap="r")
print(vectors.most_similar(positive=["king", "woman"], negative=["man"], topn=5))
"""


def bundled() -> WordVectors:
    """The bundled vectors."""
    from lmcli.frame.models import Registry
    from lmcli.vectors.wordvectors import WordVectors

    return WordVectors.open(Registry({}).find("glove-50d"))


def prepare(folder: Path) -> None:
    """Write the same vectors in gensim's own memory-mapped format, and a thousand analogies."""
    from gensim.models import KeyedVectors

    vectors = bundled()
    theirs = KeyedVectors(vectors.dimensions)
    theirs.add_vectors(list(vectors.vocabulary), vectors.vectors(range(len(vectors))))
    theirs.fill_norms()
    theirs.save(str(folder / "glove.kv"), separately=["vectors"], sep_limit=0)
    plain = [
        word for word in (vectors.vocabulary[row] for row in range(200, 6200)) if word.isalpha()
    ]
    lines = [" ".join(plain[3 * place : 3 * place + 3]) for place in range(1000)]
    (folder / "queries.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def cold(folder: Path) -> None:
    """Processes in turn. This one has imported nothing large: its children inherit its peak memory."""
    print("help")
    show(in_turn({"click": python("import click"), "lmcli --help": lmcli("--help")}, 21), "click")
    print("analogy king man woman over 400,000 words")
    ours = lmcli("analogy", "king", "man", "woman")
    imports = {"click, numpy": python("import click, numpy"), "lmcli analogy": ours}
    show(in_turn(imports, 21), "click, numpy")
    gensim = python(GENSIM.format(path=str(folder / "glove.kv")))
    show(in_turn({"lmcli analogy": ours, "gensim, mmap": gensim}, 7), "lmcli analogy")
    timing = once(lmcli("analogy", "-"), folder / "queries.txt")
    print(f"1,000 analogies from stdin: {timing.cpu:.2f} s of processor, {timing.memory:.0f} MB")


def warm(folder: Path) -> None:
    """Queries in one process, then the evaluation, beside gensim's."""
    from gensim.models import KeyedVectors
    from gensim.test.utils import datapath

    from lmcli.words.analogy import solve
    from lmcli.words.evaluation import Rows, evaluate_questions
    from lmcli.words.files.testset import read_test

    vectors, theirs = bundled(), KeyedVectors.load(str(folder / "glove.kv"), mmap="r")
    query = "king man woman"
    for name, restrict in (("400,000", None), ("30,000", 30_000)):
        ours = fastest(solve, vectors, [query], k=10, restrict=restrict)
        peer = fastest(theirs.most_similar, ["king", "woman"], ["man"], restrict_vocab=restrict)
        print(
            f"one warm query of {name}: {ours * 1e3:.2f} ms, gensim {peer * 1e3:.2f}: {ours / peer:.2f} x"
        )
    questions = Path(datapath("questions-words.txt"))
    start = time.perf_counter()
    sections = read_test(questions).sections
    rows = list(evaluate_questions(vectors, sections, Rows(vectors, 30_000)))
    ours = time.perf_counter() - start
    start = time.perf_counter()
    theirs.evaluate_word_analogies(str(questions), restrict_vocab=30_000)
    peer = time.perf_counter() - start
    print(f"evaluation, 30,000 words: {rows[-1]}")
    print(f"  {ours:.2f} s, gensim {peer:.2f} s: {peer / ours:.1f} times faster")


def fastest(function, *arguments, **options) -> float:
    """The least seconds of the calls in one second."""
    from lmcli.store.measure.bench import times

    return min(times(lambda: function(*arguments, **options), 1.0))


def main() -> None:
    """Print all figures; each part in a process of its own."""
    parts = {"prepare": prepare, "cold": cold, "warm": warm}
    if len(sys.argv) == 3:
        parts[sys.argv[1]](Path(sys.argv[2]))
        return
    with tempfile.TemporaryDirectory() as folder:
        for part in parts:
            command = [sys.executable, "-m", "tests.bench.words", part, folder]
            subprocess.run(command, cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
