"""Pairs of sentences from files: tables and JSON lines, the columns by name."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from lmcli.frame.errors import BadInput, LmcliError
from lmcli.frame.text.languages import language_of_text
from lmcli.training.data import Columns, Example, read_examples

NAMES = {"source", "target", "src", "tgt", "reference", "translation", "原文", "译文"}
LANGUAGES = {
    "zh": "zh", "chinese": "zh", "中文": "zh", "en": "en", "english": "en", "英文": "en", "de": "de", "german": "de",
    "fr": "fr", "french": "fr", "es": "es", "spanish": "es", "ja": "ja", "japanese": "ja", "ru": "ru", "it": "it",
}  # fmt: skip


def read_pairs(
    path: Path, source: str | None = None, target: str | None = None
) -> Iterator[Example]:
    """Pairs of a .tsv, .csv or .jsonl: `text` is the source, `labels` its one translation; faults by line.

    source, target: the columns, or fields, by name; without, the first two. Raises BadInput where the file cannot be
    read, BadUsage for a column that is not there.
    """
    if path.is_dir():
        raise BadInput(f"{path} is a folder", "pairs lie in a .tsv, .csv or .jsonl")
    if source is None and target is None:
        names = _head(path)
        if len(names) > 1 and all(name.lower() in NAMES | LANGUAGES.keys() for name in names[:2]):
            source, target = names[:2]
    for example in read_examples(path, Columns(source, target)):
        if example.error and "label" in example.error.message:
            yield replace(example, error=BadInput("there is no translation in this line"))
        else:
            yield example


def usable_pairs(
    path: Path,
    source: str | None,
    target: str | None,
    tell: Callable[[LmcliError, int | None], None],
) -> tuple[list[Example], int]:
    """The pairs of a file, and how many of its lines cannot be used: `tell` is told of each. Raises as `read_pairs`."""
    read, failed = [], 0
    for example in read_pairs(path, source, target):
        if example.error:
            failed += 1
            tell(example.error, example.line or None)
        else:
            read.append(example)
    if not read:
        raise BadInput(f"{path} has no pairs", "a sentence and its translation stand in each line")
    return read, failed


def _head(path: Path) -> list[str]:
    """The cells of the first line, or the fields of the first JSON object."""
    try:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
            first = stream.readline()
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}") from None
    if path.suffix in (".jsonl", ".ndjson"):
        return []
    tabs = "\t" in first and path.suffix.lower() != ".csv"
    try:
        cells = next(csv.reader([first], delimiter="\t" if tabs else ","), [])
    except csv.Error:  # a cell longer than any name
        return []
    return [cell.strip() for cell in cells]


def language(texts: list[str]) -> str:
    """The language of texts by their letters: zh, en (any language of Latin letters), or ""."""
    return language_of_text(" ".join(texts[:200])) or ""
