"""Texts with masks: [MASK], <mask>, ___ and ＿ stand for a word that is missing."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from lmcli.frame.errors import BadInput, no_text, quoted
from lmcli.frame.text.languages import CHINESE, language_of

MARK = re.compile(r"\[MASK\]|<mask>|［MASK］|【MASK】|_{2,}|＿+", re.IGNORECASE)
HAN = re.compile("[㐀-䶿一-鿿]+")  # a Chinese word
SHOWN = "[MASK]"
MOST = 16  # masks of a text: each one more asks the model for every text kept so far


@dataclass(frozen=True, slots=True)
class Word:
    """A word for a mask and its natural log probability.

    glued: whether the word goes on what stands before it (the piece ##ing) or stands apart; None leaves that to the
    text.
    """

    token: str
    logprob: float
    glued: bool | None = None


@dataclass(frozen=True, slots=True)
class Gapped:
    """A text in pieces around its masks: parts[0], mask, parts[1], ...; `words` holds None for an open mask."""

    parts: tuple[str, ...]
    words: tuple[Word | None, ...]

    @property
    def masks(self) -> int:
        """How many masks there are."""
        return len(self.words)

    def filled(self, place: int, word: Word) -> Gapped:
        """The text with one mask filled."""
        words = (*self.words[:place], word, *self.words[place + 1 :])
        return replace(self, words=words)

    def text(self, sign: str = SHOWN) -> str:
        """The whole text; `sign` stands where a mask is open."""
        return self.before(self.masks, sign)

    def before(self, place: int, sign: str = SHOWN) -> str:
        """What stands before a mask."""
        text = self.parts[0]
        for word, part in zip(self.words[:place], self.parts[1 : place + 1], strict=True):
            if word is None:
                text += sign
            elif word.glued is None:
                text += word.token
            else:
                apart = "" if word.glued or not text.strip() else " "
                text = text.rstrip() + apart + word.token.removeprefix("##")
            text += part
        return text

    def after(self, place: int, sign: str = SHOWN) -> str:
        """What stands behind a mask."""
        rest = Gapped(self.parts[place + 1 :], self.words[place + 1 :])
        return rest.text(sign)


def parse(text: str) -> Gapped:
    """Find the masks of a text. Raises BadInput where there is none, or more than MOST."""
    if fault := no_text(text):
        raise fault
    parts = tuple(MARK.split(text))
    masks = len(parts) - 1
    if not masks:
        raise BadInput(f"no mask in {quoted(text, 40)}", "write [MASK], <mask> or ___ for the word")
    if masks > MOST:
        raise BadInput(f"{masks} masks in one text", f"at most {MOST} are filled together")
    if not re.search(r"\w", "".join(parts)):
        raise BadInput("there is nothing around the mask", "write the sentence that it stands in")
    return Gapped(parts, (None,) * masks)


def is_chinese(text: str) -> bool:
    """Whether a text has Chinese characters."""
    return language_of(MARK.sub("", text)) == CHINESE
