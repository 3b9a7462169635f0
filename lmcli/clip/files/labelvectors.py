"""The vectors of labels: prompts averaged, and kept on disk, so that the text tower runs once for each label."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lmcli.clip.labels import has_chinese, prompt
from lmcli.frame.errors import LmcliError, NoAnswer
from lmcli.frame.numbers import normalised
from lmcli.vectors import vectorfile
from lmcli.vectors.vectorfile import Vectors

if TYPE_CHECKING:
    from lmcli.clip.model import Clip

MOST = 20_000  # labels kept for a model and its templates; those longest there go first
TOGETHER = 64  # labels encoded between two calls of `advance`


@dataclass(frozen=True, slots=True)
class Reading:
    """A label, and what the text tower reads for it: the label itself, or its likeliest translation."""

    label: str
    texts: tuple[str, ...]

    @property
    def translated(self) -> bool:
        """Whether the model reads something else than what was given."""
        return self.texts != (self.label,)


def readings(clip: Clip, labels: Sequence[str]) -> list[Reading]:
    """What the model reads for each label: where it has a lexicon, Chinese is translated.

    Raises NoAnswer for labels that the lexicon does not know.
    """
    lexicon = clip.lexicon if any(map(has_chinese, labels)) else None
    if lexicon is None:
        return [Reading(label, (label,)) for label in labels]
    found = []
    unknown = []
    for label in labels:
        texts = tuple(lexicon.translate(label)[:1]) if has_chinese(label) else (label,)
        found.append(Reading(label, texts))
        if not texts:
            unknown.append(label)
    if unknown:
        raise NoAnswer(
            f"{clip.name} reads English, and its lexicon has no translation of {', '.join(unknown)}",
            "write it in English",
        )
    return found


class LabelVectors:
    """Gives the vectors of labels for one model and its templates, from a file in `folder` where it can."""

    def __init__(self, clip: Clip, templates: Sequence[str], folder: Path) -> None:
        self._clip = clip
        self._templates = tuple(templates)
        digest = hashlib.sha256("\n".join(self._templates).encode()).hexdigest()
        self.path = folder / "clip" / f"{clip.fingerprint[:16]}-{digest[:8]}.labels"
        self._known = self._read()

    def missing(self, labels: Sequence[Reading]) -> list[Reading]:
        """The labels whose vectors must be computed."""
        return [label for label in labels if _key(label) not in self._known]

    def vectors(
        self, labels: Sequence[Reading], advance: Callable[[float], None] | None = None
    ) -> Vectors:
        """The vectors (n, d) of labels, each the mean over its prompts, of length 1; new ones are kept.

        `advance` is told of each group of labels that was computed, as their number.
        """
        missing = self.missing(labels)
        if missing:
            for part in _groups(missing, TOGETHER):
                found = self._encode(part)
                self._known.update(zip(map(_key, part), found, strict=True))
                if advance:
                    advance(len(part))
            self._write()
        return np.stack([self._known[_key(label)] for label in labels])

    def _encode(self, labels: Sequence[Reading]) -> Vectors:
        prompts = [
            [prompt(t, text) for text in label.texts for t in self._templates] for label in labels
        ]
        vectors = self._clip.encode_texts([text for group in prompts for text in group])
        ends = np.cumsum([len(group) for group in prompts])
        means = [part.mean(axis=0) for part in np.split(vectors, ends[:-1])]
        return normalised(np.stack(means).astype(np.float32))

    def _read(self) -> dict[str, Vectors]:
        """What the file holds; a damaged one, or another model's, holds nothing."""
        try:
            header, vectors, _ = vectorfile.read(self.path)
            if self._owner() | {"crc32": zlib.crc32(vectors.data)} != _without(header, "labels"):
                return {}
            return dict(zip(header["labels"], vectors, strict=True))
        except (OSError, ValueError, KeyError, TypeError):
            return {}

    def _write(self) -> None:
        """Keep what is known, and what another process has added meanwhile; without a place, nothing."""
        known = {**self._read(), **self._known}
        kept = dict(list(known.items())[-MOST:])
        vectors = np.stack(list(kept.values()))
        header = {**self._owner(), "crc32": zlib.crc32(vectors.data), "labels": list(kept)}
        with suppress(OSError, LmcliError):
            vectorfile.write(self.path, header, [vectors])

    def _owner(self) -> dict[str, object]:
        return {"fingerprint": self._clip.fingerprint, "templates": list(self._templates)}


def _without(header: Mapping[str, object], *names: str) -> dict[str, object]:
    return {key: value for key, value in header.items() if key not in (*names, "rows", "width")}


def _key(label: Reading) -> str:
    return "\n".join(label.texts)


def _groups(labels: Sequence[Reading], size: int) -> Iterator[Sequence[Reading]]:
    for start in range(0, len(labels), size):
        yield labels[start : start + size]
