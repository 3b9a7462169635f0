"""The language in which people are spoken to: help, messages, heads of tables. What machines read never changes.

The source speaks English; a catalogue (`frame.locale.catalogue`) has each text in the other language.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar

LANGUAGES = ("en", "zh")
SOURCE = "en"
VARIABLE = "LMCLI_LANG"

_LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")
_spoken = ContextVar("spoken", default=SOURCE)


def language_of(variables: Mapping[str, str]) -> str:
    """zh where the locale is Chinese, else en; $LMCLI_LANG goes before the locale."""
    named = next((variables[name] for name in (VARIABLE, *_LOCALE) if variables.get(name)), "")
    return "zh" if named.lower().startswith("zh") else SOURCE


def speak(language: str) -> None:
    """Speak a language from now on."""
    _spoken.set(language)


def spoken() -> str:
    """The language that is spoken."""
    return _spoken.get()


def said(text: str, about: str = "") -> str:
    """A text that stands in the source as it is, in the language spoken; itself where the catalogue lacks it.

    about: which of its meanings, where the other language has a word for each ("right|answers").
    """
    if (language := _spoken.get()) == SOURCE:
        return text
    from lmcli.frame.locale.catalogue import texts

    known = texts(language)
    return known.get(f"{text}|{about}") or known.get(text, text)


def told(message: str) -> str:
    """A message that was put together from parts, in the language spoken; itself where the catalogue lacks it."""
    if (language := _spoken.get()) == SOURCE:
        return message
    from lmcli.frame.locale.catalogue import translated

    return translated(message, language)


def numbered(name: str) -> str:
    """A name that may end in its number ("convolution 2"), in the language spoken."""
    base, _, number = name.rpartition(" ")
    return f"{said(base)} {number}" if number.isdigit() else told(name)
