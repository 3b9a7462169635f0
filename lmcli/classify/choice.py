"""Which classifier answers: the one that --model names, else the one for the language of the text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from lmcli.classify.model import TASK, TextClassifier, classifier_of
from lmcli.frame.environment import Environment
from lmcli.frame.text.languages import language_of_text

T = TypeVar("T")
HEAD = 2000  # characters that a text's language is told by


class Choice:
    """Opens classifiers when a text needs them, each once in a process; every text chooses for itself."""

    def __init__(self, env: Environment, model: str | None) -> None:
        """`model`: what --model names. Raises ModelError where there is no such model."""
        self._env = env
        self._named = model
        self._open: dict[str | None, TextClassifier] = {}
        if model:
            self.of("")

    def of(self, text: str) -> TextClassifier:
        """The classifier for a text."""
        language = None if self._named else language_of_text(text[:HEAD])
        if language not in self._open:
            name = self._named or self._env.models.name_for(TASK, language)
            self._open[language] = classifier_of(self._env, name)
        return self._open[language]

    def each(
        self, answer: Callable[[TextClassifier, Sequence[str]], Sequence[T]]
    ) -> Callable[[Sequence[str]], list[T]]:
        """A function that answers texts, in their order, each with its own classifier, those of one together."""

        def answers(texts: Sequence[str]) -> list[T]:
            if self._named:
                return list(answer(self.of(""), texts)) if texts else []
            found: list[Any] = [None] * len(texts)
            groups: dict[str | None, list[int]] = {}
            for place, text in enumerate(texts):
                groups.setdefault(language_of_text(text[:HEAD]), []).append(place)
            for places in groups.values():
                own = [texts[place] for place in places]
                for place, row in zip(places, answer(self.of(own[0]), own), strict=True):
                    found[place] = row
            return found

        return answers
