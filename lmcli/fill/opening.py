"""Which model fills masks: the one that is named, else the language model of `complete`, chosen by the text."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from lmcli.fill.filling import Filler
from lmcli.fill.gaps import is_chinese
from lmcli.fill.masked import TASK, MaskedModel
from lmcli.fill.ngrams.characters import TASK as NGRAMS
from lmcli.fill.ngrams.characters import CharacterNGrams
from lmcli.fill.sides import BothSides
from lmcli.fill.together import Together
from lmcli.frame.errors import ModelError
from lmcli.frame.text.languages import CHINESE
from lmcli.nn import onnx
from lmcli.nn.decoding.context import context_of
from lmcli.nn.decoding.opening import TASK as DECODING
from lmcli.nn.tokenize import Tokenizer

if TYPE_CHECKING:
    from lmcli.frame.environment import Environment

CHINESE_MODEL = "qwen"
COUNTED = "ngram-zh"  # comes with lmcli
VOCABULARY = (
    "all-minilm-l6-v2"  # BERT's 30,522 pieces: those that are whole words tell words from pieces
)


def chooser(env: Environment, name: str | None) -> Callable[[str], Filler]:
    """What gives the model for a text. Raises ModelError where it cannot be had."""
    if name is None:
        return lambda text: _default(env, text)
    model = env.models.find(name)
    if model.task == NGRAMS:
        return lambda _: _ngrams(env, name)
    if model.task == TASK:
        masked = masked_model(env, name)
        return lambda _: masked
    if model.task != DECODING:
        raise _cannot(env, model.name, model.task)
    return lambda text: _decoder(env, name, is_chinese(text))


def masked_model(env: Environment, name: str) -> MaskedModel:
    """A fill-mask model, loaded once in a process."""
    settings = env.settings

    def load() -> MaskedModel:
        model = env.model(name, TASK)
        session = onnx.open_session(
            model.graph(), provider=settings.provider, threads=settings.threads,
            note=env.output.warn,
        )  # fmt: skip
        return MaskedModel(model, session, Tokenizer(model.folder))

    return env.cached((TASK, name, settings.provider, str(settings.threads)), load)


def _default(env: Environment, text: str) -> Filler:
    """Where none is named: the decoder of `complete`; for Chinese that it does not read another one, or n-grams."""
    languages = env.models.find(None, DECODING).languages
    if not is_chinese(text) or not languages or CHINESE in languages:
        return _decoder(env, None, is_chinese(text))
    if env.models.find(CHINESE_MODEL, DECODING).present:
        return _decoder(env, CHINESE_MODEL, chinese=True)
    counted = _ngrams(env, COUNTED)
    env.output.warn_once(
        f"no model here reads Chinese from both sides: {COUNTED} counts which characters stand together; "
        f"lmcli models pull {CHINESE_MODEL} gets one that reads"
    )
    return counted


def _ngrams(env: Environment, name: str) -> CharacterNGrams:
    return env.cached((NGRAMS, name), lambda: CharacterNGrams.open(env.model(name, NGRAMS)))


def _decoder(env: Environment, name: str | None, chinese: bool) -> Filler:
    settings = env.settings

    def load() -> Filler:
        decoder = BothSides(context_of(env, name).model, whole_words(env), chinese)
        return Together(decoder, _ngrams(env, COUNTED)) if chinese else decoder

    kind = "fill zh" if chinese else "fill"
    key = (kind, name or "", settings.provider, str(settings.threads))
    return env.cached(key, load)


def whole_words(env: Environment) -> list[str]:
    """The whole words of BERT's vocabulary, in lower case."""
    path = env.models.find(VOCABULARY).folder / "tokenizer.json"
    try:
        pieces = json.loads(path.read_text(encoding="utf-8"))["model"]["vocab"]
    except (OSError, ValueError, KeyError):
        return []
    return [piece for piece in pieces if piece.isascii() and piece.isalpha()]


def _cannot(env: Environment, name: str, task: str) -> ModelError:
    able = sorted(model.name for model in env.models if model.task in (TASK, DECODING, NGRAMS))
    return ModelError(
        f"{name} is a model for {task}, and fills no masks", f"these do: {', '.join(able)}"
    )
