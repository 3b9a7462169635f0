"""Pairs of a picture and a text from a table, and what they look like to a model."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lmcli.frame.errors import BadInput, LmcliError, no_text

if TYPE_CHECKING:
    from PIL import Image

    from lmcli.clip.model import Clip
    from lmcli.vectors.vectorfile import Vectors

IMAGE, TEXT = "image", "text"


@dataclass(frozen=True, slots=True)
class Pair:
    """A line of a table: a picture, its path as written, and a text that belongs to it; or the line's fault."""

    line: int
    image: str = ""
    path: Path = Path()
    text: str = ""
    error: LmcliError | None = None


def read_pairs(table: Path) -> Iterator[Pair]:
    """The pairs of a CSV file, with commas or tabs: columns image and text, or the first two where none are named.

    Paths are relative to the file's folder. Raises BadInput for a file that cannot be read, or is no table.
    """
    try:
        with table.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as stream:
            start = stream.readline()
            stream.seek(0)
            rows = csv.reader(stream, delimiter="\t" if "\t" in start else ",", strict=True)
            columns: dict[str, int] | None = None
            before = 0
            for row in rows:
                first, before = before + 1, rows.line_num
                if (
                    first < before
                ):  # a row of several lines: what they hold is not to be lost in one text
                    yield Pair(first, error=_unclosed(before))
                    continue
                if columns is None:
                    columns, named = _columns(row)
                    if named:
                        continue
                if row:
                    yield _pair(row, rows.line_num, columns, table.parent)
    except OSError as error:
        raise BadInput(f"{table}: {error.strerror}") from None
    except csv.Error as error:
        raise BadInput(f"{table}, line {rows.line_num}: {error}", "is it a CSV file?") from None


def _unclosed(last: int) -> BadInput:
    return BadInput(f"a quotation mark does not close before line {last}", "one line, one pair")


def _columns(row: list[str]) -> tuple[dict[str, int], bool]:
    """Which columns hold picture and text, and whether this first row says so."""
    names = [cell.strip().lower() for cell in row]
    if IMAGE in names and TEXT in names:
        return {IMAGE: names.index(IMAGE), TEXT: names.index(TEXT)}, True
    return {IMAGE: 0, TEXT: 1}, False


def _pair(row: list[str], line: int, columns: dict[str, int], folder: Path) -> Pair:
    if len(row) <= max(columns.values()):
        fault = BadInput(f"expected a picture and a text, found {len(row)} column", "quote commas")
        return Pair(line, error=fault)
    image, text = row[columns[IMAGE]].strip(), " ".join(row[columns[TEXT]].split())
    for what, value in (("picture", image), ("text", text)):
        if not value or (value and "\0" in value):
            return Pair(line, error=BadInput(f"there is no {what} in this line"))
    return Pair(line, image, folder / image, text, no_text(text))


@dataclass(frozen=True, slots=True)
class Seen:
    """What a model makes of pairs.

    images: embeddings (n, d) of the different pictures, each of length 1. features: what it saw before that (n, f),
    or the same. texts: embeddings (m, d) of the different texts. pictures, words: the rows (p) of each pair's picture
    and text in these.
    """

    images: Vectors
    features: Vectors
    texts: Vectors
    pictures: list[int]
    words: list[int]

    def __len__(self) -> int:
        return len(self.pictures)

    def part(self, pairs: list[int], *, all_texts: bool = False) -> Seen:
        """These pairs alone, with the pictures and texts that they have, or with all texts."""
        pictures = sorted({self.pictures[pair] for pair in pairs})
        words = sorted({self.words[pair] for pair in pairs})
        words = list(range(len(self.texts))) if all_texts else words
        at_picture = {row: at for at, row in enumerate(pictures)}
        at_word = {row: at for at, row in enumerate(words)}
        return Seen(
            self.images[pictures],
            self.features[pictures],
            self.texts[words],
            [at_picture[self.pictures[pair]] for pair in pairs],
            [at_word[self.words[pair]] for pair in pairs],
        )


Report = Callable[[LmcliError, int], None]


def look(clip: Clip, pairs: list[Pair], report: Report, advance: Callable[[float], None]) -> Seen:
    """Run both towers over pairs, once for each picture and text. `report` is told of the faults of lines.

    `advance` is told of each picture. Texts in Chinese are translated where the model has a lexicon.
    """
    sound = list(_told(pairs, report))
    read = _readings(clip, sound, report)
    sound = [pair for pair in sound if pair.text in read]
    images, features, failed = _pictures(clip, sound, advance)
    for pair in sound:
        if pair.path in failed:
            report(failed[pair.path], pair.line)
    sound = [pair for pair in sound if pair.path not in failed]
    texts = list(dict.fromkeys(read[pair.text] for pair in sound))
    at_text = {text: row for row, text in enumerate(texts)}
    at_path = {path: row for row, path in enumerate(dict.fromkeys(pair.path for pair in sound))}
    return Seen(
        images,
        features,
        clip.encode_texts(texts) if texts else images[:0],
        [at_path[pair.path] for pair in sound],
        [at_text[read[pair.text]] for pair in sound],
    )


def _told(pairs: list[Pair], report: Report) -> Iterator[Pair]:
    for pair in pairs:
        if pair.error:
            report(pair.error, pair.line)
        else:
            yield pair


def _readings(clip: Clip, pairs: list[Pair], report: Report) -> dict[str, str]:
    """What the model reads for each text; those that it cannot read are reported and left out."""
    from lmcli.clip.files.labelvectors import readings

    found: dict[str, str] = {}
    for pair in pairs:
        if pair.text not in found:
            try:
                found[pair.text] = readings(clip, [pair.text])[0].texts[0]
            except LmcliError as error:
                report(error, pair.line)
    return found


def _pictures(
    clip: Clip, pairs: list[Pair], advance: Callable[[float], None]
) -> tuple[Vectors, Vectors, dict[Path, LmcliError]]:
    """Embeddings and features of the different pictures that can be read, and the errors of the others."""
    import numpy as np

    from lmcli.clip.files.flow import image_vectors
    from lmcli.draw.pictures.reading import read_picture

    failed: dict[Path, LmcliError] = {}
    found: list[Vectors] = []
    sizes: list[int] = []
    different = {pair.path: pair.image for pair in pairs}

    def opened(path: Path) -> Image.Image:
        return read_picture(path, different[path], least=clip.preprocessing.least)

    def encode(pixels: Vectors) -> Vectors:
        vectors, features = clip.towers.image.encode_whole(pixels)
        sizes.append(vectors.shape[1])
        return np.concatenate([vectors, features], axis=1)

    for path, vector in image_vectors(clip, different, opened, encode):
        if isinstance(vector, LmcliError):
            failed[path] = vector
        else:
            found.append(vector)
        advance(1)
    both = np.stack(found) if found else np.zeros((0, 2), np.float32)
    size = sizes[0] if sizes else 1
    return both[:, :size], both[:, size:], failed
