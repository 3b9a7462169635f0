"""The option --lang."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from lmcli.frame.environment import Environment
from lmcli.frame.locale import LANGUAGES, language_of

F = TypeVar("F", bound=Callable[..., Any])


def language_option(function: F) -> F:
    """--lang, by default the locale's language."""
    help_ = "Of the lessons [by LMCLI_LANG, else the locale]."
    return click.option("--lang", "language", type=click.Choice(LANGUAGES), help=help_)(function)


def chosen(env: Environment, language: str | None) -> str:
    """The language that was asked for, else the locale's."""
    return language or language_of(env.variables)
