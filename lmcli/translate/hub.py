"""Encoders with decoders as the hub's exports have them (Marian, T5 and their kin): the same search, other graphs.

encoder_model.onnx gives last_hidden_state. decoder_model_merged.onnx, or decoder_with_past_model.onnx after
decoder_model.onnx, reads it once and then keeps keys and values; decoder_model.onnx alone reads all that was written
so far at each step.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lmcli.frame.errors import ModelError
from lmcli.frame.models.files import read_json
from lmcli.nn.decoding.hub import PAST, PRESENT
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
        self.decoder: Session = open_graph(model.graph("decoder"))
        self.encoder: Session = open_graph(model.graph("encoder"))
        both = "first" in model.settings.get("graphs", {})
        self.first: Session = open_graph(model.graph("first")) if both else self.decoder
        if STATES not in self.first.inputs or "logits" not in self.first.outputs:
            raise ModelError(
                f"{self.first.path}: the graph does not read {STATES}",
                "take the export's decoder_model.onnx or decoder_model_merged.onnx",
            )
        self._kept = self._kept_names()
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
        self._forced = config.get("forced_bos_token_id")
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
        """Run the decoder on a batch's next tokens; `past` holds what it kept, else all ids, each (1, batch, ...)."""
        del seen  # such exports do not give their attention
        whole: Any = tokens
        if past is not None and not self._kept:
            whole = np.concatenate([past[0][0], tokens], 1)
        later = bool(past and self._kept)
        session = self.decoder if later else self.first
        kept = dict(zip(self._kept, (one[0] for one in past or ()), strict=True)) if later else {}
        feeds = {
            "input_ids": whole,
            "decoder_input_ids": whole,
            "attention_mask": memory.mask,
            "encoder_attention_mask": memory.mask,
            STATES: memory.keys[0],
            "use_cache_branch": np.array([later]),
            **(kept or _empty(session, len(whole))),
        }
        own = {name: array for name, array in feeds.items() if name in session.inputs}
        new = {name: _present(name) for name in self._kept if not later or ".encoder." not in name}
        made = session.run(fitted(session, own), ["logits", *new.values()])
        logits = made["logits"][:, -1:]
        if past is None and self._forced is not None:
            forced = np.full_like(logits, -np.inf)
            forced[..., self._forced] = 0
            logits = forced
        kept |= {name: made[present] for name, present in new.items()}
        follows = tuple(kept[name][None] for name in self._kept) or (whole[None],)
        return Next(logits, follows, np.zeros(0, np.float32))

    def _kept_names(self) -> list[str]:
        """The keys and values that go from step to step, by their inputs' names; none where nothing is kept."""
        names = [name for name in self.decoder.inputs if name.startswith(PAST)]
        begins = self.first is not self.decoder or "use_cache_branch" in self.decoder.inputs
        whole = all(_present(name) in self.first.outputs for name in names)
        return names if begins and whole else []


def _present(name: str) -> str:
    """The output that gives what an input takes at the next step."""
    return PRESENT + name.removeprefix(PAST)


def _empty(session: Session, rows: int) -> dict[str, NDArray[np.float32]]:
    """A cache with nothing in it, for graphs that ask for one."""
    made = {}
    for name, value in session.inputs.items():
        if name.startswith(PAST):
            sizes = (one if isinstance(one, int) else 0 for one in value.shape[1:])
            made[name] = np.zeros((rows, *sizes), np.float32)
    return made
