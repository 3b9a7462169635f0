"""The graph of a Llama-type decoder in ONNX, from its GGUF file: 8-bit weights in blocks of 32, or float32.

One layer: RMS norm, grouped-query attention with rotary positions, RMS norm, gated feed-forward (SiLU).
Touvron et al. 2023 (arXiv:2302.13971), Ainslie et al. 2023 (arXiv:2305.13245). Its kin differ as `shape.Family`
says: Qwen2 (arXiv:2407.10671) and Qwen3 (arXiv:2505.09388), Gemma 3 (arXiv:2503.19786), Phi-3 (arXiv:2404.14219),
SmolLM3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lmcli.gpt.convert.weights import MICROSOFT, Weights
from lmcli.nn.onnxfile.writer import FLOAT, INT32, INT64, Graph


def decoder(weights: Weights) -> Graph:
    """The graph that generates: it continues texts whose keys and values lie in a cache.

    Inputs: input_ids [batch, length]; seqlens_k [batch], the filled length of each row's cache after
    this run minus 1; total_sequence_length, the largest of them plus 1; logit_rows, which of the
    batch * length positions get logits; past_key_values.N.key and .value [batch, kv heads, room,
    head], whose memory present.N shares.
    """
    graph = Graph("decoder", weights.data)
    ids = graph.input("input_ids", INT64, ("batch", "length"))
    lengths = graph.input("seqlens_k", INT32, ("batch",))
    total = graph.input("total_sequence_length", INT32, ())
    rows = graph.input("logit_rows", INT64, ("rows",))
    graph.output("logits", FLOAT, ("rows", weights.shape.vocabulary))
    layers = _Layers(graph, weights, [[lengths, total]])
    flat = graph.constant("rows_of", np.array([-1, weights.shape.width], np.int64))
    hidden = graph.node("Reshape", [layers(ids), flat])
    last = layers.norm(graph.node("Gather", [hidden, rows], axis=0), "output_norm.weight")
    graph.node("Identity", [weights.head(graph, last)], ["logits"])
    return graph


def verifier(weights: Weights, tokens: int) -> Graph:
    """The graph that continues one text by `tokens` at once, bit for bit as `decoder` does by one.

    Inputs and outputs are those of `decoder` for a batch of 1 and that length. Attention is computed
    token by token, since the operator rounds several tokens otherwise than one; what comes between
    it in present.N.key.I is the same memory as present.N.key.
    """
    graph = Graph("verifier", weights.data)
    ids = graph.input("input_ids", INT64, (1, tokens))
    lengths = graph.input("seqlens_k", INT32, (1,))
    total = graph.input("total_sequence_length", INT32, ())
    graph.output("logits", FLOAT, (tokens, weights.shape.vocabulary))
    positions = []
    for behind in range(tokens - 1, -1, -1):
        vector = graph.constant(f"behind_{behind}", np.array([behind], np.int32))
        scalar = graph.constant(f"behind_total_{behind}", np.array(behind, np.int32))
        positions.append([graph.node("Sub", [lengths, vector]), graph.node("Sub", [total, scalar])])
    layers = _Layers(graph, weights, positions)
    flat = graph.constant("rows_of", np.array([-1, weights.shape.width], np.int64))
    last = layers.norm(graph.node("Reshape", [layers(ids), flat]), "output_norm.weight")
    graph.node("Identity", [weights.head(graph, last)], ["logits"])
    return graph


def attention_decoder(weights: Weights) -> Graph:
    """The graph that shows attention: input_ids [1, length] to attentions.N [1, heads, length, length].

    attentions.N are layer N's weights after softmax; a token's row covers itself and those before.
    """
    graph = Graph("attention", weights.data)
    ids = graph.input("input_ids", INT64, (1, "length"))
    length = graph.node("Shape", [ids], start=1, end=2)
    total = graph.node("Cast", [length], to=INT32)
    one = graph.constant("one", np.array([1], np.int32))
    scalar = graph.node("Squeeze", [total])
    filled = [graph.node("Sub", [total, one]), scalar]
    layers = _Layers(graph, weights, [filled], attentions=True)
    last = layers.norm(layers(ids), "output_norm.weight")
    graph.output("last_hidden_state", FLOAT, (1, "length", weights.shape.width))
    graph.node("Identity", [last], ["last_hidden_state"])
    return graph


@dataclass
class _Layers:
    """Adds the layers to a graph.

    `positions` are what the attention needs to know of its cache: once for all tokens of a run, or
    once for each of them.
    """

    graph: Graph
    weights: Weights
    positions: list[list[str]]
    attentions: bool = False

    def __call__(self, ids: str) -> str:
        """Add the embedding and all layers; return the residual stream at their end."""
        residual = self.weights.embedding(self.graph, ids)
        if self.weights.shape.family.scaled:
            root = np.array(self.weights.shape.width**0.5, np.float32)
            residual = self.graph.node("Mul", [residual, self.graph.constant("root", root)])
        norm = self.norm(residual, "blk.0.attn_norm.weight")
        last = self.weights.shape.layers - 1
        for layer in range(last + 1):
            attended = self._after(self._attention(layer, norm), layer, "post_attention_norm")
            norm, residual = self._add_norm(residual, attended, f"blk.{layer}.ffn_norm.weight")
            fed = self._after(self._feed_forward(layer, norm), layer, "post_ffw_norm")
            if layer < last:
                following = f"blk.{layer + 1}.attn_norm.weight"
                norm, residual = self._add_norm(residual, fed, following)
        return self.graph.node("Add", [residual, fed])

    def norm(self, x: str, gamma: str) -> str:
        """RMS norm (Zhang and Sennrich 2019)."""
        return self.graph.node(
            "SimplifiedLayerNormalization",
            [x, self.weights.gamma(self.graph, gamma)],
            axis=-1,
            epsilon=float(self.weights.shape.epsilon),
            stash_type=1,
        )

    def _after(self, x: str, layer: int, name: str) -> str:
        """x normed, in the families that norm what a block gives."""
        post = self.weights.shape.family.post_norms
        return self.norm(x, f"blk.{layer}.{name}.weight") if post else x

    def _add_norm(self, residual: str, x: str, gamma: str) -> tuple[str, str]:
        names = [f"{gamma}.normed", "", "", f"{gamma}.sum"]
        self.graph.node(
            "SkipSimplifiedLayerNormalization",
            [x, residual, self.weights.gamma(self.graph, gamma)],
            names,
            domain=MICROSOFT,
            epsilon=float(self.weights.shape.epsilon),
        )
        return names[0], names[3]

    def _linear(self, layer: int, x: str, *names: str) -> str:
        parts = [f"blk.{layer}.{name}" for name in names]
        return self.weights.linear(self.graph, x, f"blk.{layer}.{'+'.join(names)}", parts)

    def _queries(self, layer: int, x: str) -> str:
        """Queries, keys and values side by side."""
        size = self.weights.shape
        fused = "attn_qkv" in size.fused
        names = ("attn_qkv",) if fused else ("attn_q", "attn_k", "attn_v")
        packed = self._linear(layer, x, *names)
        if not size.family.head_norms:
            return packed
        graph = self.graph
        sizes = graph.constant("qkv", np.array(size.sizes, np.int64))
        first = graph.node("Split", [packed, sizes], 3, axis=-1)
        heads = graph.constant("heads", np.array([0, 0, -1, size.head], np.int64))
        flat = graph.constant("flat_heads", np.array([0, 0, -1], np.int64))
        normed = [
            self.norm(graph.node("Reshape", [part, heads]), f"blk.{layer}.attn_{name}_norm.weight")
            for name, part in (("q", first), ("k", f"{first}:1"))
        ]
        parts = [graph.node("Reshape", [part, flat]) for part in normed]
        return graph.node("Concat", [*parts, f"{first}:2"], axis=-1)

    def _attention(self, layer: int, x: str) -> str:
        packed = self._queries(layer, x)
        past = self._past(layer)
        count = len(self.positions)
        if count == 1:
            attended = self._attend(layer, packed, past, self._present(layer))
        else:
            first = self.graph.node("Split", [packed], count, axis=1, num_outputs=count)
            parts = []
            for token in range(count):
                part = first if token == 0 else f"{first}:{token}"
                last = token == count - 1
                present = self._present(layer, "" if last else f".{token}")
                parts.append(self._attend(layer, part, past, present, token))
                past = present
            attended = self.graph.node("Concat", parts, axis=1)
        return self._linear(layer, attended, "attn_output")

    def _attend(
        self, layer: int, packed: str, past: list[str], present: list[str], token: int = 0
    ) -> str:
        """Attention of the tokens in `packed`, [batch, length, q and k and v]."""
        size = self.weights.shape
        attributes: dict[str, Any] = {} if size.scale is None else {"scale": size.scale}
        if layer in size.windowed:
            attributes["local_window_size"] = size.window
        outputs = [f"blk.{layer}.attended.{token}", *present]
        if self.attentions:
            outputs.append(f"attentions.{layer}")
            self.graph.output(outputs[-1], FLOAT, (1, size.heads, "length", "length"))
            attributes["qk_output"] = 2  # after softmax
        return self.graph.node(
            "GroupQueryAttention",
            [packed, "", "", *past, *self.positions[token], *self._rotary(layer)],
            outputs,
            domain=MICROSOFT,
            num_heads=size.heads,
            kv_num_heads=size.kv_heads,
            do_rotary=int(size.turns(layer)),
            rotary_interleaved=0,
            **attributes,
        )

    def _rotary(self, layer: int) -> list[str]:
        turns = self.weights.shape.turns(layer)
        return self.weights.rotary(self.graph, layer) if turns else []

    def _past(self, layer: int) -> list[str]:
        """A layer's keys and values before the run: inputs, but where attention alone is wanted."""
        if self.attentions:
            return ["", ""]
        size = self.weights.shape
        shape = ("batch", size.kv_heads, "room", size.head)
        return [
            self.graph.input(f"past_key_values.{layer}.{part}", FLOAT, shape)
            for part in ("key", "value")
        ]

    def _present(self, layer: int, suffix: str = "") -> list[str]:
        """A layer's keys and values after a token or the run: outputs, but as with `_past`."""
        names = [f"present.{layer}.{part}{suffix}" for part in ("key", "value")]
        if not self.attentions:
            size = self.weights.shape
            for name in names:
                self.graph.output(name, FLOAT, ("batch", size.kv_heads, "room", size.head))
        return names

    def _feed_forward(self, layer: int, x: str) -> str:
        graph, size = self.graph, self.weights.shape
        names = ("ffn_up",) if "ffn_up" in size.fused else ("ffn_gate", "ffn_up")
        gate = graph.node("Split", [self._linear(layer, x, *names)], 2, axis=-1, num_outputs=2)
        if size.family.gelu:
            opened = graph.node("FastGelu", [gate], domain=MICROSOFT)
        else:
            opened = graph.node("QuickGelu", [gate], domain=MICROSOFT, alpha=1.0)
        gated = graph.node("Mul", [opened, f"{gate}:1"])
        return self._linear(layer, gated, "ffn_down")
