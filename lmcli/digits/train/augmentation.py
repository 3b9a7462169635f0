"""Pictures as other hands, pens and cameras would have made them, and pictures that are no digit.

All on batches of tensors (n, 1, 28, 28), white ink (1) on black (0).
"""

from __future__ import annotations

import math
from typing import Any

from lmcli.nn.onnxfile.torch_export import torch


def augmented(pixels: Any, strength: float, generator: Any) -> Any:
    """The batch turned, sheared, scaled and shifted, its strokes thicker or thinner, blurred and noisy.

    strength: 0 leaves it as it is; 1 turns by up to 15 degrees and shifts by up to 3 pixels.
    """
    if strength == 0 or len(pixels) == 0:
        return pixels
    moved = _moved(pixels, strength, generator)
    return _spoilt(_stroked(moved, strength, generator), strength, generator)


def no_digits(pixels: Any, generator: Any) -> Any:
    """As many pictures that are no digit: two digits beside each other or crosswise, shuffled quarters, scrawls."""
    package = torch()
    n = len(pixels)
    order = package.randperm(n, generator=generator)
    other = pixels[order]
    kinds = [
        _side_by_side(pixels, other),
        _shuffled(pixels),
        _scrawls(n, generator),
        package.maximum(pixels, other.transpose(2, 3)),
    ]
    choice = package.randint(len(kinds), (n,), generator=generator)
    return package.stack(kinds)[choice, package.arange(n)]


def _uniform(n: int, low: float, high: float, generator: Any) -> Any:
    return torch().rand(n, generator=generator) * (high - low) + low


def _moved(pixels: Any, strength: float, generator: Any) -> Any:
    package = torch()
    n = len(pixels)
    angle = _uniform(n, -1, 1, generator) * math.radians(15) * strength
    shear = _uniform(n, -0.3, 0.3, generator) * strength
    wide = 1 + _uniform(n, -0.2, 0.25, generator) * strength
    high = 1 + _uniform(n, -0.15, 0.15, generator) * strength
    x, y = (_uniform(n, -3, 3, generator) * strength / 14 for _ in range(2))
    cos, sin = angle.cos(), angle.sin()
    rows = [
        package.stack([cos * wide, (shear - sin) * high, x], 1),
        package.stack([sin * wide, cos * high, y], 1),
    ]
    grid = package.nn.functional.affine_grid(
        package.stack(rows, 1), list(pixels.shape), align_corners=False
    )
    return package.nn.functional.grid_sample(pixels, grid, align_corners=False)


def _stroked(pixels: Any, strength: float, generator: Any) -> Any:
    """A third of the pictures with thicker strokes, a third with thinner ones: a part of a dilation or erosion."""
    functional = torch().nn.functional
    thick = functional.max_pool2d(pixels, 3, 1, 1)
    thin = -functional.max_pool2d(-pixels, 3, 1, 1)
    part = (_uniform(len(pixels), -0.5, 1.0, generator) * strength)[:, None, None, None]
    return pixels + part.clamp(min=0) * (thick - pixels) + (-part).clamp(min=0) * (thin - pixels)


def _spoilt(pixels: Any, strength: float, generator: Any) -> Any:
    """Other contrasts and edges: harder as of a scan, softer as of a photograph; some noise."""
    package = torch()
    n = len(pixels)
    blurred = package.nn.functional.avg_pool2d(pixels, 3, 1, 1)
    soft = (_uniform(n, -0.8, 0.8, generator) * strength)[:, None, None, None]
    mixed = pixels + soft * (blurred - pixels)
    gain = (1 + _uniform(n, -0.3, 0.8, generator) * strength)[:, None, None, None]
    noise = package.randn(pixels.shape, generator=generator)
    level = (_uniform(n, -0.1, 0.1, generator).clamp(min=0) * strength)[:, None, None, None]
    return (mixed * gain + noise * level).clamp(0, 1)


def _side_by_side(left: Any, right: Any) -> Any:
    package = torch()
    squeeze = package.nn.functional.interpolate
    halves = [squeeze(side, size=(20, 14), mode="area") for side in (left, right)]
    return package.nn.functional.pad(package.cat(halves, 3), (0, 0, 4, 4))


def _shuffled(pixels: Any) -> Any:
    package = torch()
    upper, lower = pixels[:, :, :14], pixels[:, :, 14:]
    quarters = (lower[..., 14:], upper[..., :14], upper[..., 14:], lower[..., :14])
    top, bottom = package.cat(quarters[:2], 3), package.cat(quarters[2:], 3)
    return package.cat([top, bottom], 2)


def _scrawls(n: int, generator: Any) -> Any:
    """Smooth noise above a threshold: blots, loops and bands."""
    package = torch()
    functional = package.nn.functional
    coarse = package.randn(n, 1, 6, 6, generator=generator)
    field = functional.interpolate(coarse, size=(28, 28), mode="bicubic", align_corners=False)
    width = _uniform(n, 0.1, 0.5, generator)[:, None, None, None]
    band = (1.5 - field.abs() / width).clamp(0, 1)
    rim = functional.pad(package.ones(1, 1, 20, 20), (4, 4, 4, 4))
    return band * rim
