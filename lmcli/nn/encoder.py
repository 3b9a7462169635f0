"""Texts to vectors with a neural encoder: what sentence search, zero-shot labels and rules by meaning share.

encoder = encoder_of(env)                       # the default model, loaded once in a process
vectors = encoder.encode(["a text", "another"]) # float32 (2, 384), each of length 1: a dot product is a cosine
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lmcli.frame.models import Model
from lmcli.frame.models.files import read_json
from lmcli.frame.numbers import normalised
from lmcli.frame.text.understanding import Read, scripts_of
from lmcli.nn import onnx
from lmcli.nn.encoding import Encoding, pad
from lmcli.nn.loading import Loading
from lmcli.nn.reading import seen
from lmcli.nn.sentence.limits import MIXING, limit_of
from lmcli.nn.sentence.modules import Description, describe_modules
from lmcli.nn.sentence.reading import Reading, batches
from lmcli.nn.tokenize import Tokenizer

if TYPE_CHECKING:
    from lmcli.frame.environment import Environment

__all__ = ["TASK", "Encoder", "batches", "encoder_of", "open_encoder"]

TASK = "feature-extraction"
Vectors = NDArray[np.float32]
Tell = Callable[[int, Read], None]


class Encoder:
    """A model of task feature-extraction, ready to run.

    What its model.toml sets, before what sentence-transformers' files in its folder say: `pooling`, mean (the
    default) or another of `nn.sentence.pooling`; `max_tokens`, where texts are cut; `prefixes`, {query, passage,
    default}: what the model wants before a text that asks, before one that is searched (see `queries`, `passages`),
    and before any other, which is as before a question where it is not said.
    """

    task = TASK

    def __init__(self, model: Model, session: onnx.Session, tokenizer: Tokenizer) -> None:
        """Raises ModelError where the graph does not read token ids or gives no vectors."""
        self.name = model.name
        self.scripts = scripts_of(model.languages)
        self.fingerprint = next((f.sha256 for f in model.files if f.path.endswith(".onnx")), "")
        self.tokenizer = tokenizer
        config = read_json(model.folder / "config.json")
        said = describe_modules(model.folder) or Description()
        self.max_tokens = limit_of(
            config, model.settings.get("max_tokens"), said.max_tokens, tokenizer.max_length
        )
        self._prefixes = model.settings.get("prefixes") or said.prefixes
        self.prefix = str(self._prefixes.get("default", self._prefixes.get("query", "")))
        alike = config.get("model_type") in MIXING
        self._reading = Reading.of(session, model, said, alike=alike)
        self.max_tokens = min(self.max_tokens, self._reading.width or self.max_tokens)
        self._lowercase = said.lowercase
        self._pad_id = tokenizer.special_id("pad") or 0

    @property
    def dimensions(self) -> int:
        """The length of a vector, 0 where the graph leaves it open."""
        return self._reading.dimensions

    def queries(self) -> Encoder:
        """This encoder for texts that ask."""
        return self._with("query")

    def passages(self) -> Encoder:
        """This encoder for texts that are searched."""
        return self._with("passage")

    def _with(self, role: str) -> Encoder:
        other = copy(self)
        other.prefix = str(self._prefixes.get(role, ""))
        return other

    def encode(self, texts: Sequence[str], *, tell: Tell | None = None) -> Vectors:
        """The vectors (n, d) of texts, in their order, each of length 1.

        Texts of like length run together, so that little is padded. `tell(index, read)` is called for each
        text that was longer than the model reads, or is not understood as a whole.
        """
        read = [self.prefix + text for text in texts] if self.prefix else texts
        if self._lowercase:
            read = [text.lower() for text in read]
        encodings = self.tokenizer.encode_batch(read, max_length=self.max_tokens)
        vectors = np.zeros((len(texts), self.dimensions), np.float32)
        for rows in self._reading.batches([len(encoding) for encoding in encodings]):
            found = self._run([encodings[row] for row in rows])
            if vectors.shape[1] != found.shape[1]:
                vectors = np.zeros((len(texts), found.shape[1]), np.float32)
            vectors[rows] = found
        if tell is not None:
            for index, (text, encoding) in enumerate(zip(texts, encodings, strict=True)):
                how = seen(self.tokenizer, text, encoding, self.scripts, len(self.prefix))
                if how.cut or how.unknown:
                    tell(index, how)
        return vectors

    def pieces(self, text: str) -> list[str]:
        """A text in pieces that the model reads as a whole."""
        before = len(self.tokenizer.encode(self.prefix, special=False)) if self.prefix else 0
        return self.tokenizer.pieces(text, self.max_tokens - before)

    def _run(self, encodings: Sequence[Encoding]) -> Vectors:
        feeds = pad(encodings, self._pad_id)
        return normalised(self._reading.vectors(feeds, self._pad_id, self._left_out))

    @property
    def _left_out(self) -> int:
        """How many tokens at the start are a prefix that is not pooled."""
        if not self.prefix or self._reading.prompt_counts:
            return 0
        encoding = self.tokenizer.encode(self.prefix)
        return len(encoding) - (encoding.special[-1] if len(encoding) else 0)


def open_encoder(
    model: Model,
    *,
    provider: str = "auto",
    threads: int | None = None,
    note: Callable[[str], None] | None = None,
) -> Encoder:
    """Open a model folder of task feature-extraction. Raises ModelError where it cannot be used."""
    graph = model.graph()
    model.check_sizes()
    onnx.load()
    tokenizer = Loading(lambda: Tokenizer(model.folder))
    session = onnx.open_session(graph, provider=provider, threads=threads, note=note)
    return Encoder(model, session, tokenizer.result())


def encoder_of(env: Environment, name: str | None = None) -> Encoder:
    """The encoder that a command's --model names, loaded once in a process."""
    settings = env.settings

    def load() -> Encoder:
        return open_encoder(
            env.model(name, TASK),
            provider=settings.provider,
            threads=settings.threads,
            note=env.output.warn,
        )

    return env.cached(("encoder", name or "", settings.provider, str(settings.threads)), load)
