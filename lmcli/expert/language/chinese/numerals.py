"""Numbers as Chinese writes them: 39.5, 39,5, 三十九点五, 一百零二, 负五."""

from __future__ import annotations

import re
from math import isfinite

from lmcli.expert.language.measures import arabic

DIGITS = {name: number for number, name in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
HAN = "零〇一二三四五六七八九两十百"
_SIGN = r"(?:(?<![^\s:=<>])-|负|零下)?"
_ARABIC = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d+(?:[.,]\d+)?"
NUMBER = rf"{_SIGN}(?:{_ARABIC}|[{HAN}]+(?:点[零〇一二三四五六七八九]+)?)"


def value_of(text: str) -> float | None:
    """The value of a text that NUMBER matches; None for what is no number after all (一二三四)."""
    bare = re.sub(r"^(?:-|负|零下)", "", text)
    if bare != text:
        inner = value_of(bare)
        return None if inner is None else -inner
    if text[-1:].isascii():
        number = float(arabic(text))
        return number if isfinite(number) else None
    whole, _, decimals = text.partition("点")
    total = _whole(whole)
    if total is None or not decimals:
        return total
    return total + float("0." + "".join(str(DIGITS[c]) for c in decimals))


def _whole(text: str) -> float | None:
    """三十九, 一百零二, 三九 (digit by digit, up to three)."""
    if not any(unit in text for unit in "十百"):
        return float("".join(str(DIGITS[c]) for c in text)) if len(text) < 4 else None
    total, digit = 0, None
    for character in text:
        if character in "十百":
            total += (1 if digit is None else digit) * (10 if character == "十" else 100)
            digit = None
        else:
            digit = DIGITS[character]
    return float(total + (digit or 0))
