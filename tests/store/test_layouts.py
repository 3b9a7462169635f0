"""Listings as repositories on the hub have them, and what is taken of each."""

import pytest

from lmcli.frame.errors import ModelError
from lmcli.store.beside import beside
from lmcli.store.description import languages, task_of
from lmcli.store.layouts import choose, root_of

PAPERS = ("README.md", ".gitattributes", "config.json", "tokenizer.json", "tokenizer_config.json")


def onnx(*names):
    return [f"onnx/{name}.onnx" for name in names]


SENTENCES = [
    *PAPERS,
    *onnx("model", "model_O1", "model_O4", "model_qint8_arm64", "model_quint8_avx2"),
    *("1_Pooling/config.json", "modules.json", "sentence_bert_config.json", "vocab.txt"),
    *("model.safetensors", "pytorch_model.bin", "rust_model.ot", "openvino/openvino_model.bin"),
]
TRANSFORMERS_JS = [
    *PAPERS,
    *onnx("model", "model_fp16", "model_int8", "model_q4", "model_quantized"),
]
CLIP = [
    *PAPERS,
    *("preprocessor_config.json", "merges.txt", "vocab.json"),
    *onnx("model", "model_quantized", "text_model", "text_model_quantized"),
    *onnx("vision_model", "vision_model_quantized", "vision_model_fp16"),
]
GPT = [
    *PAPERS,
    *onnx("decoder_model", "decoder_model_merged", "decoder_model_merged_quantized"),
    *onnx("decoder_with_past_model", "decoder_with_past_model_quantized"),
    "generation_config.json",
]
LARGE = [*PAPERS, *onnx("model", "model_q4f16"), "onnx/model.onnx_data", "onnx/model.onnx_data_1"]
TRANSLATION = [
    *PAPERS,
    *onnx("encoder_model", "encoder_model_quantized", "decoder_model_merged"),
    *onnx("decoder_model_merged_quantized", "decoder_model", "decoder_with_past_model"),
]


@pytest.mark.parametrize(
    ("listing", "variant", "graphs"),
    [
        (SENTENCES, None, {"model": "onnx/model.onnx"}),
        (SENTENCES, "quint8_avx2", {"model": "onnx/model_quint8_avx2.onnx"}),
        (TRANSFORMERS_JS, None, {"model": "onnx/model_quantized.onnx"}),
        (TRANSFORMERS_JS, "float32", {"model": "onnx/model.onnx"}),
        (
            CLIP,
            None,
            {
                "text": "onnx/text_model_quantized.onnx",
                "vision": "onnx/vision_model_quantized.onnx",
            },
        ),
        (GPT, None, {"model": "onnx/decoder_model_merged_quantized.onnx"}),
        (GPT, "float32", {"model": "onnx/decoder_model_merged.onnx"}),
        (
            TRANSLATION,
            None,
            {
                "encoder": "onnx/encoder_model_quantized.onnx",
                "decoder": "onnx/decoder_model_merged_quantized.onnx",
            },
        ),
        (["model.onnx", "tokenizer.json"], None, {"model": "model.onnx"}),
        (["weights/net-v1.onnx"], None, {"model": "weights/net-v1.onnx"}),
        (
            onnx("decoder_model", "decoder_with_past_model"),
            None,
            {"model": "onnx/decoder_with_past_model.onnx", "first": "onnx/decoder_model.onnx"},
        ),
        (
            ["textual/model.onnx", "visual/model.onnx", "visual/model.fp16.onnx"],
            None,
            {"text": "textual/model.onnx", "vision": "visual/model.onnx"},
        ),
        (
            ["ViT-B-32::laion-textual.onnx", "ViT-B-32::laion-visual.onnx"],
            None,
            {"text": "ViT-B-32::laion-textual.onnx", "vision": "ViT-B-32::laion-visual.onnx"},
        ),
        (["model.int8.onnx", "model.fp16.onnx"], None, {"model": "model.int8.onnx"}),
    ],
)
def test_one_variant_is_taken(listing, variant, graphs):
    assert choose(listing, variant).graphs == graphs


def test_configuration_tokenizer_and_papers_come_along_and_pickles_do_not():
    files = set(beside(SENTENCES, choose(SENTENCES).graphs.values()))
    assert {"tokenizer.json", "1_Pooling/config.json", "modules.json", "README.md"} <= files
    assert not [name for name in files if name.endswith((".bin", ".ot", ".safetensors"))]


def test_files_at_the_top_come_before_those_beside_the_graph():
    listing = [
        "a/onnx/x.onnx",
        "onnx/tokenizer.json",
        "onnx/config.json",
        "config.json",
        "spiece.model",
    ]
    assert beside(listing, ["onnx/model.onnx"]) == {
        "config.json": "config.json",
        "tokenizer.json": "onnx/tokenizer.json",
        "spiece.model": "spiece.model",
    }


def test_the_user_names_a_graph():
    assert choose(SENTENCES, file="onnx/model_O4.onnx").graphs == {"model": "onnx/model_O4.onnx"}
    with pytest.raises(ModelError, match=r"there is no graph 'o\.onnx'"):
        choose(SENTENCES, file="o.onnx")


def test_a_variant_is_whole_or_refused():
    with pytest.raises(ModelError, match="'fp16'") as caught:
        choose(CLIP, "fp16")  # only the vision tower has it
    assert caught.value.hint == "there are float32, quantized"


@pytest.mark.parametrize(
    ("listing", "message"),
    [
        (onnx("decoder_with_past_model"), "the half that reads the prompt is missing"),
        (["a.onnx", "b.onnx"], "cannot be told which graph"),
        (["model.safetensors", "config.json"], "no ONNX export"),
        (["notes.txt"], "no ONNX model here"),
    ],
)
def test_listings_without_an_export(listing, message):
    with pytest.raises(ModelError, match=message):
        choose(listing)


@pytest.mark.parametrize(
    ("listing", "root"),
    [
        (TRANSFORMERS_JS, ""),
        ([f"pack/data/{name}" for name in TRANSFORMERS_JS], "pack/data/"),
        (["pack/model.toml", "pack/sub/onnx/model.onnx"], "pack/"),
        (["a.txt"], ""),
        (["a/textual/model.onnx", "a/visual/model.onnx"], "a/"),
        (["cpu/int4/genai_config.json", "cuda/fp16/genai_config.json"], "cpu/int4/"),
    ],
)
def test_root(listing, root):
    assert root_of(listing) == root


def test_a_graph_that_is_named_tells_which_of_two_models():
    listing = ["one/onnx/model.onnx", "one/config.json", "two/model.onnx"]
    assert root_of(listing, "one/onnx/model.onnx") == "one/"
    assert root_of(listing, "two/model.onnx") == "two/"


def test_two_models_side_by_side():
    with pytest.raises(ModelError, match="several models here: one, two"):
        root_of(["one/model.onnx", "two/onnx/model.onnx"])


@pytest.mark.parametrize(
    ("tag", "architecture", "outputs", "task"),
    [
        ("sentence-similarity", "BertModel", (), "feature-extraction"),
        (None, "LlamaForCausalLM", (), "text-generation"),
        (None, "GPT2LMHeadModel", (), "text-generation"),
        (None, "BertForMaskedLM", (), "fill-mask"),
        (None, "DistilBertForSequenceClassification", (), "text-classification"),
        (None, "BertModel", (), "feature-extraction"),
        (None, None, ("logits", "present.0.key"), "text-generation"),
        (None, None, ("sentence_embedding",), "feature-extraction"),
        ("audio-classification", "GPT2LMHeadModel", (), "text-generation"),
    ],
)
def test_task(tag, architecture, outputs, task):
    config = {"architectures": [architecture]} if architecture else {}
    assert task_of(tag, config, {"model": "m"}, dict.fromkeys(outputs, "")) == task


@pytest.mark.parametrize(
    ("card", "config", "found"),
    [
        ("---\nlanguage: en\nlicense: mit\n---\n# A model\n", "{}", ["en"]),
        ("---\r\nlanguage:\r\n- no\r\n- zh\r\n---\r\n", "{}", ["no", "zh"]),
        ("---\nlanguage: [multilingual, de]\n---\n", "{}", ["multilingual", "de"]),
        ("# A card without a head\nlanguage: en\n", '{"language": "fr"}', ["fr"]),
        ("---\nlanguage: [\n---\n", "{}", None),
        ("---\nlanguage: en\n", "{}", None),
        (None, "{}", None),
    ],
)
def test_the_languages_of_a_card(tmp_path, card, config, found):
    if card is not None:
        (tmp_path / "README.md").write_text(card, newline="")
    (tmp_path / "config.json").write_text(config)
    assert languages(tmp_path) == ({} if found is None else {"languages": found})
