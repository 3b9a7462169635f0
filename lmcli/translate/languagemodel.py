"""Translation by a language model that chats: the same rows, from an instruction."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp
from typing import TYPE_CHECKING

import numpy as np

from lmcli.frame.errors import LmcliError
from lmcli.frame.numbers import shortest
from lmcli.frame.text.languages import CHINESE, language_of_text
from lmcli.translate.translating import Answer, translate_by

if TYPE_CHECKING:
    from lmcli.gpt.api import LanguageModel

INTO_ENGLISH = (
    "Translate this Chinese sentence into English. Answer with the translation alone.\n\n"
)
INTO_CHINESE = "把下面的英文翻译成中文，只回答译文。\n\n"
LENGTH = 200


def translate(model: LanguageModel, texts: Sequence[str]) -> list[Answer]:
    """The translation of each text: of Chinese into English, of anything else into Chinese.

    Raises ModelError where the model has no chat template.
    """
    return translate_by(lambda given: _asked(model, given), texts)


def _asked(model: LanguageModel, texts: Sequence[str]) -> list[tuple[str, float] | LmcliError]:
    from lmcli.gpt.api import request
    from lmcli.gpt.chat import encode
    from lmcli.gpt.generation import batch
    from lmcli.gpt.text import Text

    wanted = request(length=LENGTH, temperature=0.0, seed=0, logprobs=0, lookup=False)
    made: list[Text | LmcliError] = []
    for text in texts:
        asked = INTO_ENGLISH if language_of_text(text) == CHINESE else INTO_CHINESE
        try:
            ids = encode(model.context.model, [{"role": "user", "content": asked + text}])
            model.context.model.fits(ids)
            made.append(Text(model.context.model, ids, wanted))
        except LmcliError as error:
            made.append(error)
    batch(model.context, [one for one in made if isinstance(one, Text)])
    return [one if isinstance(one, LmcliError) else _answer(one) for one in made]


def _answer(text: object) -> tuple[str, float]:
    logs = [choice.logprob for choice in text.choices]  # type: ignore[attr-defined]
    score = exp(sum(logs) / max(1, len(logs)))
    return " ".join(text.text.split()), shortest(np.float32(score))  # type: ignore[attr-defined]
