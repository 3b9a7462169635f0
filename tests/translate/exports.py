"""Encoder-decoder models of transformers as the hub's exports: whole, in a pair with a cache, or merged."""

from __future__ import annotations


def random_model(family: str, sizes: dict):
    """A model of random weights, the same each time."""
    import torch
    import transformers

    torch.manual_seed(5)
    config = getattr(transformers, f"{family}Config")(**sizes, attn_implementation="eager")
    name = "MarianMTModel" if family == "Marian" else "T5ForConditionalGeneration"
    model = getattr(transformers, name)(config).eval()
    for weight in model.parameters():
        weight.requires_grad_(False)
    config.architectures = [name]
    return model


def export(model, folder, ids, mask, layout: str) -> None:
    """Write the graphs, config.json and generation_config.json. layout: whole (no cache), pair, merged."""
    import torch
    import transformers

    model.config.save_pretrained(folder)
    model.generation_config.save_pretrained(folder)
    states = model.get_encoder()(ids, mask).last_hidden_state
    two, other = {0: "batch", 1: "length"}, {0: "batch", 1: "written"}

    class Encoder(torch.nn.Module):
        def forward(self, input_ids, attention_mask):
            return model.get_encoder()(input_ids, attention_mask).last_hidden_state

    class Decoder(torch.nn.Module):
        def forward(self, encoder_attention_mask, input_ids, encoder_hidden_states):
            outputs = transformers.modeling_outputs.BaseModelOutput(encoder_hidden_states)
            made = model(
                encoder_outputs=outputs, attention_mask=encoder_attention_mask,
                decoder_input_ids=input_ids, use_cache=layout != "whole",
            )  # fmt: skip
            if layout == "whole":
                return made.logits
            cache = made.past_key_values
            return made.logits, *own_of(cache), *cross_of(cache)

    class Later(torch.nn.Module):
        def forward(self, encoder_attention_mask, input_ids, *past):
            own, cross = past[: len(past) // 2], past[len(past) // 2 :]
            both = [transformers.DynamicCache() for _ in range(2)]
            for cache, parts in zip(both, (own, cross), strict=True):
                for layer in range(len(parts) // 2):
                    cache.update(parts[2 * layer], parts[2 * layer + 1], layer)
            cache = transformers.EncoderDecoderCache(*both)
            batch, heads, length, size = cross[0].shape
            nothing = cross[0].transpose(1, 2).reshape(batch, length, heads * size)
            made = model(
                encoder_outputs=transformers.modeling_outputs.BaseModelOutput(nothing),
                attention_mask=encoder_attention_mask, decoder_input_ids=input_ids,
                past_key_values=cache, use_cache=True,
            )  # fmt: skip
            return made.logits, *own_of(made.past_key_values)

    layers = len(
        model.get_decoder().layers
        if hasattr(model.get_decoder(), "layers")
        else model.get_decoder().block
    )
    kinds = [
        [f"{n}.{side}.{part}" for n in range(layers) for part in ("key", "value")]
        for side in ("decoder", "encoder")
    ]
    presents = [f"present.{name}" for side in kinds for name in side] if layout != "whole" else []
    pasts = [f"past_key_values.{name}" for side in kinds for name in side]
    half = len(pasts) // 2
    axes = {
        **{name: {0: "batch", 2: "before"} for name in pasts[:half]},
        **{name: {0: "batch", 2: "length"} for name in pasts[half:]},
        **{name: {0: "batch", 2: "after"} for name in presents[:half]},
        **{name: {0: "batch", 2: "length"} for name in presents[half:]},
    }
    common = {"encoder_attention_mask": two, "input_ids": other, "logits": other}
    torch.onnx.export(
        Encoder(), (ids, mask), str(folder / "encoder_model.onnx"), dynamo=False, opset_version=18,
        input_names=["input_ids", "attention_mask"], output_names=["last_hidden_state"],
        dynamic_axes={"input_ids": two, "attention_mask": two, "last_hidden_state": two},
    )  # fmt: skip
    torch.onnx.export(
        Decoder(), (mask, ids[:, :3], states), str(folder / "decoder_model.onnx"), dynamo=False, opset_version=18,
        input_names=["encoder_attention_mask", "input_ids", "encoder_hidden_states"],
        output_names=["logits", *presents],
        dynamic_axes={**common, "encoder_hidden_states": two, **{name: axes[name] for name in presents}},
    )  # fmt: skip
    if layout == "whole":
        return
    past = Decoder()(mask, ids[:, :3], states)[1:]
    torch.onnx.export(
        Later(), (mask, ids[:, :1], *past), str(folder / "decoder_with_past_model.onnx"),
        dynamo=False, opset_version=18,
        input_names=["encoder_attention_mask", "input_ids", *pasts],
        output_names=["logits", *presents[:half]],
        dynamic_axes={**common, **{name: axes[name] for name in (*pasts, *presents[:half])}},
    )  # fmt: skip
    if layout == "merged":
        merge(folder, presents, pasts)


def own_of(cache):
    """The keys and values of the decoder's own attention, layer by layer."""
    return [
        one for layer in cache.self_attention_cache.layers for one in (layer.keys, layer.values)
    ]


def cross_of(cache):
    """The keys and values of the cross-attention, layer by layer."""
    return [
        one for layer in cache.cross_attention_cache.layers for one in (layer.keys, layer.values)
    ]


def merge(folder, presents, pasts) -> None:
    """One graph of both decoders, with use_cache_branch to choose between them, as optimum makes it."""
    import onnx
    from onnx import compose, helper

    first, later = (
        onnx.load(folder / f"{name}.onnx") for name in ("decoder_model", "decoder_with_past_model")
    )
    inputs = {value.name: value for value in (*first.graph.input, *later.graph.input)}
    outputs = list(first.graph.output)
    flag = helper.make_tensor_value_info("use_cache_branch", onnx.TensorProto.BOOL, [1])
    branches = []
    for model, prefix in ((later, "later_"), (first, "first_")):
        own = compose.add_prefix(model, prefix, rename_inputs=False).graph
        for present, past in zip(presents, pasts, strict=True):
            if prefix + present not in {value.name for value in own.output}:
                own.node.append(helper.make_node("Identity", [past], [prefix + present]))
                kind = next(value for value in outputs if value.name == present)
                own.output.append(onnx.ValueInfoProto(name=prefix + present, type=kind.type))
        del own.input[:]
        own.name = prefix
        branches.append(own)
    node = helper.make_node(
        "If",
        ["use_cache_branch"],
        [value.name for value in outputs],
        then_branch=branches[0],
        else_branch=branches[1],
    )
    graph = helper.make_graph([node], "merged", [*inputs.values(), flag], outputs)
    merged = helper.make_model(graph, opset_imports=first.opset_import, ir_version=first.ir_version)
    onnx.save(merged, folder / "decoder_model_merged.onnx")
    for name in ("decoder_model", "decoder_with_past_model"):
        (folder / f"{name}.onnx").unlink()
