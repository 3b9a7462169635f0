"""Chinese labels in English, on the committed lexicon."""

import pytest

from lmcli.clip.files.lexicon import Lexicon
from lmcli.clip.labels import has_chinese
from lmcli.frame.errors import ModelError
from lmcli.frame.models import bundled_folder


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon.open(bundled_folder() / "clip-lite" / "lexicon.txt")


@pytest.mark.parametrize(
    ("label", "english"),
    [
        ("猫", "cat"),
        ("钟", "clock"),
        ("摩托车", "motorcycle"),
        ("貓", "cat"),  # traditional
        ("一只狗", "dog"),
        ("红色的汽车", "red car"),
        ("埃菲尔铁塔", "Eiffel Tower"),
        ("鸟", "bird"),
    ],
)
def test_the_best_noun_comes_first(lexicon, label, english):
    assert lexicon.translate(label)[0] == english


def test_a_second_noun_means_nearly_the_same(lexicon):
    assert lexicon.translate("汽车") == ["car", "automobile"]
    assert lexicon.translate("鸟") == ["bird"]


@pytest.mark.parametrize("label", ["龘靐", "", "  ", "猫" + "龘靐"])
def test_no_translation_is_an_empty_list(lexicon, label):
    assert lexicon.translate(label) == []


def test_latin_letters_stay(lexicon):
    assert lexicon.translate("IBM 电脑") == ["IBM computer"]


def test_first_and_last_line_are_found(lexicon):
    lines = (bundled_folder() / "clip-lite" / "lexicon.txt").read_text("utf-8").splitlines()
    for line in (lines[0], lines[-1], lines[len(lines) // 3]):
        word, _, nouns = line.partition("\t")
        assert lexicon.find(word) == tuple(nouns.split(";"))
    words = [line.split("\t")[0].encode() for line in lines]
    assert words == sorted(set(words))


def test_what_is_chinese():
    assert has_chinese("a 猫")
    assert not has_chinese("a cat, un café, かな")


def test_a_missing_or_empty_file_is_an_error(tmp_path):
    with pytest.raises(ModelError):
        Lexicon.open(tmp_path / "none.txt")
    (tmp_path / "empty.txt").touch()
    with pytest.raises(ModelError):
        Lexicon.open(tmp_path / "empty.txt")
