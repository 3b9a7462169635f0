"""Output of a given form: a regular expression or a JSON schema, kept to while tokens are chosen.

The tokens that may come next are found with llguidance (https://github.com/guidance-ai/llguidance).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from lmcli.frame.errors import BadInput, LmcliError
from lmcli.gpt.forms.schema import read_schema
from lmcli.nn.decoding.logits import Logits
from lmcli.nn.decoding.model import LanguageModel


class Grammar:
    """A form of text, made ready for one model; `start` gives a constraint for one text."""

    def __init__(self, model: LanguageModel, grammar: str) -> None:
        import llguidance

        self._model = model
        self._grammar = grammar
        tokenizer = model.tokenizer.path.read_text(encoding="utf-8")
        end = min(model.ends, default=None)
        self._tokenizer = llguidance.LLTokenizer(tokenizer, eos_token=end)
        fault = llguidance.LLMatcher.validate_grammar(grammar, self._tokenizer)
        if fault:
            raise BadInput(f"the form cannot be kept to: {fault.strip().splitlines()[0]}")

    def start(self) -> Form:
        """A constraint for one text."""
        import llguidance

        return Form(llguidance.LLMatcher(self._tokenizer, self._grammar), self._model)


class Form:
    """The state of one text that keeps to a grammar."""

    def __init__(self, matcher: Any, model: LanguageModel) -> None:
        self._matcher = matcher
        self._model = model

    def allow(self, logits: Logits) -> Logits:
        """The logits with those of tokens that break the form at minus infinity."""
        mask = np.frombuffer(self._matcher.compute_bitmask(), np.uint32)
        bits = np.unpackbits(mask.view(np.uint8), bitorder="little")[: len(logits)].astype(bool)
        if len(bits) < len(logits):
            bits = np.pad(bits, (0, len(logits) - len(bits)))
        if not bits.any():
            raise LmcliError(f"no token keeps to the form: {self._matcher.get_error()}")
        return np.where(bits, logits, np.float32(-np.inf))

    def accept(self, token: int) -> None:
        """Take note of a token."""
        if token not in self._model.ends:
            self._matcher.consume_token(token)

    @property
    def done(self) -> bool:
        """Whether the text is whole and nothing can follow."""
        return bool(self._matcher.is_stopped())


def of_regex(model: LanguageModel, pattern: str) -> Grammar:
    """Texts that match a regular expression as a whole. Raises BadInput where it is unusable."""
    import llguidance

    return Grammar(model, llguidance.LLMatcher.grammar_from_regex(pattern))


def of_schema(model: LanguageModel, path: Path) -> Grammar:
    """JSON that obeys the schema in a file. Raises BadInput where it is unusable."""
    import llguidance

    schema = read_schema(path)
    options: Any = {"whitespace_flexible": False}
    return Grammar(model, llguidance.LLMatcher.grammar_from_json_schema(schema, options))
