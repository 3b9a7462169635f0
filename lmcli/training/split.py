"""Examples in parts: by seed, each label's share kept, and what is the same never on two sides."""

from __future__ import annotations

import unicodedata
from collections.abc import Hashable, Sequence

import numpy as np


def same_text(text: str) -> str:
    """What equal texts have in common: case, width and blanks do not count."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def split(
    keys: Sequence[Hashable], labels: Sequence[Hashable], share: float, seed: int
) -> tuple[list[int], list[int]]:
    """The examples 0..n-1 in two parts, of which the second has about this `share` of every label.

    Examples with the same key stay together, with the label of the first of them. A label that only one key has stays
    in the first part.
    """
    groups: dict[Hashable, list[int]] = {}
    for at, key in enumerate(keys):
        groups.setdefault(key, []).append(at)
    by_label: dict[Hashable, list[list[int]]] = {}
    for group in groups.values():
        by_label.setdefault(labels[group[0]], []).append(group)
    draw = np.random.default_rng(seed)
    parts: tuple[list[int], list[int]] = ([], [])
    for found in by_label.values():
        wanted = share * sum(map(len, found))
        held = 0
        for at, place in enumerate(draw.permutation(len(found))):
            group = found[place]
            takes = at < len(found) - 1 and held + len(group) / 2 <= wanted
            held += len(group) if takes else 0
            parts[takes].extend(group)
    return sorted(parts[0]), sorted(parts[1])
