"""Tiny decoders with random weights, exported to ONNX with the hub's names."""

from __future__ import annotations

from pathlib import Path

VOCABULARY, CONTEXT = 257, 128


def tiny(architecture: str):
    """A transformers model of two layers with random weights, and its configuration."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    sizes = {
        "gpt2": {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": CONTEXT},
        "opt": {
            "hidden_size": 32,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "ffn_dim": 64,
            "max_position_embeddings": CONTEXT,
            "word_embed_proj_dim": 32,
        },
        "llama": _grouped(),
        "qwen2": _grouped(),
    }
    config = AutoConfig.for_model(
        architecture,
        vocab_size=VOCABULARY,
        bos_token_id=256,
        eos_token_id=256,
        pad_token_id=256,
        **sizes[architecture],
    )
    torch.manual_seed(5)
    model = AutoModelForCausalLM.from_config(config, attn_implementation="eager").eval().float()
    with torch.no_grad():  # weights large enough that tokens differ clearly
        for parameter in model.parameters():
            parameter.mul_(3 if parameter.ndim > 1 else 1)
    return model


def _grouped() -> dict:
    return {
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": CONTEXT,
    }


def export(model, path: Path, *, past: bool = True, positions: bool = True) -> None:
    """Export with a cache (`past`) or without, with or without position_ids."""
    import torch
    from transformers import DynamicCache

    layers = model.config.num_hidden_layers
    heads = getattr(model.config, "num_key_value_heads", None) or model.config.num_attention_heads
    head = model.config.hidden_size // model.config.num_attention_heads

    class Flat(torch.nn.Module):
        """The model with tensors instead of a cache object."""

        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids, attention_mask, *rest):
            rest = list(rest)
            given = {"position_ids": rest.pop(0)} if positions else {}
            cache = None
            if past:
                pairs = [(rest[2 * i], rest[2 * i + 1]) for i in range(layers)]
                cache = DynamicCache(pairs)
            out = self.model(
                input_ids=input_ids,
                attention_mask=attention_mask,
                past_key_values=cache,
                use_cache=past,
                **given,
            )
            if not past:
                return out.logits
            present = []
            for layer in out.past_key_values.layers:
                present += [layer.keys, layer.values]
            return (out.logits, *present)

    length, filled = 3, 2 if past else 0
    inputs = [
        torch.ones(1, length, dtype=torch.int64),
        torch.ones(1, length + filled, dtype=torch.int64),
    ]
    names, outputs = ["input_ids", "attention_mask"], ["logits"]
    auto = torch.export.Dim.DYNAMIC
    shapes: list = [{1: auto}, {1: auto}]
    rest = []
    if positions:
        rest.append(torch.arange(filled, filled + length)[None])
        names.append("position_ids")
        shapes.append({1: auto})
    if past:
        for layer in range(layers):
            for part in ("key", "value"):
                rest.append(torch.randn(1, heads, filled, head))
                names.append(f"past_key_values.{layer}.{part}")
                outputs.append(f"present.{layer}.{part}")
                shapes.append({2: auto})
    with torch.no_grad():
        torch.onnx.export(
            Flat(),
            (*inputs, *rest),
            str(path),
            input_names=names,
            output_names=outputs,
            dynamic_shapes=(shapes[0], shapes[1], tuple(shapes[2:])),
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    model.eval()  # the export may leave it in training mode


def merge(path: Path, target: Path) -> None:
    """A graph whose nodes stand in both branches of an If, as in the hub's merged exports."""
    import onnx
    from onnx import TensorProto, helper

    model = onnx.load(path)
    whole = model.graph
    branches = []
    for name in ("with_past", "without_past"):
        branch = onnx.GraphProto(name=name)
        branch.node.extend(whole.node)
        branch.initializer.extend(whole.initializer)
        for node in branch.node:
            for places in (node.input, node.output):
                for at, value in enumerate(places):
                    if value and value not in {one.name for one in whole.input}:
                        places[at] = f"{name}/{value}"
        for tensor in branch.initializer:
            tensor.name = f"{name}/{tensor.name}"
        for value in whole.output:
            branch.output.add().CopyFrom(value)
            branch.output[-1].name = f"{name}/{value.name}"
        branches.append(branch)
    outputs = [value.name for value in whole.output]
    choice = helper.make_node(
        "If", ["use_cache_branch"], outputs, then_branch=branches[0], else_branch=branches[1]
    )
    flag = helper.make_tensor_value_info("use_cache_branch", TensorProto.BOOL, [1])
    graph = helper.make_graph([choice], "merged", [*whole.input, flag], whole.output)
    merged = helper.make_model(
        graph,
        opset_imports=model.opset_import,
        functions=model.functions,
        ir_version=model.ir_version,
    )
    onnx.save(merged, target)
