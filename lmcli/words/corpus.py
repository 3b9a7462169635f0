"""A text as sentences of words: read once, segmented, kept in a temporary file, passed over as often as needed."""

from __future__ import annotations

import gzip
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO, TypeAlias, cast

from lmcli.core.errors import BadInput, MissingExtra

PEEKED = 1000  # lines that tell a text's language
CHINESE = 0.2  # the share of Chinese letters that makes a text Chinese
LONG = 3.0  # characters: Chinese words have about 2, what stands between punctuation 6 to 10
LONGEST = 10_000  # words of a sentence; gensim drops what lies beyond
_WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")
_CHINESE = re.compile("[\u4e00-\u9fff]")

Segmenter: TypeAlias = Callable[[str], list[str]]


@dataclass(frozen=True)
class Corpus:
    """Segmented sentences in a file, one a line, words between spaces. `counts`: of every word."""

    path: Path
    counts: Counter[str]
    sentences: int

    @property
    def tokens(self) -> int:
        """The number of words, each time they occur."""
        return self.counts.total()

    def __iter__(self) -> Iterator[list[str]]:
        with self.path.open(encoding="utf-8") as lines:
            for line in lines:
                yield line.split(" ")[:-1]

    def frequent(self, least: int) -> list[str]:
        """The words that occur `least` times or more, most frequent first, then in order of appearance.

        Raises BadInput where there are fewer than two.
        """
        words = [word for word, count in self.counts.most_common() if count >= least]
        if len(words) < 2:
            hint = "lower --min-count" if least > 1 else "give it more text"
            raise BadInput(f"{len(words)} words occur {least} times or more", hint)
        return words


def gather(lines: Iterable[str], segment: Segmenter, path: Path) -> Corpus:
    """Segment `lines` into `path`: each line a sentence, cut where it is longer than LONGEST words."""
    counts: Counter[str] = Counter()
    sentences = 0
    with path.open("w", encoding="utf-8") as out:
        for line in lines:
            words = segment(line)
            counts.update(words)
            for start in range(0, len(words), LONGEST):
                out.write("".join(f"{word} " for word in words[start : start + LONGEST]) + "\n")
                sentences += 1
    return Corpus(path, counts, sentences)


def peeked(lines: Iterator[str], count: int = PEEKED) -> tuple[list[str], Iterator[str]]:
    """The first `count` lines, and all of them."""
    first = list(islice(lines, count))
    return first, chain(first, lines)


def fitting_segmenter(lines: Iterable[str]) -> str:
    """jieba for Chinese sentences; words for other languages and for Chinese that spaces cut already."""
    return "jieba" if uncut(word for line in lines for word in _WORD.findall(line)) else "words"


def uncut(words: Iterable[str]) -> bool:
    """Whether `words` are Chinese sentences rather than words: a fifth or more of the letters are Chinese,
    and they stand together longer than words are.
    """
    letters = chinese = runs = 0
    for word in words:
        letters += len(word)
        if found := len(_CHINESE.findall(word)):
            chinese += found
            runs += 1
    return chinese > 0 and chinese >= CHINESE * letters and chinese > LONG * runs


def text_lines(stream: BinaryIO, name: str) -> Iterator[str]:
    """The lines of a UTF-8 text. Raises BadInput with the number of a line that is not UTF-8."""
    for number, raw in enumerate(_lines(stream, name), 1):
        try:
            yield raw.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            fault = f"{name}: line {number} is not UTF-8 (byte {error.start + 1})"
            raise BadInput(fault, "convert the text with iconv") from None


def _lines(stream: BinaryIO, name: str) -> Iterator[bytes]:
    try:
        yield from stream
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise BadInput(f"{name}: {error}") from None


def open_text(path: Path) -> BinaryIO:
    """Open a text file; one that is named .gz is unpacked."""
    if path.suffix == ".gz":
        return cast(BinaryIO, gzip.open(path, "rb"))
    return path.open("rb")


def segmenter(name: str, *, lowercase: bool, cache: Path | None = None) -> Segmenter:
    """The function that cuts a line into words.

    words: runs of letters and digits, with apostrophes and hyphens inside. spaces: whatever stands
    between spaces. jieba: Chinese words, punctuation left out; `cache`: the folder of its dictionary.
    Raises MissingExtra.
    """
    if name == "jieba":
        cut = _jieba(cache)
    elif name == "spaces":
        cut = str.split
    else:
        cut = _WORD.findall
    return (lambda line: cut(line.lower())) if lowercase else cut


def _jieba(cache: Path | None) -> Segmenter:
    import logging
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import jieba
    except ImportError:
        raise MissingExtra("jieba", "train") from None
    jieba.setLogLevel(logging.WARNING)
    if cache is not None:
        cache.mkdir(parents=True, exist_ok=True)
        jieba.dt.tmp_dir = str(cache)

    def cut(line: str) -> list[str]:
        return [word for word in jieba.cut(line) if _WORD.search(word) and " " not in word]

    return cut
