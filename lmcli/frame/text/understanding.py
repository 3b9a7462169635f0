"""What of a text a model understands: the scripts of its languages, less the tokens that it does not know.

A model's languages stand in its model.toml (`languages = ["en"]`); one without the field makes no claim. Languages
that share a script cannot be told apart here: an English model is taken to read any text in Latin letters.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from lmcli.frame.errors import LmcliError, NoAnswer, quoted

SAID = 0.2  # the share not understood from which a model that reads every letter is said to be the wrong one

# which model to pull for what another one of the task does not understand, by script; "*": any other script
MODELS = {
    "feature-extraction": {"*": "e5-small-multilingual"},
    "text-generation": {"*": "qwen"},
    "text-classification": {"Chinese": "sentiment-zh"},
    "word-vectors": {"Chinese": "words-zh"},
}
BUNDLED = {"words-zh", "sentiment-zh"}  # of those, what need not be pulled

LATIN = "Latin"
SIGNS = "signs"  # emoji and the like, where a tokenizer has no token for them

_RANGES = {
    "Chinese": "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af",
    "Japanese": "\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f",
    "Korean": "\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3",
    "Cyrillic": "\u0400-\u052f\u1c80-\u1c88\ua640-\ua69f",
    "Greek": "\u0370-\u03ff\u1f00-\u1fff",
    "Armenian": "\u0531-\u0587",
    "Hebrew": "\u0591-\u05f4",
    "Arabic": "\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufefc",
    "Devanagari": "\u0900-\u097f",
    "Bengali": "\u0980-\u09ff",
    "Gurmukhi": "\u0a00-\u0a7f",
    "Gujarati": "\u0a80-\u0aff",
    "Tamil": "\u0b80-\u0bff",
    "Telugu": "\u0c00-\u0c7f",
    "Kannada": "\u0c80-\u0cff",
    "Malayalam": "\u0d00-\u0d7f",
    "Sinhala": "\u0d80-\u0dff",
    "Thai": "\u0e00-\u0e7f",
    "Lao": "\u0e80-\u0eff",
    "Tibetan": "\u0f00-\u0fff",
    "Burmese": "\u1000-\u109f",
    "Georgian": "\u10a0-\u10ff",
    "Ethiopic": "\u1200-\u137f",
    "Khmer": "\u1780-\u17ff",
}
UNSPACED = ("Chinese", "Japanese")  # a character is a unit: there are no blanks between words

# the scripts of languages that are not written in Latin letters, by their codes in ISO 639
_WRITTEN = {
    "zh zho chi cmn yue wuu": ("Chinese",),
    "ja jpn": ("Japanese", "Chinese"),
    "ko kor": ("Korean", "Chinese"),
    "ru rus uk ukr be bel bg bul mk mkd kk kaz ky kir mn mon tg tgk tt tat ba": ("Cyrillic",),
    "sr srp uz uzb": ("Cyrillic", LATIN),
    "el ell gre": ("Greek",),
    "hy hye arm": ("Armenian",),
    "he heb yi yid": ("Hebrew",),
    "ar ara arb fa fas per ur urd ps pus sd snd ug uig ckb": ("Arabic",),
    "hi hin mr mar ne nep sa san": ("Devanagari",),
    "bn ben as asm": ("Bengali",),
    "pa pan": ("Gurmukhi",),
    "gu guj": ("Gujarati",),
    "ta tam": ("Tamil",),
    "te tel": ("Telugu",),
    "kn kan": ("Kannada",),
    "ml mal": ("Malayalam",),
    "si sin": ("Sinhala",),
    "th tha": ("Thai",),
    "lo lao": ("Lao",),
    "bo bod tib": ("Tibetan",),
    "my mya bur": ("Burmese",),
    "ka kat geo": ("Georgian",),
    "am amh ti tir": ("Ethiopic",),
    "km khm": ("Khmer",),
}
_SCRIPTS_OF = {code: scripts for codes, scripts in _WRITTEN.items() for code in codes.split()}
_EVERY = ("multilingual", "mul", "multi")


@cache
def _unit() -> re.Pattern[str]:
    """A word, or a character that stands for one; the group's name is its script."""
    return re.compile(
        "|".join(
            f"(?P<{name}>[{ranges}]{'' if name in UNSPACED else '+'})"
            for name, ranges in _RANGES.items()
        )
        + f"|(?P<{LATIN}>[^\\W_{''.join(_RANGES.values())}]+)"
    )


@dataclass(frozen=True, slots=True)
class Read:
    """How a model read a text.

    `tokens` are all it has, of which `cut` were left out; of its `units`, words or characters that stand
    for words, `unknown` are not understood: those of `scripts`.
    """

    tokens: int = 0
    cut: int = 0
    units: int = 0
    unknown: int = 0
    scripts: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        """The share of the text that is not understood."""
        return self.unknown / self.units if self.units else 0.0

    @property
    def nothing(self) -> bool:
        """Whether nothing of the text is understood."""
        return self.units > 0 and self.unknown == self.units


def scripts_of(languages: Iterable[str]) -> frozenset[str] | None:
    """The scripts that languages are written in; None where any may be read."""
    codes = [re.split("[-_]", language.lower())[0] for language in languages]
    if not codes or any(code in _EVERY for code in codes):
        return None
    return frozenset(script for code in codes for script in _SCRIPTS_OF.get(code, (LATIN,)))


@cache
def foreign(scripts: frozenset[str]) -> re.Pattern[str]:
    """What finds a letter of another script than `scripts`; it may find one that `read` lets pass, never less."""
    others = "".join(ranges for name, ranges in _RANGES.items() if name not in scripts)
    letters = [f"[{others}]"] if others else []
    if LATIN not in scripts:
        letters.append(f"[^\\W\\d_{''.join(_RANGES.values())}]")
    return re.compile("|".join(letters) or "(?!)")


def units(text: str) -> Iterator[tuple[int, int, str]]:
    """The words of a text, or the characters where words have no blanks between them: start, end, script."""
    for found in _unit().finditer(text):
        yield found.start(), found.end(), found.lastgroup or LATIN


def scripts_in(text: str) -> list[str]:
    """The scripts of a text, each once, in their order."""
    return list(dict.fromkeys(script for _, _, script in units(text)))


def read(
    text: str,
    scripts: Collection[str] | None,
    unknown: Sequence[tuple[int, int]] = (),
    *,
    tokens: int = 0,
    cut: int = 0,
) -> Read:
    """What of a text is not understood: units of other scripts, and those with an unknown token.

    `unknown` are the places, (start, end) in their order, of tokens that the tokenizer does not know.
    """
    if not unknown and (scripts is None or (LATIN in scripts and text.isascii())):
        return Read(tokens, cut)
    count, faults, at, hit = 0, [], 0, 0
    for start, end, script in units(text):
        count += 1
        while at < len(unknown) and unknown[at][1] <= start:
            at += 1
        before = at
        while at < len(unknown) and unknown[at][0] < end:
            at += 1
        hit += at - before
        if at > before or not (scripts is None or script in scripts or _symbol(text[start:end])):
            faults.append(script)
    signs = [SIGNS] * (len(unknown) - hit)
    kinds = tuple(dict.fromkeys(faults + signs))
    return Read(tokens, cut, count + len(signs), len(faults) + len(signs), kinds)


def _symbol(unit: str) -> bool:
    """Whether a unit is read in every language: a number, a Greek letter of a formula."""
    return unit.isdigit() or (len(unit) == 1 and "\u0370" <= unit <= "\u03ff")


def together(texts: Sequence[str], reads: Sequence[Read]) -> Read:
    """How the pieces of a text were read, as one; a piece that is understood brings its words."""
    if len(reads) == 1:
        return reads[0]
    return Read(
        sum(one.tokens for one in reads),
        sum(one.cut for one in reads),
        sum(
            one.units or sum(1 for _ in units(text)) for text, one in zip(texts, reads, strict=True)
        ),
        sum(one.unknown for one in reads),
        tuple(dict.fromkeys(script for one in reads for script in one.scripts)),
    )


def able(task: str, scripts: Sequence[str], than: str = "") -> str | None:
    """What to do about a text in these scripts: the model to take, if it is another `than` the one in use."""
    models = MODELS.get(task, {})
    foreign = [script for script in scripts if script != LATIN]
    name = next((models[script] for script in foreign if script in models), None)
    name = name or (models.get("*") if foreign else None)
    if name is None or than.startswith(name):
        return None
    taken = f"--model {name}"
    return f"{taken} reads it" if name in BUNDLED else f"lmcli models pull {name}, then {taken}"


def not_understood(model: str, task: str, text: str, found: Read) -> LmcliError:
    """The error of a text of which a model understands nothing."""
    what = f"{model} understands nothing of {quoted(text, 40)}{_kinds(found)}"
    if task == "word-vectors":
        what = f"no word of {quoted(text, 40)} is in {model}"
    return NoAnswer(what, able(task, found.scripts or tuple(scripts_in(text)), model))


def partly(model: str, task: str, text: str, found: Read) -> str:
    """The warning about a text of which a model understands a part."""
    start = " ".join(text[:80].split())
    say = f"{found.share:.0%} of {quoted(start, 40)} is not understood by {model}{_kinds(found)}"
    hint = able(task, found.scripts, model)
    return f"{say}; {hint}" if hint else say


def _kinds(found: Read) -> str:
    kinds = [script for script in found.scripts if script != LATIN]
    return f" ({', '.join(kinds)})" if kinds else ""
