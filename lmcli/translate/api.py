"""Translation: what the commands use, and Python programs too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lmcli.frame.errors import ModelError

if TYPE_CHECKING:
    from lmcli.frame.environment import Environment
    from lmcli.translate.hub import HubTranslator
    from lmcli.translate.model import Translator as Graphs
    from lmcli.translate.steps import Walk
    from lmcli.translate.translating import Answer, How, Translation

TASKS = TASK, _ = ("translation", "text2text-generation")
CHATTING = "text-generation"


class Translator:
    """Translates with the model that is named, by default zh-en; a language model translates by its chat template."""

    def __init__(self, env: Environment, name: str | None) -> None:
        """Raises ModelError where there is no such model, or it does not translate."""
        self._env = env
        self._name = name
        task = env.model(name, None if name else TASK).task
        if task not in (*TASKS, CHATTING):
            able = sorted(one.name for one in env.models if one.task in (*TASKS, CHATTING))
            raise ModelError(f"{name} is a model for {task}", f"these translate: {', '.join(able)}")
        self.chats = task == CHATTING

    @classmethod
    def load(
        cls,
        name: str | None = None,
        *,
        provider: str = "auto",
        threads: int | None = None,
        offline: bool = False,
    ) -> Translator:
        """Open a model by name or folder, by default the bundled zh-en. Raises ModelError where it cannot be had."""
        from lmcli.store.library import environment

        return cls.of(environment(provider=provider, threads=threads, offline=offline), name)

    @classmethod
    def of(cls, env: Environment, name: str | None = None) -> Translator:
        """The translator that a command's --model names; models are loaded once in a process."""
        env.limit_blas()
        return cls(env, name)

    def graphs(self) -> Graphs:
        """The encoder and decoder, to look into. Raises ModelError for one that does not show its numbers."""
        opened = None if self.chats else self._open()
        if isinstance(opened, _graphs()):
            return opened
        raise ModelError(
            f"{self._name} does not show what it looks at", "zh-en does: leave --model out"
        )

    @property
    def languages(self) -> tuple[str, str]:
        """What it reads and what it writes, as codes; "" where the model does not say."""
        opened = None if self.chats else self._open()
        return (opened.source, opened.target) if opened else ("", "")

    def _open(self) -> Graphs | HubTranslator:
        settings = self._env.settings

        def load() -> Graphs | HubTranslator:
            from lmcli.nn.onnx import open_session
            from lmcli.translate.hub import HubTranslator

            model = self._env.model(self._name, None if self._name else TASK)
            own = "source.json" in {file.path for file in model.files}
            kind = _graphs() if own else HubTranslator
            threads = 1 if own else settings.threads  # small products; batches run side by side
            return kind(
                model,
                lambda path: open_session(
                    path, provider=settings.provider, threads=threads, note=self._env.output.warn
                ),
            )

        key = (TASK, self._name or "", settings.provider, str(settings.threads))
        return self._env.cached(key, load)

    def answers(self, texts: Sequence[str], how: How) -> list[Answer]:
        """The translations of each text, with what is to be said of it, or its error."""
        if self.chats:
            from lmcli.gpt.api import LanguageModel
            from lmcli.translate.languagemodel import translate as ask

            return ask(LanguageModel.of(self._env, self._name), texts)
        from lmcli.nn.cpu import allowed_cores
        from lmcli.translate.translating import translate

        return translate(self._open(), texts, how, self._env.settings.threads or allowed_cores())

    def translate(self, text: str, *, k: int = 1, beam: int = 4) -> list[Translation]:
        """The k best translations of a text: source, translation, score. Raises BadInput for one without words."""
        from lmcli.store.library import taken
        from lmcli.translate.translating import How

        (answer,) = self.answers([text], How(k, beam))
        rows: list[Translation] = taken(answer)
        return rows

    def steps(self, text: str, target: str | None = None) -> Walk:
        """One sentence through the whole transformer, with the model's own numbers; target: a translation to force."""
        from lmcli.translate.steps import walk

        return walk(self.graphs(), text, target)


def _graphs() -> type[Graphs]:
    from lmcli.translate.model import Translator as Graphs

    return Graphs
