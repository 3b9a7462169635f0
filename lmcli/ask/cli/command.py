"""The command `ask`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

from lmcli.frame import inputs, options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import LmcliError, ModelError, Noted, PartialFailure
from lmcli.frame.inputs import Records
from lmcli.frame.tree.lazy import late

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lmcli.ask.answering import Passage
    from lmcli.gpt.api import LanguageModel
    from lmcli.sentences.api import Index


@click.command(
    epilog="Fields: question, answer, marks, unsupported, passages [{number, path, line, score, text}], threshold.\n\n"
    'Example:  lmcli ask "How many books can I take home at once?" --quote'
)
@inputs.argument("questions", metavar="QUESTION", join=True)
@click.option(
    "--in",
    "places",
    multiple=True,
    type=click.Path(),
    metavar="FILE|DIR",
    help="The texts. [the handbook of a small library that comes with lmcli]",
)
@click.option("--index", metavar="NAME", help="The index of lmcli search --index to read from.")
@click.option(
    "-k",
    "k",
    type=click.IntRange(min=1),
    show_default="2; 1 for smollm2-135m-instruct",
    help="How many passages are read.",
)
@click.option(
    "--threshold",
    type=options.Finite(-1, 1),
    show_default="measured: .39 for all-minilm-l6-v2, .86 for e5-small-multilingual",
    help="Refuse where the nearest passage's cosine is below.",
)
@click.option(
    "-n",
    "length",
    type=click.IntRange(min=1),
    default=80,
    show_default=True,
    help="How many tokens at most.",
)
@click.option("--show-prompt", is_flag=True, help="Print what the model would read.")
@click.option(
    "--quote",
    is_flag=True,
    help="Answer with the nearest sentence of the passages; no language model.",
)
@click.option("--encoder", metavar="NAME|PATH", help="The model that finds passages.")
@options.common("model", "provider", "threads", "offline")
@click.pass_obj
def ask(
    env: Environment,
    questions: Records,
    places: tuple[str, ...],
    index: str | None,
    k: int | None,
    threshold: float | None,
    length: int,
    show_prompt: bool,
    quote: bool,
    encoder: str | None,
    model: str | None,
) -> None:
    """Answer questions from texts, with marks of where it stands.

    Passages are found by meaning, and a language model reads them. Behind each sentence stands the number of the
    passage that has its words and numbers, [?] where none has: no citation is the model's own. Where no passage is
    near, the answer is that it is not in the texts (exit code 3). The bundled model is small, and misreads: look at
    the passages. stdin: a question a line.
    """
    asking = _Asking(env, places, index, encoder, model, k, threshold, quote, length)
    if show_prompt:
        for record in questions:
            if record.error:
                raise record.error
            env.output.text(asking.prompt(record.value))
    elif env.output.format == "table" and not questions.several:
        for record in questions:
            if record.error:
                raise record.error
            asking.print(record.value)
    else:
        outcomes = questions.map(asking.answer)
        env.output.stream(outcomes, questions, render=late("lmcli.ask.cli.view:answers"))
    if asking.faults:
        raise PartialFailure(asking.faults, asking.faults + asking.files)


@dataclass
class _Asking:
    """Answers questions as the options say; index and models are chosen by each question's language."""

    env: Environment
    places: tuple[str, ...]
    name: str | None
    encoder: str | None
    model: str | None
    k: int | None
    threshold: float | None
    quote: bool
    length: int
    faults: int = 0
    files: int = 0
    read: dict[tuple[str, ...], Index] = field(default_factory=dict)

    def answer(self, question: str) -> Noted:
        """An answer as a row."""
        from lmcli.ask.answering import answered

        passages, threshold, pieces = self._found(question)
        return answered(question, passages, pieces, threshold)

    def print(self, question: str) -> None:
        """Print the answer as it is generated, then the passages."""
        from lmcli.ask.answering import doubts
        from lmcli.ask.cli.view import passages as drawn
        from lmcli.ask.marks import Marker

        output = self.env.output
        passages, _, pieces = self._found(question)
        marker = Marker(question, [one.text for one in passages])
        for piece in pieces:
            output.text(marker.feed(piece), end="")
        output.text(marker.end() + "\n")
        output.render(drawn(passages))
        for doubt in doubts(marker):
            output.warn(doubt)

    def prompt(self, question: str) -> str:
        """What the model would read, in its own template."""
        from lmcli.ask.answering import messages
        from lmcli.gpt.chat import render

        system, asked = messages(question, self._found(question)[0])
        turns = [{"role": "user", "content": asked}]
        head = [{"role": "system", "content": system}] if system else []
        return render(self._reader(question).context.model, head + turns)

    def _found(self, question: str) -> tuple[list[Passage], float, Iterator[str]]:
        """Passages, the threshold that they met, and the answer in pieces."""
        from lmcli.ask.answering import READ, THRESHOLDS, find, generated, quoted

        index = self._index(question)
        name = index.encoder.name
        threshold = self.threshold if self.threshold is not None else THRESHOLDS.get(name)
        if threshold is None:
            self.env.output.warn_once(f"no threshold was measured for {name}: --threshold sets one")
            threshold = -1.0
        reader = None if self.quote else self._reader(question)
        k = self.k or READ.get(reader.name if reader else "", 2)
        passages = find(index, question, k, threshold)
        if reader is None:
            return passages, threshold, quoted(index, question, passages)
        return passages, threshold, generated(reader, question, passages, self.length)

    def _reader(self, question: str) -> LanguageModel:
        from lmcli.ask.answering import FOR_CHINESE, language
        from lmcli.frame.text.languages import CHINESE
        from lmcli.gpt.api import LanguageModel

        name = self.model
        if name is None and language(question) == CHINESE:
            name = FOR_CHINESE
            if not self.env.models.find(name, "text-generation").present:
                raise ModelError(
                    f"{name}, which reads Chinese, is not here",
                    f"lmcli models pull {name}, or --quote, which needs no language model",
                )
        model = LanguageModel.of(self.env, name)
        for warning in model.foreign(question):
            self.env.output.warn(warning)
        return model

    def _index(self, question: str) -> Index:
        """The texts, read once for each encoder."""
        from lmcli.ask.answering import DATA, language
        from lmcli.sentences.api import Encoder
        from lmcli.sentences.cli.search import index_of

        name = self.encoder or self.env.model_for([question], "feature-extraction")
        encoder = Encoder.of(self.env, name)
        bundled = not self.places and not self.name
        places = (str(DATA / language(question)),) if bundled else self.places

        key = (encoder.name, *places)
        if key not in self.read:
            faults: list[LmcliError] = []
            self.read[key] = index = index_of(self.env, encoder, places, self.name, faults.append)
            self.faults, self.files = len(faults), index.collection.files_read
            if say := index.left_out():
                self.env.output.warn(say)
        return self.read[key]
