"""The settings file and what overrides it."""

import pytest


@pytest.fixture
def settings(own_settings):
    return (own_settings / "config.toml").write_text


def test_precedence(lmcli, settings):
    def rows(*words, **env):
        return len(lmcli("similar", "king", *words, env=env).lines)

    assert rows() == 10
    settings("k = 4")
    assert rows() == 4
    settings("k = 4\n[similar]\nk = 3")
    assert rows() == 3
    assert rows("-k", 2) == 2


def test_the_environment_beats_the_file(lmcli, settings):
    settings('format = "csv"')
    assert lmcli("similarity", "cat", "dog").lines[0] == "a,b,score"
    assert lmcli("similarity", "cat", "dog", env={"LMCLI_FORMAT": "json"}).out != ""


def test_a_command_of_a_group_has_its_own_section(lmcli, settings):
    settings('[models.list]\ntask = "none-of-these"')
    assert lmcli("models", "list").out == ""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("formt = 'json'", "unknown setting 'formt'; did you mean format?"),
        ("k = ", "config.toml"),
        ("zzz = 1", "known: format"),
    ],
)
def test_a_bad_file_is_named(lmcli, settings, text, message):
    settings(text)
    result = lmcli("similarity", "cat", "dog")
    assert result.code == 1 and message in result.err


def test_a_bad_value_is_a_usage_error(lmcli, settings):
    settings("k = 'many'")
    assert lmcli("similar", "king").code == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[analgoy]\nk = 5", "unknown section 'analgoy'; did you mean analogy"),
        ("[similar]\nkk = 5", "unknown option 'kk' of similar"),
        ("[similar]\nk = [1, 2]", "a list where one value belongs"),
        ("k = [1, 2]", "k is a list where one value belongs"),
        ("[model]\nword-vectors = 5", "word-vectors is not the name of a model"),
    ],
)
def test_a_setting_that_would_do_nothing_is_named(lmcli, settings, text, message):
    settings(text)
    result = lmcli("similar", "king")
    assert result.code == 1 and message in result.err and "bug" not in result.err


def test_a_value_in_place_of_a_section_is_named(lmcli, settings):
    settings("[words]\neval = 5")
    result = lmcli("words", "eval", __file__)
    assert result.code == 1 and "eval is a command" in result.err


def test_an_option_may_be_written_as_on_the_command_line(lmcli, settings):
    settings("[analogy]\ninclude-inputs = true")
    assert lmcli("analogy", "king", "man", "woman").table[0][0] == "king"


def test_the_session_reads_its_own_section(lmcli, settings):
    settings('[repl]\nstartup = [":help"]\n[repl.alias]\nnn = "similar -k 3"')
    assert lmcli("similar", "king").code == 0
