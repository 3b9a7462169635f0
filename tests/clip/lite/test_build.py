"""How clip-lite is made: the network against its published code's results, the folder, the same bytes twice."""

import numpy as np
import pytest

from lmcli.clip.lite.backgrounds import backgrounds
from lmcli.clip.lite.language.wordnet import WordNet
from lmcli.clip.lite.network import FEATURES, padding
from lmcli.frame.models import bundled_folder, read_spec, verify
from tests.conftest import _cache, peer


def test_padding_is_tensorflows():
    assert padding(224, 3, 2) == (0, 1)
    assert padding(56, 5, 2) == (1, 2)
    assert padding(14, 5, 1) == (2, 2)
    assert padding(7, 1, 1) == (0, 0)


def test_backgrounds_are_features():
    found = backgrounds()
    assert found.shape[1] == FEATURES and len(found) > 1000
    assert found.min() >= 0 and np.isfinite(found).all()


def test_wordnet_knows_kinds():
    net = WordNet.open()
    words = {
        word
        for number in net.ancestors(net.of_word["tabby cat"][0])
        for word, _ in net.synsets[number].words
    }
    assert {"cat", "feline", "animal"} <= words
    assert "dog" not in words


@pytest.mark.peer
def test_the_same_seed_gives_the_same_bytes(tmp_path):
    peer("torch")
    from lmcli.clip.lite.build import build_clip_lite
    from lmcli.clip.lite.material import Settings

    small = Settings(steps=3, batch=8, hidden=16)
    folders = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        with _cache():
            build_clip_lite(folder, print, settings=small)
        folders.append(folder)
    bundled = bundled_folder() / "clip-lite"
    files = {path.name for path in bundled.iterdir()} - {"CARD.md"}
    assert {path.name for path in folders[0].iterdir()} == files
    for name in files:
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes()
    assert list(verify(read_spec(folders[0]))) == []
    for untrained in ("lexicon.txt", "preprocessor_config.json"):
        assert (folders[0] / untrained).read_bytes() == (bundled / untrained).read_bytes()


@pytest.mark.peer
def test_the_int8_network_keeps_to_the_float32_one(tmp_path):
    peer("torch")
    from lmcli.clip.lite import parts
    from lmcli.clip.lite.graphs import vision_graph
    from lmcli.nn import onnx

    with _cache():
        network = parts.read_network(parts.NETWORK.fetch(print))
    rng = np.random.default_rng(1)
    coarse = rng.integers(0, 256, (6, 3, 14, 14)).repeat(16, axis=2).repeat(16, axis=3)
    pixels = ((coarse - 127) / 128).astype(np.float32)
    found = []
    for int8 in (False, True):
        path = tmp_path / f"{int8}.onnx"
        vision_graph(network, None, int8=int8).write(path)
        session = onnx.open_session(path, provider="cpu", threads=1)
        found.append(session.run({"pixel_values": pixels})["pooler_output"])
    lengths = [np.linalg.norm(features, axis=1) for features in found]
    cosines = (found[0] * found[1]).sum(axis=1) / (lengths[0] * lengths[1])
    assert cosines.min() > 0.95
