"""A model whose attention can be seen: what the commands use, and Python programs too."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lmcli.attention.reading import Attention as Weights
    from lmcli.attention.reading import AttentionReader
    from lmcli.frame.environment import Environment
    from lmcli.frame.models import Model
    from lmcli.nn.tokenize import Tokenizer


class Attention:
    """Reads the attention weights of a text out of a model's own graph."""

    def __init__(self, reader: AttentionReader) -> None:
        self.reader = reader

    @classmethod
    def load(
        cls,
        name: str | None = None,
        *,
        provider: str = "auto",
        threads: int | None = None,
        offline: bool = False,
    ) -> Attention:
        """Open a model by name or folder, by default the bundled encoder. Raises ModelError where it cannot be had."""
        from lmcli.store.library import environment

        return cls.of(environment(provider=provider, threads=threads, offline=offline), name)

    @classmethod
    def of(cls, env: Environment, name: str | None = None) -> Attention:
        """The model that a command's --model names, of any task; loaded once in a process."""
        settings = env.settings

        def load() -> Attention:
            from lmcli.attention.reading import AttentionReader

            reader = AttentionReader(
                _model(env, name),
                provider=settings.provider,
                threads=settings.threads,
                note=env.output.warn,
            )
            return cls(reader)

        return env.cached(("attention", name or "", settings.provider, str(settings.threads)), load)

    def read(self, text: str, pair: str | None = None) -> Weights:
        """The weights of a text, or of two read as one: `.tokens`, `.weights` [layers, heads, from, to].

        Each row sums to 1. Raises NoAnswer for a text without tokens.
        """
        return self.reader.read(text, pair)

    def warnings(self, weights: Weights) -> tuple[str, ...]:
        """What is to be said of what was read: tokens left out, a script that the model does not understand."""
        return self.reader.warnings(weights)


def tokenizer_of(env: Environment, name: str | None = None) -> Tokenizer:
    """The tokenizer of the model that a command's --model names, of any task; loaded once in a process."""
    from lmcli.nn.tokenize import Tokenizer

    return env.cached(("tokenizer", name or ""), lambda: Tokenizer(_model(env, name).folder))


def _model(env: Environment, name: str | None) -> Model:
    """The model named, of any task, or the default sentence encoder."""
    return env.model(name, None if name else "feature-extraction")
