"""CLIP models of four families, small and random, exported and run as transformers runs them."""

import json
import shutil

import numpy as np
import pytest

from lmcli.clip.model import Clip
from lmcli.clip.preprocessing import Preprocessing
from lmcli.draw.pictures.reading import read_picture
from lmcli.frame.models import read_spec
from tests.clip.checkpoints import FAMILIES, TEXTS, hub_folder, photos
from tests.conftest import peer

pytestmark = pytest.mark.peer


def found(folder, family, pictures, texts):
    """Vectors, logits and probabilities of a model folder."""
    clip = Clip(read_spec(folder))
    images, words = vectors(folder, pictures, texts)
    logits = clip.logits(images, words)
    return images, words, logits, clip.probabilities(logits, family.multi)


@pytest.mark.parametrize("name", FAMILIES)
def test_an_export_gives_what_transformers_gives(checkpoint, exported, name):
    family = FAMILIES[name]
    wanted = family.reference(checkpoint(name), photos(), TEXTS)
    got = found(exported(name), family, photos(), TEXTS)
    assert wanted[2].std() > 0.3  # the logits differ, so that agreement says something
    for want, have, most in zip(wanted, got, (1e-5, 1e-5, 1e-3, 1e-4), strict=True):
        np.testing.assert_allclose(have, want, atol=most)


@pytest.mark.parametrize("name", FAMILIES)
def test_a_hubs_two_towers_are_pulled_as_they_are(lmcli, exported, own_settings, tmp_path, name):
    """Without a model.toml, graphs in onnx/: all is told from the configurations of the hub."""
    folder = hub_folder(exported(name), tmp_path / name)
    (folder / "onnx").mkdir()
    for graph in ("text_model.onnx", "vision_model.onnx"):
        shutil.copy(exported(name) / graph, folder / "onnx" / graph)
    assert lmcli("models", "pull", f"{folder}/").code == 0
    pulled = own_settings / "data" / "models" / name
    for have, want in zip(vectors(pulled), vectors(exported(name)), strict=True):
        np.testing.assert_allclose(have, want, atol=1e-6)
    clip = Clip(read_spec(pulled))
    assert clip.loss == ("sigmoid" if name == "siglip" else "softmax")
    assert clip.logit_scale == {"siglip": 117.33}.get(name, 100)


@pytest.mark.parametrize("name", FAMILIES)
def test_a_hubs_joint_model_gives_the_logits_of_transformers(
    lmcli, checkpoint, own_settings, tmp_path, name
):
    """One graph for both towers: scale and bias of its logits are told from what it computes."""
    family = FAMILIES[name]
    folder = hub_folder(checkpoint(name), tmp_path / name)
    (folder / "onnx").mkdir()
    family.export_joint(checkpoint(name), folder / "onnx" / "model.onnx")
    assert lmcli("models", "pull", f"{folder}/").code == 0
    pulled = own_settings / "data" / "models" / name
    wanted = family.reference(checkpoint(name), photos(), TEXTS)
    got = found(pulled, family, photos(), TEXTS)
    for want, have, most in zip(wanted, got, (1e-5, 1e-5, 2e-3, 1e-3), strict=True):
        np.testing.assert_allclose(have, want, atol=most)


@pytest.mark.parametrize("name", FAMILIES)
def test_a_quantised_variant_is_taken_first_and_no_vector_depends_on_its_neighbours(
    lmcli, exported, own_settings, tmp_path, name
):
    from onnxruntime.quantization import QuantType, quantize_dynamic

    folder = hub_folder(exported(name), tmp_path / name)
    (folder / "onnx").mkdir()
    for part in ("text", "vision"):
        graph = exported(name) / f"{part}_model.onnx"
        shutil.copy(graph, folder / "onnx" / graph.name)
        quantized = folder / "onnx" / f"{part}_model_quantized.onnx"
        quantize_dynamic(graph, quantized, weight_type=QuantType.QUInt8)
    assert lmcli("models", "pull", f"{folder}/").code == 0
    pulled = own_settings / "data" / "models" / name
    model = read_spec(pulled)
    assert model.graph("text").name == "text_model_quantized.onnx"
    images, texts = vectors(pulled)
    for have, want in zip((images, texts), vectors(exported(name)), strict=True):
        assert (have * want).sum(1).min() > 0.9
        assert not np.allclose(have, want, atol=1e-6)
    clip = Clip(model)
    singly = np.concatenate([clip.encode_texts([text]) for text in TEXTS])
    np.testing.assert_array_equal(singly, texts)
    assert lmcli("models", "pull", f"{folder}/", "--variant", "float32", "--name", "full").code == 0
    full = vectors(own_settings / "data" / "models" / "full")
    np.testing.assert_allclose(full[1], vectors(exported(name))[1], atol=1e-6)


@pytest.mark.parametrize("name", FAMILIES)
def test_towers_of_half_precision_run_on_the_cpu(lmcli, exported, own_settings, tmp_path, name):
    """Weights, pixels and vectors are float16: the graph says so, and pixels are made so."""
    import onnx
    from onnxruntime.transformers.float16 import convert_float_to_float16

    folder = hub_folder(exported(name), tmp_path / name)
    (folder / "onnx").mkdir()
    for part in ("text", "vision"):
        whole = onnx.load(exported(name) / f"{part}_model.onnx")
        half = convert_float_to_float16(whole, keep_io_types=False)
        onnx.save(half, folder / "onnx" / f"{part}_model_fp16.onnx")
    assert lmcli("models", "pull", f"{folder}/").code == 0
    pulled = own_settings / "data" / "models" / name
    for have, want in zip(vectors(pulled), vectors(exported(name)), strict=True):
        assert have.dtype == np.float32
        np.testing.assert_allclose(have, want, atol=5e-3)


@pytest.mark.parametrize("name", FAMILIES)
def test_texts_are_cut_and_none_depends_on_the_others(exported, name):
    clip = Clip(read_spec(exported(name)))
    together = clip.encode_texts(TEXTS)
    for text, vector in zip(TEXTS, together, strict=True):
        np.testing.assert_allclose(clip.encode_texts([text])[0], vector, atol=1e-6)
    longer = clip.encode_texts([TEXTS[-1] + " and more of it"])[0]
    np.testing.assert_allclose(longer, together[-1], atol=1e-6)


@pytest.mark.parametrize("name", FAMILIES)
def test_the_settings_of_an_export(exported, name):
    model = read_spec(exported(name))
    context = {"siglip": 64, "chinese_clip": 52}.get(name, 77)
    wanted = {"logit_scale": pytest.approx(np.exp(3.1)), "context": context, "loss": "softmax"}
    if name == "siglip":
        wanted |= {"loss": "sigmoid", "logit_bias": pytest.approx(-1.7), "pad": "max"}
    assert {key: model.settings[key] for key in wanted} == wanted
    assert model.task == "zero-shot-image-classification"
    assert {file.path for file in model.files} >= {"tokenizer.json", "preprocessor_config.json"}


def test_classify_with_an_export(lmcli, exported, tmp_path):
    """Probabilities of a sigmoid model are independent with --multi; the command's are those of transformers."""
    photo = tmp_path / "photo.png"  # a JPEG would be decoded at a fraction of its size
    read_picture(photos()[0], "photo").save(photo)
    words = ("clip", "classify", photo, "-l", "a cat", "-l", "a dog", "--template", "{}", "--multi")
    result = lmcli(*words, "--model", exported("siglip"), "-f", "json")
    assert result.code == 0, result.err
    scores = {row["label"]: row["score"] for row in json.loads(result.out)}
    shares = found(exported("siglip"), FAMILIES["siglip"], photos()[:1], ["a cat", "a dog"])[3][0]
    assert scores == pytest.approx({"a cat": shares[0], "a dog": shares[1]}, abs=1e-6)


def test_a_processor_of_transformers_5_is_one_file(exported, tmp_path):
    folder = hub_folder(exported("openclip"), tmp_path / "hub")
    config = json.loads((folder / "preprocessor_config.json").read_text())
    (folder / "preprocessor_config.json").unlink()
    (folder / "processor_config.json").write_text(
        json.dumps({"image_processor": config, "processor_class": "CLIPProcessor"})
    )
    assert Preprocessing.of_folder(folder) == Preprocessing.of_folder(exported("openclip"))
    assert Preprocessing.of_folder(folder).shortest == 56


def test_another_kind_of_two_towers_is_refused(lmcli, tmp_path):
    peer("transformers")
    from transformers import AltCLIPConfig, AltCLIPModel

    small = {"num_hidden_layers": 1, "num_attention_heads": 2, "hidden_size": 32}
    text = {**small, "intermediate_size": 32, "vocab_size": 50, "project_dim": 16}
    vision = {**small, "intermediate_size": 32, "image_size": 32, "patch_size": 16}
    config = AltCLIPConfig(text_config=text, vision_config=vision, projection_dim=16)
    AltCLIPModel(config).save_pretrained(tmp_path / "alt")
    result = lmcli("models", "export", tmp_path / "alt")
    assert result.code == 4 and "those of clip, chinese_clip, siglip can" in result.err


def vectors(folder, pictures=None, texts=TEXTS):
    """The vectors of pictures (by default the photos) and texts that a model folder gives."""
    clip = Clip(read_spec(folder))
    pixels = [clip.preprocessing(read_picture(data, "photo")) for data in pictures or photos()]
    return clip.encode_images(np.stack(pixels)), clip.encode_texts(texts)
