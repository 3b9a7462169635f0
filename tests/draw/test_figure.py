"""Figures in their three formats, and the colour maps they use."""

import base64
import io
import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from lmcli.draw import fonts
from lmcli.draw.colormap import DIVERGING, MISSING, VIRIDIS, hexadecimal, readable_on, rgb
from lmcli.draw.figure import SUFFIXES, Figure, text_width
from lmcli.draw.heatmap_figure import heatmap_figure
from lmcli.draw.svg import page, svg
from lmcli.frame.errors import BadUsage

NAMESPACE = "{http://www.w3.org/2000/svg}"


def drawing() -> Figure:
    figure = Figure(200, 100, title="<Two> & more")
    figure.rect(0, 0, 100, 100, fill="#ff0000")
    figure.rect(100, 0, 100, 100, fill=(0, 0, 255), stroke="#000000", stroke_width=4)
    figure.line((10, 90), (90, 90), stroke="#00ff00", width=6)
    figure.circle(50, 50, 20, fill="#ffff00")
    figure.polygon([(150, 20), (180, 80), (120, 80)], fill="#ffffff")
    return figure


def test_svg_is_xml_with_the_shapes_and_the_title():
    root = ET.fromstring(svg(drawing()))
    tags = [child.tag.removeprefix(NAMESPACE) for child in root]
    assert tags == ["title", "rect", "rect", "rect", "polyline", "circle", "polygon"]
    assert root[0].text == "<Two> & more"
    assert root.get("viewBox") == "0 0 200 100"


@given(st.text())
def test_any_text_survives_as_xml_but_for_what_xml_forbids(text):
    figure = Figure(10, 10)
    figure.text(1, 1, text)
    read = ET.fromstring(svg(figure).encode("utf-8", "surrogatepass"))[-1].text or ""
    expected = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "\ufffd", text)
    assert read == expected.replace("\r\n", "\n").replace("\r", "\n")


def test_html_holds_the_svg_and_fetches_nothing():
    text = page(drawing())
    assert text.startswith("<!DOCTYPE html>") and "<title>&lt;Two&gt; &amp; more</title>" in text
    assert svg(drawing()) in text
    assert "<script" not in text and "href" not in text
    assert re.findall(r"https?://\S+?(?=\")", text) == ["http://www.w3.org/2000/svg"]


def test_png_has_the_colours_where_they_were_drawn(tmp_path):
    drawing().save(tmp_path / "a.png")
    image = Image.open(tmp_path / "a.png")
    assert image.size == (400, 200)
    expected = {
        (20, 20): (255, 0, 0),
        (100, 100): (255, 255, 0),
        (100, 180): (0, 255, 0),
        (220, 40): (0, 0, 255),
        (300, 100): (255, 255, 255),
        (201, 100): (0, 0, 0),
    }
    assert {place: image.getpixel(place)[:3] for place in expected} == expected


def test_png_text_stands_at_its_anchor(tmp_path):
    for anchor, (left, right) in {
        "start": (100, 200),
        "middle": (80, 120),
        "end": (0, 100),
    }.items():
        figure = Figure(200, 40)
        figure.text(100, 20, "HHH", size=14, anchor=anchor, middle=True, fill="#000000")
        figure.save(tmp_path / "a.png")
        box = Image.open(tmp_path / "a.png").convert("L").point(lambda v: 255 * (v < 128)).getbbox()
        assert 2 * left - 4 <= box[0] and box[2] <= 2 * right + 4
        assert abs((box[1] + box[3]) / 2 - 40) <= 3


def test_turned_text_turns_clockwise_as_in_svg(tmp_path):
    figure = Figure(100, 100)
    figure.text(50, 50, "HHHH", angle=90, fill="#000000")
    figure.save(tmp_path / "a.png")
    box = Image.open(tmp_path / "a.png").convert("L").point(lambda v: 255 * (v < 128)).getbbox()
    assert box[1] >= 98 and box[3] - box[1] > 2 * (box[2] - box[0])


def test_a_missing_font_is_noted_and_the_picture_still_made(tmp_path, monkeypatch):
    monkeypatch.setattr(fonts, "cjk_font", lambda bold: None)
    monkeypatch.setattr(fonts, "latin_font", lambda bold: None)
    notes = []
    figure = Figure(100, 40)
    figure.text(5, 20, "cat 猫")
    figure.save(tmp_path / "a.png", note=notes.append)
    assert len(notes) == 1 and "猫" in notes[0]
    assert Image.open(tmp_path / "a.png").convert("L").getextrema()[0] < 128


def test_a_very_large_figure_gives_a_png_of_bounded_size(tmp_path):
    figure = Figure(20_000, 4_000)
    figure.save(tmp_path / "a.png")
    width, height = Image.open(tmp_path / "a.png").size
    assert width * height <= 16_100_000 and abs(width / height - 5) < 0.01


@pytest.mark.parametrize("name", ["a.svg", "b.PNG", "c.html"])
def test_the_same_drawing_gives_the_same_bytes(tmp_path, name):
    drawing().save(tmp_path / name)
    first = (tmp_path / name).read_bytes()
    drawing().save(tmp_path / name)
    assert (tmp_path / name).read_bytes() == first
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", ["a.jpg", "a", "svg"])
def test_an_unknown_suffix_is_refused_with_those_that_work(tmp_path, name):
    with pytest.raises(BadUsage) as error:
        drawing().save(tmp_path / name)
    assert all(suffix in str(error.value) for suffix in SUFFIXES)
    assert not list(tmp_path.iterdir())


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(BadUsage, match="nowhere"):
        drawing().save(tmp_path / "nowhere" / "a.svg")


def test_text_width_counts_wide_letters_twice():
    assert text_width("猫猫", 10) == 20
    assert text_width("é", 10) == text_width("e\u0301", 10)


@given(st.floats(0, 1))
def test_viridis_grows_lighter(value):
    lighter = min(value + 0.05, 1.0)
    assert sum(VIRIDIS(lighter)) >= sum(VIRIDIS(value)) - 6


def test_colour_maps_end_where_they_should():
    assert VIRIDIS(0) == VIRIDIS(-3) == (68, 1, 84)
    assert VIRIDIS(1) == VIRIDIS(9) == (253, 231, 37)
    assert DIVERGING(0.5) == (247, 247, 247)
    assert VIRIDIS(float("nan")) == MISSING


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_colours_read_back_and_text_can_be_read_on_them(color):
    assert rgb(hexadecimal(color)) == color
    assert readable_on((0, 0, 0)) == (255, 255, 255) and readable_on((255, 255, 255)) == (0, 0, 0)
    assert readable_on(color) in ((0, 0, 0), (255, 255, 255))


def test_a_heatmap_figure_colours_each_cell():
    figure = heatmap_figure([[0, 1], [0.5, float("nan")]], ["a", "b"], ["c", "d"], title="T")
    fills = [shape.fill for shape in figure.shapes if getattr(shape, "box", None)][:4]
    assert fills == [hexadecimal(VIRIDIS(value)) for value in (0, 1, 0.5)] + [hexadecimal(MISSING)]
    texts = [shape.text for shape in figure.shapes if hasattr(shape, "text")]
    assert texts[:3] == ["T", "c", "d"] and "0.50" in texts


def test_a_picture_in_a_figure(tmp_path):
    buffer = io.BytesIO()
    Image.new("RGB", (2, 1), "#ff0000").save(buffer, "png")
    figure = Figure(40, 20)
    figure.picture(10, 0, 20, 20, buffer.getvalue())
    (image,) = ET.fromstring(svg(figure)).findall(f"{NAMESPACE}image")
    head, _, data = image.get("href").partition(",")
    assert head == "data:image/png;base64" and base64.b64decode(data) == buffer.getvalue()
    figure.save(tmp_path / "it.png")
    with Image.open(tmp_path / "it.png") as drawn:
        assert drawn.size == (80, 40)
        assert drawn.getpixel((40, 20)) == (255, 0, 0)
        assert drawn.getpixel((10, 20)) == drawn.getpixel((70, 20)) == (255, 255, 255)
