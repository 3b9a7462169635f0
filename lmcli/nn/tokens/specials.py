"""Special and added tokens of a tokenizer that is built of parts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lmcli.frame.models.files import read_json

ROLES = ("bos", "eos", "unk", "sep", "pad", "cls", "mask")


def text_of(config: Mapping[str, Any], role: str, default: str | None = None) -> str | None:
    """The special token of a role, whichever way the configuration writes it."""
    token = config.get(f"{role}_token", default)
    token = token.get("content") if isinstance(token, dict) else token
    return token if isinstance(token, str) else None


def add_tokens(raw: Any, folder: Path, config: Mapping[str, Any]) -> None:
    """Add the tokens that the configuration names beside the vocabulary, in the order of their ids."""
    import tokenizers

    listed = config.get("added_tokens_decoder")
    named: dict[str, tuple[int, Any]] = {}
    for token, number in read_json(folder / "added_tokens.json").items():
        named[str(token)] = int(number), tokenizers.AddedToken(str(token), normalized=False)
    for number, entry in (listed if isinstance(listed, dict) else {}).items():
        flags = {
            k: bool(entry.get(k))
            for k in ("single_word", "lstrip", "rstrip", "normalized", "special")
        }
        named[entry["content"]] = int(number), tokenizers.AddedToken(entry["content"], **flags)
    roles = [text_of(config, role) for role in ROLES]
    mask = text_of(config, "mask")
    for token in filter(None, roles):
        if token in named:
            continue
        known = raw.token_to_id(token)
        entry = config.get(f"{roles.index(token)}_token")
        lstrip = token == mask and mask == "<mask>"
        added = tokenizers.AddedToken(token, special=True, normalized=False, lstrip=lstrip)
        named[token] = known if known is not None else 1 << 40, added
    for token, (_number, added) in sorted(named.items(), key=lambda item: item[1][0]):
        if added.special or token in roles:
            raw.add_special_tokens([added])
        else:
            raw.add_tokens([added])
