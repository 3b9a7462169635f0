"""The network as two ONNX graphs: the encoder, run once a sentence, and the decoder, run once a word."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lmcli.nn.onnxfile.torch_export import Part, torch, write
from lmcli.nn.onnxfile.writer import MICROSOFT
from lmcli.training.export import BLOCK, eight_bits, in_blocks

ENCODER, DECODER = "encoder.onnx", "decoder.onnx"


def export(network: Any, folder: Path, *, small: bool = True) -> float:
    """Write both graphs, with `small` of 8 bits a weight; the largest difference of an output from torch's (before).

    Raises ModelError where a graph computes something else than the network.
    """
    network = network.to("cpu").eval()
    parts = (_encoder(network), _decoder(network))
    worst = 0.0
    for part, name in zip(parts, (ENCODER, DECODER), strict=True):
        worst = max(worst, *(one.difference for one in write(part, folder / name)))
        if small:  # words are written in short products, in which reading the weights takes longest
            products = name == DECODER and not network.depth and _whole(network)
            (_products if products else eight_bits)(folder / name)
    return worst


def _whole(network: Any) -> bool:
    """Whether each row of a matrix falls into blocks."""
    return int(network.target.embedding_dim) % BLOCK == 0


def _products(graph: Path) -> None:
    """Store the matrices of a graph with 8 bits a number and a scale a block; products stay products of such numbers.

    The table of written tokens is there once: it gives their vectors, and turned the logits.
    """
    import onnx
    from onnx import numpy_helper

    model = onnx.load(str(graph))
    tables = {one.name: numpy_helper.to_array(one) for one in model.graph.initializer}
    stored = _Stored({name: values for name, values in tables.items() if values.ndim == 2})
    nodes = []
    for node in model.graph.node:
        weight = next(iter(node.input[1:2] if node.op_type == "MatMul" else node.input[:1]), "")
        if weight in stored.matrices and node.op_type in ("MatMul", "Gather"):
            nodes += stored.product(node) if node.op_type == "MatMul" else stored.rows(node)
        else:
            nodes.append(node)
    used = {name for node in nodes for name in node.input}
    kept = [one for one in model.graph.initializer if one.name in used]
    del model.graph.initializer[:], model.graph.node[:]
    model.graph.initializer.extend([*kept, *stored.tensors.values()])
    model.graph.node.extend(nodes)
    model.opset_import.append(onnx.helper.make_opsetid(MICROSOFT, 1))
    onnx.save(model, str(graph))


class _Stored:
    """Matrices as whole numbers with scales, each once, and the nodes that use them. matrices: by name."""

    def __init__(self, matrices: Mapping[str, Any]) -> None:
        self.matrices = matrices
        self.tensors: dict[str, Any] = {}

    def product(self, node: Any) -> list[Any]:
        """The node that gives x w for a matrix w of shape (inputs, outputs)."""
        import onnx

        outputs = self.matrices[node.input[1]].T
        twin = next((name for name, own in self.matrices.items() if _equal(own, outputs)), None)
        codes, scales = self._codes(twin or node.input[1], outputs)
        count, size = outputs.shape
        return [
            onnx.helper.make_node(
                "MatMulNBits", [node.input[0], codes, scales], list(node.output), domain=MICROSOFT,
                N=count, K=size, bits=8, block_size=BLOCK, accuracy_level=4,
            )
        ]  # fmt: skip

    def rows(self, node: Any) -> list[Any]:
        """The nodes that give rows of a table."""
        import numpy as np
        import onnx

        name, ids = node.input
        table = self.matrices[name]
        codes, scales = self._codes(name, table)
        to = node.output[0]
        given = {
            "axes": np.array([-1], np.int64),
            "shape": np.array([0, 0, table.shape[1]], np.int64),
        }
        for part, values in given.items():
            self.tensors[f"{to}.{part}"] = onnx.numpy_helper.from_array(values, f"{to}.{part}")
        make = onnx.helper.make_node
        return [
            make("Unsqueeze", [scales, f"{to}.axes"], [f"{to}.scales"]),
            make("GatherBlockQuantized", [codes, ids, f"{to}.scales"], [f"{to}.blocks"], domain=MICROSOFT,
                 bits=8, block_size=BLOCK, gather_axis=0, quantize_axis=2),
            make("Reshape", [f"{to}.blocks", f"{to}.shape"], [to]),
        ]  # fmt: skip

    def _codes(self, name: str, values: Any) -> tuple[str, str]:
        """The names of the codes, uint8 (rows, blocks, BLOCK) about 128, and the scales (rows, blocks), of a matrix."""
        from onnx import numpy_helper

        if f"{name}.codes" not in self.tensors:
            for part, array in zip(("codes", "scales"), in_blocks(values), strict=True):
                self.tensors[f"{name}.{part}"] = numpy_helper.from_array(array, f"{name}.{part}")
        return f"{name}.codes", f"{name}.scales"


def _equal(one: Any, other: Any) -> bool:
    return bool(one.shape == other.shape and (one == other).all())


def _encoder(network: Any) -> Part:
    package = torch()

    class Door(package.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, ids: Any, mask: Any) -> Any:
            return self.network.encode(ids, mask)

    def sample(sizes: Mapping[str, int]) -> dict[str, Any]:
        ids, mask = _sentences(sizes, network.source.num_embeddings)
        return {"ids": ids, "mask": mask}

    two, cached = {0: "batch", 1: "places"}, {1: "batch", 3: "kept"}
    axes = {
        "ids": two,
        "mask": two,
        "states": {0: "batch", 1: "kept"},
        "keys": cached,
        "values": cached,
    }
    axes |= {"scores": {1: "batch", 3: "places", 4: "places"}, "vectors": two}
    return Part("encoder", Door(), sample, network.reads, axes, _cases(network, "batch", "places"))


def _decoder(network: Any) -> Part:
    package = torch()

    class Door(package.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, ids: Any, mask: Any, keys: Any, values: Any, *past: Any) -> Any:
            return self.network.decode(ids, mask, keys, values, past)[: len(network.writes)]

    def sample(sizes: Mapping[str, int]) -> dict[str, Any]:
        draw = package.Generator().manual_seed(sum(sizes.values()))
        source, mask = _sentences(sizes, network.source.num_embeddings)
        with package.no_grad():
            _, keys, values, *_ = network.encode(source, mask)
        rows, new, past = sizes["batch"], sizes["new"], sizes["past"]
        ids = package.randint(1, network.target.num_embeddings, (rows, new), generator=draw)
        room = (*keys.shape[:3], past, keys.shape[4])
        before = {
            name: package.randn(room, generator=draw) for name in ("past_keys", "past_values")
        }
        return {"ids": ids, "mask": mask, "keys": keys, "values": values, **before}

    cached = {1: "batch", 3: "kept"}
    axes = {"ids": {0: "batch", 1: "new"}, "mask": {0: "batch", 1: "places"}, "keys": cached, "values": cached,
            "past_keys": {1: "batch", 3: "past"}, "past_values": {1: "batch", 3: "past"},
            "logits": {0: "batch", 1: "new"}, "present_keys": {1: "batch", 3: "total"},
            "present_values": {1: "batch", 3: "total"}, "scores": {1: "batch", 3: "new", 4: "places"}}  # fmt: skip
    cases = _cases(network, "batch", "places", "new", "past")
    return Part("decoder", Door(), sample, network.writes, axes, cases)


def _cases(network: Any, *names: str) -> tuple[Mapping[str, int], ...]:
    sizes: tuple[dict[str, int], ...]
    sizes = ({"batch": 2, "places": 5, "new": 3, "past": 4}, {"batch": 1, "places": 1, "new": 1, "past": 0},
             {"batch": 3, "places": 11, "new": 1, "past": 7})  # fmt: skip
    if depth := network.depth:  # a word at a time, after one set of states or none
        sizes = tuple({**own, "new": 1, "past": min(1, own["past"]) * depth} for own in sizes)
    return tuple({name: own[name] for name in names} for own in sizes)


def _sentences(sizes: Mapping[str, int], vocabulary: int) -> tuple[Any, Any]:
    """Ids and their mask: the second sentence of a batch is shorter than the first."""
    package = torch()
    draw = package.Generator().manual_seed(sum(sizes.values()))
    rows, places = sizes["batch"], sizes["places"]
    ids = package.randint(1, vocabulary, (rows, places), generator=draw)
    mask = package.ones_like(ids)
    mask[1:, places // 2 + 1 :] = 0
    return ids, mask
