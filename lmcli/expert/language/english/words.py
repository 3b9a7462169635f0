"""English words: tokens, stems, and the lists of words that every reader of sentences shares."""

from __future__ import annotations

import re


def listed(text: str) -> tuple[str, ...]:
    """The words of a text."""
    return tuple(text.split())


def wordset(text: str) -> frozenset[str]:
    """The words of a text as a set."""
    return frozenset(text.split())


TOKEN = re.compile(
    r"\d+(?:[:/.-]\d+){2,}|\d+[:/]\d+"  # dates and times
    r"|\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\d,])|\d+(?:[.,]\d+)?"
    r"|°c\b|°f\b|°|[<>]=|[<>=≤≥≦≧~≈±+%]|-(?=\d)|(?<=\d)-"
    r"|[^\W\d_]+(?:'[^\W\d_]+)?(?:\d+[^\W_]*)?|[,;.!?]"
)
SPOKEN = wordset("""
    a an the it its it's is are was were be been am i'm he's she's has have had having i've
    with he she they his her their my i me you your this that there of in on at to for very
    really quite so too also got gets get some any do does did him them animal patient seems
    who which from by as than then when while and or lot lots bit little can could will
    would yes well one think since just still now kind""")
NEGATORS = {
    "no", "not", "never", "without", "neither", "nor", "cannot", "lacks", "lack", "lacking", "none", "denies", "denied",
    "deny", "stopped", "nobody", "recovered", "cured", "rid",
}  # fmt: skip
SPANS = {"days", "weeks", "months", "years"}
MARKS = set(",;.!?")
_IDIOMS = re.compile(
    r"\bnot (?:only|just|merely)\b|\bno (?:doubt|question|wonder)\b|\bnot to mention\b|\bnothing but\b"
    r"|\b(?:cannot|never|not|\w+n't) (?:help|stop|stops|stopped|stopping|quit|believe|bear|stand)\b"
    r"|\bover the counter\b|\bunder the weather\b|\bif anything\b|\bas if\b|\bon and off\b"
)
_CONTRACTIONS = {"can't": "cannot", "cant": "cannot", "dont": "don't", "didnt": "didn't", "isnt": "isn't",
                 "hasnt": "hasn't", "havent": "haven't", "wasnt": "wasn't", "doesnt": "doesn't"}  # fmt: skip


def denies(word: str) -> bool:
    """Whether a word denies what follows it."""
    return word in NEGATORS or word.endswith("n't")


def tokens(text: str) -> list[str]:
    """A sentence's words, numbers and marks, in small letters; idioms that only look like a denial are left out."""
    text = text.casefold().replace("’", "'")
    text = re.sub(r"\b(?:cant|dont|didnt|isnt|hasnt|havent|wasnt|doesnt)\b|can't",
                  lambda found: _CONTRACTIONS[found[0]], text)  # fmt: skip
    text = re.sub(r"[–—−]", "-", text)
    text = re.sub(r"\b(?:other than|(?:apart|aside) from|with the exception of)\b", "except", text)
    text = re.sub(r"(?<!\d)-(?!\d)|(?<=\d)-(?!\d)|(?<=[^\W\d])-(?=\d)", " ", text)
    text = _IDIOMS.sub(" ", re.sub(r"°\s+(?=[cf]\b)", "°", text))
    return TOKEN.findall(text)


def stem(word: str) -> str:
    """A word without its plural, -ing or -ed; light, and the same for names and sentences."""
    word = word.removesuffix("'s")
    if word in SPANS:
        return word  # a cough for a week is none for weeks
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith("aches") and not word.endswith("eaches"):
        return word[:-1]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3:
        word = word[:-2] if word.endswith(("sses", "xes", "ches", "shes")) else word[:-1]
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) > len(ending) + 2:
            word = word.removesuffix(ending)
            if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "sle":
                word = word[:-1]
            break
    return word[:-1] if word.endswith("e") and len(word) > 4 else word
