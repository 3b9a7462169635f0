"""lmcli: the systems of an introductory AI course in the terminal, from rules to CLIP.

From Python each system is one class, imported when it is first named:

    import lmcli

    vectors = lmcli.WordVectors.load()
    vectors.analogy("king", minus="man", plus="woman")[0].word      # 'queen'

docs/python.md has an example of each. What goes wrong is raised as an exception of `lmcli.errors`.
"""

from __future__ import annotations

TYPE_CHECKING = False  # typing costs a third of this import

if TYPE_CHECKING:
    from lmcli.attention.api import Attention
    from lmcli.classify.api import Classifier
    from lmcli.clip.api import Clip
    from lmcli.expert.api import RuleBase
    from lmcli.gpt.api import Chat, LanguageModel
    from lmcli.maze.api import Maze
    from lmcli.sentences.api import Encoder, Index
    from lmcli.words.api import WordVectors

__version__ = "0.2.0"

__all__ = [
    "Attention",
    "Chat",
    "Classifier",
    "Clip",
    "Encoder",
    "Index",
    "LanguageModel",
    "Maze",
    "RuleBase",
    "WordVectors",
]

_HOMES = {
    "Attention": "lmcli.attention.api",
    "Chat": "lmcli.gpt.api",
    "Classifier": "lmcli.classify.api",
    "Clip": "lmcli.clip.api",
    "Encoder": "lmcli.sentences.api",
    "Index": "lmcli.sentences.api",
    "LanguageModel": "lmcli.gpt.api",
    "Maze": "lmcli.maze.api",
    "RuleBase": "lmcli.expert.api",
    "WordVectors": "lmcli.words.api",
}


def __getattr__(name: str) -> object:
    """Import a system's class when it is first asked for (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'lmcli' has no attribute {name!r}")
    from importlib import import_module

    found = getattr(import_module(_HOMES[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
