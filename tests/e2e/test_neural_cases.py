"""Model folders that other tools wrote, each after something that went wrong: pulled and run, with the right answer.

What is large is made here of small graphs; tests/cases/README.md says what the archives are.
"""

from __future__ import annotations

import json
import math
import shutil
import tarfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from lmcli.frame.models import read_spec
from lmcli.gpt.chat import encode, render
from lmcli.nn.decoding.model import open_model
from lmcli.nn.onnxfile.writer import DOUBLE, FLOAT, FLOAT16, INT32
from lmcli.nn.tokenize import Tokenizer
from lmcli.nn.tokens.template import render_template
from tests.nn.tinygraphs import decoder, encoder

CASES = Path(__file__).parent.parent / "cases" / "neural"


@pytest.fixture
def unpacked(tmp_path):
    """A case's folder: unpacked("07", "out-llama_tied-int4")."""

    def make(number: str, inner: str) -> Path:
        (archive,) = CASES.glob(f"{number}-*.tar.gz")
        with tarfile.open(archive) as file:
            file.extractall(tmp_path / "cases", filter="data")
        return tmp_path / "cases" / inner

    return make


@pytest.fixture
def pull(lmcli, own_settings):
    """Pull a folder, and say where the model lies."""

    def make(folder: Path, *more: object, name: str = "x") -> Path:
        result = lmcli("models", "pull", f"{folder}/", "--name", name, *more)
        assert (result.code, result.err) == (0, "")
        return own_settings / "data" / "models" / name

    return make


@pytest.fixture
def tokenizer(unpacked):
    """The files of a tokenizer of bytes and merges, 608 tokens."""
    return unpacked("11", "tpl") / "unk"


# -- tokenizers and chat templates ---------------------------------------------------------------


def test_bytes_that_are_no_characters_stream(lmcli, pull, unpacked):
    pull(unpacked("01", "spm_llama"))
    drawn = lmcli(
        "complete", "The cat sat", "-n", 60, "--temperature", 2, "--seed", 2, "--model", "x"
    )
    assert drawn.code == 0 and drawn.err == "" and len(drawn.out) > 60
    words = (
        "complete",
        "The cat sat",
        "--greedy",
        "--echo",
        "--regex",
        " (cat|model)",
        "--model",
        "x",
    )
    assert lmcli(*words).out == "The cat sat model\n"


def test_a_chat_prompt_has_its_marks(pull, unpacked):
    model = open_model(read_spec(pull(unpacked("01", "spm_llama"))), threads=1)
    chat = [{"role": "user", "content": "hi"}]
    assert render(model, chat) == "<s>[user] hi</s>[assistant] "
    assert encode(model, chat)[0] == model.tokenizer.special_id("bos")


ASKED = [
    {"role": "user", "content": 'Hi "there" 你好'},
    {"role": "assistant", "content": "Yes\nno"},
    {"role": "user", "content": "And <now>?"},
]
TURNS = '<|im_start|>user\nHi "there" 你好<|im_end|>\n<|im_start|>assistant\nYes\nno<|im_end|>\n'
TURNS += "<|im_start|>user\nAnd <now>?<|im_end|>\n<|im_start|>assistant"
RENDERED = {  # as transformers renders them, but for `parts`: it loses the words there
    "alternate": TURNS,
    "break": f"{TURNS}\n",
    "generation": TURNS.replace("<|im_start|>assistant\nYes\nno<|im_end|>\n", "Yes\nno<|im_end|>")
    + "\n",
    "indentfilter": 'Hi "there" 你好Yes\n    noAnd <now>?',
    "nosystem": TURNS,
    "parts": TURNS,
    "thinking": f"{TURNS}\n",
    "tojson": "".join(f"{json.dumps(one, ensure_ascii=False)}\n" for one in ASKED),
    "unk": '<unk><|endoftext|>Hi "there" 你好Yes\nnoAnd <now>?',
}
REFUSED = {
    "append": "access to attribute 'append' of 'list' object is unsafe",
    "nosystem": "System role not supported",
}


def test_chat_templates(unpacked):
    from datetime import datetime

    folder = unpacked("11", "tpl")

    def rendered(name: str, *before: dict) -> str:
        tokenizer = Tokenizer(folder / name)
        return render_template(
            tokenizer.chat_template or "", tokenizer, [*before, *ASKED], name="x"
        )

    assert {name: rendered(name) for name in RENDERED} == RENDERED
    assert rendered("strftime") == f"Today is {datetime.now():%d %B %Y}.\n{TURNS}"
    for name, why in REFUSED.items():
        with pytest.raises(Exception, match=f"the chat template of x: {why}"):
            rendered(name, {"role": "system", "content": "Be brief."})


def test_the_tokenizers_end_ends_a_chat(lmcli, pull, unpacked):
    """config.json and generation_config.json name another token."""
    folder = pull(unpacked("12", "eos-only-in-tokenizer"))
    model = open_model(read_spec(folder), threads=1)
    assert model.ends == {0, model.tokenizer.id("<|im_end|>")}
    assert lmcli("complete", "The cat sat", "--greedy", "-n", 20, "--model", "x").out == "ab\n"


def test_a_tokenizer_is_built_of_vocabulary_and_merges(lmcli, pull, tokenizer, tmp_path):
    whole = json.loads((tokenizer / "tokenizer.json").read_text())
    folder = tmp_path / "parts"
    (folder / "onnx").mkdir(parents=True)
    decoder().write(folder / "onnx" / "model.onnx")
    (folder / "vocab.json").write_text(json.dumps(whole["model"]["vocab"]))
    pairs = [pair if isinstance(pair, str) else " ".join(pair) for pair in whole["model"]["merges"]]
    (folder / "merges.txt").write_text(
        "#version: 0.2\n" + "\n".join(pairs) + "\n", encoding="utf-8"
    )
    (folder / "config.json").write_text('{"model_type": "gpt2", "eos_token_id": 0}')
    (folder / "tokenizer_config.json").write_text('{"eos_token": "<|endoftext|>"}')
    made = Tokenizer(pull(folder, "--task", "text-generation"))
    known = Tokenizer(tokenizer)
    for text in ("The cat sat", "今天天气 x=1\n\n  it's<|endoftext|>!", ""):
        assert made.encode(text).ids == known.encode(text).ids
    assert lmcli("complete", "The cat sat", "-n", 3, "--seed", 1, "--model", "x").code == 0


# -- exports -------------------------------------------------------------------------------------


def expected(ids: list[int]) -> list[float]:
    """Log probabilities that `tinygraphs.decoder` gives to each token after the first."""
    found = []
    for before, token in pairwise(ids):
        logits = np.cos(np.arange(608) * 0.37 + before)
        found.append(float(logits[token] - math.log(np.exp(logits).sum())))
    return found


KINDS = {
    "plain": {},
    "ids of 32 bits": {"ids": INT32, "mask": INT32},
    "a mask of floats": {"mask": FLOAT},
    "a mask of doubles": {"mask": DOUBLE},
    "token types": {"more": {"token_type_ids": ("int64", ["b", "s"])}},
    "the last position only": {"pruned": True},
    "as many logits as asked for": {"kept": "num_logits_to_keep"},
    "half precision": {"dtype": FLOAT16},
    "other names": {"names": {"input_ids": "tokens", "logits": "output_0"}},
    "token by token": {"step": 1},
}


@pytest.mark.parametrize("kind", KINDS)
def test_exports_differ_and_give_the_same(lmcli, pull, tokenizer, tmp_path, kind):
    folder = tmp_path / "export"
    folder.mkdir()
    decoder(**KINDS[kind]).write(folder / "model.onnx")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(tokenizer / name, folder)
    pull(folder, "--task", "text-generation")
    (row,) = json.loads(lmcli("score", "The cat sat on the mat.", "--model", "x", "-f", "json").out)
    ids = [token["id"] for token in row["tokens"]]
    most = 5e-3 if kind == "half precision" else 1e-5
    assert [token["logprob"] for token in row["tokens"][1:]] == pytest.approx(
        expected(ids), abs=most
    )
    first = json.loads(lmcli("next", "The cat sat", "--model", "x", "-k", 1, "-f", "json").out)[0]
    last = Tokenizer(tokenizer).encode("The cat sat").ids[-1]
    assert first["logprob"] == pytest.approx(
        max(expected([last, t])[0] for t in range(608)), abs=most
    )


def test_weights_under_any_name_come_along_and_are_missed(
    lmcli, process, pull, tokenizer, tmp_path
):
    folder = tmp_path / "export"
    folder.mkdir()
    decoder().write(folder / "model.onnx", data=folder / "160ea76f-918f.data")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(tokenizer / name, folder)
    weights = pull(folder, "--task", "text-generation") / "160ea76f-918f.data"
    assert weights.is_file() and lmcli("complete", "The cat", "-n", 2, "--model", "x").code == 0
    weights.unlink()
    for words in (("models", "verify", "x"), ("complete", "The cat", "--model", "x")):
        gone = process(*words)  # in this one the graph is open already
        assert gone.code == 4 and weights.name in gone.out + gone.err and "bug" not in gone.err
    assert any(weights.name in line for line in lmcli("doctor").lines)


@pytest.mark.parametrize("fault", ["gone", "cut"])
def test_a_folder_whose_weights_are_gone_or_cut_is_refused(lmcli, own_settings, tmp_path, fault):
    decoder().write(tmp_path / "model.onnx", data=tmp_path / "w.bin")
    if fault == "gone":
        (tmp_path / "w.bin").unlink()
    else:
        (tmp_path / "w.bin").write_bytes((tmp_path / "w.bin").read_bytes()[:-100])
    result = lmcli("models", "pull", f"{tmp_path}/", "--name", "x")
    assert result.code == 4 and "w.bin" in result.err and len(result.err.splitlines()) == 1
    assert not (own_settings / "data" / "models" / "x").exists()


def test_a_folder_of_genai_runs_as_it_is(lmcli, pull, unpacked):
    model = open_model(read_spec(pull(unpacked("07", "out-llama_tied-int4"))), threads=1)
    assert (model.context, model.ends) == (256, {0})
    assert [(slot.heads, slot.head) for slot in model.decoder.slots] == [(2, 16)] * 6
    words = ("complete", "The cat sat on the mat", "--greedy", "-n", 8, "--model", "x")
    assert lmcli(*words).code == 0
    # read at once, and token by token through the cache: the same
    (whole,) = json.loads(lmcli("score", "The cat sat on it", "--model", "x", "-f", "json").out)
    last = whole["tokens"][-1]
    told = json.loads(lmcli("next", "The cat sat on", "--model", "x", "-k", 608, "-f", "json").out)
    assert {one["id"]: one["logprob"] for one in told}[last["id"]] == pytest.approx(
        last["logprob"], abs=1e-3
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"type": "whisper", "encoder": {"filename": "e.onnx"}},
            "of type whisper (decoder, encoder)",
        ),
        ({"decoder": {"pipeline": [{}]}}, "a pipeline of graphs"),
        ({"decoder": None}, "no decoder"),
    ],
)
def test_what_genai_runs_and_lmcli_does_not_is_named(lmcli, unpacked, change, said):
    folder = unpacked("07", "out-llama_tied-int4")
    config = json.loads((folder / "genai_config.json").read_text())
    config["model"] |= change
    (folder / "genai_config.json").write_text(json.dumps(config))
    result = lmcli("models", "pull", f"{folder}/")
    assert result.code == 4 and said in result.err and len(result.err.splitlines()) == 1


# -- sentence-transformers -----------------------------------------------------------------------


def test_modules_of_sentence_transformers(lmcli, pull, unpacked):
    folder = unpacked("03", "st")
    pull(folder, name="dense")
    for name, place in (
        ("pooling.json", "1_Pooling/config.json"),
        ("modules.json", "modules.json"),
    ):
        shutil.copy(folder / "cls" / name, folder / place)
    shutil.copy(folder / "cls" / "tokenizer_config.json", folder)
    pull(folder, name="cls")
    for name, place in (("dense", folder), ("cls", folder / "cls")):
        wanted = json.loads((place / "expected.json").read_text())
        result = lmcli("embed", *wanted["texts"], "--model", name, "-f", "json")
        got = [row["embedding"] for row in json.loads(result.out)]
        np.testing.assert_allclose(got, wanted["vec"], atol=1e-5)
        assert "92 tokens were read" in result.err  # the last text is longer than the model reads


def test_positions_limit_a_text_that_nothing_else_limits(lmcli, pull, unpacked):
    folder = unpacked("03", "st")
    for name in ("modules.json", "tokenizer_config.json", "sentence_bert_config.json"):
        (folder / name).unlink()
    pull(folder)
    result = lmcli("embed", "word " * 90, "--model", "x", "-f", "json")
    assert result.code == 0 and "64 of 92 tokens were read" in result.err


def test_an_unknown_module_is_refused_by_name(lmcli, unpacked):
    folder = unpacked("03", "st")
    modules = json.loads((folder / "modules.json").read_text())
    modules[2]["type"] = "sentence_transformers.models.LSTM"
    (folder / "modules.json").write_text(json.dumps(modules))
    result = lmcli("models", "pull", f"{folder}/")
    assert result.code == 4 and "the module LSTM" in result.err


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"ids": INT32, "mask": FLOAT},
        {"mask": None},
        {"output": "1547"},
        {"dtype": FLOAT16},
        {"width": 12},
        {"width": 12, "rows": 1},
    ],
)
def test_encoders_differ_and_give_the_same(lmcli, pull, tokenizer, tmp_path, form):
    """A token's vector is its id's sines: the mean can be told from the ids."""
    folder = tmp_path / "export"
    folder.mkdir()
    encoder(**form).write(folder / "model.onnx")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(tokenizer / name, folder)
    pull(folder, "--task", "feature-extraction")
    texts = ["The cat", "models are bundled or pulled", "a"]
    rows = json.loads(lmcli("embed", *texts, "--model", "x", "-f", "json").out)
    for text, row in zip(texts, rows, strict=True):
        ids = np.array(Tokenizer(tokenizer).encode(text).ids[: form.get("width")], np.float64)
        mean = np.sin(ids[:, None] * np.arange(1, 9)).mean(axis=0)
        np.testing.assert_allclose(row["embedding"], mean / np.linalg.norm(mean), atol=4e-3)


# -- CLIP, and what is refused -------------------------------------------------------------------


def test_two_towers_in_folders_of_their_own(lmcli, pull, unpacked):
    spec = read_spec(pull(unpacked("15", "immich")))
    assert spec.task == "zero-shot-image-classification"
    pictures = CASES.parent.parent / "examples" / "pics"
    words = (
        "clip",
        "classify",
        pictures / "cat.jpg",
        "--labels",
        "a dog,a cat",
        "--model",
        "x",
        "-f",
        "json",
    )
    rows = json.loads(lmcli(*words).out)
    assert {row["label"]: round(row["score"], 3) for row in rows} == {
        "a cat": 0.968,
        "a dog": 0.032,
    }


@pytest.mark.parametrize(
    ("config", "why"),
    [
        (
            {"model_type": "mamba", "architectures": ["MambaForCausalLM"], "vocab_size": 608},
            "keep a state",
        ),
        (
            {"model_type": "dinov2", "architectures": ["Dinov2Model"], "image_size": 28},
            "reads pictures",
        ),
        (
            {
                "model_type": "mixtral",
                "architectures": ["MixtralForCausalLM"],
                "num_local_experts": 8,
            },
            "mixture of experts",
        ),
        (
            {
                "model_type": "wav2vec2",
                "architectures": ["Wav2Vec2Model"],
                "feat_extract_activation": "gelu",
            },
            "sound",
        ),
        (
            {
                "model_type": "bart",
                "architectures": ["BartModel"],
                "is_encoder_decoder": True,
                "vocab_size": 9,
            },
            "an encoder with a decoder",
        ),
        (
            {"model_type": "x", "architectures": ["XModel"], "auto_map": {"AutoModel": "x.X"}},
            "its code comes with",
        ),
    ],
)
def test_what_cannot_be_exported_is_refused_before_torch_loads(process, tmp_path, config, why):
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "model.safetensors").write_bytes(b"")
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "torch.py").write_text("raise SystemExit('torch was loaded')")
    result = process("models", "export", tmp_path, env={"PYTHONPATH": f"{hidden}:{Path.cwd()}"})
    assert result.code == 4 and why in result.err and len(result.err.splitlines()) == 1


def test_a_schema_that_is_true_is_any_json(lmcli, pull, unpacked, tmp_path):
    pytest.importorskip("llguidance")
    (tmp_path / "true.json").write_text("true\n")
    pull(unpacked("01", "spm_llama"))
    words = (
        "complete",
        "x",
        "--json-schema",
        tmp_path / "true.json",
        "-n",
        30,
        "--seed",
        1,
        "--model",
        "x",
    )
    result = lmcli(*words)
    assert result.code == 0 and result.out[:1] in '{["-0123456789tfn'
