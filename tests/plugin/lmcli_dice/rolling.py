"""The engine: dice in the usual notation. It knows no terminal."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

from lmcli.errors import BadInput


@dataclass(frozen=True, slots=True)
class Roll:
    """One throw. `faces` in the order thrown; `total` is their sum."""

    spec: str
    faces: tuple[int, ...]
    total: int


class Roller:
    """Throws dice with one generator, so that a seed fixes the whole sequence."""

    def __init__(self, seed: int | None = None) -> None:
        self._rng = random.Random(seed)

    def roll(self, spec: str) -> Roll:
        """Throw NdM: N dice (1 if left out) of M faces. Raises BadInput for anything else."""
        match = re.fullmatch(r"(\d{0,3})d(\d{1,4})", spec)
        if not match or not int(match[2]):
            raise BadInput(f"{spec!r} is not NdM", "as in 2d6")
        faces = tuple(self._rng.randint(1, int(match[2])) for _ in range(int(match[1] or 1)))
        return Roll(spec, faces, sum(faces))
