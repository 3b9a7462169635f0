"""Chinese labels in English, for picture models whose text side reads English alone.

The lexicon is a text file, a line for each Chinese word: the word, a tab, its English nouns, the best first, with
";" between them. Lines are sorted by their UTF-8 bytes, so that a word is found by binary search in the mapped
file; nothing is loaded.
"""

from __future__ import annotations

import mmap
import re
from functools import lru_cache
from pathlib import Path

from lmcli.clip.labels import has_chinese
from lmcli.frame.errors import ModelError

LONGEST = 12  # characters of a word in a label that is put together from several
LABEL = 40  # characters of a label that is taken apart

_PARTICLES = "的了之在上里着和与"  # left out where they join words
_MEASURED = re.compile(  # one of, two of, some: what is counted follows
    r"(这|那|[一二两三四五六七八九十几半数]+)(只|个|個|辆|輛|张|張|条|條|头|頭|匹|座|架|艘|朵|棵|片|位|名|台|臺|本|杯|碗|件|双|雙|把|块|塊|幅|群|间|間|枝|支|盘|盤|颗|顆|串|瓶|束|些|根|顶|頂|扇|栋|棟)"
)


class Lexicon:
    """A mapped lexicon file."""

    def __init__(self, data: mmap.mmap) -> None:
        """`data`: the file's bytes, as `open` maps them."""
        self._data = data

    @classmethod
    def open(cls, path: Path) -> Lexicon:
        """Map a lexicon file. Raises ModelError where it cannot be read or is empty."""
        try:
            with path.open("rb") as file:
                return cls(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        except (OSError, ValueError) as error:
            raise ModelError(f"{path}: {getattr(error, 'strerror', None) or error}") from None

    def translate(self, label: str) -> list[str]:
        """English for a label, the best first; [] where there is none.

        A label that is no word of the lexicon is put together from its words, the longest first
        (红色的汽车 is red + car). Latin letters in it stay as they are.
        """
        label = re.sub(r"\s+", " ", label.strip())
        if found := self.find(label.replace(" ", "")):
            return list(found)
        if found := self.find(_MEASURED.sub("", label, count=1)):
            return list(found)
        together = self._composed(label) if len(label) <= LABEL else ""
        return [together] if together else []

    @lru_cache(maxsize=4096)  # noqa: B019  (a lexicon lives as long as its process)
    def find(self, word: str) -> tuple[str, ...]:
        """The English nouns of one word of the lexicon; () where it has no such word."""
        data, sought = self._data, word.encode("utf-8", "surrogatepass")
        low, high = 0, len(data)
        while low < high:
            start = data.rfind(b"\n", 0, (low + high) // 2) + 1
            end = data.find(b"\n", start)
            end = len(data) if end < 0 else end
            key, _, values = data[start:end].partition(b"\t")
            if key == sought:
                return tuple(values.decode("utf-8").split(";"))
            low, high = (end + 1, high) if key < sought else (low, start)
        return ()

    def _composed(self, label: str) -> str:
        """The English of a label's words, one after the other; "" where one of them is unknown."""
        label = _MEASURED.sub("", label)
        parts, at = [], 0
        while at < len(label):
            if not has_chinese(label[at]):
                end = next((i for i in range(at, len(label)) if has_chinese(label[i])), len(label))
                parts.append(label[at:end].strip())
                at = end
            elif label[at] in _PARTICLES:
                at += 1
            else:
                size = min(LONGEST, len(label) - at)
                end = next(
                    (at + n for n in range(size, 0, -1) if self.find(label[at : at + n])), at
                )
                if end == at:
                    return ""
                parts.append(self.find(label[at:end])[0])
                at = end
        return " ".join(part for part in parts if part)
