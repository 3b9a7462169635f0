"""What each command that takes records, or reads a file of the user's, needs beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import click

Path = tuple[str, ...]


@dataclass(frozen=True)
class Takes:
    """How a command is given records.

    words: what follows the command's name; {} is the file where it reads one, else stdin is read. good: a sound
    record, or the whole sound content. kind: lines, where each is answered by itself; whole, where all that is
    given is one thing. suffix: of the file.
    """

    words: str
    good: str
    kind: Literal["lines", "whole"] = "lines"
    suffix: str = ".txt"


MAP = "S..\n.#.\n..G"
RULES = "name: pets\nrules:\n  - name: cat\n    if: [purrs]\n    then: cat"
CLIPS = "(defrule cat (purrs) => (assert (cat)))"
VECTORS = "cat 0.1 0.2 0.3\ndog 0.3 0.1 0.2\nking 0.2 0.9 0.1"
PAIRS = "zh\ten\n" + "\n".join(f"我有{n}只猫\tI have {n} cats" for n in range(210))
REVIEWS = "text,label\n" + "\n".join(f"good {n},yes\nbad {n},no" for n in range(4))
EDGES = "source,target\n" + "\n".join(f"a{i},a{(i + d) % 12}" for i in range(12) for d in (1, 2, 3))
DIGITS = "\n".join(",".join([label, *["0"] * 784]) for label in "01")
LABELS = "--labels 'a cat,a dog'"

TAKES: dict[Path, Takes] = {
    ("expert", "infer"): Takes("animals -", "has hair, has hooves, black stripes"),
    ("expert", "how"): Takes("animals zebra -", "has hair, has hooves, black stripes"),
    ("expert", "why-not"): Takes("animals tiger -", "has hair"),
    ("expert", "chat"): Takes("animals", "it has hair", "whole"),
    ("expert", "show"): Takes("{}", RULES, "whole", ".yaml"),
    ("expert", "check"): Takes("{}", RULES, "whole", ".yaml"),
    ("expert", "import"): Takes("{}", CLIPS, "whole", ".clp"),
    ("maze", "show"): Takes("-", MAP, "whole"),
    ("maze", "solve"): Takes("-", MAP, "whole"),
    ("maze", "train"): Takes("{} --episodes 3 --max-steps 20", MAP, "whole"),
    ("maze", "q"): Takes("-", "course.run"),
    ("maze", "replay"): Takes("{} --frames 2", "", "whole", ".run"),
    ("maze", "export"): Takes("{} --out out.html", "", "whole", ".run"),
    ("mlp",): Takes("{} --epochs 5", "1,2,a\n3,5,b\n2,2,a", "whole", ".csv"),
    ("analogy",): Takes("- --model few", "king man woman"),
    ("similar",): Takes("- --model few -k 2", "king"),
    ("similarity",): Takes("- --model few", "king queen"),
    ("odd",): Takes("- --model few", "king queen cat"),
    ("words", "vector"): Takes("- --model few", "king"),
    ("words", "plot"): Takes("- --model few", "king queen cat", "whole"),
    ("words", "eval"): Takes("{} --model few", ": pairs\nking queen man woman", "whole"),
    ("words", "bias"): Takes("--sets {} --model few --samples 10 x", "x: 1", "whole", ".yaml"),
    ("words", "import"): Takes("{} --out new --force", VECTORS, "whole"),
    ("words", "train"): Takes(
        "{} --out new --force --algorithm glove --min-count 1 --size 2 --epochs 1",
        "a b a b",
        "whole",
    ),
    ("embed",): Takes("- --model tiny", "the cat"),
    ("compare",): Takes("- --model tiny", "the cat\ta dog"),
    ("search",): Takes("- --in docs.txt --model tiny", "the cat"),
    ("ask",): Takes("- --in docs.txt --encoder tiny --threshold -1 --quote", "the cat"),
    ("attention", "show"): Takes("-", "the cat"),
    ("tokenize",): Takes("- --model tiny", "the cat"),
    ("classify", "texts"): Takes("- --model bag", "good film"),
    ("classify", "eval"): Takes("{} --model bag", "text,label\ngood,positive", "whole", ".csv"),
    ("classify", "train"): Takes(
        "{} --out new --force --epochs 1 --model mlp", REVIEWS, "whole", ".csv"
    ),
    ("classify", "compare"): Takes("{} --epochs 1 --models mlp", REVIEWS, "whole", ".csv"),
    ("complete",): Takes("- --model gpt -n 2 --greedy", "the cat"),
    ("next",): Takes("- --model gpt -k 2", "the cat"),
    ("score",): Takes("- --model gpt", "the cat"),
    ("fill", "texts"): Takes("- --model masked -k 2", "the [MASK]"),
    ("fill", "compare"): Takes("- --model gpt -k 2", "the c[MASK]t"),
    ("translate", "texts"): Takes("-", "我爱机器"),
    ("translate", "eval"): Takes("{}", "zh\ten\n我爱机器\tI love machines", "whole", ".tsv"),
    ("translate", "train"): Takes(
        "{} --out new --force --epochs 1 --layers 1 --width 16", PAIRS, "whole", ".tsv"
    ),
    ("translate", "compare"): Takes("{} --epochs 1 --layers 1 --width 16", PAIRS, "whole", ".tsv"),
    ("nsp",): Takes("- --model masked", "the cat\ta dog"),
    ("pretrain", "train"): Takes(
        "{} --out new --force --epochs 1 --layers 1 --width 16 --context 64", "the cat", "whole"
    ),
    ("chat",): Takes("--model gpt -n 2 --greedy", "hi", "whole"),
    ("prompt", "compare"): Takes("{} --model gpt", "instruction: x", "whole", ".yaml"),
    ("clip", "classify"): Takes(f"- {LABELS}", "pic.png"),
    ("clip", "search"): Takes("- --in pic.png", "a cat"),
    ("clip", "similar"): Takes("-", "pic.png\nother.png", "whole"),
    ("clip", "embed"): Takes("-", "pic.png"),
    ("clip", "matrix"): Takes(f"- {LABELS}", "pic.png"),
    ("clip", "explain"): Takes("- -l 'a cat' --grid 2", "pic.png"),
    ("clip", "train"): Takes("{} --out new", "image,text\nnone.png,a cat", "whole", ".csv"),
    ("graph", "info"): Takes("{}", EDGES, "whole", ".csv"),
    ("graph", "communities"): Takes("{}", EDGES, "whole", ".csv"),
    ("graph", "plot"): Takes("{}", EDGES, "whole", ".csv"),
    ("graph", "walk"): Takes("{} a1 --walks 1", EDGES, "whole", ".csv"),
    ("graph", "train"): Takes("{} --out new --force --walks 1", EDGES, "whole", ".csv"),
    ("graph", "predict"): Takes("{} --splits 1 --walks 1", EDGES, "whole", ".csv"),
    ("graph", "recommend"): Takes("{} --eval --epochs 1", EDGES, "whole", ".csv"),
    ("digits", "classify"): Takes("-", "pic.png"),
    ("digits", "eval"): Takes("{}", DIGITS, "whole", ".csv"),
    ("run",): Takes("{}", "maze show course", "whole", ".lm"),
    ("repl",): Takes("", "maze show course", "whole"),
}
# Commands whose arguments name things that lmcli knows, or that are words of their own and not records.
NAMING: set[Path] = {
    ("expert", "new"), ("attention", "steps"), ("classify", "steps"), ("clip", "sets"), ("completion",),
    ("batch", "run"), ("batch", "status"),  # a command's words, a folder
    ("attention", "retrieval"), ("attention", "qkv-sources"), ("clip", "layers"), ("digits", "steps"),  # one picture
    ("graph", "classify"), ("fill", "steps"), ("pretrain", "steps"), ("translate", "steps"), ("translate", "attention"),
    ("pretrain", "scale"),  # minutes: reads its file as pretrain train does
    *(("course", name) for name in ("play", "check", "export", "new")), ("glossary",),
    *(("models", name) for name in ("bench", "build", "export", "info", "path", "pull", "rm", "verify")),
}  # fmt: skip


def has_arguments(command: click.Command) -> bool:
    """Whether a command has an argument, so that it may take records or read a file."""
    return any(isinstance(param, click.Argument) for param in command.params)


def takes_records(command: click.Command) -> bool:
    """Whether a command's argument is read by `frame.inputs`, or as pictures: arguments, stdin, JSON lines."""
    return any(
        isinstance(param, click.Argument) and param.nargs == -1 and param.callback is not None
        for param in command.params
    )
