"""The language model that a command's --model names, opened once in a process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lmcli.frame.environment import Environment

if TYPE_CHECKING:
    from lmcli.gpt.model import Context


def open_context(env: Environment, name: str | None) -> Context:
    """The model and what it has read last: texts that start alike are not read again."""
    settings = env.settings

    def load() -> Context:
        env.limit_blas()
        from lmcli.gpt.model import TASK, Context, open_model

        model = open_model(
            env.model(name, TASK),
            provider=settings.provider,
            threads=settings.threads,
            note=env.output.warn,
        )
        return Context(model)

    key = ("text-generation", name or "", settings.provider, str(settings.threads))
    return env.cached(key, load)
