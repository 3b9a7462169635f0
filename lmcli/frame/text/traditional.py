"""Traditional Chinese characters as simplified ones."""

from functools import cache
from importlib.resources import files


@cache
def _simpler() -> dict[int, str]:
    """Traditional characters and their simplified ones, of OpenCC (Apache-2.0)."""
    text = files(__package__).joinpath("data/traditional.txt").read_text(encoding="utf-8")
    old, new = (line for line in text.splitlines() if not line.startswith("#"))
    return {ord(one): other for one, other in zip(old, new, strict=True)}


def folded(text: str) -> str:
    """The text in simplified characters, one for one: 機器 is 机器."""
    return text.translate(_simpler())
