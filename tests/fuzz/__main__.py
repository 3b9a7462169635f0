"""Mutate files for every reader: python -m tests.fuzz --seconds 300 --seed 1 [--reader NAME]."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.fuzz.readers import READERS
from tests.fuzz.runner import Fuzz, keep


def main() -> int:
    """Run, and return 1 where something was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--reader", action="append", choices=[reader.name for reader in READERS])
    parser.add_argument("--only", type=int, help="run the input of this number alone")
    parser.add_argument("--times", action="store_true", help="say what time each reader took")
    parser.add_argument("--failures", type=Path, default=Path("fuzz-failures"))
    given = parser.parse_args()
    readers = tuple(r for r in READERS if not given.reader or r.name in given.reader)
    with Fuzz(given.seed, readers) as fuzz:
        if given.only is not None:
            for reader in readers:
                fuzz.one(reader, given.only)
        else:
            fuzz.go(given.seconds)
        for finding in fuzz.findings.values():
            print(keep(finding, given.seed, given.failures))
        if given.times:
            for name, seconds in sorted(fuzz.spent.items(), key=lambda pair: -pair[1]):
                print(f"{seconds:6.1f} s  {name}")
        print(f"{fuzz.inputs} inputs, {len(fuzz.findings)} kinds of fault")
    return 1 if fuzz.findings else 0


if __name__ == "__main__":
    sys.exit(main())
