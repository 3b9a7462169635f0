"""From a picture to 28 x 28: the ink, its pieces in order, the centre of mass."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from lmcli.digits.centring import MIDDLE, as_it_is, centred, stroke_width
from lmcli.digits.paper import ink_of, otsu
from lmcli.digits.segments import labelled, writing_of
from lmcli.frame.errors import NoAnswer


def drawn(
    *boxes: tuple[int, int, int, int], size=(300, 200), paper="white", ink="black"
) -> Image.Image:
    image = Image.new("RGB", size, paper)
    for box in boxes:
        ImageDraw.Draw(image).rectangle(box, ink)
    return image


def middle_of(pixels: np.ndarray) -> tuple[float, float]:
    mass = pixels.sum()
    at = np.arange(28) + 0.5
    return float(pixels.sum(axis=1) @ at / mass), float(pixels.sum(axis=0) @ at / mass)


@pytest.mark.parametrize(
    ("paper", "ink"),
    [
        ("white", "black"),
        ("black", "white"),
        ("#e8e0c0", "#203080"),
        ("#80c080", "#c08080"),
        ("#777", "#999"),
    ],
)
def test_ink_of_any_colours(paper, ink):
    found = ink_of(drawn((100, 40, 130, 160), paper=paper, ink=ink)).values
    assert found[100, 115] > 0.9
    assert found[100, 60] < 0.1
    assert (found > 0.5).sum() == pytest.approx(31 * 121, rel=0.05)


def test_a_shadow_is_no_ink():
    values = np.asarray(drawn((100, 40, 130, 160)), np.float32).copy()
    values[:, 180:] *= 0.45
    values[120:] *= 0.8
    values += np.random.default_rng(0).normal(0, 3, values.shape)
    image = Image.fromarray(values.clip(0, 255).astype(np.uint8))
    found = ink_of(image)
    pieces = [piece for line in writing_of(found.values).lines for piece in line]
    assert [(piece.width, piece.height) for piece in pieces] == [
        (pytest.approx(31, abs=3), pytest.approx(121, abs=3))
    ]
    assert any("evened out" in step for step in found.steps)


@pytest.mark.parametrize("color", ["white", "black", "#888"])
def test_blank_paper(color):
    with pytest.raises(NoAnswer, match="nothing is written"):
        ink_of(Image.new("RGB", (90, 60), color))


def test_steps_say_what_was_done():
    steps = ink_of(drawn((900, 400, 1000, 900), size=(2000, 1200), paper="#999", ink="#777")).steps
    assert steps[0] == "2000 x 1200 pixels"
    assert "dark ink on light paper" in steps
    assert any("made smaller" in step for step in steps)
    assert any("faint" in step for step in steps)


def test_lines_are_read_in_order():
    boxes = (
        (220, 20, 240, 90),
        (20, 25, 40, 95),
        (120, 22, 140, 88),
        (30, 120, 50, 180),
        (100, 118, 120, 182),
    )
    lines = writing_of(ink_of(drawn(*boxes)).values).lines
    assert [[piece.left for piece in line] for line in lines] == [[20, 120, 220], [30, 100]]


def test_specks_frames_and_bars():
    specks = drawn((100, 40, 120, 160), (200, 100, 203, 103), (10, 10, 12, 12))
    writing = writing_of(ink_of(specks).values)
    assert len(writing.lines[0]) == 1
    assert "specks left out: 2" in writing.steps
    framed = drawn((100, 40, 120, 160), (0, 0, 299, 6))
    assert [len(line) for line in writing_of(ink_of(framed).values).lines] == [1]
    five = drawn((100, 60, 150, 160), (100, 40, 160, 52))  # a bar above, that does not touch
    (line,) = writing_of(ink_of(five).values).lines
    assert [(piece.top, piece.bottom) for piece in line] == [(40, 161)]


def test_corners_hang_together():
    mask = np.array([[1, 0, 0, 1], [0, 1, 1, 0], [0, 0, 0, 0], [1, 1, 0, 1]], bool)
    labels, count = labelled(mask)
    assert count == 3
    assert labels[0, 0] == labels[0, 3] == labels[1, 1]


def test_centred_as_mnist_is():
    ink = np.zeros((90, 60), np.float32)
    ink[:, 40:] = 1
    ink[70:] = 1
    pixels, steps = centred(ink)
    assert pixels.shape == (28, 28)
    rows = np.flatnonzero(pixels.max(axis=1) > 0.1)
    assert rows[-1] - rows[0] + 1 == 20
    assert middle_of(pixels) == (pytest.approx(MIDDLE, abs=0.6), pytest.approx(MIDDLE, abs=0.6))
    assert steps[-1].startswith("scaled to 13 x 20")


def test_thin_strokes_become_wider():
    ink = np.zeros((400, 300), np.float32)
    ink[:, 140:144] = 1
    pixels, steps = centred(ink)
    assert any("wider" in step for step in steps)
    assert pixels.max() == pytest.approx(1)
    assert pixels.sum(axis=1).max() > 1.2


def test_the_width_of_a_stroke():
    ink = np.zeros((200, 200), np.float32)
    ink[20:180, 90:102] = 1
    assert stroke_width(ink) == pytest.approx(14, rel=0.2)


def test_mnists_own_are_taken_as_they_are():
    pixels, _ = centred(np.ones((60, 12), np.float32))
    assert as_it_is(pixels) is not None
    assert np.allclose(as_it_is(1 - pixels), pixels)
    assert as_it_is(np.roll(pixels, 5, axis=1)) is None
    assert as_it_is(np.ones((28, 28), np.float32)) is None
    assert as_it_is(np.zeros((28, 28), np.float32)) is None
    assert as_it_is(np.zeros((27, 28), np.float32)) is None


def test_otsu_parts_two_kinds():
    values = np.array([0.1] * 90 + [0.8] * 10, np.float32)
    assert 0.1 < otsu(values) < 0.8
