"""Chat templates, rendered as transformers renders them: the Jinja of the hub's models, in a sandbox."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from lmcli.frame.errors import BadInput
from lmcli.nn.tokenize import Tokenizer

ROLES = ("bos", "eos", "unk", "sep", "pad", "cls", "mask")


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
