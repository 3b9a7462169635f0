"""Files and folders that appear whole or not at all."""

import pytest

from lmcli.core.atomic import new_file, new_folder
from lmcli.core.errors import BadUsage, LmcliError


def test_a_file_appears_at_the_end_and_replaces_the_old_one(tmp_path):
    target = tmp_path / "a.txt"
    target.write_text("old")
    with new_file(target) as fresh:
        fresh.write_text("new")
        assert target.read_text() == "old"
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    target = tmp_path / "a.txt"
    target.write_text("old")
    with pytest.raises(RuntimeError), new_file(target) as fresh:
        fresh.write_text("half")
        raise RuntimeError
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_file_has_the_permissions_of_any_new_file(tmp_path):
    (tmp_path / "plain").write_text("")
    with new_file(tmp_path / "a") as fresh:
        fresh.write_text("")
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(LmcliError, match="nowhere"), new_file(tmp_path / "nowhere" / "a"):
        pass


def test_a_folder_is_refused_where_one_exists_and_replaced_with_force(tmp_path):
    target = tmp_path / "model"
    with new_folder(target) as fresh:
        (fresh / "a").write_text("1")
    with pytest.raises(BadUsage, match="--force"), new_folder(target):
        pass
    with new_folder(target, force=True) as fresh:
        (fresh / "b").write_text("2")
        assert (target / "a").exists()
    assert [path.name for path in target.iterdir()] == ["b"]
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_that_fails_leaves_what_was_there(tmp_path):
    target = tmp_path / "model"
    target.mkdir()
    (target / "a").write_text("1")
    with pytest.raises(RuntimeError), new_folder(target, force=True) as fresh:
        (fresh / "b").write_text("2")
        raise RuntimeError
    assert [path.name for path in target.iterdir()] == ["a"]
    assert list(tmp_path.iterdir()) == [target]
