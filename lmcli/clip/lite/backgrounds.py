"""Features of pictures without labels, among which the training sets its classes: data/backgrounds.npz.

Made once by `python -m lmcli.clip.lite.backgrounds NETWORK ICONS PHOTOS`: NETWORK the .onnx file that
`vision_graph(network, None, int8=False)` writes, ICONS the file icons.json of npm's @iconify-json/noto 1.2.9, PHOTOS a
folder of wallpapers (Debian's lomiri-wallpapers-16.04 and -20.04, mate-backgrounds and ukui-wallpapers: landscapes,
patterns, drawings). It needs resvg_py. Half are random cuts of the wallpapers, half are emoji set on such cuts.
Neither names nor pictures are kept: for each, the 1280 means of the network's last layer, with 8 bits.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmcli.clip.lite.network import SIZE
from lmcli.nn import onnx

FILE = Path(__file__).parent / "data" / "backgrounds.npz"
CUTS = 700
EMOJI = 700
SEED = 5
SVG = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'


def backgrounds(path: Path = FILE) -> NDArray[np.float32]:
    """The features (n, 1280), all at least 0."""
    with np.load(path) as file:
        found: NDArray[np.float32] = file["whole"].astype(np.float32) * file["scale"]
    return found


def make(network: Path, icons: Path, photos: Path) -> None:
    """Write the file of features."""
    rng = np.random.default_rng(SEED)
    wallpapers = [
        _opened(path) for path in sorted(photos.rglob("*")) if path.suffix in (".jpg", ".png")
    ]
    session = onnx.open_session(network, provider="cpu")
    pictures = [*_cuts(wallpapers, CUTS, rng), *_emoji(icons, wallpapers, rng)]
    features = np.concatenate(
        [
            session.run({"pixel_values": np.stack(pictures[i : i + 16])}, ["pooler_output"])[
                "pooler_output"
            ]
            for i in range(0, len(pictures), 16)
        ]
    )
    scale = np.maximum(features.max(axis=0), 1e-6) / 255
    np.savez_compressed(
        FILE, whole=np.rint(features / scale).astype(np.uint8), scale=scale.astype(np.float32)
    )


def _opened(path: Path) -> Any:
    from PIL import Image

    picture = Image.open(path).convert("RGB")
    picture.thumbnail((1600, 1600))
    return picture


def _cuts(
    wallpapers: list[Any], count: int, rng: np.random.Generator
) -> Iterator[NDArray[np.float32]]:
    for number in range(count):
        yield _pixels(_cut(wallpapers[number % len(wallpapers)], rng))


def _cut(picture: Any, rng: np.random.Generator) -> Any:
    """A random square of a picture, mirrored or not."""
    from PIL import ImageOps

    side = round(min(picture.size) * rng.uniform(0.25, 1))
    left, top = (rng.integers(0, length - side + 1) for length in picture.size)
    cut = picture.resize((SIZE, SIZE), box=(left, top, left + side, top + side), reducing_gap=2)
    return ImageOps.mirror(cut) if rng.random() < 0.5 else cut


def _emoji(
    icons: Path, wallpapers: list[Any], rng: np.random.Generator
) -> Iterator[NDArray[np.float32]]:
    """Emoji on cuts of wallpapers or plain colours, of random size and place."""
    import resvg_py
    from PIL import Image

    drawn = json.loads(icons.read_text(encoding="utf-8"))["icons"]
    names = sorted(drawn)
    for name in rng.choice(names, EMOJI, replace=False):
        svg = f'<svg {SVG} viewBox="0 0 128 128">{drawn[name]["body"]}</svg>'
        side = int(rng.integers(110, SIZE))
        png = resvg_py.svg_to_bytes(svg_string=svg, width=side, height=side)
        drawing = Image.open(io.BytesIO(bytes(png))).convert("RGBA")
        colour = tuple(int(value) for value in rng.integers(0, 256, 3))
        under = Image.new("RGB", (SIZE, SIZE), colour)
        if rng.random() < 0.6:
            under = _cut(wallpapers[rng.integers(len(wallpapers))], rng)
        left, top = (int(value) for value in rng.integers(0, SIZE - side + 1, 2))
        under.paste(drawing, (left, top), drawing)
        yield _pixels(under)


def _pixels(picture: Any) -> NDArray[np.float32]:
    values = (np.asarray(picture, np.float32) - 127) / 128
    return np.ascontiguousarray(values.transpose(2, 0, 1))


if __name__ == "__main__":
    make(*map(Path, sys.argv[1:4]))
