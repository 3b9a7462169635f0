"""clip-lite on real photos that it was not trained on; the figures of its card.

python -m tests.clip.lite.test_scores        prints them, beside those of ConSE
"""

import numpy as np
import pytest

from lmcli.clip.files.lexicon import Lexicon
from lmcli.frame.models import bundled_folder
from tests.clip.photos import CHINESE, CIFAR10, CIFAR10_CLASSES, FIFTY, IMAGENET, MANY, PHOTOS, ten

DRAWS = 10  # of nine other labels for each photo
BLOCK = 384


def best(images, labels, k=1) -> np.ndarray:
    """The indices (n, k) of the labels nearest to each image."""
    return np.argsort(-(images @ labels.T), axis=1)[:, :k]


def share(photos, found, labels, *, kinds=True) -> float:
    """How many photos have a right label among those found; `kinds`: "bird" is right for an eagle too."""
    right = [
        any(labels[i] == photo.label or (kinds and labels[i] in photo.also) for i in row)
        for photo, row in zip(photos, found, strict=True)
    ]
    return float(np.mean(right))


def of_ten(images, fifty) -> float:
    """Top-1 among the photo's label and nine others, over all draws."""
    right = []
    for photo, image in zip(PHOTOS, images, strict=True):
        for draw in range(DRAWS):
            rows = [FIFTY.index(label) for label in ten(photo.label, draw)]
            right.append(int(np.argmax(fifty[rows] @ image)) == 0)
    return float(np.mean(right))


def of_imagenet(images, names) -> float:
    """Top-1 of the photos of ImageNet among its 1000 names."""
    rows = [i for i, photo in enumerate(PHOTOS) if photo.imagenet is not None]
    right = [photo.imagenet for photo in PHOTOS if photo.imagenet is not None]
    return float(np.mean(best(images[rows], names)[:, 0] == right))


def in_chinese(clip) -> np.ndarray:
    """The vectors of the fifty labels, translated from Chinese."""
    lexicon = Lexicon.open(bundled_folder() / "clip-lite" / "lexicon.txt")
    return clip.labels([lexicon.translate(label) for label in CHINESE.values()])


def scores(clip, keep=lambda vectors: vectors) -> dict[str, float]:
    """All figures; `keep` takes what is to be compared of the vectors."""
    images, small = keep(clip.photos(PHOTOS)), keep(clip.photos(CIFAR10))
    fifty, many = keep(clip.labels(FIFTY)), keep(clip.labels(MANY))
    classes = keep(clip.labels(CIFAR10_CLASSES))
    return {
        "10 labels": of_ten(images, fifty),
        "50 labels": share(PHOTOS, best(images, fifty), FIFTY, kinds=False),
        "360 labels": share(PHOTOS, best(images, many), MANY),
        "360 labels, top 5": share(PHOTOS, best(images, many, 5), MANY),
        "1000 ImageNet names": of_imagenet(images, keep(clip.labels(IMAGENET))),
        "CIFAR-10": share(CIFAR10, best(small, classes), CIFAR10_CLASSES),
        "50 labels in Chinese": share(
            PHOTOS, best(images, keep(in_chinese(clip))), FIFTY, kinds=False
        ),
    }


def conse(vectors) -> np.ndarray:
    """The block of class names alone, where nothing was learned (Norouzi et al. 2014)."""
    return vectors[:, :BLOCK]


LEAST = {  # the card's figures less one photo
    "10 labels": 0.83,
    "50 labels": 0.76,
    "360 labels": 0.66,
    "360 labels, top 5": 0.83,
    "1000 ImageNet names": 0.9,
    "CIFAR-10": 0.6,
    "50 labels in Chinese": 0.76,
}


@pytest.mark.slow
def test_it_is_as_good_as_its_card_says(clip_lite):
    found = scores(clip_lite)
    assert {name: score for name, score in found.items() if score < LEAST[name]} == {}


@pytest.mark.slow
def test_what_was_learned_helps(clip_lite):
    learned, plain = scores(clip_lite), scores(clip_lite, conse)
    assert sum(learned.values()) > sum(plain.values())


if __name__ == "__main__":
    from lmcli.frame.models import read_spec
    from tests.clip.lite.conftest import Bundled

    folder = bundled_folder()
    clip = Bundled(read_spec(folder / "clip-lite"), read_spec(folder / "all-minilm-l6-v2"))
    whole, plain = scores(clip), scores(clip, conse)
    for name, score in whole.items():
        print(f"{name:22} {score:.3f}   ConSE {plain[name]:.3f}")
