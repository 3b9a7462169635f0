"""From a picture to what a model reads: resized, cropped, scaled and normalised as its preprocessor_config.json says.

The hub's forms are understood (CLIP, SigLIP, ChineseCLIP, ViT), and their arithmetic followed: Pillow resizes the
8-bit image, the centre is cut out, numbers are scaled and normalised last.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lmcli.frame.errors import ModelError

if TYPE_CHECKING:
    from PIL import Image

FILE = "preprocessor_config.json"
SHARED = (
    "processor_config.json"  # what transformers 5 writes instead, of a tokenizer's settings too
)
OPEN_CLIP, OPEN_CLIP_MODEL = "preprocess_cfg.json", "open_clip_config.json"
LONG = 4  # times what is cut out of a picture is kept of it before it is resized
BICUBIC = 3  # Pillow's number, and the hub's
CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
CLIP_STD = (0.26862954, 0.26130258, 0.27577711)

Pixels = NDArray[np.float32]
Size = tuple[int, int]


@dataclass(frozen=True)
class Preprocessing:
    """What is done to a picture; lengths in pixels, sizes as (height, width).

    `shortest`: the shorter side is resized to this, the other in proportion. `size`: or both sides to these; or with
    `longest` the longer side to the larger of these. `crop`: what is cut out of the middle then, with black around
    where there is less.
    """

    shortest: int | None = 224
    size: Size | None = None
    crop: Size | None = (224, 224)
    longest: bool = False
    resample: int = BICUBIC
    scale: float = 1 / 255
    mean: tuple[float, ...] = CLIP_MEAN
    std: tuple[float, ...] = CLIP_STD

    @classmethod
    def of_folder(cls, folder: Path) -> Preprocessing:
        """As the folder's preprocessor_config.json or processor_config.json says; OpenAI's CLIP's where there is none.

        Raises ModelError where the file cannot be read.
        """
        names = (FILE, SHARED, OPEN_CLIP, OPEN_CLIP_MODEL)
        path = next((folder / name for name in names if (folder / name).is_file()), None)
        if path is None:
            return cls()
        try:
            config = json.loads(path.read_text(encoding="utf-8"))
            if path.name in (OPEN_CLIP, OPEN_CLIP_MODEL):
                return cls.of_open_clip(config.get("preprocess_cfg", config))
            return cls.of_config(config.get("image_processor", config))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelError(f"{path}: {error}") from None

    @classmethod
    def of_config(cls, config: Mapping[str, Any]) -> Preprocessing:
        """Of a preprocessor_config.json's content."""
        crops = _crops(config)
        shortest, size = _resizing(config.get("size", 224), crops)
        crop = _size(config.get("crop_size", 224)) if crops else None
        if not config.get("do_resize", True):
            shortest = size = None
        plain = not config.get("do_normalize", True)
        return cls(
            shortest=shortest,
            size=size,
            crop=crop,
            resample=int(config.get("resample", BICUBIC)),
            scale=float(config.get("rescale_factor", 1 / 255))
            if config.get("do_rescale", True)
            else 1.0,
            mean=(0.0,) * 3 if plain else tuple(config.get("image_mean", CLIP_MEAN)),
            std=(1.0,) * 3 if plain else tuple(config.get("image_std", CLIP_STD)),
        )

    @classmethod
    def of_open_clip(cls, config: Mapping[str, Any]) -> Preprocessing:
        """Of open_clip's preprocess_cfg: the shorter side resized and cut, both squashed, or the longer one, padded."""
        size = _size(config.get("size", 224))
        way = config.get("resize_mode", "shortest")
        if way not in ("shortest", "longest", "squash"):
            raise ValueError(f"resize_mode {way!r} is not known")
        return cls(
            shortest=max(size) if way == "shortest" else None,
            size=None if way == "shortest" else size,
            crop=None if way == "squash" else size,
            longest=way == "longest",
            resample={"nearest": 0, "bilinear": 2}.get(
                config.get("interpolation", "bicubic"), BICUBIC
            ),
            mean=tuple(config.get("mean", CLIP_MEAN)),
            std=tuple(config.get("std", CLIP_STD)),
        )

    @property
    def shape(self) -> Size | None:
        """The (height, width) of what comes out, where it is the same for all pictures."""
        return self.crop or self.size

    @property
    def least(self) -> int:
        """The length that a picture's shorter side should have for this, at least."""
        return max(self.size) if self.size else self.shortest or max(self.crop or (1, 1))

    def __call__(self, image: Image.Image) -> Pixels:
        """The picture (RGB) as float32 (3, height, width)."""
        return self.numbers(self.cut(image))

    def numbers(self, image: Image.Image) -> Pixels:
        """A picture that is resized and cropped already, scaled and normalised: float32 (3, height, width)."""
        values = np.ascontiguousarray(np.asarray(image).transpose(2, 0, 1))
        pixels = np.empty(values.shape, np.float32)
        for channel, table, into in zip(values, self._tables, pixels, strict=True):
            np.take(table, channel, out=into, mode="clip")
        return pixels

    def cut(self, image: Image.Image) -> Image.Image:
        """What the model sees of the picture: resized and cropped."""
        from PIL import Image

        image = self._middle(image)
        target = self._target(image.width, image.height)
        if target != image.size:
            image = image.resize(target, Image.Resampling(self.resample))
        return _centre(image, self.crop) if self.crop else image

    def _middle(self, image: Image.Image) -> Image.Image:
        """Of a very long picture the middle, with a margin: the rest would be resized and thrown away."""
        if not self.crop or not self.shortest:
            return image
        short, long = sorted(image.size)
        keep = LONG * short * (1 + max(self.crop) // self.shortest)
        start = (long - keep) // 2
        if start <= 0:
            return image
        if image.width > image.height:
            return image.crop((start, 0, start + keep, image.height))
        return image.crop((0, start, image.width, start + keep))

    def _target(self, width: int, height: int) -> tuple[int, int]:
        """The (width, height) to which a picture of that size is resized."""
        if self.size and self.longest:
            ratio = max(self.size) / max(width, height)
            return max(1, round(width * ratio)), max(1, round(height * ratio))
        if self.size:
            return self.size[1], self.size[0]
        if not self.shortest:
            return width, height
        longer = int(self.shortest * max(width, height) / min(width, height))
        return (longer, self.shortest) if width > height else (self.shortest, longer)

    @cached_property
    def _tables(self) -> list[Pixels]:
        """The number that each of the 256 values of a channel becomes, float32 (256)."""
        values = np.arange(256) * self.scale
        return [
            ((values - mean) / std).astype(np.float32)
            for mean, std in zip(self.mean, self.std, strict=True)
        ]


def _crops(config: Mapping[str, Any]) -> bool:
    """Whether the centre is cut out; where it is not said, CLIP's processors do so, SigLIP's and ViT's do not."""
    said = config.get("do_center_crop")
    if said is not None:
        return bool(said)
    kind = config.get("image_processor_type", config.get("feature_extractor_type", "CLIP"))
    return "CLIP" in kind or bool(config.get("crop_size"))


def _resizing(size: Any, crops: bool) -> tuple[int | None, Size | None]:
    """The shorter side's length, or both sides', of the forms that `size` may have."""
    if isinstance(size, Mapping):
        if "shortest_edge" in size:
            return int(size["shortest_edge"]), None
        return None, _size(size)
    if crops and isinstance(size, (int, float)):  # the old form of CLIP's
        return int(size), None
    return None, _size(size)


def _size(value: Any) -> Size:
    if isinstance(value, Mapping):
        if "shortest_edge" in value:
            return int(value["shortest_edge"]), int(value["shortest_edge"])
        return int(value["height"]), int(value["width"])
    if isinstance(value, (list, tuple)):
        return int(value[0]), int(value[1])
    return int(value), int(value)


def _centre(image: Image.Image, crop: Size) -> Image.Image:
    """The middle of a picture; where it is smaller, black lies around it."""
    height, width = crop
    left, top = (image.width - width) // 2, (image.height - height) // 2
    return image.crop((left, top, left + width, top + height))
