"""Texts as tokens, and batches of them as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from numpy.typing import NDArray

Text: TypeAlias = str | tuple[str, str]
"""A text, or a pair of texts that the model reads as one sequence."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """One text as tokens.

    `offsets` are (start, end) in characters of the text that the token stands in; `type_ids` are 1
    in the second text of a pair; `special` are 1 where the tokenizer added the token. `cut` counts
    the tokens that truncation dropped: about, where the text has more than HEAD characters.
    """

    ids: tuple[int, ...]
    tokens: tuple[str, ...]
    offsets: tuple[tuple[int, int], ...]
    type_ids: tuple[int, ...]
    special: tuple[int, ...]
    cut: int = 0

    def __len__(self) -> int:
        return len(self.ids)


def encoding_of(raw: Any, cut: int = 0) -> Encoding:
    """What the library tokenizers gives for a text, of which `cut` tokens were dropped."""
    return Encoding(
        ids=tuple(raw.ids),
        tokens=tuple(raw.tokens),
        offsets=tuple(raw.offsets),
        type_ids=tuple(raw.type_ids),
        special=tuple(raw.special_tokens_mask),
        cut=cut,
    )


def pad(
    encodings: Sequence[Encoding], pad_id: int = 0, *, left: bool = False
) -> dict[str, NDArray[Any]]:
    """A batch as int64 arrays [batch, longest]: input_ids, attention_mask, token_type_ids.

    `attention_mask` is 1 for tokens, 0 for padding, which stands at the end or, with `left`,
    before.
    """
    import numpy as np

    longest = max((len(encoding) for encoding in encodings), default=0)
    ids = np.full((len(encodings), longest), pad_id, dtype=np.int64)
    mask = np.zeros_like(ids)
    types = np.zeros_like(ids)
    for row, encoding in enumerate(encodings):
        size = len(encoding)
        place = slice(longest - size, None) if left else slice(size)
        ids[row, place] = encoding.ids
        mask[row, place] = 1
        types[row, place] = encoding.type_ids
    return {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}
