"""Encoders with decoders as the hub's exports have them (Marian, T5 and their kin): the same search, other graphs.

encoder_model.onnx gives last_hidden_state; decoder_model.onnx, or decoder_model_merged.onnx without its cache, reads it
with all that was written so far.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lmcli.frame.errors import ModelError
from lmcli.frame.models.files import read_json
from lmcli.nn.decoding.hub import PAST
from lmcli.nn.feeding import fitted
from lmcli.nn.tokenize import Tokenizer
from lmcli.translate.model import Memory, Next, Past

if TYPE_CHECKING:
    from lmcli.frame.models import Model
    from lmcli.nn.onnx import Session

LONGEST = 512  # tokens that are read, where the configuration says nothing
STATES = "encoder_hidden_states"


class HubTranslator:
    """An export of an encoder and a decoder; what stands before a text, as T5's "translate ... :", the user gives."""

    capitals, doubtful, source, target, aligned = False, 0.0, "", "", None

    def __init__(self, model: Model, open_graph: Any) -> None:
        """open_graph: opens an .onnx file. Raises ModelError where a graph is no such encoder or decoder."""
        self.name = model.name
        self.encoder: Session = open_graph(model.graph("encoder"))
        self.decoder: Session = open_graph(model.graph("decoder"))
        if STATES not in self.decoder.inputs or "logits" not in self.decoder.outputs:
            raise ModelError(
                f"{self.decoder.path}: the graph does not read {STATES}",
                "take the export's decoder_model.onnx or decoder_model_merged.onnx",
            )
        self._tokenizer = Tokenizer(model.folder)
        config = read_json(model.folder / "config.json")
        config |= read_json(model.folder / "generation_config.json")
        start = config.get("decoder_start_token_id", config.get("bos_token_id"))
        ends = config.get("eos_token_id")
        self.end = int(ends[0] if isinstance(ends, list) else ends if ends is not None else -1)
        if start is None or self.end < 0:
            raise ModelError(
                f"{model.folder}: config.json does not say how a translation begins and ends"
            )
        self.start = int(start)
        self.pad = int(config.get("pad_token_id") or 0)
        bad = config.get("bad_words_ids") or []
        self.never: Sequence[int] = [one[0] for one in bad if len(one) == 1]
        self._first = config.get("forced_bos_token_id")
        sizes = (config.get(name) for name in ("max_position_embeddings", "n_positions"))
        self.longest = next((int(one) for one in sizes if one), LONGEST)

    def tokens(self, text: str) -> tuple[list[int], list[str], list[str]]:
        """As Translator.tokens: ids, tokens, what of the text no token stands for."""
        made = self._tokenizer.encode(text)
        unknown = [text[start:end] for start, end in self._tokenizer.unknown(made)]
        ids = list(made.ids)
        names = list(self._tokenizer.readable(made.tokens))
        if ids[-1:] != [self.end]:  # a tokenizer.json that does not add it
            ids, names = [*ids, self.end], [*names, "</s>"]
        return ids, names, unknown

    def pieces(self, text: str) -> list[str]:
        """The text in pieces that the encoder can read."""
        return self._tokenizer.pieces(text, self.longest)

    def text(self, ids: Sequence[int]) -> str:
        """What written ids say."""
        return self._tokenizer.decode(
            [one for one in ids if one not in (self.end, self.pad)]
        ).strip()

    def read(self, sentences: Sequence[Sequence[int]]) -> Memory:
        """The memory of sentences, given as ids: their states stand in keys, (1, batch, places, width)."""
        ids = np.full((len(sentences), max(map(len, sentences))), self.pad, np.int64)
        mask = np.zeros_like(ids)
        for row, own in enumerate(sentences):
            ids[row, : len(own)] = own
            mask[row, : len(own)] = 1
        made = self.encoder.run(fitted(self.encoder, {"input_ids": ids, "attention_mask": mask}))
        states = next(iter(made.values()))
        none = np.zeros((1, len(ids), 0), np.float32)
        return Memory(mask, states, states[None], none, none, states)

    def write(
        self,
        tokens: NDArray[np.int64],
        memory: Memory,
        past: Past | None = None,
        *,
        seen: bool = False,
    ) -> Next:
        """Run the decoder on all that was written: `past` holds its ids, (1, batch, length)."""
        whole: Any = tokens if past is None else np.concatenate([past[0][0], tokens], 1)
        feeds = {
            "input_ids": whole,
            "decoder_input_ids": whole,
            "attention_mask": memory.mask,
            "encoder_attention_mask": memory.mask,
            STATES: memory.keys[0],
            "use_cache_branch": np.array([False]),
            **self._empty(len(whole)),
        }
        own = {name: array for name, array in feeds.items() if name in self.decoder.inputs}
        logits = self.decoder.run(fitted(self.decoder, own), ["logits"])["logits"][:, -1:]
        if past is None and self._first is not None:
            forced = np.full_like(logits, -np.inf)
            forced[..., self._first] = 0
            logits = forced
        kept = whole[None]
        return Next(logits, (kept, kept), np.zeros(0, np.float32))

    def _empty(self, rows: int) -> dict[str, NDArray[np.float32]]:
        """A cache with nothing in it, for graphs that ask for one."""
        made = {}
        for name, value in self.decoder.inputs.items():
            if name.startswith(PAST):
                sizes = (one if isinstance(one, int) else 0 for one in value.shape[1:])
                made[name] = np.zeros((rows, *sizes), np.float32)
        return made
