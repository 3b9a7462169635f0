"""The committed folder of clip-lite: what its graphs promise."""

import json

import numpy as np
import pytest

from lmcli.frame.models import bundled_folder, read_spec, verify

FOLDER = bundled_folder() / "clip-lite"


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    """Four pictures: noise, grey, black, a ramp."""
    rng = np.random.default_rng(0)
    noise = rng.uniform(-1, 1, (1, 3, 224, 224))
    ramp = np.broadcast_to(np.linspace(-1, 1, 224), (1, 3, 224, 224))
    flat = np.stack([np.full((3, 224, 224), value) for value in (0.0, -127 / 128)])
    return np.concatenate([noise, flat, ramp]).astype(np.float32)


def test_files_are_whole_and_small():
    model = read_spec(FOLDER)
    assert list(verify(model)) == []
    assert model.size < 20_000_000
    assert (FOLDER / "CARD.md").is_file()


def test_image_vectors_have_length_one(clip_lite, pixels):
    given = clip_lite.towers.image.session.run({"pixel_values": pixels})
    assert given["image_embeds"].shape == (4, 768)
    assert given["pooler_output"].shape == (4, 1280)
    np.testing.assert_allclose(np.linalg.norm(given["image_embeds"], axis=1), 1, atol=1e-5)
    assert (given["pooler_output"] >= 0).all()
    assert given["pooler_output"].std(axis=0).max() > 0.1


def test_an_image_vector_does_not_depend_on_its_neighbours(clip_lite, pixels):
    together = clip_lite.encode_images(pixels)
    alone = np.concatenate([clip_lite.encode_images(pixels[i : i + 1]) for i in range(4)])
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_text_vectors_have_length_one_and_stand_alone(clip_lite):
    texts = ["a cat", "a photo of a very long red double-decker bus in the rain", "x", "dog"]
    together = clip_lite.encode_texts(texts)
    assert together.shape == (4, 768)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    alone = np.concatenate([clip_lite.encode_texts([text]) for text in texts])
    np.testing.assert_allclose(together, alone, atol=1e-4)


def test_bytes_of_a_picture_pass_without_loss(clip_lite):
    """The first rounding of the int8 graph keeps every one of the 256 values of a byte."""
    config = json.loads((FOLDER / "preprocessor_config.json").read_text())
    values = np.arange(256, dtype=np.float32)
    scaled = (values * config["rescale_factor"] - config["image_mean"][0]) / config["image_std"][0]
    np.testing.assert_allclose(np.rint(scaled * 128) + 127, values)


def test_a_probability_means_something(clip_lite):
    """A plain grey picture is nothing for sure: no label of ten gets most of the probability."""
    labels = ["dog", "cat", "car", "ship", "tree", "chair", "pizza", "guitar", "shoe", "bird"]
    grey = np.zeros((1, 3, 224, 224), np.float32)
    logits = clip_lite.logits(clip_lite.encode_images(grey), clip_lite.labels(labels))
    assert clip_lite.probabilities(logits).max() < 0.7
