"""Exports with the hub's names give the tokens that transformers gives."""

from __future__ import annotations

import shutil
import warnings

import pytest

from lmcli.frame.errors import ModelError
from lmcli.gpt.generation import batch, stream
from lmcli.gpt.request import Request, Sampling
from lmcli.gpt.scoring import score
from lmcli.gpt.text import Text
from lmcli.nn.decoding.context import Context
from lmcli.nn.decoding.model import open_model
from tests.conftest import peer
from tests.gpt.conftest import write_tiny_folder
from tests.gpt.exporting import export, merge, tiny

GREEDY = Request(length=40, sampling=Sampling(temperature=0))
PROMPTS = ("The cat sat on the", "a", "今天天气真不错", "x = [1, 2, 3]\n")


@pytest.fixture(scope="module", params=["gpt2", "opt", "llama", "qwen2"])
def exported(request, tmp_path_factory):
    """A tiny model: transformers' own, and opened from its export."""
    peer("torch"), peer("transformers")
    own = tiny(request.param)
    folder = tmp_path_factory.mktemp("hub") / request.param
    folder.mkdir()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        export(own, folder / "model.onnx", positions=request.param != "opt")
    model = write_tiny_folder(folder, own.config.to_dict())
    return own, open_model(model)


def greedy_of_transformers(own, ids: list[int], length: int) -> list[int]:
    """What transformers' generate adds to `ids`."""
    import torch

    with torch.no_grad():
        out = own.generate(
            torch.tensor([ids]), max_new_tokens=length, do_sample=False, use_cache=True
        )
    return out[0, len(ids) :].tolist()


@pytest.mark.peer
@pytest.mark.parametrize("prompt", PROMPTS)
def test_greedy_text_equals_transformers(exported, prompt):
    own, model = exported
    text = Text(model, model.encode(prompt), GREEDY)
    assert "".join(stream(Context(model), text)) == text.text
    assert text.generated == greedy_of_transformers(own, model.encode(prompt), GREEDY.length)
    assert len(set(text.generated)) > 1


@pytest.mark.peer
def test_a_batch_and_reused_prefixes_give_the_same(exported):
    own, model = exported
    context = Context(model)
    texts = [Text(model, model.encode(prompt), GREEDY) for prompt in (*PROMPTS, PROMPTS[0])]
    batch(context, texts)
    for text in texts:
        assert text.generated == greedy_of_transformers(own, list(text.prompt), GREEDY.length)


@pytest.mark.peer
def test_scores_equal_torch(exported):
    import torch

    own, model = exported
    found = score(Context(model), "The cat sat on the mat.")
    ids = torch.tensor([[token.id for token in found.tokens]])
    with torch.no_grad():
        logprobs = own(ids).logits.log_softmax(-1)[0]
    wanted = [logprobs[at, token].item() for at, token in enumerate(ids[0, 1:].tolist())]
    assert [token.logprob for token in found.tokens[1:]] == pytest.approx(wanted, abs=1e-4)


@pytest.mark.peer
def test_a_graph_without_cache_runs_too(tmp_path):
    peer("torch"), peer("transformers")
    own = tiny("gpt2")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        export(own, tmp_path / "decoder_model.onnx", past=False)
    model = open_model(write_tiny_folder(tmp_path, own.config.to_dict()))
    text = Text(model, model.encode("The cat"), GREEDY)
    list(stream(Context(model), text))
    assert text.generated == greedy_of_transformers(own, model.encode("The cat"), GREEDY.length)


@pytest.mark.peer
def test_two_graphs_that_are_not_merged(exported, tmp_path):
    """decoder_model.onnx reads the prompt, decoder_with_past_model.onnx goes on."""
    own, whole = exported
    for name in ("decoder_model.onnx", "decoder_with_past_model.onnx"):
        shutil.copy(whole.decoder.session.path, tmp_path / name)
    model = open_model(write_tiny_folder(tmp_path, own.config.to_dict()))
    assert model.decoder.first.path.name == "decoder_model.onnx"
    text = Text(model, model.encode("The cat"), GREEDY)
    list(stream(Context(model), text))
    assert text.generated == greedy_of_transformers(own, model.encode("The cat"), GREEDY.length)


@pytest.mark.peer
def test_a_merged_graph(exported, tmp_path):
    """use_cache_branch chooses between two branches of one graph."""
    peer("onnx")
    own, whole = exported
    merge(whole.decoder.session.path, tmp_path / "decoder_model_merged.onnx")
    model = open_model(write_tiny_folder(tmp_path, own.config.to_dict()))
    assert "use_cache_branch" in model.decoder.session.inputs
    text = Text(model, model.encode("The cat"), GREEDY)
    list(stream(Context(model), text))
    assert text.generated == greedy_of_transformers(own, model.encode("The cat"), GREEDY.length)


def test_a_graph_of_another_kind_is_refused(tmp_path):
    from lmcli.nn.onnxfile.writer import probe_model

    (tmp_path / "model.onnx").write_bytes(probe_model())
    folder = write_tiny_folder(tmp_path, {})
    with pytest.raises(ModelError, match="no input_ids"):
        open_model(folder)


def test_a_folder_without_graph_is_refused(tmp_path):
    folder = write_tiny_folder(tmp_path, {})
    with pytest.raises(ModelError, match="no graph"):
        open_model(folder)
