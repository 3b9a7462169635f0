"""The settings file and what overrides it."""

import tomllib

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
        (
            '[model]\nword-vector = "glove-50d"',
            "an unknown task 'word-vector'; known: word-vectors",
        ),
        ("[similar.deep]\nk = 5", "unknown section 'similar.deep'"),
    ],
)
def test_a_setting_that_would_do_nothing_is_named(lmcli, settings, text, message):
    settings(text)
    result = lmcli("similar", "king")
    assert result.code == 1 and message in result.err and "bug" not in result.err


@pytest.mark.parametrize(
    ("text", "words", "message"),
    [
        ("[words.eval]\nrestrictt = 5", "words info", "option 'restrictt' of words eval; did you"),
        ("[words.evil]\nk = 5", "words info", "unknown section 'words.evil'; did you mean eval"),
        ("[maze]\nnonsense = 5", "maze list", "maze is a group, and has no option 'nonsense'"),
        ("[maze.train]\nepisode = 5", "maze train course", "did you mean episodes"),
        ("[models.list]\ntsk = 'x'", "models list", "unknown option 'tsk' of models list"),
        ("[attention]\nlayer = 5", "attention hello", "as [attention.show]"),
        ("[prompt.compare]\nmodels = 5", "prompt compare", "did you mean model"),
    ],
)
def test_wrong_settings_of_groups_are_named(lmcli, settings, text, words, message):
    settings(text)
    result = lmcli(*words.split())
    assert result.code == 1 and message in result.err and "bug" not in result.err


def test_the_settings_file_is_parsed_once_for_a_command_and_anew_when_it_changes(
    lmcli, settings, monkeypatch
):
    parsed = []
    loads = tomllib.loads
    monkeypatch.setattr(tomllib, "loads", lambda text: parsed.append(text) or loads(text))
    settings('k = 3\n[model]\nword-vectors = "glove-50d"')
    assert len(lmcli("similar", "king").lines) == 3
    assert sum(text.startswith("k = ") for text in parsed) == 1
    settings('k = 2\n[model]\nword-vectors = "glove-50d"')
    assert len(lmcli("similar", "king").lines) == 2


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
