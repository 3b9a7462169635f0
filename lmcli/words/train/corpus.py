"""A text as sentences of words: read once, segmented, kept in a temporary file, passed over as often as needed."""

from __future__ import annotations

import atexit
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO, TypeAlias, cast

from lmcli.frame.disk.packed import UNREADABLE, open_unpacked
from lmcli.frame.errors import BadInput, MissingExtra
from lmcli.frame.text.letters import LETTER, composed, spelled, word
from lmcli.frame.text.textfile import refuse_utf16

PEEKED = 1000  # lines that tell a text's language
CHINESE = 0.2  # the share of Chinese letters that makes a text Chinese
LONG = 3.0  # characters: Chinese words have about 2, what stands between punctuation 6 to 10
LONGEST = 10_000  # words of a sentence; gensim drops what lies beyond
_LETTER = re.compile(LETTER)
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
    words = re.compile(word()).findall
    return "jieba" if uncut(one for line in lines for one in words(line)) else "words"


def uncut(words: Iterable[str]) -> bool:
    """Whether `words` are Chinese sentences rather than words: a fifth or more of the letters are Chinese,
    and they stand together longer than words are.
    """
    letters = chinese = runs = 0
    for one in words:
        letters += len(one)
        if found := len(_CHINESE.findall(one)):
            chinese += found
            runs += 1
    return chinese > 0 and chinese >= CHINESE * letters and chinese > LONG * runs


def text_lines(stream: BinaryIO, name: str) -> Iterator[str]:
    """The lines of a UTF-8 text. Raises BadInput with the number of a line that is not UTF-8."""
    for number, raw in enumerate(_lines(stream, name), 1):
        if number == 1:
            refuse_utf16(raw, name)
        if b"\0" in raw:
            raise BadInput(f"{name}: line {number} holds a zero byte: no text", "is it UTF-16?")
        try:
            yield raw.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            fault = f"{name}: line {number} is not UTF-8 (byte {error.start + 1})"
            raise BadInput(fault, "convert the text with iconv") from None


def _lines(stream: BinaryIO, name: str) -> Iterator[bytes]:
    try:
        yield from stream
    except UNREADABLE as error:
        raise BadInput(f"{name}: {error}") from None


def open_text(path: Path) -> BinaryIO:
    """Open a text file; one that is packed is unpacked."""
    return cast(BinaryIO, open_unpacked(path))


def segmenter(name: str, *, lowercase: bool, cache: Path | None = None) -> Segmenter:
    """The function that cuts a line into words.

    words: runs of letters and digits with the marks on them, with apostrophes and hyphens inside. spaces:
    whatever stands between spaces. jieba: Chinese words, punctuation left out; `cache`: the folder of its
    dictionary. Words are composed (NFC). Raises MissingExtra.
    """
    if name == "jieba":
        cut = _jieba(cache)
    elif name == "spaces":
        cut = str.split
    else:
        cut = re.compile(word()).findall
    if lowercase:
        return lambda line: cut(composed(spelled(line).lower()))
    return lambda line: cut(spelled(line))


def _place(cache: Path) -> Path:
    """The folder, made if need be; where that is not allowed, one that goes with the process."""
    import tempfile

    try:
        cache.mkdir(parents=True, exist_ok=True)
        if os.access(cache, os.W_OK):
            return cache
    except OSError:
        pass
    folder = tempfile.TemporaryDirectory(prefix="lmcli-jieba-")
    atexit.register(folder.cleanup)
    return Path(folder.name)


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
        jieba.dt.tmp_dir = str(_place(cache))

    def cut(line: str) -> list[str]:
        return [word for word in jieba.cut(line) if _LETTER.search(word) and " " not in word]

    return cut
