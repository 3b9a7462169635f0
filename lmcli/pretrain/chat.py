"""Conversations to learn from: records of messages, or of a prompt and its answer; what of them is asked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lmcli.frame.errors import BadInput, no_text, quoted
from lmcli.nn.tokenize import Tokenizer
from lmcli.nn.tokens.learning import END
from lmcli.nn.tokens.template import conversation_ids, render_template
from lmcli.pretrain.corpus import Corpus
from lmcli.pretrain.objective import IGNORED

SYSTEM, USER, ASSISTANT = ROLES = ("system", "user", "assistant")
SIGNS = tuple(f"<|{role}|>" for role in ROLES)
PROMPTS = ("prompt", "question", "instruction", "user")
ANSWERS = ("answer", "response", "output", "completion", "assistant")
FORM = '{"prompt": ..., "answer": ...} or {"messages": [{"role": "user", "content": ...}, ...]}'
LEAST = 10  # conversations: one of ten is held out
# of models that lmcli pretrain made: a sign before each message, <|end|> behind each answer
TEMPLATE = (
    "{% for message in messages %}<|{{ message.role }}|>{{ message.content }}"
    "{% if message.role == 'assistant' %}" + END + "{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)

Message = dict[str, str]


@dataclass(frozen=True, slots=True)
class Chats(Corpus):
    """Conversations; `learned` and `held` are their words."""

    conversations: list[list[Message]]


@dataclass(frozen=True, slots=True)
class Example:
    """A conversation as tokens: ids (n), and at each place the token to say next, IGNORED but in answers."""

    ids: list[int]
    targets: list[int]


def read_chats(path: Path) -> Chats:
    """The conversations of a file of JSON lines. Raises BadInput with the line of the first fault."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}") from None
    found = []
    for number, raw in enumerate(data.splitlines(), 1):
        if not raw.strip():
            continue
        try:
            found.append(messages_of(json.loads(raw)))
        except BadInput as error:
            raise BadInput(f"{path}:{number}: {error.args[0]}", f"a line is {FORM}") from None
        except (ValueError, RecursionError):
            raise BadInput(f"{path}:{number}: not JSON", f"a line is {FORM}") from None
    if len(found) < LEAST:
        raise BadInput(f"{path}: {len(found)} conversations", f"give {LEAST} or more")
    words = ["\n".join(one["content"] for one in chat) for chat in found]
    return Chats(path.name, words, words, hashlib.sha256(data).hexdigest(), False, found)


def messages_of(record: Any) -> list[Message]:
    """The messages of a record. Raises BadInput for one without an answer, or of other fields."""
    if not isinstance(record, dict):
        raise BadInput("not a JSON object")
    given = record.get("messages")
    if given is None:
        prompt = next((record[name] for name in PROMPTS if name in record), None)
        answer = next((record[name] for name in ANSWERS if name in record), None)
        given = [{"role": USER, "content": prompt}, {"role": ASSISTANT, "content": answer}]
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise BadInput("messages is no list of objects")
    found = []
    for one in given:
        role, content = one.get("role"), one.get("content")
        if role not in ROLES:
            raise BadInput(f"role {quoted(str(role), 20)}: the roles are {', '.join(ROLES)}")
        if not isinstance(content, str) or not content.strip():
            raise BadInput(f"there is no text of the {role}")
        if fault := no_text(content):
            raise fault
        found.append({"role": role, "content": content.strip()})
    if not any(one["role"] == ASSISTANT for one in found):
        raise BadInput("no answer: no message of the assistant")
    return found


def opening(messages: Sequence[Message], tokenizer: Tokenizer) -> str:
    """What stands before the first answer, as the tokenizer's template writes it, and what opens the answer."""
    return _written(tokenizer, before_answer(messages), answer=True)


def before_answer(messages: Sequence[Message]) -> Sequence[Message]:
    """The messages before the first answer."""
    return messages[: next(at for at, one in enumerate(messages) if one["role"] == ASSISTANT)]


def example(
    messages: Sequence[Message], tokenizer: Tokenizer, ends: Collection[int], context: int
) -> Example:
    """The tokens that the tokenizer's template gives, the last ones cut where there are more than `context`.

    Asked: the answers, up to the token of `ends` behind each.
    """
    ids = _ids(tokenizer, messages, answer=False)
    targets = [IGNORED] * len(ids)
    for at, message in enumerate(messages):
        if message["role"] == ASSISTANT:
            start = _common(ids, _ids(tokenizer, messages[:at], answer=True))
            stop = _common(ids, _ids(tokenizer, messages[: at + 1], answer=False))
            last = next((n for n in range(start, stop) if ids[n] in ends), stop - 1)
            targets[start : last + 1] = ids[start : last + 1]
    return Example(ids[:-1][:context], targets[1:][:context])


def _ids(tokenizer: Tokenizer, messages: Sequence[Message], *, answer: bool) -> list[int]:
    return conversation_ids(
        tokenizer, messages, lambda said: _written(tokenizer, said, answer=answer)
    )


def _written(tokenizer: Tokenizer, messages: Sequence[Any], *, answer: bool) -> str:
    name = tokenizer.path.parent.name
    return render_template(
        tokenizer.chat_template or TEMPLATE, tokenizer, messages, name=name, answer=answer
    )


def _common(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens at the beginning are the same."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))
