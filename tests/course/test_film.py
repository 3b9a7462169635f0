"""`lmcli demo --save`: the tour as a film."""

import json
from xml.etree import ElementTree

import pytest

from lmcli.course.export.film import Film, asciicast, screens, svg
from lmcli.course.shelf import LESSONS, open_lesson

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def film():
    made = Film()
    made.cut()
    made.write("first <step>\n")
    made.pause(2.5)
    made.cut()
    made.write("\x1b[1;38;2;200;10;10m二\x1b[0m step\n")
    made.pause(4)
    return made


def test_a_screen_is_what_a_step_printed_for_as_long_as_it_stood(film):
    first, second = screens(film)
    assert [line.plain for line in first.lines] == ["first <step>"] and first.seconds == 2.5
    assert [line.plain for line in second.lines] == ["二 step"] and second.seconds == 4


def test_lines_that_were_drawn_again_are_kept_once():
    made = Film()
    made.cut()
    made.write("head\n\x1b[2K10 %\r\x1b[2K50 %\r\x1b[2Kdone\n")
    assert [line.plain for line in screens(made)[0].lines] == ["head", "done"]


def test_a_cast_has_a_header_and_times_that_grow(film):
    lesson = open_lesson(LESSONS / "demo", "zh")
    header, *events = map(json.loads, asciicast(film, lesson))
    assert header["version"] == 2 and header["width"] == 80 and lesson.title in header["title"]
    assert [time for time, _, _ in events] == [0, 2.5, 6.5]
    assert events[0][1:] == ["o", "first <step>\r\n"]


def test_an_svg_is_whole_and_its_wide_letters_take_two_cells(film):
    root = ElementTree.fromstring(svg(film, open_lesson(LESSONS / "demo", "en")))
    first, second = root.findall(f"{SVG}g")
    assert first.get("visibility") is None and second.get("visibility") == "hidden"
    wide, after = second.findall(f"{SVG}text")
    assert wide.text == "二" and wide.get("font-weight") == "bold" and wide.get("fill") == "#c80a0a"
    assert float(after.get("x")) - float(wide.get("x")) == pytest.approx(2 * 8.4, abs=0.06)
    assert "http" not in ElementTree.tostring(root).decode().replace(
        "http://www.w3.org/2000/svg", ""
    )


def test_another_kind_of_file_is_refused_before_anything_runs(lmcli, tmp_path):
    done = lmcli("demo", "--save", tmp_path / "film.gif")
    assert done.code == 2 and ".cast or .svg" in done.err and not list(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.parametrize(("language", "animal"), [("en", "zebra"), ("zh", "斑马")])
def test_the_whole_tour_as_a_film(lmcli, tmp_path, language, animal):
    target = tmp_path / "demo.svg"
    done = lmcli("demo", "--lang", language, "--save", target)
    assert done.code == 0 and not done.out
    text = target.read_text(encoding="utf-8")
    assert animal in text and "queen" in text and len(text) < 250_000
    ElementTree.fromstring(text)
