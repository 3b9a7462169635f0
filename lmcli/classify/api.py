"""Texts and their labels: what the commands use, and Python programs too."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import TYPE_CHECKING

from lmcli.frame.errors import ModelError

if TYPE_CHECKING:
    from lmcli.classify.choice import Choice
    from lmcli.classify.labelling import Guess
    from lmcli.classify.model import TextClassifier
    from lmcli.classify.steps import Step
    from lmcli.frame.environment import Environment


class Classifier:
    """Labels texts: with the model that is named, else with the bundled one for the text's script."""

    def __init__(self, env: Environment, choice: Choice) -> None:
        self._env = env
        self.choice = choice

    @classmethod
    def load(
        cls,
        name: str | None = None,
        *,
        provider: str = "auto",
        threads: int | None = None,
        offline: bool = False,
    ) -> Classifier:
        """Open a model by name or folder; without a name each text is read by the bundled one for its script.

        Raises ModelError where it cannot be had.
        """
        from lmcli.store.library import environment

        return cls.of(environment(provider=provider, threads=threads, offline=offline), name)

    @classmethod
    def of(cls, env: Environment, name: str | None = None) -> Classifier:
        """The classifier that a command's --model names; models are loaded once in a process."""
        from lmcli.classify.choice import Choice

        return cls(env, Choice(env, name))

    def model(self, text: str = "") -> TextClassifier:
        """The model that reads a text: its `labels`, `logits(texts)`, `judge(texts)`."""
        return self.choice.of(text)

    @property
    def known(self) -> Container[str]:
        """The Chinese words that a text is cut into where words are left out; () where the vectors are not here."""
        from lmcli.vectors.vocabulary import Vocabulary

        try:
            name = self._env.models.name_for("word-vectors", "zh")
            return Vocabulary.open(self._env.models.find(name, "word-vectors").folder)
        except (ModelError, OSError):
            return ()

    def classify(self, text: str, *, k: int | None = None, reasons: bool = False) -> list[Guess]:
        """The labels of a text, the likeliest first: text, rank, label, score.

        k: how many, by default one (of several labels a text, those that are likely). reasons: with `words`, by how
        much the label's log-odds fall where each is left out. Raises BadInput for a text without words, NoAnswer for
        one of which nothing is understood.
        """
        from lmcli.classify.labelling import Keep, label
        from lmcli.store.library import taken

        keep = Keep(k, reasons, self.known if reasons else ())
        (answer,) = label(self.choice.of(text), [text], keep)
        rows: list[Guess] = taken(answer)
        return rows

    def classify_all(self, texts: Sequence[str], *, k: int | None = None) -> list[list[Guess]]:
        """The labels of each text, in order; [] for one that cannot be read, which is warned of."""
        import warnings

        from lmcli.classify.labelling import Keep, label
        from lmcli.frame.errors import LmcliError
        from lmcli.store.library import taken

        keep = Keep(k)
        found: list[list[Guess]] = []
        for answer in self.choice.each(lambda one, batch: label(one, batch, keep))(texts):
            if isinstance(answer, LmcliError):
                warnings.warn(str(answer), stacklevel=2)
            found.append([] if isinstance(answer, LmcliError) else taken(answer))
        return found

    def steps(self, text: str) -> list[Step]:
        """One text through the model, step by step: each with its shape and numbers."""
        from lmcli.classify.steps import walk

        return walk(self.choice.of(text), text)
