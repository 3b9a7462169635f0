"""What a GGUF file's metadata says of a decoder, and whether lmcli can make a graph of it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmcli.frame.errors import ModelError
from lmcli.gpt.convert.blocks import BLOCK
from lmcli.gpt.convert.gguf import Gguf

_LARGEST = 1 << 20  # of a size in the metadata; beyond it the file is damaged
_POSITIONS = (
    1 << 15
)  # that the rotary tables hold at most: 131,072 would take 67 MB of many a model
_GEMMA_27B = 62  # layers; it alone scales attention by the width, not by the head


@dataclass(frozen=True, slots=True)
class Family:
    """What tells architectures of Llama's type apart.

    interleaved: rotary pairs are neighbours in the rows of q and k, not halves apart. head_norms: each
    head of q and k is normed. post_norms: what attention and feed-forward give is normed, too. gelu: the
    gate's function, else SiLU. scaled: the embedding is multiplied by the root of the width. window_but:
    every nth layer sees all of the text, the others a window of it (1: all see the window). still: every
    nth layer has no rotary positions.
    """

    interleaved: bool = False
    head_norms: bool = False
    post_norms: bool = False
    gelu: bool = False
    scaled: bool = False
    window_but: int = 0
    still: int = 0


FAMILIES = {
    "llama": Family(interleaved=True),
    "qwen2": Family(),
    "qwen3": Family(head_norms=True),
    "gemma3": Family(head_norms=True, post_norms=True, gelu=True, scaled=True, window_but=6),
    "phi3": Family(window_but=1),
    "smollm3": Family(interleaved=True, still=4),
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
class Rotary:
    """Positions as rotations (Su et al. 2021, arXiv:2104.09864).

    turned: how many values of a head turn. base: that of the layers that see all; window_base of the
    others. slower: divides the position in the layers that see all. factors: divide each pair's
    frequency ([turned/2], or None). grown: multiplies cosines and sines.
    """

    turned: int
    base: float
    window_base: float
    slower: float = 1.0
    factors: NDArray[np.float32] | None = None
    grown: float = 1.0

    def tables(
        self, positions: int, head: int, *, window: bool
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Cosines and sines [positions, head/2]; pairs that do not turn have 1 and 0."""
        power = np.arange(0, self.turned, 2, dtype=np.float64) / self.turned
        steps = (self.window_base if window else self.base) ** -power
        if not window:
            steps = steps / self.slower / (1 if self.factors is None else self.factors)
        angles = np.zeros((positions, head // 2))
        angles[:, : len(steps)] = np.arange(positions)[:, None] * steps
        grown = np.ones(head // 2)
        grown[: len(steps)] = self.grown
        cosines, sines = np.cos(angles) * grown, np.sin(angles) * grown
        return cosines.astype(np.float32), sines.astype(np.float32)


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of a decoder of Llama's type. `tied`: the head is the embedding transposed.

    head: the width of one attention head; window: how many tokens, the last included, the layers in
    `windowed` see; biased: the products that add a bias; fused: those that a file holds as
    one, attn_qkv or ffn_up with the gate.
    """

    family: Family
    layers: int
    width: int
    hidden: int
    heads: int
    kv_heads: int
    head: int
    context: int
    vocabulary: int
    rotary: Rotary
    window: int
    windowed: frozenset[int]
    epsilon: float
    tied: bool
    biased: frozenset[str]
    fused: frozenset[str]

    @property
    def scale(self) -> float | None:
        """What queries times keys are multiplied by, where that is not one over the root of the head's width."""
        if self.family.scaled and self.layers == _GEMMA_27B:
            return math.sqrt(self.heads / self.width)
        return None

    @property
    def sizes(self) -> tuple[int, int, int]:
        """The widths of queries, keys and values."""
        return self.heads * self.head, self.kv_heads * self.head, self.kv_heads * self.head

    def turns(self, layer: int) -> bool:
        """Whether a layer knows positions."""
        return not self.family.still or (layer + 1) % self.family.still != 0

    def order(self, name: str) -> NDArray[np.intp] | None:
        """The order of q's or k's rows that the operator wants: rotary pairs half a head apart.

        None where they lie so already. Scores are sums over a head, so that any order of q and k alike
        gives the same.
        """
        turned = self.rotary.turned
        if turned == self.head and not self.family.interleaved:
            return None
        pairs = np.arange(turned // 2)
        first, second = (
            (2 * pairs, 2 * pairs + 1) if self.family.interleaved else (pairs, pairs + len(pairs))
        )
        still = np.arange(turned, self.head).reshape(2, -1)
        one = np.concatenate([first, still[0], second, still[1]])
        many = {
            **{"attn_q": self.heads, "attn_k": self.kv_heads},
            **{"attn_qkv": self.heads + self.kv_heads, "attn_q_norm": 1, "attn_k_norm": 1},
        }
        if name not in many:
            return None
        rows: NDArray[np.intp] = np.arange(many[name])[:, None] * self.head + one
        rows = rows.reshape(-1)
        if name == "attn_qkv":
            rows = np.concatenate([rows, np.arange(len(rows), sum(self.sizes))])
        return rows

    @classmethod
    def of(cls, gguf: Gguf) -> Shape:
        """The sizes that a GGUF file's metadata gives.

        Raises ModelError where one is missing or can be none, a tensor is of another size, or the
        file wants what the graph does not have.
        """
        family = family_of(gguf)
        says = _Metadata(gguf)
        says.check()
        if "token_embd.weight" not in gguf.tensors:
            raise ModelError("the tensor token_embd.weight is missing")
        width, heads = says.size("embedding_length"), says.size("attention.head_count")
        head = says.size("attention.key_length", width // heads)
        if says.size("attention.value_length", head) != head:
            raise ModelError("keys and values of different widths cannot be converted")
        rotary, context = _rotary(says, head)
        shape = cls(
            family=family,
            layers=says.size("block_count"),
            width=width,
            hidden=says.size("feed_forward_length"),
            heads=heads,
            kv_heads=says.size("attention.head_count_kv", heads),
            head=head,
            context=context,
            vocabulary=gguf.tensors["token_embd.weight"].shape[0],
            rotary=rotary,
            window=says.size("attention.sliding_window", 0),
            windowed=_windowed(says, family.window_but),
            epsilon=says.number("attention.layer_norm_rms_epsilon"),
            tied="output.weight" not in gguf.tensors,
            biased=_found(gguf, "bias"),
            fused=_fused(gguf),
        )
        shape._check(gguf)
        return shape

    def _check(self, gguf: Gguf) -> None:
        if self.head % 2 or self.rotary.turned % 2 or self.heads % self.kv_heads:
            raise ModelError(
                f"{self.heads} heads of {self.head}, {self.kv_heads} of keys, cannot be converted"
            )
        if self.width % BLOCK or self.hidden % BLOCK or self.heads * self.head % BLOCK:
            raise ModelError(f"widths of {self.width} and {self.hidden} are not made of {BLOCK}s")
        wanted = dict(self._tensors())
        for name, size in wanted.items():
            found = gguf.tensors[name].shape if name in gguf.tensors else None
            if found != size:
                raise ModelError(f"the tensor {name} is {found}, and {size} is wanted")
        for name in gguf.tensors:
            if name not in wanted and not name.startswith("rope_"):
                raise ModelError(f"the tensor {name} has no place in the graph")

    def _tensors(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """The name and the shape of each tensor."""
        width = self.width
        yield "token_embd.weight", (self.vocabulary, width)
        yield "output_norm.weight", (width,)
        if not self.tied:
            yield "output.weight", (self.vocabulary, width)
        for layer in range(self.layers):
            of_layer = self._of_layer()
            yield from ((f"blk.{layer}.{name}.weight", size) for name, size in of_layer.items())
            yield from ((f"blk.{layer}.{name}.bias", of_layer[name][:1]) for name in self.biased)

    def _of_layer(self) -> dict[str, tuple[int, ...]]:
        width, queries, keys = self.width, *self.sizes[:2]
        sizes: dict[str, tuple[int, ...]] = {"attn_norm": (width,), "ffn_norm": (width,)}
        if "attn_qkv" in self.fused:
            sizes["attn_qkv"] = (sum(self.sizes), width)
        else:
            sizes |= {"attn_q": (queries, width), "attn_k": (keys, width), "attn_v": (keys, width)}
        sizes |= {"attn_output": (width, queries), "ffn_down": (width, self.hidden)}
        if "ffn_up" in self.fused:
            sizes["ffn_up"] = (2 * self.hidden, width)
        else:
            sizes |= dict.fromkeys(("ffn_gate", "ffn_up"), (self.hidden, width))
        if self.family.head_norms:
            sizes |= dict.fromkeys(("attn_q_norm", "attn_k_norm"), (self.head,))
        if self.family.post_norms:
            sizes |= dict.fromkeys(("post_attention_norm", "post_ffw_norm"), (width,))
        return sizes


def _found(gguf: Gguf, kind: str) -> frozenset[str]:
    """The products of the first layer that have a tensor of a kind."""
    names = (name.split(".") for name in gguf.tensors if name.startswith("blk.0."))
    return frozenset(parts[2] for parts in names if len(parts) == 4 and parts[3] == kind)


def _fused(gguf: Gguf) -> frozenset[str]:
    weights = _found(gguf, "weight")
    fused = {"attn_qkv"} & weights
    return frozenset(fused if "ffn_gate" in weights else fused | {"ffn_up"})


def _windowed(says: _Metadata, but: int) -> frozenset[int]:
    """The layers that see a window of the text only: all but every nth, or those that the file lists."""
    if not but or not says.size("attention.sliding_window", 0):
        return frozenset()
    listed = says.value("attention.sliding_window_pattern", but)
    layers = range(says.size("block_count"))
    if isinstance(listed, list):
        return frozenset(layer for layer, here in zip(layers, listed, strict=False) if here)
    but = listed if isinstance(listed, int) and listed > 0 else but
    return frozenset(layer for layer in layers if but == 1 or (layer + 1) % but != 0)


def _rotary(says: _Metadata, head: int) -> tuple[Rotary, int]:
    """The positions of a file, and how many of them the model was made for."""
    context = min(says.size("context_length"), _POSITIONS)
    base = says.number("rope.freq_base", 10000.0)
    turned = min(says.size("rope.dimension_count", head), head)
    factors = says.factors("rope_freqs.weight", turned)
    short = says.factors("rope_factors_short.weight", turned)
    kind = says.value("rope.scaling.type", "none")
    slower = grown = 1.0
    if (
        short is not None
    ):  # of two sets, that for texts of the length that the model was made with first
        factors, grown = short, says.number("rope.scaling.attn_factor", 1.0)
        context = min(context, says.size("rope.scaling.original_context_length", context))
    elif kind == "linear":
        slower = says.number("rope.scaling.factor")
    elif kind != "none":
        raise ModelError(f"positions that are scaled ({kind}) cannot be converted")
    window = says.number("rope.freq_base_swa", 10000.0)
    return Rotary(
        turned, base, window if says.name == "gemma3" else base, slower, factors, grown
    ), context


class _Metadata:
    """What a file says of its own architecture."""

    def __init__(self, gguf: Gguf) -> None:
        self.gguf = gguf
        self.name = gguf.metadata["general.architecture"]

    def value(self, key: str, default: Any = None) -> Any:
        return self.gguf.metadata.get(f"{self.name}.{key}", default)

    def size(self, key: str, default: int | None = None) -> int:
        """A size. Raises ModelError where there is none, or what is there cannot be one."""
        value = self.value(key, default)
        if value == 0 == default:
            return 0
        if not isinstance(value, int) or not 0 < value <= _LARGEST:
            raise ModelError(f"{self.name}.{key} is {_shown(value)}, which is no size")
        return value

    def number(self, key: str, default: float | None = None) -> float:
        """A number above 0. Raises ModelError as `size` does."""
        value = self.value(key, default)
        if not isinstance(value, float) or not 0 < value < math.inf:
            raise ModelError(f"{self.name}.{key} is {_shown(value)}, which is no positive number")
        return value

    def factors(self, name: str, turned: int) -> NDArray[np.float32] | None:
        """A tensor of one factor a rotary pair, where the file has it."""
        tensor = self.gguf.tensors.get(name)
        if tensor is None:
            return None
        values = tensor.values()
        if (
            values.shape != (turned // 2,)
            or not (values > 0).all()
            or not np.isfinite(values).all()
        ):
            raise ModelError(f"the tensor {name} holds no factor for each of {turned // 2} pairs")
        return values

    def check(self) -> None:
        """Raise ModelError for what has the name of a decoder, and is something else or more."""
        kind = self.gguf.metadata.get("general.type", "model")
        if kind != "model":
            raise ModelError(f"the file holds no model but a part of one ({_shown(kind)})")
        parts = self.gguf.metadata.get("split.count", 0)
        if isinstance(parts, int) and parts > 1:
            raise ModelError(
                f"the file is one of {parts} parts of a model",
                "join them: llama-gguf-split --merge FIRST.gguf WHOLE.gguf",
            )
        if self.value("expert_count", 0):
            raise ModelError("a mixture of experts cannot be converted")
        for key in ("attn_logit_softcapping", "final_logit_softcapping"):
            if self.value(key, 0):
                raise ModelError(f"a model with {key} cannot be converted")


def _shown(value: object) -> str:
    """A value for a message of one line."""
    return f"{value!r:.60}" if not isinstance(value, list) else f"a list of {len(value)}"
