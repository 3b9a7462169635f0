"""The course as its readers use it: listed, played, checked, handed out."""

import io
import json
import re

import pytest

from lmcli.course.checking import unlike
from lmcli.course.facts import events, terms
from lmcli.course.lacking import lacking
from lmcli.course.lesson import Lesson
from lmcli.course.running import stage
from lmcli.course.shelf import LESSONS, find, folders, name_of, open_lesson
from lmcli.course.tour import A_BYTE, A_KEY, SHORTEST, Tour
from lmcli.course.view.page import Page
from lmcli.course.view.words import words
from lmcli.frame.environment import Environment
from lmcli.frame.loaded import Loaded
from lmcli.frame.locale import LANGUAGES
from tests.conftest import peer

NAMES = [name_of(folder) for folder in folders()]
LIGHT = ("vectors", "sentences", "attention", "graphs")  # without a model that is pulled, and quick


def both(folder) -> dict[str, Lesson]:
    return {code: open_lesson(folder, code) for code in LANGUAGES}


@pytest.mark.parametrize(
    "folder", [*folders(), LESSONS / "skeleton"], ids=lambda folder: folder.name
)
def test_both_languages_have_the_same_steps(folder):
    found = both(folder)
    assert unlike(found) == []
    assert {lesson.language for lesson in found.values()} == set(LANGUAGES)
    for lesson in found.values():
        assert len(lesson.steps) >= 1 and len(lesson.exercises) == (
            2 if folder.name == "skeleton" else 3
        )
        assert lesson.about and lesson.readings
        assert all(re.search(r"\d{4}", reading) for reading in lesson.readings)


@pytest.mark.parametrize("name", LIGHT)
def test_lessons_hold(lmcli, name):
    done = lmcli("course", "check", name, "-f", "jsonl")
    rows = [json.loads(line) for line in done.out.splitlines()]
    assert done.code == 0 and rows and {row["fault"] for row in rows} == {""}


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in NAMES if name not in LIGHT])
def test_every_lesson_holds(lmcli, name):
    if "extra:train" in open_lesson(find(name), "en").needs:
        peer("torch")
    done = lmcli("course", "check", name, "-f", "jsonl")
    assert [row for row in map(json.loads, done.out.splitlines()) if row["fault"]] == []
    assert done.code == 0


@pytest.mark.slow
@pytest.mark.parametrize("name", [*NAMES, str(LESSONS / "demo")])
def test_every_lesson_holds_on_a_terminal(lmcli, name):
    """There a command may draw what it prints as a row elsewhere."""
    if "extra:train" in open_lesson(find(name), "en").needs:
        peer("torch")
    done = lmcli("course", name, "--plain", "--lang", "en", tty=True)
    assert done.code == 0, done.err


def test_the_list_is_in_the_readers_language(lmcli):
    rows = json.loads(lmcli("course", "-f", "json").out)
    assert [row["name"] for row in rows] == NAMES and rows[0]["lesson"] == 1
    chinese = json.loads(lmcli("course", "play", "--lang", "zh", "-f", "json").out)
    assert "三个学派" in [row["title"] for row in chinese]


def test_a_lesson_in_a_pipe_asks_nothing(lmcli):
    done = lmcli("course", "2", "--plain", "--step", "3", "--lang", "zh")
    assert done.code == 0 and "$ lmcli analogy king man woman -k 3" in done.out
    assert "queen\t0.85" in done.out and "答案：queen" in done.out
    assert lmcli("course", "2", "--step", "99").code == 2


def test_unknown_lessons_are_named(lmcli):
    done = lmcli("course", "vectros")
    assert done.code == 2 and "vectors" in done.err
    assert lmcli("course", "77").code == 2


def test_a_lesson_of_ones_own(lmcli, tmp_path):
    own = tmp_path / "kings"
    assert lmcli("course", "new", str(own)).code == 0
    assert lmcli("course", "new", str(own)).code == 2
    assert lmcli("course", "check", str(own)).code == 0
    path = own / "lesson.en.md"
    path.write_text(path.read_text().replace("0.853 ±", "0.5 ±"))
    done = lmcli("course", "check", str(own), "-f", "jsonl")
    faults = [row["fault"] for row in map(json.loads, done.out.splitlines()) if row["fault"]]
    assert done.code == 5 and faults == ["the output does not hold '0.5 ± 0.01'"]
    assert lmcli("course", str(own), "--plain").code == 5
    path.write_text(path.read_text() + "## More\nNothing to run.\n")
    rows = map(json.loads, lmcli("course", "check", str(own), "-f", "jsonl").out.splitlines())
    assert "steps: 2 and 1" in [row["fault"] for row in rows]


def test_a_lesson_is_handed_out(lmcli, tmp_path):
    for form in ("html", "md", "ipynb"):
        out = tmp_path / f"two.{form}"
        assert lmcli("course", "export", "2", "--to", form, "--out", str(out)).code == 0
        text = out.read_text(encoding="utf-8")
        assert "0.8530" in text and "<script" not in text and "solves" not in text
    page = (tmp_path / "two.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 1 and not re.search(r'(src|href)="http', page)
    book = json.loads((tmp_path / "two.ipynb").read_text(encoding="utf-8"))
    assert book["cells"][2]["source"] == "!lmcli similarity cat dog"
    lmcli("course", "export", "2", "--lang", "zh", "--answers", "--out", str(tmp_path / "a.html"))
    assert "答案：italy" in (tmp_path / "a.html").read_text(encoding="utf-8")


def test_the_glossary(lmcli):
    found = terms("en")
    assert len(found) >= 150 and len({one.term for one in found}) == len(found)
    for one, chinese in zip(found, terms("zh"), strict=True):
        assert one.meaning.count(".") >= 2 and chinese.meaning.count("。") >= 2, one.term
        assert one.lesson in NAMES, one.term
    assert "e to the mean" in lmcli("glossary", "perplexity").out
    assert lmcli("glossary", "困惑度", "--lang", "zh", "-f", "plain").out.startswith("perplexity")
    done = lmcli("glossary", "sofmax")
    assert done.code == 3 and "softmax" in done.err


def test_every_command_of_the_glossary_exists(lmcli):
    for command in {one.command for one in terms("en")}:
        words = command.split()
        assert lmcli(*words[:2] if words[0] in GROUPS else words[:1], "--help").code == 0, command


GROUPS = (
    "course",
    "expert",
    "maze",
    "words",
    "classify",
    "digits",
    "attention",
    "prompt",
    "clip",
    "models",
    "fill",
    "pretrain",
    "graph",
)


def test_the_timeline_goes_forward():
    years = [one.year for one in events("en")]
    assert years == sorted(years) and {1958, 2013, 2017, 2018, 2020, 2021} <= set(years)
    assert all(one.what and one.who and one.source for one in events("zh"))


def test_doctor_names_what_lessons_lack_and_the_command(lmcli):
    found = list(lacking(folders(), lambda _: False, lambda _: False))
    by_thing = {one.thing: one for one in found}
    assert "12 gpt" in by_thing["smollm2-135m-instruct"].lessons
    assert by_thing["smollm2-135m-instruct"].command == "lmcli models pull smollm2-135m-instruct"
    assert "13 scaling" in by_thing["the extra train"].lessons
    assert by_thing["the extra train"].command == "pip install 'lmcli[train]'"
    assert list(lacking(folders(), lambda _: True, lambda _: True)) == []
    rows = [line for line in lmcli("doctor", "-f", "plain").lines if line.startswith("lessons\t")]
    assert rows and all("lmcli" in row or "\tok\t" in row for row in rows)


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_demo_shows_every_system_without_a_key(lmcli, language):
    done = lmcli("demo", "--lang", language, "--plain")
    assert done.code == 0 and "$ lmcli translate" in done.out and "I love machines" in done.out


def test_the_demo_types_and_waits_as_fast_as_it_is_told(lmcli, tmp_path):
    assert unlike(both(LESSONS / "demo")) == []
    path = tmp_path / "lesson.en.md"
    path.write_text(
        "---\ntitle: T\n---\n## One\nRead me.\n```lmcli\nsimilarity cat dog\n```\n```expect\n5.0 ± 0.1\n```\n"
    )
    said, waits = io.StringIO(), []
    env = Environment(stdin=io.BytesIO(), stdout=said, stderr=said, variables={}, cache=Loaded())
    lesson = open_lesson(tmp_path, "en")
    with stage(env, lesson) as own:
        tour = Tour(lesson, own, Page(env, words("en")), said, waits.append)
        tour.play()
    shown = said.getvalue()
    assert "$ lmcli similarity cat dog\n" in shown and "0.92" in shown
    assert tour.wrong == 1 and "5.0 ± 0.1" in shown
    assert waits[0] == pytest.approx(8 * A_BYTE) and waits[-1] == SHORTEST
    assert waits[1:-1] == [A_KEY] * len("$ lmcli similarity cat dog")
