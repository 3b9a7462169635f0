"""A decoder that was pulled, as a torch network whose adapters are learnt; and back into a folder of its kind.

Its weights are those of the folder, 8 bits in blocks. What was learnt is added to them and rounded as they are, in the
same places of the same file: the graphs stay what they were. The network is that of transformers.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmcli.frame.errors import MissingExtra, ModelError
from lmcli.frame.models import Model, write_spec
from lmcli.frame.variables import of_process
from lmcli.nn.decoding.config import read_config
from lmcli.nn.decoding.context import Context
from lmcli.nn.decoding.model import open_model
from lmcli.nn.memory import keep_blocks
from lmcli.nn.onnxfile.torch_export import torch
from lmcli.nn.tokens.learning import BPE
from lmcli.pretrain.transformer import Shape
from lmcli.training.card import CARD
from lmcli.training.export import ZERO, in_blocks

GRAPH = "model.onnx"
KINDS = ("llama", "qwen2", "qwen3")
NEAR = 0.2  # of the logits' spread: what the graph, which rounds what goes into each product, may differ by
COMPARED = 24  # tokens that graph and network are compared on

# a layer's products in the graph, and the matrices of transformers that lie in each, one below the other
PRODUCTS = {
    "attn_q+attn_k+attn_v": ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
    "attn_output": ("self_attn.o_proj",),
    "ffn_gate+ffn_up": ("mlp.gate_proj", "mlp.up_proj"),
    "ffn_down": ("mlp.down_proj",),
}
NORMS = {
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
    "attn_q_norm": "self_attn.q_norm",
    "attn_k_norm": "self_attn.k_norm",
}


def adapted(name: str) -> bool:
    """Whether adapters are for the matrix of this name: those of the layers, not the one that gives the logits."""
    return ".layers." in name


def load(model: Model, context: int) -> tuple[Any, Shape, str]:
    """The network of a folder, ids (b, n) to logits (b, n, vocabulary), its shape for texts of `context` tokens, its
    kind of tokens.

    Raises ModelError for a family that is not one of KINDS, and where the network computes something else than the
    folder's graph.
    """
    package = torch()
    config = read_config(model.folder)
    kind = config.get("model_type")
    if kind not in KINDS:
        raise ModelError(
            f"{model.name} is of the family {kind}: it cannot be learnt further",
            f"families that can: {', '.join(KINDS)}",
        )
    file = Weights(model.folder)
    network = _empty(config, tied=file.head() is None)
    state = {name: package.from_numpy(values) for name, values in _matrices(file, config).items()}
    wanted = network.state_dict()
    wrong = {
        name for name in wanted if name not in state or wanted[name].shape != state[name].shape
    }
    if wrong - {"lm_head.weight"}:
        raise ModelError(f"{model.folder}: {min(wrong)} is not what {GRAPH} of this family has")
    network.load_state_dict(state, strict=False, assign=True)
    network.tie_weights()
    found = _wrapped(network)
    if not _differences(found, model)[1] <= NEAR:
        raise ModelError(
            f"{model.name} computes what its configuration does not tell",
            "it cannot be learnt further",
        )
    keep_blocks()  # opening the graph told glibc otherwise
    sizes = (config["vocab_size"], config["num_hidden_layers"], config["hidden_size"])
    return found, Shape(*sizes, config["num_attention_heads"], context), BPE


def save(network: Any, model: Model, folder: Path) -> float:
    """Fill a folder with a decoder's files and the network's weights, which become those that the file holds.

    Returns the largest difference of the graph's logits from torch's.
    """
    for part in model.files:
        (folder / part.path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(model.folder / part.path, folder / part.path)
    file = Weights(folder)
    for layer in range(network.model.config.num_hidden_layers):
        for name, parts in PRODUCTS.items():
            place = f"model.layers.{layer}."
            matrices = [network.model.get_submodule(place + part).weight for part in parts]
            _store(file, f"blk.{layer}.{name}", matrices)
    return _differences(network, write_model(model, folder, {}))[0]


def write_model(model: Model, folder: Path, values: Mapping[str, Any]) -> Model:
    """Write the model.toml of a folder that was filled from a model's: the same, but for `values`."""
    same = ("name", "task", "summary", "licence", "languages", "inputs", "outputs", "settings")
    names = [file.path for file in model.files if file.path != CARD]
    names += [CARD] if (folder / CARD).exists() else []
    known = {name: _plain(getattr(model, name)) for name in same}
    return write_spec(folder, {**known, **values}, tuple(names))


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


@dataclass(frozen=True, slots=True)
class Place:
    """Where the numbers of a weight lie: in the graph's own file (`own`), or from `offset` on in another."""

    shape: tuple[int, ...]
    dtype: str
    offset: int = 0
    file: str = ""
    own: Any = None


class Weights:
    """The weights of a folder's graph by name, read and written where they lie."""

    def __init__(self, folder: Path) -> None:
        try:
            import onnx
        except ImportError:
            raise MissingExtra("onnx", "train") from None
        self._folder = folder
        self._places = {}
        for one in onnx.load(str(folder / GRAPH), load_external_data=False).graph.initializer:
            said = {entry.key: entry.value for entry in one.external_data}
            dtype = onnx.helper.tensor_dtype_to_np_dtype(one.data_type).name
            own = None if said else onnx.numpy_helper.to_array(one)
            self._places[one.name] = Place(
                tuple(one.dims), dtype, int(said.get("offset", 0)), said.get("location", ""), own
            )

    def __contains__(self, name: str) -> bool:
        return name in self._places

    def __getitem__(self, name: str) -> NDArray[Any]:
        """The numbers of a weight, as they are kept."""
        place = self._places[name]
        if not place.file:
            return np.array(place.own)
        path = self._folder / place.file
        return np.array(np.memmap(path, place.dtype, "r", place.offset, place.shape))

    def __setitem__(self, name: str, values: NDArray[Any]) -> None:
        place = self._places[name]
        with (self._folder / place.file).open("r+b") as stream:
            stream.seek(place.offset)
            stream.write(values.reshape(place.shape).astype(place.dtype).tobytes())

    def matrix(self, name: str) -> NDArray[np.float32]:
        """A matrix (outputs, inputs): scale (code - zero point)."""
        codes = self[f"{name}.codes"].astype(np.float32)
        zeros = self[f"{name}.zeros"].astype(np.float32) if f"{name}.zeros" in self else None
        codes -= ZERO if zeros is None else zeros.reshape(*codes.shape[:2], 1)
        codes *= self[f"{name}.scales"].reshape(*codes.shape[:2], 1)
        return codes.reshape(len(codes), -1)

    def head(self) -> NDArray[np.float32] | None:
        """The matrix that gives the logits, which lies in parts; None where it is the embedding."""
        if "head.codes" in self:  # of folders that were converted before it was cut
            return self.matrix("head")
        names = [name.removesuffix(".codes") for name in self._places if name.startswith("head.")]
        parts = [name for name in names if f"{name}.codes" in self]
        if (
            not parts
            or self._places[f"{parts[0]}.codes"].offset == self._places["embedding"].offset
        ):
            return None
        return np.concatenate([self.matrix(name) for name in parts])


def _matrices(file: Weights, config: Any) -> dict[str, NDArray[np.float32]]:
    """The weights by transformers' names."""
    heads, keys = config["num_attention_heads"], config["num_key_value_heads"]
    head, hidden = config["head_dim"], config["intermediate_size"]
    cuts = {"attn_q+attn_k+attn_v": [heads * head, (heads + keys) * head],
            "ffn_gate+ffn_up": [hidden]}  # fmt: skip
    scales = file["embedding.scales"]
    table = (file["embedding"].astype(np.float32) - ZERO) * scales
    found = {"model.embed_tokens.weight": table.reshape(len(table), -1),
             "model.norm.weight": file["output_norm.weight"]}  # fmt: skip
    logits = file.head()
    if logits is not None:
        found["lm_head.weight"] = logits
    for layer in range(config["num_hidden_layers"]):
        own, theirs = f"blk.{layer}.", f"model.layers.{layer}."
        for name, norm in NORMS.items():
            if f"{own}{name}.weight" not in file:
                continue
            found[f"{theirs}{norm}.weight"] = file[f"{own}{name}.weight"]
        for name, parts in PRODUCTS.items():
            at = cuts.get(name, [])
            for part, values in zip(parts, np.split(file.matrix(own + name), at), strict=True):
                found[f"{theirs}{part}.weight"] = values
            if f"{own}{name}.bias" in file:
                biases = np.split(file[f"{own}{name}.bias"], at)
                found |= {f"{theirs}{part}.bias": b for part, b in zip(parts, biases, strict=True)}
    return found


def _store(file: Weights, name: str, matrices: Sequence[Any]) -> None:
    """Round matrices that lie in one product, write them where it is kept, and give them the values that were kept."""
    package = torch()
    whole = package.cat([one.detach() for one in matrices]).numpy()
    file[f"{name}.codes"], file[f"{name}.scales"] = in_blocks(whole)
    if f"{name}.zeros" in file:
        file[f"{name}.zeros"] = np.full(file[f"{name}.zeros"].shape, ZERO)
    kept = package.from_numpy(file.matrix(name))
    with package.no_grad():
        for one, values in zip(matrices, kept.split([len(one) for one in matrices]), strict=True):
            one.copy_(values)


def _differences(network: Any, model: Model) -> tuple[float, float]:
    """Of a folder's graph from a network, over the logits of a text: the largest, and the whole as a share of them."""
    package = torch()
    vocabulary = network.embedding.num_embeddings
    # not the first ids: those are signs
    ids = (vocabulary // 3 + 7 * np.arange(COMPARED)[None]) % vocabulary
    opened = open_model(model)
    own = opened.decoder.run(Context(opened).cache, ids, np.arange(COMPARED)).astype(np.float64)
    with package.no_grad():
        theirs = network.eval()(package.from_numpy(ids))[0].double().numpy()
    spread = theirs - theirs.mean(axis=-1, keepdims=True)
    share = float(np.linalg.norm(own - theirs)) / max(float(np.linalg.norm(spread)), 1e-9)
    return float(np.abs(own - theirs).max()), share


def _empty(config: Any, *, tied: bool) -> Any:
    """The network without weights."""
    of_process().setdefault("TRANSFORMERS_VERBOSITY", "error")
    try:
        from transformers import AutoConfig, AutoModelForCausalLM
    except ImportError:
        raise MissingExtra("transformers", "train") from None
    said = {
        name: value for name, value in config.items() if name not in ("model_type", "rope_theta")
    }
    turns = {"rope_type": "default", "rope_theta": config["rope_theta"]}
    full = AutoConfig.for_model(
        config["model_type"], **said, rope_parameters=turns, tie_word_embeddings=tied
    )
    with torch().device("meta"):
        network = AutoModelForCausalLM.from_config(full)
    network.model.rotary_emb = type(network.model.rotary_emb)(full)  # its tables are no weights
    return network


def _wrapped(network: Any) -> Any:
    """The network with the face of those in `transformer`."""

    class Network(torch().nn.Module):  # type: ignore[misc]
        """ids (b, n) -> logits (b, n, vocabulary), of a network of transformers."""

        def __init__(self) -> None:
            super().__init__()
            self.model = network

        @property
        def embedding(self) -> Any:
            return self.model.get_input_embeddings()

        def forward(self, ids: Any) -> Any:
            return self.model(input_ids=ids, use_cache=False).logits

    return Network()
