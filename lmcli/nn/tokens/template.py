"""Chat templates, rendered as transformers renders them (Jinja, in a sandbox), and the tokens of conversations."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from lmcli.frame.errors import BadInput
from lmcli.nn.tokenize import Tokenizer

ROLES = ("bos", "eos", "unk", "sep", "pad", "cls", "mask")
# stands for a message's words while the template is rendered; Unicode keeps it free of meaning
_MARK = re.compile("\ufdd0(\\d+)\ufdd1")


def render_template(
    source: str,
    tokenizer: Tokenizer,
    messages: Sequence[Mapping[str, Any]],
    *,
    name: str,
    answer: bool = True,
) -> str:
    """The text of a conversation as the template writes it; `answer` opens the next answer.

    A template that knows contents in parts only, {type: text, text: ...}, is given them so. Raises BadInput with
    what the template refuses, or where it is wrong.
    """
    tokens: dict[str, Any] = {
        f"{role}_token": text for role in ROLES if (text := tokenizer.special(role)) is not None
    }
    more = tokenizer.config.get("additional_special_tokens")
    if isinstance(more, list):
        tokens["additional_special_tokens"] = more

    def written(given: Sequence[Mapping[str, Any]]) -> str:
        try:
            rendered: str = _template(source).render(
                messages=given, tools=None, documents=None, add_generation_prompt=answer, **tokens
            )
        except Exception as error:  # a template is a program: it can fail in any way
            said = str(error).strip().splitlines() or [type(error).__name__]
            raise BadInput(f"the chat template of {name}: {said[0]}") from None
        return rendered

    rendered = written(messages)
    words = [str(message["content"]) for message in messages]
    if any(one.strip() and one.strip() not in rendered for one in words) and "text" in source:
        parts = [{**m, "content": [{"type": "text", "text": m["content"]}]} for m in messages]
        try:
            other = written(parts)
        except BadInput:
            return rendered
        if all(one.strip() in other for one in words):
            return other
    return rendered


def conversation_ids(
    tokenizer: Tokenizer,
    messages: Sequence[Mapping[str, Any]],
    render: Callable[[Sequence[Mapping[str, Any]]], str],
) -> list[int]:
    """The tokens of a conversation as `render` writes it. Control tokens in a message's words stay words."""
    words = [str(message["content"]) for message in messages]
    if not any(special in text for text in words for special in tokenizer.control):
        return tokenizer.ids(render(messages), special=False)
    marked = [
        {**message, "content": f"\ufdd0{index}\ufdd1"} for index, message in enumerate(messages)
    ]
    whole, parts = render(messages), _MARK.split(render(marked))
    if "".join(words[int(p)] if i % 2 else p for i, p in enumerate(parts)) != whole:
        return list(tokenizer.encode(whole, special=False).ids)  # the template changes words
    ids: list[int] = []
    for index, part in enumerate(parts):
        if index % 2:
            ids += ids_of_words(tokenizer, words[int(part)])
        else:
            ids += tokenizer.ids(part, special=False)
    return ids


def ids_of_words(tokenizer: Tokenizer, text: str) -> list[int]:
    """The tokens of a text in which control tokens are words like others."""
    pattern = "|".join(re.escape(special) for special in sorted(tokenizer.control, key=len)[::-1])
    ids: list[int] = []
    rest = text
    while pattern and (found := re.search(pattern, rest)):
        cut = found.start() + 1  # what is cut in two is no control token
        ids += tokenizer.ids(rest[:cut], special=False)
        rest = rest[cut:]
    return ids + tokenizer.ids(rest, special=False)


@cache
def _template(source: str) -> Any:
    """The template, compiled once."""
    from datetime import datetime

    from jinja2 import TemplateError
    from jinja2.ext import Extension, loopcontrols
    from jinja2.nodes import CallBlock, Node
    from jinja2.parser import Parser
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Generation(Extension):
        """{% generation %} marks an answer for training; here its content is rendered like the rest."""

        tags = {"generation"}  # noqa: RUF012 (as jinja2 declares it)

        def parse(self, parser: Parser) -> Node:
            line = next(parser.stream).lineno
            body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
            return CallBlock(self.call_method("_content"), [], [], body).set_lineno(line)

        def _content(self, caller: Any) -> Any:
            return caller()

    def refuse(message: str) -> None:
        raise TemplateError(message)

    def tojson(
        value: Any,
        ensure_ascii: bool = False,
        indent: int | None = None,
        separators: tuple[str, str] | None = None,
        sort_keys: bool = False,
    ) -> str:
        return json.dumps(
            value,
            ensure_ascii=ensure_ascii,
            indent=indent,
            separators=separators,
            sort_keys=sort_keys,
        )

    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, loopcontrols]
    )
    environment.filters["tojson"] = tojson
    environment.globals["raise_exception"] = refuse
    environment.globals["strftime_now"] = lambda form: datetime.now().strftime(form)
    return environment.from_string(source)
