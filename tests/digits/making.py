"""Pictures that nobody trained on: digits as a photographer, a scanner or a child with a crayon would bring them."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

KINDS = (
    *(
        "scan",
        "inverted",
        "photograph",
        "shadow",
        "thin",
        "thick",
        "crayon",
        "small",
        "off_centre",
        "large",
    ),
)


def enlarged(digit: np.ndarray, size: int) -> np.ndarray:
    """A picture of MNIST as ink 0..1 of size x size, with edges as sharp as a pen's."""
    image = Image.fromarray(digit.astype(np.uint8)).resize((size, size), Image.Resampling.BICUBIC)
    ink = np.asarray(image.filter(ImageFilter.GaussianBlur(size / 60)), np.float32) / 255
    return np.clip((ink - 0.35) / 0.3, 0, 1)


def picture(digit: np.ndarray, kind: str, draw: np.random.Generator) -> Image.Image:
    """One digit of MNIST (28, 28) as another kind of picture."""
    size = {"small": 40, "large": 1500}.get(kind, int(draw.integers(120, 420)))
    ink = enlarged(digit, size)
    if kind == "thin":
        ink = _filtered(ink, ImageFilter.MinFilter(odd(size / 30)))
    if kind == "thick":
        ink = _filtered(ink, ImageFilter.MaxFilter(odd(size / 14)))
    height, width = size + int(draw.integers(0, size)), size + int(draw.integers(0, size))
    top = int(draw.integers(0, height - size + 1))
    left = int(draw.integers(0, width - size + 1))
    if kind == "off_centre":
        height, width, top, left = 2 * size, 3 * size, size, 2 * size - size // 4
    whole = np.zeros((height, width), np.float32)
    whole[top : top + size, left : left + size] = ink[: height - top, : width - left]
    paper = draw.uniform(0.75, 1.0, 3) if kind != "scan" else np.full(3, 0.97)
    pen = draw.uniform(0.0, 0.3, 3)
    if kind == "crayon":
        pen = np.array([(0.85, 0.1, 0.1), (0.1, 0.3, 0.9), (0.1, 0.6, 0.2)][int(draw.integers(3))])
        whole *= draw.uniform(0.75, 1, whole.shape)
    values = paper + whole[..., None] * (pen - paper)
    if kind in ("photograph", "shadow"):
        values = values * _light(height, width, draw, hard=kind == "shadow")[..., None]
        values += draw.normal(0, 0.02, values.shape)
    if kind == "inverted":
        values = 1 - values
    image = Image.fromarray((np.clip(values, 0, 1) * 255).astype(np.uint8))
    if kind == "photograph":
        image = image.rotate(
            float(draw.uniform(-8, 8)), Image.Resampling.BICUBIC, fillcolor=image.getpixel((2, 2))
        )
        image = _jpeg(image.filter(ImageFilter.GaussianBlur(1)))
    return image


def odd(value: float) -> int:
    """The next odd number from 3."""
    return max(3, int(value) // 2 * 2 + 1)


def _filtered(ink: np.ndarray, kind: ImageFilter.Filter) -> np.ndarray:
    image = Image.fromarray((ink * 255).astype(np.uint8)).filter(kind)
    return np.asarray(image, np.float32) / 255


def _light(height: int, width: int, draw: np.random.Generator, *, hard: bool) -> np.ndarray:
    """Light that falls off to a side; hard: the edge of a shadow across the picture."""
    angle = draw.uniform(0, 2 * np.pi)
    rows, columns = np.mgrid[0:height, 0:width] / max(height, width)
    across = np.cos(angle) * rows + np.sin(angle) * columns
    across = (across - across.min()) / np.ptp(across)
    if hard:
        edge = draw.uniform(0.3, 0.7)
        return 1 - draw.uniform(0.3, 0.55) / (1 + np.exp((across - edge) * 60))
    return 1 - draw.uniform(0.3, 0.6) * across


def _jpeg(image: Image.Image) -> Image.Image:
    buffer = io.BytesIO()
    image.save(buffer, "jpeg", quality=60)
    return Image.open(buffer).convert("RGB")


def typed(text: str, font: str, size: int = 90, *, dark: bool = True) -> Image.Image:
    """A text in a font of the system."""
    face = ImageFont.truetype(font, size)
    box = face.getbbox(text)
    paper, ink = ("white", "black") if dark else ("black", "white")
    image = Image.new("RGB", (int(box[2]) + size, int(box[3]) + size), paper)
    ImageDraw.Draw(image).text((size // 2, size // 3), text, ink, font=face)
    return image


def number(digits: list[np.ndarray], draw: np.random.Generator, size: int = 120) -> Image.Image:
    """Several digits of MNIST beside each other, each a little up or down, on light paper."""
    wide = int(size * 0.9)
    whole = np.zeros((int(size * 1.6), wide * len(digits) + size), np.float32)
    for place, digit in enumerate(digits):
        ink = enlarged(digit, size)
        top = int(size * 0.3 + draw.integers(-size // 12, size // 12 + 1))
        left = size // 3 + place * wide
        part = whole[top : top + size, left : left + size]
        np.maximum(part, ink[:, : part.shape[1]], out=part)
    return Image.fromarray(((1 - 0.9 * whole) * 255).astype(np.uint8)).convert("RGB")
