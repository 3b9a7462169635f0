"""Conversations: the model's own template, the cache kept between turns, a window when it is full."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from lmcli.frame.errors import BadInput, BadUsage, ModelError
from lmcli.gpt.generation import stream
from lmcli.gpt.request import Request
from lmcli.gpt.text import Text
from lmcli.nn.decoding.context import Context
from lmcli.nn.decoding.model import LanguageModel
from lmcli.nn.tokens.template import conversation_ids, render_template

Message = dict[str, str]


def render(
    model: LanguageModel, messages: Sequence[Mapping[str, Any]], *, answer: bool = True
) -> str:
    """The text of a conversation as the model's template writes it; `answer` opens the next answer.

    Raises ModelError where the model has no template, BadInput where the template refuses.
    """
    source = model.tokenizer.chat_template
    if source is None:
        raise ModelError(f"{model.name} has no chat template", "it completes texts: lmcli complete")
    return render_template(source, model.tokenizer, messages, name=model.name, answer=answer)


def encode(model: LanguageModel, messages: Sequence[Message]) -> list[int]:
    """The tokens of a conversation. Control tokens in a message's words stay words."""
    return conversation_ids(model.tokenizer, messages, lambda given: render(model, given))


@dataclass
class Conversation:
    """A conversation with a model.

    `messages` hold all turns, {role, content} with the roles user and assistant; of them the model
    reads those from `first` on, after `system`: what was before no longer fits its context. `answer`
    is the last one as it was generated.
    """

    context: Context
    system: str = ""
    messages: list[Message] = field(default_factory=list)
    first: int = 0
    answer: Text | None = field(init=False, default=None)

    def say(self, words: str, request: Request) -> Generator[str, None, None]:
        """Answer `words`, piece by piece; the turn is kept, also where the answer is interrupted.

        Raises BadInput where `words` alone do not fit the context; then nothing is kept.
        """
        if not words.strip():
            raise BadInput("there is nothing to answer", "say something")
        self.messages.append({"role": "user", "content": words})
        try:
            ids = self._fit(request.length)
        except BadInput:
            self.messages.pop()
            raise
        self.answer = text = Text(self.context.model, ids, request)
        try:
            yield from stream(self.context, text)
        finally:
            self.messages.append({"role": "assistant", "content": text.text})

    @property
    def dropped(self) -> int:
        """How many turns the model no longer reads."""
        return self.first // 2

    def undo(self) -> str | None:
        """Take the last turn back; return what the user said in it, None where there was none."""
        if not self.messages:
            return None
        words = self.messages[-2]["content"]
        del self.messages[-2:]
        self.first = min(self.first, len(self.messages))
        return words

    def _fit(self, length: int) -> list[int]:
        """The tokens of system text and messages, the oldest turns dropped until an answer fits too."""
        model = self.context.model
        room = model.context - min(length, model.context // 4)
        while True:
            ids = encode(model, self._read())
            if len(ids) <= room:
                return ids
            if self.first + 2 >= len(self.messages):
                raise BadInput(
                    f"this turn has {len(ids)} tokens with the system text, and {room} fit",
                    "say it in fewer words",
                )
            self.first += 2

    def _read(self) -> list[Message]:
        head = [{"role": "system", "content": self.system}] if self.system else []
        return head + self.messages[self.first :]

    def save(self, path: Path) -> None:
        """Write the conversation as JSON, whole or not at all."""
        from lmcli.frame.disk.whole import write_text

        values = {
            "model": self.context.model.name,
            "system": self.system,
            "messages": self.messages,
        }
        write_text(path, json.dumps(values, ensure_ascii=False, indent=1) + "\n")

    def load(self, path: Path) -> None:
        """Go on with a saved conversation. Raises BadInput where the file holds none."""
        try:
            values = json.loads(path.read_text(encoding="utf-8-sig"))
            messages = [_message(one) for one in values["messages"]]
            system = values.get("system", "")
            roles = [message["role"] for message in messages]
            if roles != ["user", "assistant"] * (len(messages) // 2) or not isinstance(system, str):
                raise ValueError("not turns of user and assistant")
        except OSError as error:
            raise BadInput(f"{path}: {error.strerror}") from None
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise BadInput(f"{path} holds no conversation: {error}") from None
        self.system, self.messages, self.first = system, messages, 0


def _message(value: Any) -> Message:
    role, content = value["role"], value["content"]
    if not isinstance(role, str) or not isinstance(content, str):
        raise ValueError("a message is {role, content}")
    return {"role": role, "content": content}


SETTINGS = ("length", "temperature", "top-k", "top-p", "min-p", "repeat-penalty", "seed")


def changed(request: Request, name: str, value: str) -> Request:
    """The request with one setting changed. Raises BadUsage for an unknown name or a bad value."""
    if name not in SETTINGS:
        raise BadUsage(f"no setting is called {name!r}", f"known: {', '.join(SETTINGS)}")
    whole = name in ("length", "top-k", "seed")
    try:
        number: Any = int(value) if whole else float(value)
    except ValueError:
        raise BadUsage(f"{name} is a number, and {value!r} is none") from None
    if name in ("length", "seed"):
        if number < 0:
            raise BadUsage(f"{name} {value} is out of range", "give 0 or more")
        return replace(request, **{name: number})
    return replace(request, sampling=replace(request.sampling, **{name.replace("-", "_"): number}))
