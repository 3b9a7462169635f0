"""The registry of the meta commands: what they do, their help, what completes them."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lmcli.frame.errors import BadUsage, Exit, did_you_mean
from lmcli.repl.session import Session

Action = Callable[[Session, list[str]], int | None]
Completions = Callable[[Session, list[str]], Sequence[str]]
ALSO = {"exit": "quit", "q": "quit", "?": "help"}


@dataclass(frozen=True, slots=True)
class Meta:
    """One meta command. `choices` offers words for the place after the given ones."""

    name: str
    usage: str
    help: str
    run: Action
    choices: Completions


REGISTRY: dict[str, Meta] = {}


def _nothing(_session: Session, _words: list[str]) -> Sequence[str]:
    return ()


def register(
    name: str, usage: str = "", choices: Completions = _nothing
) -> Callable[[Action], Action]:
    """Add a function as the meta command `name`; its docstring is the help."""

    def add(function: Action) -> Action:
        text = (function.__doc__ or "").strip().splitlines()[0]
        REGISTRY[name] = Meta(name, usage, text, function, choices)
        return function

    return add


def run(session: Session, line: str) -> int:
    """Run a meta line without its colon. Raises BadUsage for an unknown one."""
    name, _, rest = line.strip().partition(" ")
    name = ALSO.get(name, name)
    if name not in REGISTRY:
        from difflib import get_close_matches

        near = did_you_mean(f":{one}" for one in get_close_matches(name, REGISTRY))
        raise BadUsage(f"no meta command is called :{name}", near or ":help lists them")
    try:
        words = shlex.split(rest)
    except ValueError:
        words = rest.split()
    return REGISTRY[name].run(session, words) or Exit.OK
