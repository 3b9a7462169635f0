"""How often clip-lite names photos rightly with 1 to 8 views, on the 30 photos of its card and 159 more.

python -m tests.clip.lite.more_scores gcompris-qt-data_3.1-2_all.deb
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

from lmcli.clip.cli.inputs import MOST
from lmcli.frame.models import bundled_folder, read_spec
from lmcli.frame.numbers import normalised
from tests.clip.lite.conftest import Bundled
from tests.clip.lite.more_photos import ALSO, photos
from tests.clip.photos import FIFTY, PHOTOS

DRAWS = 20  # of the other labels, for each photo


def main(deb: Path) -> None:
    """Print the figures, and the labels that fail most."""
    folder = bundled_folder()
    models = read_spec(folder / "clip-lite"), read_spec(folder / "all-minilm-l6-v2")
    clip = Bundled(*models, provider="cpu", threads=1)
    more = photos(deb)
    right = [photo.label for photo in PHOTOS] + [label for _, label in more]
    also = [photo.also for photo in PHOTOS] + [ALSO.get(label, ()) for _, label in more]
    pool = list(dict.fromkeys([*right, *FIFTY]))
    texts = clip.labels(pool)
    begun, seen = time.process_time(), clip.seen_in(MOST)
    pictures = [photo.open() for photo in PHOTOS] + [picture for picture, _ in more]
    vectors = np.stack(
        [clip.encode_images(seen.pixels_of(picture.convert("RGB"))) for picture in pictures]
    )
    spent = (time.process_time() - begun) / len(pictures) / MOST
    print(f"{len(pictures)} photos, {len(pool)} labels, {1000 * spent:.1f} ms a view")
    for count in range(1, MOST + 1):
        cosines = normalised(vectors[:, :count].mean(axis=1)) @ texts.T
        row = [np.mean(_hits(cosines, right, also, pool, labels)) for labels in (10, 50)]
        print(f"{count} views: 10 labels {row[0]:.3f}, 50 labels {row[1]:.3f}")
    failing = _hits(vectors[:, 0] @ texts.T, right, also, pool, 50)
    for place in np.argsort(failing, kind="stable")[:40]:
        nearest = np.argsort(-(vectors[place, 0] @ texts.T))[:3]
        print(f"{right[place]:22} {failing[place]:.2f}   {', '.join(pool[i] for i in nearest)}")


def _hits(
    cosines: np.ndarray,
    right: list[str],
    also: list[tuple[str, ...]],
    pool: list[str],
    labels: int,
) -> list[float]:
    """For each photo how often its label wins among so many, the others drawn from the pool."""
    found = []
    for place, (label, others) in enumerate(zip(right, also, strict=True)):
        wrong = [i for i, name in enumerate(pool) if name != label and name not in others]
        rng = np.random.default_rng([labels, place])
        own = cosines[place, pool.index(label)]
        draws = [rng.choice(wrong, labels - 1, replace=False) for _ in range(DRAWS)]
        found.append(float(np.mean([own >= cosines[place, draw].max() for draw in draws])))
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]))
