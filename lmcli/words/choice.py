"""Which word vectors answer a question: the ones that --model names, else those for the language of its words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from lmcli.frame.environment import Environment
from lmcli.frame.errors import BadUsage, LmcliError, ModelError
from lmcli.frame.text.languages import NAMES, by_language

if TYPE_CHECKING:
    from lmcli.words.api import WordVectors

TASK = "word-vectors"
NAMED = 3  # words of each language that an error names


class Choice:
    """Opens vectors when a question needs them, each model once in a process.

    Every question chooses for itself: a stream may hold Chinese and English lines.
    """

    def __init__(self, env: Environment, model: str | None) -> None:
        """`model`: what --model names. Raises ModelError where there is no such model."""
        self._env = env
        self._named = model
        self._open: dict[str | None, WordVectors] = {}
        if model:
            self.of(())

    def of(self, words: Iterable[str]) -> WordVectors:
        """The vectors for a question of `words`. Raises BadUsage where they are of two languages."""
        language = None if self._named else only_language(words)
        if language not in self._open:
            self._open[language] = self._load(language)
        return self._open[language]

    def _load(self, language: str | None) -> WordVectors:
        from lmcli.words.api import WordVectors

        name = self._named or self._env.models.name_for(TASK, language)
        return WordVectors.of(self._env, name)

    def each(self, answer: Callable[[WordVectors, str], Any]) -> Callable[[list[str]], list[Any]]:
        """A function for `Records.map_batches` that answers each text from its own vectors."""

        def answers(texts: list[str]) -> list[Any]:
            return [self._answer(answer, text) for text in texts]

        return answers

    def _answer(self, answer: Callable[[WordVectors, str], Any], text: str) -> Any:
        try:
            return answer(self.of(text.split()), text)
        except ModelError:
            raise  # no fault of this record: the next one would meet it too
        except LmcliError as error:
            return error

    def together(
        self, answer: Callable[[WordVectors, list[str]], Sequence[Any]]
    ) -> Callable[[list[str]], list[Any]]:
        """As `each`, for an engine that answers many texts in one pass over the vectors."""

        def answers(texts: list[str]) -> list[Any]:
            found: list[Any] = [None] * len(texts)
            places: dict[int, list[int]] = {}
            models: dict[int, WordVectors] = {}
            for place, text in enumerate(texts):
                vectors = self._answer(lambda vectors, _text: vectors, text)
                if isinstance(vectors, LmcliError):
                    found[place] = vectors
                    continue
                models[id(vectors)] = vectors
                places.setdefault(id(vectors), []).append(place)
            for key, own in places.items():
                rows = answer(models[key], [texts[place] for place in own])
                for place, row in zip(own, rows, strict=True):
                    found[place] = row
            return found

        return answers


def only_language(words: Iterable[str]) -> str | None:
    """The one language of `words`, None where none has any. Raises BadUsage for two."""
    found = by_language(words)
    if len(found) > 1:
        said = " with ".join(
            f"{NAMES[language]} words ({', '.join(some[:NAMED])}{', ...' * (len(some) > NAMED)})"
            for language, some in found.items()
        )
        hint = "ask in one language, or name the model that answers with --model"
        raise BadUsage(f"the question mixes {said}", hint)
    return next(iter(found), None)
