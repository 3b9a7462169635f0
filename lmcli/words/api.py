"""Word vectors with the questions that are asked of them: what the commands use, and Python programs too."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from lmcli.frame.errors import LmcliError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from lmcli.frame.environment import Environment
    from lmcli.vectors.wordvectors import WordVectors as Stored
    from lmcli.words.comparison import Odd, Similarity
    from lmcli.words.neighbours import Answers, Neighbour


class WordVectors:
    """Static word vectors: a word is a point, and relations between words are directions.

    Raises UnknownWord (a NoAnswer) for a word that the model does not hold, with what it might have been.
    """

    def __init__(self, stored: Stored) -> None:
        self.stored = stored

    @classmethod
    def load(cls, name: str | None = None, *, threads: int | None = None) -> WordVectors:
        """Open a model by name or folder, by default the bundled one; it stays loaded in this process.

        Raises ModelError where there is none.
        """
        from lmcli.store.library import environment

        return cls.of(environment(threads=threads), name)

    @classmethod
    def of(cls, env: Environment, name: str | None = None) -> WordVectors:
        """The word vectors that a command's --model names, loaded once in a process."""
        env.limit_blas()

        def load() -> WordVectors:
            from lmcli.vectors.wordvectors import TASK
            from lmcli.vectors.wordvectors import WordVectors as Stored

            return cls(Stored.open(env.model(name, TASK), lasting=env.lasting))

        return env.cached(("word-vectors", name or ""), load)

    # -- one question ------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """The model's name."""
        return self.stored.name

    @property
    def dimensions(self) -> int:
        """The length of a vector."""
        return self.stored.dimensions

    def __len__(self) -> int:
        """How many words there are."""
        return len(self.stored)

    def __contains__(self, word: str) -> bool:
        return self.stored.find(word) is not None

    def __getitem__(self, word: str) -> NDArray[np.float32]:
        """The vector [dimensions] of a word, not scaled."""
        vector: NDArray[np.float32] = self.stored.vectors([self.stored.row(word)])[0]
        return vector

    def analogy(
        self,
        word: str,
        *,
        minus: str | Iterable[str] = (),
        plus: str | Iterable[str] = (),
        k: int = 5,
        **options: Any,
    ) -> list[Neighbour]:
        """The k words nearest to word - minus + plus, best first; the words of the question are no answers.

        options: those of `analogies`.
        """
        from lmcli.words.analogy import solve
        from lmcli.words.query import weighted

        query = weighted([word, *_several(plus)], _several(minus))
        return _only(solve(self.stored, [query], k=k, **options))

    def similar(self, word: str, *, k: int = 10, restrict: int | None = None) -> list[Neighbour]:
        """The k nearest neighbours of a word by cosine, best first.

        restrict: only the N most frequent words can be answers.
        """
        return _only(self.neighbours([word], k=k, restrict=restrict))

    def similarity(self, a: str, b: str) -> float:
        """The cosine of two words' vectors, -1 to 1."""
        from lmcli.words.comparison import similarity

        return similarity(self.stored, [a, b]).score

    def odd(self, *words: str) -> str:
        """The word that does not belong: the farthest from the mean of the group (three words or more)."""
        from lmcli.words.comparison import odd

        return odd(self.stored, words).word

    # -- many at once, and text as it is typed -----------------------------------------------

    def analogies(
        self,
        texts: Sequence[str],
        *,
        k: int = 1,
        method: str = "add",
        restrict: int | None = None,
        include_inputs: bool = False,
    ) -> Answers:
        """The k best words for each query ("king man woman", "king - man + woman"); an error in its place.

        method: add (3CosAdd), mul (3CosMul) or pair (PairDirection). restrict: only the N most frequent
        words can be answers. include_inputs: the query's own words can be answers, too.
        """
        from lmcli.words.analogy import solve

        return solve(
            self.stored,
            texts,
            k=k,
            method=method,
            restrict=restrict,
            include_inputs=include_inputs,
        )

    def neighbours(
        self, words: Sequence[str], *, k: int = 10, restrict: int | None = None
    ) -> Answers:
        """The k nearest neighbours of each word by cosine; an error in the place of an unknown one."""
        from lmcli.words.neighbours import similar

        return similar(self.stored, words, k=k, restrict=restrict)

    def compared(self, text: str) -> Similarity:
        """The two words of a text, compared by cosine."""
        from lmcli.words.comparison import similarity

        return similarity(self.stored, text.split())

    def odd_of(self, text: str) -> Odd:
        """The word of a text that does not belong, with each word's cosine to the mean of all."""
        from lmcli.words.comparison import odd

        return odd(self.stored, text.split())


def _several(words: str | Iterable[str]) -> list[str]:
    return [words] if isinstance(words, str) else list(words)


def _only(answers: Answers) -> list[Neighbour]:
    """The answers to the only question. Raises its error."""
    (answer,) = answers
    if isinstance(answer, LmcliError):
        raise answer
    return answer
