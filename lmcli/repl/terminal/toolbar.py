"""The line below the prompt: what the last line cost, the default models, where and how they run."""

from __future__ import annotations

from collections.abc import Sequence

from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.utils import get_cwidth as cell_len

from lmcli.frame.loaded import resident
from lmcli.frame.locale import said
from lmcli.repl.memory import name_of
from lmcli.repl.session import Session

BETWEEN = " · "


def toolbar(session: Session, keys: Sequence[str], width: int) -> StyleAndTextTuples:
    """The toolbar in `width` columns: models that are not loaded give way, then `keys` and the state, the last first.

    Raises BadInput where the settings file is broken.
    """
    cost, told = f" {BETWEEN.join(_cost(session))}", [*_state(session), *keys]
    models = _models(session)
    room = width - cell_len(BETWEEN.join((cost, "", *_state(session))))
    idle = [name for name, loaded in models.items() if not loaded]
    while idle and cell_len(" ".join(models)) > room:
        del models[idle.pop()]
    named = [" ".join(models)] if models else []
    while told and cell_len(BETWEEN.join((cost, *named, *told))) > width:
        told.pop()
    shown: StyleAndTextTuples = [("", cost)]
    for number, (name, loaded) in enumerate(models.items()):
        style = "class:loaded" if loaded else "class:idle"
        shown += [("", " " if number else BETWEEN), (style, name)]
    return [*shown, ("", "".join(BETWEEN + one for one in told))]


def _cost(session: Session) -> list[str]:
    """The last line's time, and the memory of the process."""
    seconds = session.last_seconds
    memory = f"{resident() // 2**20} MB"
    return [memory] if seconds is None else [f"{seconds:.3f} s", memory]


def _models(session: Session) -> dict[str, bool]:
    """The default models and what is loaded beside them; whether each is loaded, which is drawn brighter."""
    defaults = session.models
    loaded = [name_of(key, defaults) for key in list(session.env.cache.entries)]
    return dict.fromkeys(defaults.values(), False) | dict.fromkeys(loaded, True)


def _state(session: Session) -> list[str]:
    variables, shared = session.env.variables, session.shared
    provider = variables.get("LMCLI_PROVIDER") or shared.get("provider", "auto")
    threads = variables.get("LMCLI_THREADS") or shared.get("threads", "auto")
    return [said("provider %s") % provider, said("threads %s") % threads]
