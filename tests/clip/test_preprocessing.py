"""Preprocessing against transformers' image processors, in every form of configuration."""

import json

import numpy as np
import pytest
from PIL import Image

from lmcli.clip.preprocessing import CLIP_MEAN, CLIP_STD, Preprocessing
from lmcli.frame.errors import ModelError
from tests.conftest import peer

SIZES = [(640, 480), (100, 300), (1, 1), (500, 50), (333, 334), (224, 224), (225, 224)]


def noise(width, height):
    values = np.random.default_rng(width * height).integers(0, 255, (height, width, 3), np.uint8)
    return Image.fromarray(values)


@pytest.mark.peer
@pytest.mark.parametrize("size", SIZES)
def test_numbers_are_those_of_transformers(size):
    peer("transformers")
    import transformers

    processors = [
        transformers.CLIPImageProcessorPil(),
        transformers.CLIPImageProcessorPil(size={"shortest_edge": 256}, crop_size=224),
        transformers.CLIPImageProcessorPil(
            do_normalize=False, do_center_crop=False, size={"height": 30, "width": 50}
        ),
        transformers.CLIPImageProcessorPil(
            size={"shortest_edge": 100}, crop_size={"height": 120, "width": 90}
        ),
        transformers.SiglipImageProcessorPil(),
        transformers.ChineseCLIPImageProcessorPil(),
        transformers.ViTImageProcessorPil(),
    ]
    image = noise(*size)
    for processor in processors:
        wanted = np.asarray(processor(image, return_tensors="np")["pixel_values"][0])
        found = Preprocessing.of_config(json.loads(processor.to_json_string()))(image)
        assert found.dtype == np.float32 and found.shape == wanted.shape, processor
        assert np.abs(found - wanted).max() < 1e-6, processor


def test_old_forms_of_the_configuration():
    old = Preprocessing.of_config({"size": 224, "crop_size": 224, "do_center_crop": True})
    assert (old.shortest, old.size, old.crop) == (224, None, (224, 224))
    vit = Preprocessing.of_config({"size": 384, "do_center_crop": False, "image_mean": [0.5] * 3})
    assert (vit.shortest, vit.size, vit.crop, vit.shape) == (None, (384, 384), None, (384, 384))
    assert vit.mean == (0.5, 0.5, 0.5) and vit.std == CLIP_STD
    none = Preprocessing.of_config(
        {"do_resize": False, "do_center_crop": False, "do_rescale": False}
    )
    assert none.shape is None and none(noise(30, 20)).shape == (3, 20, 30)


def test_without_a_file_it_is_clips(tmp_path):
    assert Preprocessing.of_folder(tmp_path) == Preprocessing(mean=CLIP_MEAN)
    (tmp_path / "preprocessor_config.json").write_text('{"size": {"wide": 3}}')
    with pytest.raises(ModelError, match=r"preprocessor_config\.json"):
        Preprocessing.of_folder(tmp_path)


@pytest.mark.parametrize("size", [(20_000, 10), (10, 20_000), (3000, 7)])
def test_the_middle_of_a_long_picture_is_what_the_whole_would_give(size):
    preprocessing = Preprocessing(shortest=32, crop=(32, 32))
    image = noise(*size)
    whole = image.resize(preprocessing._target(*size), Image.Resampling.BICUBIC)
    left, top = (whole.width - 32) // 2, (whole.height - 32) // 2
    wanted = np.asarray(whole.crop((left, top, left + 32, top + 32))).astype(int)
    assert (
        np.abs(np.asarray(preprocessing.cut(image)) - wanted).mean() < 12
    )  # half a pixel off at most


def test_a_small_picture_lies_on_black():
    found = Preprocessing(shortest=None, crop=(8, 8), mean=(0,) * 3, std=(1,) * 3)(
        Image.new("RGB", (4, 4), (255, 255, 255))
    )
    assert found[:, 2:6, 2:6].min() == 1 and found.sum() == 3 * 16
