"""The bundled picture model clip-lite: how its folder is made from pinned parts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmcli.clip.lite import parts
from lmcli.clip.lite.backgrounds import backgrounds
from lmcli.clip.lite.graphs import TEXT, text_graph, vision_graph
from lmcli.clip.lite.language.texts import TEMPLATES, names_of_kinds, nouns_outside
from lmcli.clip.lite.language.wordnet import WordNet
from lmcli.clip.lite.language.words import lexicon_lines
from lmcli.clip.lite.material import Material, Settings
from lmcli.clip.lite.parts import Classes, Say
from lmcli.clip.lite.training import train
from lmcli.frame.models import bundled_folder, read_spec, write_spec
from lmcli.nn.encoder import Encoder, open_encoder
from lmcli.vectors.vocabulary import Vocabulary

VISION, WORDS, LEXICON = "vision_model.onnx", "text_model.onnx", "lexicon.txt"
PREPROCESSING = "preprocessor_config.json"
ENCODER, FREQUENT = "all-minilm-l6-v2", "glove-50d"  # bundled models that take part
SCALE = 15.0

SCORES = "python -m tests.clip.lite.test_scores"

SPEC: dict[str, Any] = {
    "name": "clip-lite",
    "task": "zero-shot-image-classification",
    "summary": "pictures and words in one space: EfficientNet-Lite0 (int8) and MiniLM, joined by trained heads",
    "licence": "Apache-2.0; lexicon CC-BY-SA-4.0",
    "languages": ["en", "zh"],
    "origin": {
        "source": f"pypi:{parts.NETWORK.requirement}",
        "file": parts.NETWORK.file,
        "sha256": parts.NETWORK.sha256,
        "built_with": "lmcli models build clip-lite",
        "paper": "EfficientNet, Tan and Le 2019; CLIP, Radford et al. 2021; ConSE, Norouzi et al. 2014",
    },
    "inputs": {
        "pixel_values": "float32 (batch, 3, 224, 224)",
        "sentence_embedding": "float32 (batch, 384) of length 1",
    },
    "outputs": {
        "image_embeds": "float32 (batch, 768) of length 1",
        "pooler_output": "float32 (batch, 1280)",
        "text_embeds": "float32 (batch, 768) of length 1",
    },
    "settings": {
        "text_encoder": ENCODER,
        "templates": list(TEMPLATES),
        "logit_scale": SCALE,
        "lexicon": LEXICON,
        "graphs": {"vision": VISION, "text": WORDS},
    },
    "metrics": [
        {"name": f"{name}, top-1 of real photos", "value": value, "command": SCORES}
        for name, value in (
            ("10 labels, 30 photos", 0.837),
            ("50 labels, 30 photos", 0.767),
            ("50 labels in Chinese, 30 photos", 0.800),
            ("360 labels, 30 photos", 0.667),
            ("1000 ImageNet names, 20 photos", 0.900),
            ("CIFAR-10, 20 pictures", 0.600),
        )
    ],
}

PIXELS: dict[str, Any] = {
    "image_processor_type": "CLIPImageProcessor",
    "do_convert_rgb": True,
    "do_resize": True,
    "size": {"shortest_edge": 240},
    "resample": 3,
    "do_center_crop": True,
    "crop_size": {"height": 224, "width": 224},
    "do_rescale": True,
    "rescale_factor": 1 / 255,
    "do_normalize": True,
    "image_mean": [127 / 255] * 3,
    "image_std": [128 / 255] * 3,
}


def build_clip_lite(folder: Path, say: Say, *, settings: Settings | None = None) -> None:
    """Write the model folder clip-lite; the same bytes each time, on one kind of processor and torch.

    Raises ModelError where a part cannot be had, MissingExtra without torch.
    """
    network = parts.read_network(parts.NETWORK.fetch(say))
    classes = parts.read_classes(parts.CLASSES.fetch(say))
    net = WordNet.open()
    frequent = Vocabulary.open(bundled_folder() / FREQUENT)
    say("embedding words")
    material = gather(classes, net, frequent)
    image, text = train(network, material, settings or Settings(), say)
    say("writing the graphs and the lexicon")
    graphs = {VISION: vision_graph(network, image, int8=True), WORDS: text_graph(text)}
    for name, graph in graphs.items():
        graph.write(folder / name)
    wheels = parts.DICTIONARY.fetch(say), parts.EMOJI.fetch(say)
    (folder / LEXICON).write_text(lexicon_lines(*wheels, net, frequent), encoding="utf-8")
    (folder / PREPROCESSING).write_text(json.dumps(PIXELS, indent=2) + "\n", encoding="utf-8")
    write_spec(folder, SPEC, (*graphs, LEXICON, PREPROCESSING))


def gather(classes: Classes, net: WordNet, frequent: Vocabulary) -> Material:
    """What the heads learn from: words and their sentence vectors, classes, features without labels."""
    kinds = names_of_kinds(classes, net)
    others, similar = nouns_outside(classes, net, kinds.words, frequent)
    encoder = open_encoder(read_spec(bundled_folder() / ENCODER), provider="cpu", threads=1)
    vectors = [_prompted(encoder, words) for words in (classes.names, kinds.words, others)]
    return Material(vectors[0], vectors[1], kinds.covers, vectors[2], similar, backgrounds())


def _prompted(encoder: Encoder, words: Sequence[str]) -> NDArray[np.float32]:
    """The sentence vectors (n, templates, 384) of words in every template."""
    texts = [template.format(word) for word in words for template in TEMPLATES]
    return encoder.encode(texts).reshape(len(words), len(TEMPLATES), TEXT)
