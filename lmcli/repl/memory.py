"""What is loaded, as rows; sizes that people write."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

from lmcli.core.errors import BadUsage
from lmcli.core.loaded import Loaded

_UNITS = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30}


@dataclass(frozen=True, slots=True)
class LoadedRow:
    """A loaded model or file: by how many MB the process grew, seconds of loading and since its last use."""

    kind: str
    name: str
    megabytes: int
    seconds: float
    idle: int


def loaded(cache: Loaded) -> list[LoadedRow]:
    """The rows of `:models`, the last used first."""
    now = time.monotonic()
    entries = sorted(cache.entries.items(), key=lambda item: -item[1].used)
    return [
        LoadedRow(
            key[0],
            " ".join(part for part in key[1:] if part) or "default",
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
