"""What is loaded, as rows; sizes that people write."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lmcli.frame.errors import BadUsage
from lmcli.frame.loaded import Key, Loaded

UNSAID = ("", "auto", "None")  # parts of keys that say nothing
TASKS = {  # where kinds of loaded things are not called as the task of their model
    "encoder": "feature-extraction",
    "attention": "feature-extraction",
    "tokenizer": "feature-extraction",
    "classifier": "text-classification",
    "clip": "zero-shot-image-classification",
    "digits": "image-classification",
    "fill": "text-generation",
    "fill zh": "text-generation",
}
_UNITS = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30}


@dataclass(frozen=True, slots=True)
class LoadedRow:
    """A loaded model or file: by how many MB the process grew, seconds of loading and since its last use."""

    kind: str
    name: str
    megabytes: int
    seconds: float
    idle: int


def name_of(key: Key, defaults: Mapping[str, str]) -> str:
    """The model or file behind a key: its name, or that of its task's default model."""
    kind, *parts = key
    said = [part for part in parts if part not in UNSAID]
    if not parts or parts[0] in UNSAID:
        said.insert(0, defaults.get(TASKS.get(kind, kind), kind))
    elif "/" in said[0]:
        said = [Path(said[0]).stem]
    return " ".join(said)


def loaded(cache: Loaded, defaults: Mapping[str, str]) -> list[LoadedRow]:
    """The rows of `:models`, the last used first. `defaults`: the default models by task."""
    now = time.monotonic()
    entries = sorted(cache.entries.items(), key=lambda item: -item[1].used)
    return [
        LoadedRow(
            key[0],
            name_of(key, defaults),
            round(entry.grown / 2**20),
            round(entry.seconds, 3),
            round(now - entry.used),
        )
        for key, entry in entries
    ]


def parse_bytes(text: str) -> int:
    """Bytes of a size as people write it: 512M, 2 GB. Raises BadUsage for anything else."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kmg]?)i?b?\s*", text.lower())
    if not found:
        raise BadUsage(f"{text!r} is no size", "as in 512M or 2G")
    return int(float(found[1]) * _UNITS[found[2]])
