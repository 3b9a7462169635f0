"""SmolLM2 beside its references: transformers' float32 logits and texts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lmcli.frame.models import read_spec, write_spec
from lmcli.gpt.convert import gguf
from lmcli.gpt.convert.convert import convert
from lmcli.gpt.generation import batch
from lmcli.gpt.request import Request, Sampling
from lmcli.gpt.scoring import score
from lmcli.gpt.text import Text
from lmcli.nn.decoding.context import Context
from lmcli.nn.decoding.model import open_model
from tests.conftest import peer
from tests.gpt.texts import news

pytestmark = pytest.mark.peer

PROMPTS = (
    "The capital of France is", "Once upon a time", "The cat sat on the", "def fibonacci(n):",
    "Water boils at", "The three primary colours are", "In 1969, the first man",
    "Q: What is 2 + 2?\nA:", "Dear Sir or Madam,", "The largest planet is", "SELECT name FROM",
    "To make bread you need", "My favourite book is", "Photosynthesis is", "import numpy as np\n",
    "The opposite of hot is", "She opened the door and", "Roses are red,", "1, 1, 2, 3, 5, 8,",
    "The meaning of life is",
)  # fmt: skip


@pytest.fixture(scope="module")
def float32(gguf_file, tmp_path_factory):
    """The float32 build of the graph."""
    folder = tmp_path_factory.mktemp("float32") / "smollm2-float32"
    folder.mkdir()
    files = convert(gguf_file, folder, quantised=False)
    model = write_spec(folder, {"name": folder.name, "task": "text-generation"}, files)
    return open_model(model)


@pytest.fixture(scope="module")
def reference(gguf_file):
    """transformers' Llama with the values of the GGUF file."""
    peer("torch"), peer("transformers")
    return llama_of(gguf_file)


def llama_of(path: Path):
    """A float32 LlamaForCausalLM from a GGUF file, by gguf's own dequantisation."""
    peer("gguf")
    import torch
    from gguf import GGUFReader
    from gguf.quants import dequantize
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=49152, hidden_size=576, intermediate_size=1536, num_hidden_layers=30,
        num_attention_heads=9, num_key_value_heads=3, max_position_embeddings=8192,
        rms_norm_eps=1e-5, rope_theta=100000.0, tie_word_embeddings=True,
        bos_token_id=1, eos_token_id=[0, 2], pad_token_id=2,
    )  # fmt: skip
    config.rope_parameters = {"rope_type": "default", "rope_theta": 100000.0}
    names = {
        "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
        "attn_output": "self_attn.o_proj", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj",
        "ffn_down": "mlp.down_proj", "attn_norm": "input_layernorm",
        "ffn_norm": "post_attention_layernorm",
    }  # fmt: skip
    state = {}
    for tensor in GGUFReader(path).tensors:
        values = torch.from_numpy(dequantize(tensor.data, tensor.tensor_type).copy())
        values = values.reshape(tuple(reversed(tensor.shape.tolist())))
        part = tensor.name.removesuffix(".weight").split(".")
        if part[0] == "blk":
            heads = {"attn_q": 9, "attn_k": 3}.get(part[2])
            if heads:
                values = values.reshape(heads, 32, 2, 576).swapaxes(1, 2).reshape(-1, 576)
            state[f"model.layers.{part[1]}.{names[part[2]]}.weight"] = values
        else:
            state[
                {"token_embd": "model.embed_tokens", "output_norm": "model.norm"}[part[0]]
                + ".weight"
            ] = values
    model = LlamaForCausalLM(config).eval()
    missing, unexpected = model.load_state_dict(state, strict=False)
    assert set(missing) <= {"lm_head.weight"} and not unexpected
    model.tie_weights()
    return model


def test_float32_logits_equal_transformers(float32, reference):
    import torch

    ids = float32.encode(news(2000))
    context = Context(float32)
    logits = float32.decoder.run(context.cache, np.array([ids]), np.arange(len(ids)))
    with torch.no_grad():
        wanted = reference(torch.tensor([ids])).logits[0].numpy()
    assert np.abs(logits - wanted).max() < 1e-3


def test_float32_greedy_texts_equal_transformers(float32, reference):
    import torch

    request = Request(length=64, sampling=Sampling(temperature=0))
    texts = [Text(float32, float32.encode(prompt), request) for prompt in PROMPTS]
    batch(Context(float32), texts)
    for text in texts:
        with torch.no_grad():
            out = reference.generate(
                torch.tensor([text.ids[: len(text.prompt)]]), max_new_tokens=64, do_sample=False
            )
        assert text.generated == out[0, len(text.prompt) :].tolist()


def test_eight_bits_against_float32(language_model, float32):
    peer("gensim")
    text = news()
    ids = language_model.encode(text)
    eight, whole = score(Context(language_model), text), score(Context(float32), text)
    ratio = eight.perplexity / whole.perplexity
    top = [
        np.concatenate([_top1(model, ids[at : at + 512]) for at in range(0, len(ids) - 1, 512)])
        for model in (language_model, float32)
    ]
    agreement = (top[0] == top[1]).mean()
    print(
        f"{len(ids)} tokens: perplexity {eight.perplexity:.4f} with 8 bits, "
        f"{whole.perplexity:.4f} in float32 ({100 * (ratio - 1):+.2f} %); "
        f"top-1 agreement {100 * agreement:.2f} %"
    )
    assert abs(ratio - 1) < 0.01
    assert agreement >= 0.95


def _top1(model, ids: list[int]) -> np.ndarray:
    context = Context(model)
    logits = model.decoder.run(context.cache, np.array([ids]), np.arange(len(ids)))
    return logits.argmax(axis=1)


def test_weights_are_those_of_the_file(gguf_file):
    """lmcli's own dequantisation gives gguf's values."""
    peer("gguf")
    from gguf import GGUFReader
    from gguf.quants import dequantize

    own = gguf.read(gguf_file)
    for tensor in GGUFReader(gguf_file).tensors[:12]:
        wanted = dequantize(tensor.data, tensor.tensor_type)
        np.testing.assert_array_equal(
            own.tensors[tensor.name].values().reshape(wanted.shape), wanted
        )


@pytest.mark.slow
def test_the_recipe_is_repeatable(smollm2, gguf_file, tmp_path):
    convert(gguf_file, tmp_path)
    for file in read_spec(smollm2).files:
        assert (tmp_path / file.path).read_bytes() == (smollm2 / file.path).read_bytes()
