"""A text classifier, ready to run: token ids in, a number for each label out (logits), and the labels' probabilities.

A model is a folder as the hub's text-classification exports are: model.onnx (input_ids, attention_mask -> logits),
tokenizer.json, and config.json, whose id2label names the labels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lmcli.frame.errors import BadInput, LmcliError, ModelError, no_text, quoted
from lmcli.frame.models import Model
from lmcli.frame.models.files import read_json
from lmcli.frame.text.understanding import SIGNS, Read, foreign, not_understood, partly, scripts_of
from lmcli.nn import onnx
from lmcli.nn.loading import Loading
from lmcli.nn.reading import seen
from lmcli.nn.sentence.reading import batches
from lmcli.nn.tokenize import Tokenizer

if TYPE_CHECKING:
    from lmcli.frame.environment import Environment

TASK = "text-classification"
LONGEST = 512  # tokens read of a text, where the model does not say
MANY = 0.5  # the share of unknown words that is worth a word: names and rare words are everywhere
MULTI, REGRESSION = "multi_label_classification", "regression"

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Judged:
    """What a model makes of texts: logits and scores (texts, labels).

    By the text's place: what is to be said of it, and why it cannot be labelled.
    """

    logits: Floats
    scores: Floats
    warnings: Mapping[int, tuple[str, ...]]
    faults: Mapping[int, LmcliError]


class TextClassifier:
    """A model of task text-classification.

    labels: in the order of the graph's logits. multi: a text may have several labels, each with a probability of its
    own (the sigmoid of its logit); else they share one (softmax).
    """

    def __init__(self, model: Model, session: onnx.Session, tokenizer: Tokenizer) -> None:
        """Raises ModelError where the graph does not read token ids or gives no logits."""
        self.name = model.name
        self.session = session
        self.tokenizer = tokenizer
        self.scripts = scripts_of(model.languages)
        self.config: dict[str, Any] = read_json(model.folder / "config.json")
        limit = model.settings.get("max_tokens") or tokenizer.max_length
        self.max_tokens = int(limit or _positions(self.config) or LONGEST)
        self._pad_id = tokenizer.special_id("pad") or 0
        if "input_ids" not in session.inputs or "logits" not in session.outputs:
            raise ModelError(
                f"{session.path} is no text classifier: it reads {', '.join(session.inputs)} "
                f"and gives {', '.join(session.outputs)}"
            )
        self.labels = _labels(self.config, session)
        kind = self.config.get("problem_type")
        self.regression = kind == REGRESSION
        self.multi = kind == MULTI or (len(self.labels) == 1 and not self.regression)

    def judge(self, texts: Sequence[str]) -> Judged:
        """The labels' scores for texts, in order; texts of like length run together."""
        faults = {i: fault for i, text in enumerate(texts) if (fault := _unusable(text))}
        sound = [("" if i in faults else text) for i, text in enumerate(texts)] if faults else texts
        ids, reads = self._read(sound)
        logits = self._run(ids)
        for i, read in reads.items():
            if read.nothing and i not in faults:
                faults[i] = not_understood(self.name, TASK, texts[i], read)
        for i in np.flatnonzero(~np.isfinite(logits).all(axis=1)).tolist():
            faults[i] = ModelError(
                f"{self.name} gives no number for {quoted(texts[i], 40)}", "is it damaged?"
            )
        said = {i: self._warnings(texts[i], read) for i, read in reads.items() if i not in faults}
        return Judged(logits, self.scores(logits), said, faults)

    def logits(self, texts: Sequence[str]) -> Floats:
        """The logits (texts, labels) of texts; zeros for a text without tokens."""
        return self._run(self._read(texts)[0])

    def _read(self, texts: Sequence[str]) -> tuple[list[Sequence[int]], dict[int, Read]]:
        """The token ids of texts; how those were read that were cut, or may not be understood as a whole."""
        fast = self.tokenizer.batch_ids(texts, self.max_tokens)
        unknown = self.tokenizer.unknown_id
        reads: dict[int, Read] = {}
        ids: list[Sequence[int]] = []
        for i, (text, own) in enumerate(zip(texts, fast, strict=True)):
            if not own or unknown in own or not self._reads_all(text):
                encoding = self.tokenizer.encode(text, max_length=self.max_tokens)
                reads[i] = seen(self.tokenizer, text, encoding, self.scripts)
                ids.append(own or encoding.ids)
            else:
                ids.append(own)
        return ids, reads

    def _reads_all(self, text: str) -> bool:
        """Whether it can be told at a glance that every letter is of the model's languages."""
        return self.scripts is None or foreign(self.scripts).search(text) is None

    def _run(self, ids: Sequence[Sequence[int]]) -> Floats:
        """The logits (texts, labels) of texts as token ids; zeros for a text without any."""
        logits = np.zeros((len(ids), len(self.labels)), np.float32)
        sound = [row for row, own in enumerate(ids) if own]
        for places in batches([len(ids[row]) for row in sound]):
            rows = [sound[place] for place in places]
            found = self.session.run(self.feeds([ids[row] for row in rows]), ["logits"])["logits"]
            if found.shape[1:] != logits.shape[1:]:
                raise ModelError(
                    f"{self.name} has {len(self.labels)} labels and gives {found.shape[1:]} logits",
                    "id2label in its config.json has to name each logit",
                )
            logits[rows] = found
        return logits

    def feeds(self, ids: Sequence[Sequence[int]]) -> dict[str, NDArray[np.int64]]:
        """A batch of texts as the graph's inputs (texts, longest), padded at the end."""
        lengths = np.array([len(own) for own in ids])
        places = np.arange(max(lengths.max(initial=0), 1))
        mask = places < lengths[:, None]
        padded = np.full(mask.shape, self._pad_id, np.int64)
        padded[mask] = np.fromiter(chain.from_iterable(ids), np.int64, int(lengths.sum()))
        known = {
            "input_ids": padded,
            "attention_mask": mask.astype(np.int64),
            "token_type_ids": np.zeros_like(padded),
            "position_ids": np.broadcast_to(places, mask.shape).copy(),
        }
        missing = self.session.inputs.keys() - known
        if missing:
            raise ModelError(f"{self.name} wants the input {min(missing)}: it reads more than text")
        return {name: known[name] for name in self.session.inputs}

    def scores(self, logits: Floats) -> Floats:
        """The labels' probabilities (texts, labels): softmax, or each label's sigmoid; a regression's own number."""
        if self.regression:
            return logits
        if self.multi:
            found: Floats = np.reciprocal(1 + np.exp(-np.clip(logits, -80, 80)))
            return found
        return softmax(logits)

    def odds(self, logits: Floats) -> Floats:
        """The log-odds of each label (texts, labels): ln p/(1-p), which grows on where p is near 1 already."""
        if self.multi or self.regression:
            return logits
        rest = np.stack(
            [_log_sum(np.delete(logits, label, axis=-1)) for label in range(len(self.labels))], -1
        )
        odds: Floats = logits - rest
        return odds

    def _warnings(self, text: str, read: Read) -> tuple[str, ...]:
        """What is to be said of a text that was read so."""
        said = []
        if read.cut:
            start = " ".join(text[:80].split())[:40]
            tokens = f"{read.tokens - read.cut} of {read.tokens} tokens were read"
            said.append(f"'{start}...' is too long for {self.name}: {tokens}")
        if read.share >= MANY and read.scripts != (SIGNS,):
            said.append(partly(self.name, TASK, text, read))
        return tuple(said)


def _unusable(text: str) -> LmcliError | None:
    """Why a text cannot be classified at all."""
    if not text.strip():
        return BadInput(f"there is no text in {quoted(text, 40)}")
    return no_text(text)


def _positions(config: dict[str, Any]) -> int:
    """How many tokens a net has positions for; 0 where it does not say."""
    count = config.get("max_position_embeddings")
    offset = 2 if config.get("model_type") in ("roberta", "xlm-roberta", "camembert") else 0
    return count - offset if isinstance(count, int) and count > offset else 0


def _labels(config: dict[str, Any], session: onnx.Session) -> tuple[str, ...]:
    """The labels by their numbers, as id2label names them. Raises ModelError where they do not fit the graph."""
    named = config.get("id2label") or {}
    if not isinstance(named, dict):
        raise ModelError(f"{session.path}: id2label in config.json is no table of names")
    size = session.outputs["logits"].shape[-1]
    count = size if isinstance(size, int) else len(named)
    if not count:
        raise ModelError(
            f"{session.path}: how many labels there are cannot be told",
            "see id2label in config.json",
        )
    if not named:
        return tuple(f"LABEL_{number}" for number in range(count))
    try:
        labels = tuple(str(named[str(number)]) for number in range(count))
    except (KeyError, TypeError):
        labels = ()
    if len(named) != count or len(set(labels)) != count:
        raise ModelError(
            f"{session.path} gives {count} logits, and id2label in config.json does not name each",
            'it looks like {"0": "negative", "1": "positive"}',
        )
    return labels


def softmax(logits: Floats) -> Floats:
    """Probabilities along the last axis: exp(z) / sum exp(z)."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    shares: Floats = powers / powers.sum(axis=-1, keepdims=True)
    return shares


def _log_sum(logits: Floats) -> Floats:
    """ln sum exp along the last axis."""
    largest = logits.max(axis=-1, keepdims=True)
    total: Floats = (largest + np.log(np.exp(logits - largest).sum(axis=-1, keepdims=True)))[..., 0]
    return total


def open_classifier(
    model: Model,
    *,
    provider: str = "auto",
    threads: int | None = None,
    note: Callable[[str], None] | None = None,
) -> TextClassifier:
    """Open a model folder of task text-classification. Raises ModelError where it cannot be used."""
    graph = model.graph()
    onnx.load()
    tokenizer = Loading(lambda: Tokenizer(model.folder))
    session = onnx.open_session(graph, provider=provider, threads=threads, note=note)
    return TextClassifier(model, session, tokenizer.result())


def classifier_of(env: Environment, name: str | None = None) -> TextClassifier:
    """The classifier that a command's --model names, loaded once in a process."""
    settings = env.settings

    def load() -> TextClassifier:
        return open_classifier(
            env.model(name, TASK),
            provider=settings.provider,
            threads=settings.threads,
            note=env.output.warn,
        )

    return env.cached(("classifier", name or "", settings.provider, str(settings.threads)), load)
