"""A model that was trained on masked words (BERT and its kin): any fill-mask export of the hub."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmcli.fill.gaps import Gapped, Word
from lmcli.frame.errors import BadInput, ModelError
from lmcli.frame.models import Model
from lmcli.frame.models.files import read_json
from lmcli.nn.decoding.logits import log_softmax
from lmcli.nn.encoding import Encoding, Text, pad
from lmcli.nn.feeding import fitted
from lmcli.nn.onnx import Session
from lmcli.nn.tokenize import Tokenizer

TASK = "fill-mask"
MASKS = ("[MASK]", "<mask>", "<MASK>")
LOGITS = ("logits", "prediction_logits", "token_logits")
NEXT = ("seq_relationship_logits", "seq_relationship_logit", "seq_relationship")
REPLACED = "replaced_logits"  # of models that lmcli pretrain makes with --objective electra
LONGEST = 512
SPECIAL = re.compile(r"\[unused\d+\]|<[^<>\s]+>|\[[A-Z]+\]")


class MaskedModel:
    """A graph that gives a word's probability at every place, seen from both sides."""

    def __init__(self, model: Model, session: Session, tokenizer: Tokenizer) -> None:
        """Raises ModelError where the graph gives no logits, or the vocabulary has no mask."""
        self.name = model.name
        self.says = f"{model.name} was trained on masked words"
        self.session = session
        self.tokenizer = tokenizer
        config = read_json(model.folder / "config.json")
        named = [tokenizer.special("mask"), *MASKS]
        found = [sign for sign in named if sign and tokenizer.id(sign) is not None]
        self._logits = next((name for name in LOGITS if name in session.outputs), "")
        if not found or not self._logits:
            lack = "no mask token" if self._logits else "no logits of words"
            raise ModelError(
                f"{model.name} has {lack}", "it cannot fill masks; see lmcli models list"
            )
        self.mask = found[0]
        self.mask_id = tokenizer.id(self.mask)
        positions = config.get("max_position_embeddings")
        offset = 2 if config.get("model_type") in ("roberta", "xlm-roberta", "camembert") else 0
        limit = positions - offset if isinstance(positions, int) else LONGEST
        self.max_tokens = min(limit, tokenizer.max_length or limit)
        self.next_output = next((name for name in NEXT if name in session.outputs), None)
        self.finds_replaced = REPLACED in session.outputs
        if self.finds_replaced:
            self.says = f"the small generator of {model.name} fills masks; lmcli fill steps shows its discriminator"

    def words(self, gapped: Gapped, place: int, k: int) -> list[Word]:
        """The k best words for one open mask, with their log probabilities; other open masks are masks to the model."""
        open_before = sum(word is None for word in gapped.words[:place])
        logprobs = self.logprobs(gapped.text(self.mask))[open_before]
        order = np.argsort(-logprobs, kind="stable")
        found: list[Word] = []
        for token in order.tolist():
            if token in self._words:
                word, glued = self._words[token]
                found.append(Word(word, float(logprobs[token]), glued))
                if len(found) == k:
                    break
        return found

    def loss(self, gapped: Gapped, place: int, word: str) -> float | None:
        """-ln P(word) at one mask; None for a word of several tokens."""
        own = next((t for t, (w, _) in self._words.items() if w == word), None)
        if own is None:
            return None
        open_before = sum(one is None for one in gapped.words[:place])
        return -float(self.logprobs(gapped.text(self.mask))[open_before][own])

    def logprobs(self, text: str) -> NDArray[np.float64]:
        """The log probabilities (masks, vocabulary) at the masks of a text."""
        encoding = self._encode(text)
        places = [at for at, token in enumerate(encoding.ids) if token == self.mask_id]
        return self.run(encoding.ids, places)

    def run(self, ids: Sequence[int], places: Sequence[int] | None = None) -> NDArray[np.float64]:
        """The log probabilities (places, vocabulary) of token ids at some places, by default at all."""
        logits = self._asked(ids, self._logits)
        found: NDArray[np.float64] = log_softmax(logits if places is None else logits[list(places)])
        if not np.isfinite(found).all():
            raise ModelError(f"{self.name} gives no number", "is it damaged?")
        return found

    def suspected(self, ids: Sequence[int]) -> list[float]:
        """Of each token the probability that it was replaced, by ELECTRA's discriminator; see `finds_replaced`."""
        logits = self._asked(ids, REPLACED).astype(np.float64)
        found: list[float] = (1 / (1 + np.exp(-logits))).tolist()
        return found

    def _asked(self, ids: Sequence[int], output: str) -> NDArray[np.float32]:
        row = np.array([ids], np.int64)
        feeds = fitted(
            self.session,
            {
                "input_ids": row,
                "attention_mask": np.ones_like(row),
                "token_type_ids": np.zeros_like(row),
                "position_ids": np.arange(len(ids), dtype=np.int64)[None],
            },
        )
        found: NDArray[np.float32] = self.session.run(feeds, [output])[output][0]
        return found

    def follows(self, first: str, second: str) -> float:
        """The probability that `second` is the next sentence, by the model's own head (its label 0: it is)."""
        assert self.next_output is not None
        feeds = self._feeds(self._encode((first, second)))
        logits = self.session.run(feeds, [self.next_output])[self.next_output]
        return float(np.exp(log_softmax(logits.reshape(-1, 2)))[0, 0])

    def _encode(self, text: Text) -> Encoding:
        encoding = self.tokenizer.encode(text)
        if len(encoding) > self.max_tokens:
            raise BadInput(
                f"the text has {len(encoding)} tokens, and {self.name} reads {self.max_tokens}",
                "cut it to the sentences around the mask",
            )
        return encoding

    def _feeds(self, encoding: Encoding) -> Mapping[str, Any]:
        feeds = pad([encoding], self.tokenizer.special_id("pad") or 0)
        positions = np.arange(len(encoding), dtype=np.int64)[None]
        return fitted(self.session, {**feeds, "position_ids": positions})

    @cached_property
    def _words(self) -> dict[int, tuple[str, bool | None]]:
        """Every token that is text: what it says, and whether it is glued to what stands before it."""
        tokenizer = self.tokenizer
        pieces = {token: tokenizer.token(token) or "" for token in range(tokenizer.size)}
        spaced = any(piece.startswith(("Ġ", "▁")) for piece in pieces.values())
        found: dict[int, tuple[str, bool | None]] = {}
        for token, piece in pieces.items():
            if not piece or piece in tokenizer.control or SPECIAL.fullmatch(piece):
                continue
            glued: bool | None
            if spaced:
                text = tokenizer.readable_id(token)
                word, glued = text.strip(), not text.startswith(" ")
            else:
                word, glued = piece, True if piece.startswith("##") else None
            if word.strip("#") and not (spaced and SPECIAL.search(word)):
                found[token] = (word, glued)
        return found
