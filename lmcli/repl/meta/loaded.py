"""The meta commands about the models in memory: `:models` and `:unload`."""

from __future__ import annotations

from collections.abc import Sequence

from lmcli.frame.errors import BadUsage
from lmcli.repl import memory
from lmcli.repl.language.values import Row
from lmcli.repl.meta.registry import register
from lmcli.repl.running import show
from lmcli.repl.session import Session


@register("models")
def models(session: Session, _words: list[str]) -> None:
    """List what is loaded, the MB it brought, seconds to load and idle."""
    rows = memory.loaded(session.env.cache, session.models)
    if rows:
        show([Row(row, several=True) for row in rows], session.env)
    else:
        session.env.output.note("nothing is loaded")


def _loaded_names(session: Session, words: list[str]) -> Sequence[str]:
    keys = session.env.cache.entries
    found = {key[0] for key in keys} | {memory.name_of(key, session.models) for key in keys}
    return () if words else sorted(found)


@register("unload", "[NAME]", _loaded_names)
def unload(session: Session, words: list[str]) -> None:
    """Free the memory of loaded models: all, or those of a name."""

    def wanted(key: tuple[str, ...]) -> bool:
        return not words or any(
            word in (*key, memory.name_of(key, session.models)) for word in words
        )

    gone = session.env.cache.drop(wanted)
    if words and not gone:
        raise BadUsage(f"nothing called {words[0]!r} is loaded", ":models lists what is")
    session.env.output.note(f"unloaded {len(gone)}")
