"""An encoder and a decoder as graphs: sentences become a memory, from which words are written one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lmcli.frame.errors import ModelError
from lmcli.frame.text.languages import CHINESE
from lmcli.nn.tokenize import Tokenizer

if TYPE_CHECKING:
    from lmcli.frame.models import Model
    from lmcli.nn.onnx import Session

TASK = "translation"
READ = ("states", "keys", "values", "vectors")
PAD, UNKNOWN, START, END = range(4)

Floats = NDArray[np.float32]
Past = tuple[Floats, ...]  # each (layers, batch, ...)


@dataclass(frozen=True, slots=True)
class Memory:
    """What the encoder makes of a batch of sentences.

    mask: int64 (batch, places), 1 for a token. states: C, (batch, places, width). keys, values: of C for each layer of
    the decoder, (layers, batch, heads, places, width / heads). scores: q k / sqrt(d) of the encoder's layers, (layers,
    batch, heads, places, places). vectors: what the encoder begins with, the tokens' vectors with their places added,
    (batch, places, width). A recurrent encoder has no scores, and without attention C has one place.
    """

    mask: NDArray[np.int64]
    states: Floats
    keys: Floats
    values: Floats
    scores: Floats
    vectors: Floats

    def __len__(self) -> int:
        return len(self.mask)

    def taken(self, rows: Sequence[int] | NDArray[np.intp]) -> Memory:
        """The memory of some rows, each as often as it is named, for the decoder alone."""
        keys, values = self.keys[:, rows], self.values[:, rows]
        return Memory(self.mask[rows], self.states, keys, values, self.scores, self.vectors)


@dataclass(frozen=True, slots=True)
class Next:
    """What the decoder makes of a batch's next tokens.

    logits: (batch, new, words). past: keys and values of all that was written; of a recurrent decoder its states.
    scores: of the cross-attention, (layers, batch, heads, new, places); empty where nobody asked or there is none.
    """

    logits: Floats
    past: Past
    scores: Floats


class Translator:
    """A pair of graphs with the vocabularies of both languages; `source` and `target` name the languages."""

    start, end = START, END
    never: Sequence[int] = (PAD, UNKNOWN, START)  # tokens that are not written

    def __init__(self, model: Model, open_graph: Any) -> None:
        """open_graph: opens an .onnx file. Raises ModelError where a part is missing or is no such graph."""
        settings: Mapping[str, Any] = model.settings
        self.name = model.name
        self.source, self.target = settings.get("source", ""), settings.get("target", "")
        self.capitals = bool(settings.get("capitals"))  # a text begins with one
        self.longest = int(settings.get("longest", 40))  # tokens of a sentence that were learnt
        self.doubtful = float(settings.get("doubtful", 0.0))  # scores below are said
        aligned = settings.get("aligned")  # layer and head that learnt which words belong together
        self.aligned = (int(aligned[0]) - 1, int(aligned[1]) - 1) if aligned else None
        graphs = [model.graph("encoder"), model.graph("decoder")]
        with ThreadPoolExecutor(1) as aside:
            other = aside.submit(open_graph, graphs[0])
            self.decoder: Session = open_graph(graphs[1])
            self._read = Tokenizer(model.path("source.json"))
            self._written = Tokenizer(model.path("target.json"))
            self.encoder: Session = other.result()
        _check(self.encoder, ("ids", "mask"), READ)
        _check(self.decoder, ("ids", "values", "past_keys"), ("logits", "present_keys"))

    def tokens(self, text: str) -> tuple[list[int], list[str], list[str]]:
        """The ids of a text with the end after them, the tokens, and what of it no token stands for."""
        made = self._read.encode(text)
        unknown = [text[start:end] for start, end in self._read.unknown(made)]
        names = [text[start:end] for start, end in made.offsets]
        return [*made.ids, END], [*names, "</s>"], unknown

    def pieces(self, text: str) -> list[str]:
        """The text in pieces of so many tokens as were learnt, cut after sentences or between words where possible."""
        if len(self._read.encode(text)) < self.longest:
            return [text]
        return self._read.pieces(text, self.longest - 1)

    def written(self, text: str) -> list[int]:
        """The ids of a text in the other language, the end after them."""
        return [*self._written.encode(text).ids, END]

    def text(self, ids: Sequence[int]) -> str:
        """What written ids say."""
        text = self._written.decode([one for one in ids if one > END]).strip()
        return text[:1].upper() + text[1:] if self.capitals else text

    def word(self, token: int) -> str:
        """One written token as it is read: ## before one that goes on with a word, </s> for the end."""
        if token in (START, END, UNKNOWN):
            return ("<pad>", "<unk>", "<s>", "</s>")[token]
        piece = self._written.readable_id(token)
        if self.target == CHINESE or not piece.strip():
            return piece
        return piece.strip() if piece[0] == " " or not piece[0].isalnum() else f"##{piece}"

    @property
    def words(self) -> int:
        """How many tokens can be written."""
        return self._written.size

    def read(self, sentences: Sequence[Sequence[int]]) -> Memory:
        """The memory of sentences, given as ids."""
        ids = np.zeros((len(sentences), max(map(len, sentences))), np.int64)
        for row, own in enumerate(sentences):
            ids[row, : len(own)] = own
        mask = (ids > PAD).astype(np.int64)
        names = [*READ, *(["scores"] if "scores" in self.encoder.outputs else [])]
        made = self.encoder.run({"ids": ids, "mask": mask}, names)
        none = np.zeros((0, len(ids), 0, *2 * ids.shape[1:]), np.float32)
        return Memory(mask, **{"scores": none, **made})

    def write(
        self,
        tokens: NDArray[np.int64],
        memory: Memory,
        past: Past | None = None,
        *,
        seen: bool = False,
    ) -> Next:
        """Run the decoder on a batch's next tokens, int64 (batch, new), after what `past` holds; seen: with scores."""
        if past is None:
            layers, _, heads, _, size = memory.keys.shape
            nothing = np.zeros((layers, len(tokens), heads, 0, size), np.float32)
            past = nothing, nothing
        feeds: dict[str, Any] = {
            "ids": tokens, "mask": memory.mask, "keys": memory.keys, "values": memory.values,
            "past_keys": past[0], "past_values": past[1],
        }  # fmt: skip
        names = ["logits", "present_keys", "present_values", *(["scores"] if seen else [])]
        made = self.decoder.run(
            {name: array for name, array in feeds.items() if name in self.decoder.inputs},
            [name for name in names if name in self.decoder.outputs],
        )
        none = np.zeros((0, len(tokens), 0, 1, memory.mask.shape[1]), np.float32)
        scores = made.get("scores", none)
        return Next(made["logits"], (made["present_keys"], made["present_values"]), scores)


def _check(session: Session, inputs: Sequence[str], outputs: Sequence[str]) -> None:
    lacking = [one for one in inputs if one not in session.inputs]
    lacking += [one for one in outputs if one not in session.outputs]
    if lacking:
        raise ModelError(
            f"{session.path}: the graph has no {', '.join(lacking)}",
            "lmcli translate train makes such graphs",
        )
