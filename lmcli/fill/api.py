"""Masked words and next sentences: what the commands use, and Python programs too."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lmcli.fill.comparing import View
    from lmcli.fill.filling import Filler, Filling
    from lmcli.fill.nextsentence import Judge
    from lmcli.fill.pretext import Place, Plan
    from lmcli.frame.environment import Environment


class Masks:
    """Fills masks with the model that is named, else with the language model of `complete`."""

    def __init__(self, env: Environment, name: str | None) -> None:
        from lmcli.fill.opening import chooser

        self._env = env
        self._name = name
        self._choose = chooser(env, name)

    @classmethod
    def load(
        cls,
        name: str | None = None,
        *,
        provider: str = "auto",
        threads: int | None = None,
        offline: bool = False,
    ) -> Masks:
        """Open a fill-mask model or a language model by name or folder, by default SmolLM2.

        Raises ModelError where it cannot be had.
        """
        from lmcli.store.library import environment

        return cls.of(environment(provider=provider, threads=threads, offline=offline), name)

    @classmethod
    def of(cls, env: Environment, name: str | None = None) -> Masks:
        """What fills masks with the model that a command's --model names."""
        env.limit_blas()
        return cls(env, name)

    def model(self, text: str) -> Filler:
        """The model that fills the masks of a text; which one speaks is said once in a process."""
        filler = self._choose(text)
        self._env.note_once(filler.says)
        return filler

    def fill(self, text: str, *, k: int = 5, independent: bool = False) -> list[Filling]:
        """The k best words for each mask of a text: mask, rank, token, score, text.

        Raises BadInput for a text without masks.
        """
        from lmcli.fill.filling import fill
        from lmcli.fill.gaps import parse

        parse(text)  # before a model is opened for it
        return fill(self.model(text), text, k, independent)

    def steps(self, text: str, plan: Plan | None = None) -> list[Place]:
        """How a masked-word model is trained on a text: every token, what becomes of it, its loss."""
        from lmcli.fill.masked import MaskedModel
        from lmcli.fill.opening import VOCABULARY
        from lmcli.fill.pretext import Plan, places
        from lmcli.nn.tokenize import Tokenizer

        filler = self.model(text)
        if isinstance(filler, MaskedModel):
            tokenizer = filler.tokenizer
        else:
            tokenizer = Tokenizer(self._env.models.find(VOCABULARY).folder)
        with self._env.output.progress("masked tokens judged") as advance:
            return places(text, filler, tokenizer, plan or Plan(), advance)

    def compare(self, text: str, *, k: int = 5, answer: str | None = None) -> list[View]:
        """One mask seen from the left, from both sides, and from a bag of words; with `answer`, where it stands there.

        Raises BadInput for another number of masks than one.
        """
        from lmcli.fill.comparing import compare
        from lmcli.fill.gaps import parse

        parse(text)
        return compare(self._env, self.model(text), text, k, answer)

    @staticmethod
    def judge(env: Environment, name: str | None = None) -> Judge:
        """What says of (a, b) whether b is the next sentence after a: next, score."""
        from lmcli.fill.nextsentence import judge_of

        env.limit_blas()
        return judge_of(env, name)
