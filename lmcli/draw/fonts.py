"""Fonts of the system for PNG pictures, found through a short list of well-known places."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from PIL import ImageFont

    Font: TypeAlias = ImageFont.FreeTypeFont | ImageFont.ImageFont

FOLDERS = (
    "~/.local/share/fonts",
    "~/.fonts",
    "/usr/share/fonts/truetype/dejavu",
    "/usr/share/fonts/truetype/noto",
    "/usr/share/fonts/opentype/noto",
    "/usr/share/fonts/truetype/wqy",
    "/usr/share/fonts/truetype/arphic",
    "/usr/share/fonts/noto",
    "/usr/share/fonts/noto-cjk",
    "/usr/share/fonts/google-noto-cjk",
    "/usr/share/fonts/google-noto-sans-cjk-vf-fonts",
    "/usr/share/fonts/dejavu-sans-fonts",
    "/usr/share/fonts/TTF",
    "/System/Library/Fonts",
    "/System/Library/Fonts/Supplemental",
    "/Library/Fonts",
    "C:/Windows/Fonts",
)
LATIN = ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "Arial.ttf", "arial.ttf")
LATIN_BOLD = ("DejaVuSans-Bold.ttf", "NotoSans-Bold.ttf", "Arial Bold.ttf", "arialbd.ttf")
CJK = (
    "NotoSansCJK-Regular.ttc",
    "NotoSansCJK-VF.ttc",
    "NotoSansCJK-VF.otf.ttc",
    "NotoSansCJKsc-Regular.otf",
    "NotoSansSC-Regular.otf",
    "NotoSansSC-Regular.ttf",
    "wqy-microhei.ttc",
    "wqy-zenhei.ttc",
    "DroidSansFallbackFull.ttf",
    "PingFang.ttc",
    "Hiragino Sans GB.ttc",
    "STHeiti Medium.ttc",
    "Arial Unicode.ttf",
    "msyh.ttc",
    "simhei.ttf",
)
CJK_BOLD = ("NotoSansCJK-Bold.ttc", "NotoSansCJKsc-Bold.otf", "msyhbd.ttc")
FIRST_CJK = 0x2E80  # radicals, kana, ideographs, full width and hangul lie above


class Fonts:
    """Gives each part of a text a font that can draw it; `missing` gathers letters that none can."""

    def __init__(self) -> None:
        self.missing: set[str] = set()

    def runs(self, text: str, size: int, bold: bool = False) -> list[tuple[str, Font]]:
        """`text` cut where the font changes, each part with its font."""
        found = []
        for wide, part in _by_script(text):
            path = cjk_font(bold) if wide else latin_font(bold)
            if wide and path is None:
                self.missing.update(part)
                path = latin_font(bold)
            found.append((part, _load(path, size)))
        return found


def _by_script(text: str) -> Iterator[tuple[bool, str]]:
    start = 0
    for place in range(1, len(text) + 1):
        if place == len(text) or _wide(text[place]) != _wide(text[start]):
            yield _wide(text[start]), text[start:place]
            start = place


def _wide(letter: str) -> bool:
    return ord(letter) >= FIRST_CJK


@cache
def latin_font(bold: bool = False) -> Path | None:
    """A font for European scripts; None where Pillow's own must do."""
    return _first((LATIN_BOLD + LATIN) if bold else LATIN)


@cache
def cjk_font(bold: bool = False) -> Path | None:
    """A font for Chinese, Japanese and Korean, or None."""
    return _first((CJK_BOLD + CJK) if bold else CJK)


def _first(names: tuple[str, ...]) -> Path | None:
    folders = [Path(folder).expanduser() for folder in FOLDERS]
    paths = (folder / name for name in names for folder in folders)
    return next((path for path in paths if path.is_file()), None)


@cache
def _load(path: Path | None, size: int) -> Font:
    from PIL import ImageFont

    if path is None:
        return ImageFont.load_default(size)
    index = 2 if path.name.startswith("NotoSansCJK-") else 0  # the faces: JP, KR, SC, TC, HK
    return ImageFont.truetype(str(path), size, index=index)
