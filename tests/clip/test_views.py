"""Several views of a picture: which they are, their mean, and that vectors of different numbers never mix."""

import json

import numpy as np
import pytest
from PIL import Image, ImageOps

from lmcli.clip.cli.inputs import MOST
from lmcli.clip.preprocessing import Preprocessing
from lmcli.clip.views import views_of

pytestmark = pytest.mark.usefixtures("place")

CROPPED = Preprocessing(shortest=60, crop=(50, 50))
SQUEEZED = Preprocessing(shortest=None, size=(40, 40), crop=None)


def stripes(width=300, height=100) -> Image.Image:
    """Red, green and blue from the left to the right."""
    image = Image.new("RGB", (width, height), (255, 0, 0))
    image.paste((0, 255, 0), (width // 3, 0, 2 * width // 3, height))
    image.paste((0, 0, 255), (2 * width // 3, 0, width, height))
    return image


@pytest.mark.parametrize("preprocessing", [CROPPED, SQUEEZED])
@pytest.mark.parametrize("size", [(300, 100), (100, 300), (1, 1), (3, 2000), (64, 64)])
def test_more_views_are_the_same_and_further_ones(preprocessing, size):
    image = stripes(*size)
    most = list(views_of(image, preprocessing, MOST))
    assert len(most) == MOST and {view.shape for view in most} == {most[0].shape}
    assert (most[0] == preprocessing(image)).all()
    for count in (1, 3):
        few = list(views_of(image, preprocessing, count))
        assert all((a == b).all() for a, b in zip(few, most, strict=False))


def test_the_ends_are_seen():
    plain = Preprocessing(shortest=50, crop=(50, 50), mean=(0,) * 3, std=(1,) * 3)
    views = [view.mean(axis=(1, 2)) for view in views_of(stripes(), plain, MOST)]
    assert views[0].argmax() == 1  # the middle is green
    assert {int(view.argmax()) for view in views} == {0, 1, 2}
    mirrored = next(iter(views_of(ImageOps.mirror(stripes()), plain, 1)))
    assert (list(views_of(stripes(), plain, 3))[2] == mirrored).all()


def test_commands_take_the_number(lmcli):
    vectors = {}
    for count in (1, 3):
        words = ("clip", "embed", "pics/cat.jpg", "--views", count, "-f", "json")
        (row,) = json.loads(lmcli(*words).out)
        vectors[count] = np.array(row["embedding"])
        assert abs(np.linalg.norm(vectors[count]) - 1) < 1e-5
    assert 0.5 < vectors[1] @ vectors[3] < 0.9999
    assert lmcli("clip", "embed", "pics/cat.jpg", "--views", 0).code == 2


def test_an_index_of_other_views_is_another(lmcli):
    def score(*options):
        found = lmcli("clip", "search", "a cat", "pics", "-k", 1, "-f", "json", *options)
        return json.loads(found.out)[0]["score"], found.err

    one, _ = score()
    two, _ = score("--views", 2)
    assert one != two
    assert score()[0] == one
    assert score("--index", "x")[0] == one
    again, said = score("--index", "x", "--views", 2)
    assert again == two and "number of views" in said
