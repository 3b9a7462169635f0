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
    ("attention", "show"): Takes("-", "the cat"),
    ("tokenize",): Takes("- --model tiny", "the cat"),
    ("complete",): Takes("- --model gpt -n 2 --greedy", "the cat"),
    ("next",): Takes("- --model gpt -k 2", "the cat"),
    ("score",): Takes("- --model gpt", "the cat"),
    ("chat",): Takes("--model gpt -n 2 --greedy", "hi", "whole"),
    ("prompt", "compare"): Takes("{} --model gpt", "instruction: x", "whole", ".yaml"),
    ("clip", "classify"): Takes(f"- {LABELS}", "pic.png"),
    ("clip", "search"): Takes("- --in pic.png", "a cat"),
    ("clip", "similar"): Takes("-", "pic.png\nother.png", "whole"),
    ("clip", "embed"): Takes("-", "pic.png"),
    ("clip", "matrix"): Takes(f"- {LABELS}", "pic.png"),
    ("clip", "explain"): Takes("- -l 'a cat' --grid 2", "pic.png"),
    ("clip", "train"): Takes("{} --out new", "image,text\nnone.png,a cat", "whole", ".csv"),
    ("run",): Takes("{}", "maze show course", "whole", ".lm"),
    ("repl",): Takes("", "maze show course", "whole"),
}
# Commands whose arguments name things that lmcli knows, or that are words of their own and not records.
NAMING: set[Path] = {
    ("expert", "new"), ("attention", "steps"), ("clip", "sets"), ("completion",),
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
