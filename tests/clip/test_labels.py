"""Labels, prompts and named sets."""

import pytest

from lmcli.clip.labels import (
    all_sets,
    distinct,
    members,
    prompt,
    read_labels,
    read_set,
    split_labels,
    templates_of,
)
from lmcli.frame.errors import BadInput, BadUsage


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("a dog,a cat,a bird", ["a dog", "a cat", "a bird"]),
        ("a dog, a cat", ["a dog", "a cat"]),
        ('"red, white and blue",a dog', ["red, white and blue", "a dog"]),
        ("一只狗，一只猫、鸟", ["一只狗", "一只猫", "鸟"]),
        ("狗，黑色,猫", ["狗，黑色", "猫"]),
        ("one", ["one"]),
    ],
)
def test_lists_of_labels(text, labels):
    assert split_labels(text) == labels


def test_blanks_and_repetitions_go():
    assert distinct([" a  dog ", "", "cat", "a dog", "a dog"]) == (["a dog", "cat"], ["a dog"])


def test_a_file_of_labels(tmp_path):
    path = tmp_path / "labels.txt"
    path.write_bytes("\ufeff# animals\r\n\r\nred, white and blue\r\n  猫 \nC# code\n".encode())
    assert read_labels(path) == ["red, white and blue", "猫", "C# code"]


def test_a_file_that_is_no_text_is_named_with_its_line(tmp_path):
    path = tmp_path / "labels.txt"
    path.write_bytes("a dog\nein B\u00e4r\n".encode("latin-1"))
    with pytest.raises(BadInput, match=r"labels.txt, line 2: not UTF-8"):
        read_labels(path)
    with pytest.raises(BadInput, match="No such file"):
        read_labels(tmp_path / "none.txt")


@pytest.mark.parametrize(
    ("template", "label", "text"),
    [
        ("a photo of a {}.", "dog", "a photo of a dog."),
        ("a photo of a {}.", "a dog", "a photo of a dog."),
        ("a photo of a {}.", "An owl", "a photo of An owl."),
        ("a photo of the large {}.", "the dog", "a photo of the large the dog."),
        ("itap of the {}.", "a dog", "itap of a dog."),
        ("{}", "a dog", "a dog"),
        ("{} and {}", "dog", "dog and dog"),
        ("{}", "{}", "{}"),
        ("a {}", "another dog", "a another dog"),
    ],
)
def test_prompts(template, label, text):
    assert prompt(template, label) == text


def test_templates_are_texts_or_named_sets():
    assert templates_of([], ["a {}"]) == ("a {}",)
    assert templates_of(["{}", "imagenet-7", "{}"], []) == (
        "{}",
        *read_set("templates", "imagenet-7"),
    )
    assert len(templates_of(["imagenet-80"], [])) == 80
    with pytest.raises(BadUsage, match=r"no \{\} for the label"):
        templates_of(["a photo of a dog"], [])
    with pytest.raises(BadUsage, match=r"did you mean imagenet-"):
        templates_of(["imagenet-8"], [])


def test_sets_are_in_the_order_of_their_index():
    imagenet = members("imagenet")
    assert len(imagenet) == len({one.label for one in imagenet}) == 1000
    named = {0: "tench", 207: "Golden Retriever", 281: "tabby cat", 999: "toilet paper"}
    assert {index: imagenet[index].label for index in named} == named
    assert [one.label for one in members("cifar10")][:3] == ["airplane", "automobile", "bird"]
    assert len(members("cifar100")) == 100
    assert all("{}" in one.label for one in members("imagenet-80"))


def test_every_set_says_where_it_is_from():
    rows = all_sets()
    assert {row.name: row.size for row in rows}["coco"] == 80
    assert all(row.about for row in rows)
    assert "MIT" in next(row.about for row in rows if row.name == "imagenet")
    with pytest.raises(BadUsage, match="there are cifar10"):
        read_set("sets", "nothing-like-it")
