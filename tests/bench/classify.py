"""Classifying texts against its peers, in one run: python -m tests.bench.classify

A cold process beside `embed`; 10,000 short texts through a pipe, as texts a second of the whole process and without its
start; the same texts in one process beside scikit-learn's TF-IDF with logistic regression, and plain torch with an
embedding bag, both fitted to the same examples beforehand. Peers that are not installed are left out.
"""

from __future__ import annotations

import random
import statistics
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from tests.bench.timing import INSTALLED, ROOT, in_turn, lmcli, show

TEXTS = 10_000
ROUNDS = 5
WORDS = {
    "en": "good great wonderful bad awful dull the film story actors is was not very a and of it ending",
    "zh": "这部 电影 太 好看 了 不 怎么 好 很 差 剧情 无聊 演员 喜欢 浪费 时间 非常 推荐",
}

# each reads a file of texts and prints the seconds of each round that a line on stdin asks for
PEERS = {
    "lmcli": """
from lmcli.classify.choice import Choice
from lmcli.store.library import environment
model = Choice(environment(), None).of(texts[0])
run = lambda: model.judge(texts)
""",
    "sklearn": """
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
kind = {"analyzer": "char", "ngram_range": (1, 3)} if texts[0] > "z" else {"ngram_range": (1, 2)}
model = make_pipeline(TfidfVectorizer(**kind), LogisticRegression())
model.fit(texts[:4000], [n % 2 for n in range(4000)])
run = lambda: model.predict_proba(texts)
""",
    "torch": """
import re, torch
cut = re.compile(r"[\\u4e00-\\u9fff]|\\w+").findall
ids = {word: n for n, word in enumerate(sorted({w for text in texts for w in cut(text)}))}
bag, out = torch.nn.EmbeddingBag(len(ids), 64), torch.nn.Linear(64, 2)
def run():
    rows = [[ids[word] for word in cut(text)] for text in texts]
    starts = torch.tensor([0, *map(len, rows)][:-1]).cumsum(0)
    with torch.no_grad():
        return out(bag(torch.tensor([n for row in rows for n in row]), starts)).softmax(1)
""",
}
LOOP = """
import sys, time
texts = open(sys.argv[1], encoding="utf-8").read().splitlines()
{body}
run()
for _ in sys.stdin:
    start = time.perf_counter(); run(); print(time.perf_counter() - start, flush=True)
"""


def texts(language: str) -> str:
    """Lines of 4 to 14 words."""
    rng = random.Random(1)
    glue = " " if language == "en" else ""
    lines = (
        glue.join(rng.choices(WORDS[language].split(), k=rng.randint(4, 14))) for _ in range(TEXTS)
    )
    return "\n".join(lines) + "\n"


def inside(path: Path) -> None:
    """The peers in turn, each in a process that stays; the medians."""
    installed = [name for name in PEERS if find_spec(name)]
    children = {
        name: subprocess.Popen(
            [sys.executable, "-c", LOOP.format(body=PEERS[name]), str(path)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=INSTALLED,
        )
        for name in installed
    }  # fmt: skip
    seconds: dict[str, list[float]] = {name: [] for name in installed}
    for _ in range(ROUNDS):
        for name, child in children.items():
            assert child.stdin and child.stdout
            child.stdin.write("\n")
            child.stdin.flush()
            seconds[name].append(float(child.stdout.readline()))
    for name, child in children.items():
        child.communicate()
        median = statistics.median(seconds[name])
        ratio = statistics.median(seconds["lmcli"]) / median
        print(f"  {name:12s} {TEXTS / median:10.0f} texts/s   lmcli takes {ratio:.2f} x its time")


def main() -> None:
    """Run all comparisons and print them."""
    print("cold")
    show(
        in_turn({
            "embed": lmcli("embed", "This movie is great!"),
            "classify": lmcli("classify", "This movie is great!"),
            "classify zh": lmcli("classify", "这部电影太好看了"),
        }),
        "embed",
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        for language in WORDS:
            path, single = Path(folder, language), Path(folder, "one")
            path.write_text(texts(language), encoding="utf-8")
            single.write_text(path.read_text(encoding="utf-8").partition("\n")[0], encoding="utf-8")
            whole = in_turn({"all": lmcli("classify", "-")}, ROUNDS, path)["all"].wall
            start = in_turn({"one": lmcli("classify", "-")}, ROUNDS, single)["one"].wall
            print(
                f"pipe, {language}: {TEXTS / whole:.0f} texts/s, {TEXTS / (whole - start):.0f} without the start"
            )
            inside(path)


if __name__ == "__main__":
    main()
