"""What a GGUF file's metadata says of a decoder, and whether lmcli can make a graph of it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from lmcli.frame.errors import ModelError
from lmcli.gpt.convert.blocks import BLOCK
from lmcli.gpt.convert.gguf import Gguf

_LARGEST = 1 << 20  # of a size in the metadata; beyond it the file is damaged
_QKV = ("attn_q", "attn_k", "attn_v")


@dataclass(frozen=True, slots=True)
class Family:
    """What tells architectures of Llama's type apart.

    interleaved: rotary pairs are neighbours in the rows of q and k, not halves apart. biased: the
    products that add a bias.
    """

    interleaved: bool
    biased: tuple[str, ...] = ()


FAMILIES = {
    "llama": Family(interleaved=True),
    "qwen2": Family(interleaved=False, biased=_QKV),
}


def family_of(gguf: Gguf) -> Family:
    """The family of a file's architecture. Raises ModelError for one that is not known."""
    name = gguf.metadata.get("general.architecture")
    if not isinstance(name, str) or name not in FAMILIES:
        raise ModelError(
            f"a model of the architecture {name!r} cannot be converted",
            f"those of {', '.join(FAMILIES)} can",
        )
    return FAMILIES[name]


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of a decoder of Llama's type. `tied`: the head is the embedding transposed."""

    family: Family
    layers: int
    width: int
    hidden: int
    heads: int
    kv_heads: int
    context: int
    vocabulary: int
    rotary_base: float
    epsilon: float
    tied: bool

    @property
    def head(self) -> int:
        """The width of one attention head."""
        return self.width // self.heads

    @property
    def biased(self) -> tuple[str, ...]:
        """The products that add a bias."""
        return self.family.biased

    @classmethod
    def of(cls, gguf: Gguf) -> Shape:
        """The sizes that a GGUF file's metadata gives.

        Raises ModelError where one is missing or can be none, a tensor is of another size, or the
        file wants what the graph does not have.
        """
        family = family_of(gguf)
        name = gguf.metadata["general.architecture"]

        def size(key: str) -> int:
            value = gguf.metadata.get(f"{name}.{key}")
            if not isinstance(value, int) or not 0 < value <= _LARGEST:
                raise ModelError(f"{name}.{key} is {value!r}, which is no size")
            return value

        def number(key: str) -> float:
            value = gguf.metadata.get(f"{name}.{key}")
            if not isinstance(value, float) or not 0 < value < math.inf:
                raise ModelError(f"{name}.{key} is {value!r}, which is no positive number")
            return value

        if "token_embd.weight" not in gguf.tensors:
            raise ModelError("the tensor token_embd.weight is missing")
        scaling = gguf.metadata.get(f"{name}.rope.scaling.type", "none")
        if scaling != "none" or "rope_freqs.weight" in gguf.tensors:
            raise ModelError(f"positions that are scaled ({scaling}) cannot be converted")
        shape = cls(
            family=family,
            layers=size("block_count"),
            width=size("embedding_length"),
            hidden=size("feed_forward_length"),
            heads=size("attention.head_count"),
            kv_heads=size("attention.head_count_kv"),
            context=size("context_length"),
            vocabulary=gguf.tensors["token_embd.weight"].shape[0],
            rotary_base=number("rope.freq_base"),
            epsilon=number("attention.layer_norm_rms_epsilon"),
            tied="output.weight" not in gguf.tensors,
        )
        shape._check(gguf)
        return shape

    def _check(self, gguf: Gguf) -> None:
        if self.width % (2 * self.heads) or self.heads % self.kv_heads:
            raise ModelError(
                f"{self.heads} heads, {self.kv_heads} of keys, do not share a width of {self.width}"
            )
        if self.width % BLOCK or self.hidden % BLOCK:
            raise ModelError(f"widths of {self.width} and {self.hidden} are not made of {BLOCK}s")
        wanted = dict(self._tensors())
        for name, size in wanted.items():
            found = gguf.tensors[name].shape if name in gguf.tensors else None
            if found != size:
                raise ModelError(f"the tensor {name} is {found}, and {size} is wanted")
        for name in gguf.tensors:
            if name not in wanted:
                raise ModelError(f"the tensor {name} has no place in the graph")

    def _tensors(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """The name and the shape of each tensor."""
        width, keys = self.width, self.head * self.kv_heads
        yield "token_embd.weight", (self.vocabulary, width)
        yield "output_norm.weight", (width,)
        if not self.tied:
            yield "output.weight", (self.vocabulary, width)
        for layer in range(self.layers):
            of_layer = {
                **{"attn_norm": (width,), "ffn_norm": (width,)},
                **{"attn_q": (width, width), "attn_k": (keys, width), "attn_v": (keys, width)},
                **{"attn_output": (width, width), "ffn_down": (width, self.hidden)},
                **dict.fromkeys(("ffn_gate", "ffn_up"), (self.hidden, width)),
            }
            yield from ((f"blk.{layer}.{name}.weight", size) for name, size in of_layer.items())
            yield from ((f"blk.{layer}.{name}.bias", of_layer[name][:1]) for name in self.biased)
