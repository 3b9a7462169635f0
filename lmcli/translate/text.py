"""Chinese as the translator reads it, and English as it writes it: one way of writing for each."""

from __future__ import annotations

import re
import unicodedata

from lmcli.frame.text.traditional import folded

CHINESE = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
ENDS = "。！？；…"
_SIGNS = str.maketrans(",?!;:()", "，？！；：（）")
_BLANK = re.compile(r"(?<![A-Za-z0-9])\s+|\s+(?![A-Za-z0-9])")


def chinese(text: str) -> str:
    """A text as the translator reads it: simplified, Chinese signs, no blanks but between words of letters."""
    text = unicodedata.normalize("NFKC", text.replace("…", "。")).strip()
    text = _BLANK.sub("", folded(text)).translate(_SIGNS)
    return text[:-1] + "。" if text.endswith(".") else text


def sentences(text: str) -> list[str]:
    """The sentences of a text with the sign that ends each; blanks around them are gone."""
    parts = re.findall(rf"[^{ENDS}\n]+[{ENDS}]*[”’」』）]*|[{ENDS}]+", text)
    return [part.strip() for part in parts if part.strip()]


def clauses(sentence: str, longest: int) -> list[str]:
    """A sentence, or where it is longer its clauses, as many together as fit."""
    made: list[str] = []
    for clause in (
        re.findall(r"[^，；]+[，；。！？”]*", sentence) if len(sentence) > longest else [sentence]
    ):
        if made and len(made[-1]) + len(clause) <= longest:
            made[-1] += clause
        else:
            made.append(clause)
    return made


# English is written in one way: didn't stays short, every other contraction is written out.
_FULL = (
    (r"\b[Cc]an ?not\b", "can't"), (r"\b([Ww])ill not\b", r"\1on't"),
    (r"\b(do|does|did|is|are|was|were|has|have|had|would|could|should|must) not\b", r"\1n't"),
    (r"\bI'm\b", "I am"), (r"'re\b", " are"), (r"'ll\b", " will"), (r"'ve\b", " have"), (r"'d\b", " would"),
    (r"\b(it|he|she|that|there|what|where|who|how|here|when)'s (been|got)\b", r"\1 has \2"),
    (r"\b(it|he|she|that|there|what|where|who|how|here|when)'s\b", r"\1 is"),
)  # fmt: skip
_WORD = re.compile(
    r"[A-Za-z]+n't|[Ll]et's|o'clock|'s|(?:Mr|Mrs|Ms|Dr)\.|[A-Za-z]+(?:-[A-Za-z]+)*|\d+|[^\s\w]"
)


def english(text: str) -> list[str]:
    """The words and signs of English, written in one way."""
    text = text.strip().replace("’", "'").replace("‘", "'")
    text = re.sub('["“”]', "", text)
    for pattern, full in _FULL:
        text = re.sub(pattern, full, text, flags=re.IGNORECASE)
    return _WORD.findall(text)


def joined(words: list[str]) -> tuple[str, list[tuple[int, int]]]:
    """Words as a text, and where in it each stands: no blank before a sign or 's."""
    text, spans = "", []
    for word in words:
        if text and not re.fullmatch(r"[.,?!;:%]|'s", word):
            text += " "
        spans.append((len(text), len(text) + len(word)))
        text += word
    return text, spans


def capitalised(text: str) -> str:
    """The text with a capital at its beginning."""
    return text[:1].upper() + text[1:]


def plain(text: str) -> str:
    """Any language as a translator reads it: one form of each letter, single blanks."""
    return " ".join(unicodedata.normalize("NFKC", text).split())
