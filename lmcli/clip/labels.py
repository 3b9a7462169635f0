"""What pictures are compared with: labels, prompts, and the named sets of both that come with lmcli.

A file of labels holds one a line, in UTF-8; blank lines and those that start with # are left out. The sets in
data/ are such files.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lmcli.frame.errors import BadInput, BadUsage, did_you_mean, quoted
from lmcli.frame.text.lines import lines_of

DATA = Path(__file__).parent / "data"
PLACE = "{}"  # where a template takes the label
_ARTICLE = re.compile(r"(?:an?|the)\s+(?=\{\})", re.IGNORECASE)
_HAS_ARTICLE = re.compile(r"(?:an?|the)\s", re.IGNORECASE)
_CHINESE = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_CHINESE_COMMA = re.compile("[，、]")


@dataclass(frozen=True, slots=True)
class NamedSet:
    """A set of labels or templates that comes with lmcli. `about`: what its file says of itself."""

    name: str
    kind: str
    size: int
    about: str


@dataclass(frozen=True, slots=True)
class Member:
    """One label or template of a set; `index` counts from 0, as the data set's own does."""

    index: int
    label: str


def split_labels(text: str) -> list[str]:
    """Labels with commas between them; one that holds a comma stands in double quotes.

    Where there is no other comma, those of Chinese part labels too.
    """
    if "," not in text:
        return _CHINESE_COMMA.split(text)
    return next(csv.reader([text], skipinitialspace=True))


def read_labels(path: Path) -> list[str]:
    """The labels of a file. Raises BadInput where it cannot be read or is not UTF-8."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}") from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadInput(f"{path}, line {line}: not UTF-8", "convert it with iconv") from None
    return [line for line in map(str.strip, lines_of(text)) if line and not line.startswith("#")]


def distinct(labels: Iterable[str]) -> tuple[list[str], list[str]]:
    """The labels without blanks around them, each once and in order; and those that came again."""
    seen: dict[str, None] = {}
    again: dict[str, None] = {}
    for label in (" ".join(label.split()) for label in labels):
        if label:
            (again if label in seen else seen)[label] = None
    return list(seen), list(again)


def named(kind: str) -> list[str]:
    """The names of the sets of a kind: "sets" of labels, or "templates"."""
    return sorted(path.stem for path in (DATA / kind).glob("*.txt"))


def read_set(kind: str, name: str) -> list[str]:
    """The members of a named set. Raises BadUsage where there is none of that name."""
    if name not in named(kind):
        from difflib import get_close_matches

        near = did_you_mean(get_close_matches(name, named(kind), n=2))
        what = "set of labels" if kind == "sets" else "set of templates"
        raise BadUsage(
            f"no {what} is called {quoted(name)}", near or f"there are {', '.join(named(kind))}"
        )
    return read_labels(DATA / kind / f"{name}.txt")


def all_sets() -> list[NamedSet]:
    """Every set, those of labels first."""
    return [
        NamedSet(name, what, len(read_set(kind, name)), _about(kind, name))
        for kind, what in (("sets", "labels"), ("templates", "templates"))
        for name in named(kind)
    ]


def members(name: str) -> list[Member]:
    """The labels, or templates, of a set in order. Raises BadUsage where there is none of that name."""
    kind = "templates" if name in named("templates") else "sets"
    return [Member(index, label) for index, label in enumerate(read_set(kind, name))]


def _about(kind: str, name: str) -> str:
    lines = (DATA / kind / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return " ".join(line.lstrip("# ") for line in lines if line.startswith("#"))


def templates_of(chosen: Sequence[str], default: Sequence[str]) -> tuple[str, ...]:
    """The templates that `--template` names: each one with {} in it, or a set's name; else the default.

    Raises BadUsage for what is neither.
    """
    found: list[str] = []
    for name in chosen:
        found += [name] if PLACE in name else _set_of_templates(name)
    return tuple(dict.fromkeys(found or default))


def _set_of_templates(name: str) -> list[str]:
    if any(letter.isspace() for letter in name):
        raise BadUsage(f"the template {quoted(name)} has no {PLACE} for the label")
    return read_set("templates", name)


def prompt(template: str, label: str) -> str:
    """The label in its place; a label with an article of its own takes that of the template's place.

    "a photo of a {}" with "dog" or "a dog" is "a photo of a dog".
    """
    if _HAS_ARTICLE.match(label):
        template = _ARTICLE.sub("", template)
    return template.replace(PLACE, label)


def has_chinese(text: str) -> bool:
    """Whether a text holds a Chinese character."""
    return _CHINESE.search(text) is not None
