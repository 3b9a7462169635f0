"""Tokenizers: text to token ids and back, and the only import of tokenizers.

A tokenizer is a tokenizer.json, with tokenizer_config.json, special_tokens_map.json and
chat_template.jinja beside it where the model has them: the hub's layout.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

from lmcli.frame.errors import BadInput, ModelError, no_text
from lmcli.frame.models.files import read_json
from lmcli.frame.text.breaks import last_break
from lmcli.nn.encoding import Encoding, Text, encoding_of
from lmcli.nn.tokens.bytepairs import SHORT, Table
from lmcli.nn.tokens.pieces import BYTE, Writing, readable, text_of, writing_of
from lmcli.nn.tokens.stream import Stream

FILE, CONFIG, TEMPLATE = "tokenizer.json", "tokenizer_config.json", "chat_template.jinja"
OLD_TEMPLATE = "chat_template.json"
SPECIAL_TOKENS = "special_tokens_map.json"
UNKNOWN = ("[UNK]", "<unk>")

LONGEST = 1_000_000  # characters of a text that are cut into tokens at once: half a gigabyte
HEAD = 200_000  # characters looked at where all but the first tokens are left out
DENSE = 8  # characters that a token has at most, as a rule


class Tokenizer:
    """A tokenizer as its files describe it, but for padding and truncation: those the caller asks for."""

    def __init__(self, path: Path) -> None:
        """Load a tokenizer.json, or the one in a folder.

        Raises ModelError where it is missing or damaged.
        """
        self.path = path / FILE if path.is_dir() else path
        # until something needs the library's own, built whole
        self._table = Table.beside(self.path, _built)
        if self._table is None:
            self._raw  # noqa: B018

    @cached_property
    def _raw(self) -> Any:
        raw = _load(self.path)
        self._table = None
        return raw

    def ids(self, text: str, *, special: bool = True) -> list[int]:
        """The ids of a text, as of `encode`; a short one needs no vocabulary to be built where there is a table."""
        if self._table and len(text) <= SHORT:
            with suppress(TypeError):  # half a surrogate pair: said below
                return self._table.encode(text, special=special)
        return list(self.encode(text, special=special).ids)

    def encode(
        self, text: Text, *, special: bool = True, max_length: int | None = None
    ) -> Encoding:
        """The tokens of one text; `special` adds those the model expects around it.

        With `max_length` the longer text of a pair, or the text, is cut at its end until all fits.
        """
        return self.encode_batch([text], special=special, max_length=max_length)[0]

    def encode_batch(
        self, texts: Sequence[Text], *, special: bool = True, max_length: int | None = None
    ) -> list[Encoding]:
        """The tokens of each text, in order; see `encode`.

        Raises BadInput for what is no text, or has more than LONGEST characters to be cut into tokens.
        """
        most = LONGEST if max_length is None else HEAD
        given = [tuple(part[:most] for part in _parts(text)) for text in texts]
        if max_length is None and (size := max((_size(text) for text in texts), default=0)) > most:
            raise BadInput(
                f"a text of {size} characters is too long", f"{most} can be read at once"
            )
        try:
            whole = self._raw.encode_batch([_text(t) for t in given], add_special_tokens=special)
        except TypeError:
            raise next(filter(None, (no_text(part) for t in given for part in t))) from None
        except (
            Exception
        ) as error:  # tokenizers raises bare ones, where a vocabulary lacks what it names
            raise self._damaged(error) from None
        if max_length is None:
            return [encoding_of(raw) for raw in whole]
        long = [index for index, raw in enumerate(whole) if len(raw) > max_length]
        self._raw.enable_truncation(max_length)
        try:
            short = [self._raw.encode(*given[i], add_special_tokens=special) for i in long]
        finally:
            self._raw.no_truncation()
        cut = {
            i: encoding_of(raw, _tokens(len(whole[i]), texts[i], given[i]) - len(raw))
            for i, raw in zip(long, short, strict=True)
        }
        return [cut.get(index) or encoding_of(raw) for index, raw in enumerate(whole)]

    def batch_ids(self, texts: Sequence[str], max_length: int) -> list[list[int] | None]:
        """The token ids of each text, special ones included; None for one that has to be cut to `max_length`.

        For many short texts: what `encode_batch` gives, without where each token stands.
        """
        short = [text if len(text) <= max_length * DENSE else "" for text in texts]
        try:
            raw = self._raw.encode_batch_fast(short)
        except Exception as error:
            raise self._damaged(error) from None
        found = (one.ids if len(one) <= max_length else None for one in raw)
        return [
            ids if text or not whole else None
            for ids, text, whole in zip(found, short, texts, strict=True)
        ]

    def _damaged(self, error: Exception) -> ModelError:
        return ModelError(f"{self.path} is damaged: {error}")

    def pieces(self, text: str, max_length: int) -> list[str]:
        """A text in pieces of at most `max_length` tokens, special ones included.

        They are cut after sentences where possible, else between words, else where it must be.
        """
        pieces = []
        rest = text
        while len(rest.encode(errors="replace")) > max_length // 2:
            head = rest[: max_length * DENSE]
            encoding = self.encode(head)
            added = sum(encoding.special)
            own = [
                at
                for at, extra in zip(encoding.offsets, encoding.special, strict=True)
                if not extra
            ]
            room = max(1, max_length - added)
            if len(own) <= room and len(head) == len(rest):
                break
            end = last_break(head, 0, max(1, own[room][0] if len(own) > room else len(head)))
            pieces.append(rest[:end])
            rest = rest[end:]
        return [*pieces, rest] if rest.strip() or not pieces else pieces

    def decode(self, ids: Iterable[int], *, skip_special: bool = True) -> str:
        """The text of token ids; bytes that are not whole characters become U+FFFD."""
        if self._table:
            return self._table.decode(ids, skip_special=skip_special)
        text: str = self._raw.decode(list(ids), skip_special_tokens=skip_special)
        return text

    def stream(self, *, after: Sequence[int] = (), skip_special: bool = True) -> Stream:
        """Takes ids one by one and gives the text that each completes, maybe "".

        What stands before the text is its first token's context: `after` are the ids of that.
        """
        before = next(([token] for token in after[-1:] if self._is_text(token)), [])
        return Stream(lambda ids: self.decode(ids, skip_special=skip_special), before)

    def _is_text(self, token_id: int) -> bool:
        """Whether a token is one whole piece of text: no control token, no single byte."""
        text = self.decode([token_id])
        if not text or "\ufffd" in text:
            return False
        return self._table is not None or not BYTE.fullmatch(self.token(token_id) or "")

    def token(self, token_id: int) -> str | None:
        """The token with that id, as the vocabulary writes it."""
        token: str | None = self._raw.id_to_token(token_id)
        return token

    def readable(self, tokens: Iterable[str]) -> tuple[str, ...]:
        """Tokens, as the vocabulary writes them, as the text that each stands for; see nn.tokens.pieces."""
        return tuple(
            token if token in self._added else readable(token, self._writing) for token in tokens
        )

    def readable_id(self, token_id: int) -> str:
        """The text that the token with that id stands for, readable by itself; "" where there is none."""
        if self._table:
            return text_of(self._table.bytes_of(token_id))
        return "".join(self.readable([self.token(token_id) or ""]))

    @cached_property
    def _added(self) -> frozenset[str]:
        return frozenset(token.content for token in self._raw.get_added_tokens_decoder().values())

    @cached_property
    def _writing(self) -> Writing:
        parts = (self._raw.decoder, self._raw.pre_tokenizer, self._raw.normalizer)
        return writing_of(*(json.loads(part.__getstate__()) if part else None for part in parts))

    @cached_property
    def control(self) -> frozenset[str]:
        """The control tokens, as the vocabulary writes them."""
        if self._table:
            return frozenset(
                self._table.bytes_of(number).decode() for number in self._table.special
            )
        tokens = self._raw.get_added_tokens_decoder().values()
        return frozenset(token.content for token in tokens if token.special)

    def id(self, token: str) -> int | None:
        """The id of a token, as the vocabulary writes it."""
        known = self._table.id(token) if self._table else None
        if known is not None:
            return known
        token_id: int | None = self._raw.token_to_id(token)
        return token_id

    @cached_property
    def size(self) -> int:
        """How many tokens there are, special ones included."""
        return int(self._raw.get_vocab_size())

    @cached_property
    def config(self) -> dict[str, Any]:
        """What tokenizer_config.json and special_tokens_map.json say; {} without them."""
        special, config = (
            read_json(self.path.with_name(name)) for name in (SPECIAL_TOKENS, CONFIG)
        )
        return {**special, **config}

    def special_id(self, role: str) -> int | None:
        """The id of a special token by its role: bos, eos, pad, unk, cls, sep, mask."""
        token = self.special(role)
        return self.id(token) if token is not None else None

    def special(self, role: str) -> str | None:
        """A special token by its role, as the vocabulary writes it."""
        token = self.config.get(f"{role}_token")
        token = token.get("content") if isinstance(token, dict) else token
        return token if isinstance(token, str) else None

    @cached_property
    def unknown_id(self) -> int | None:
        """The id that stands for what the vocabulary lacks; None where every text has tokens of its own."""
        named = self.special_id("unk")
        return named if named is not None else next(filter(None, map(self.id, UNKNOWN)), None)

    def unknown(self, encoding: Encoding) -> list[tuple[int, int]]:
        """The places in the text, (start, end), of tokens that are not in the vocabulary."""
        if self.unknown_id is None or self.unknown_id not in encoding.ids:
            return []
        pairs = zip(encoding.ids, encoding.offsets, strict=True)
        return [place for token, place in pairs if token == self.unknown_id and place[1] > place[0]]

    @cached_property
    def max_length(self) -> int | None:
        """The most tokens the model was made for, where the configuration says it."""
        length = self.config.get("model_max_length")
        # "no limit" is written as 1e30 in the hub's files
        return int(length) if isinstance(length, (int, float)) and 1 <= length < 1e9 else None

    @cached_property
    def chat_template(self) -> str | None:
        """The Jinja template that renders a chat as one text; None where the model has none."""
        path = self.path.with_name(TEMPLATE)
        if path.is_file():
            return path.read_text(encoding="utf-8")
        template = read_json(self.path.with_name(OLD_TEMPLATE)).get("chat_template")
        template = template or self.config.get("chat_template")
        if isinstance(template, list):  # several named ones
            named = {
                entry.get("name"): entry.get("template")
                for entry in template
                if isinstance(entry, dict)
            }
            template = named.get("default")
        return template if isinstance(template, str) else None


def _load(path: Path) -> Any:
    library = _library()
    try:
        with path.open("rb"):  # the library reports a missing file as a damaged one
            return _without_limits(library.Tokenizer.from_file(str(path)))
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror}", "a model of text needs it") from None
    except Exception as error:  # tokenizers raises bare Exception and ValueError
        raise ModelError(f"{path} is not a tokenizer, or is damaged: {error}") from None


def _built(text: str) -> Any:
    """The library's tokenizer of the text of a tokenizer.json."""
    return _without_limits(_library().Tokenizer.from_str(text))


def _without_limits(raw: Any) -> Any:
    raw.no_padding()
    raw.no_truncation()
    return raw


def _library() -> Any:
    try:
        import tokenizers
    except ImportError as error:
        raise ModelError(
            f"tokenizers cannot be imported: {error}", "install it with: pip install tokenizers"
        ) from None
    return tokenizers


def _parts(text: Text) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else text


def _text(parts: tuple[str, ...]) -> Text:
    return parts[0] if len(parts) == 1 else (parts[0], parts[1])


def _size(text: Text) -> int:
    return max(map(len, _parts(text)))


def _tokens(read: int, text: Text, head: tuple[str, ...]) -> int:
    """The tokens of a text of whose characters `head` was read, if the rest is like it."""
    return round(read * sum(map(len, _parts(text))) / sum(map(len, head)))
