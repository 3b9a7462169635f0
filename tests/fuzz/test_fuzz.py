"""A minute of damaged files for every reader; longer, or with another seed: python -m tests.fuzz."""

from __future__ import annotations

import pytest

from tests.fuzz.readers import READERS
from tests.fuzz.runner import Fuzz

SECONDS, SEED = 60, 1


@pytest.mark.fuzz
def test_a_minute_of_damaged_files():
    with Fuzz(SEED) as fuzz:
        fuzz.go(SECONDS)
    assert not fuzz.findings, "\n".join(fuzz.findings)
    assert fuzz.inputs >= len(READERS)
