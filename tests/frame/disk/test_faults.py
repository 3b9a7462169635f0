"""What exceptions say to a user."""

import errno
import pwd
from pathlib import Path

import pytest

from lmcli.frame.disk.faults import fault_of
from lmcli.frame.disk.folders import cache_folder, config_file, data_folder, make_folder

HOME = {"XDG_DATA_HOME": "/h/data", "XDG_CACHE_HOME": "/h/cache", "XDG_CONFIG_HOME": "/h/config"}


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("/h/data/lmcli/models/x", "LMCLI_DATA can name another place"),
        ("/h/cache/lmcli", "LMCLI_CACHE can name another place"),
        ("/h/config/lmcli/config.toml", "LMCLI_CONFIG can name another place"),
        ("/h", "LMCLI_CONFIG or LMCLI_DATA or LMCLI_CACHE can name another place"),
        ("/elsewhere", None),
        (None, None),
    ],
)
@pytest.mark.parametrize("code", [errno.EROFS, errno.EACCES, errno.ENOSPC])
def test_a_place_of_lmcli_that_cannot_be_used_comes_with_its_variable(path, hint, code):
    error = OSError(code, "no", path) if path else OSError(code, "no")
    fault = fault_of(error, HOME)
    assert fault.hint == hint
    assert fault.message == (f"{path}: no" if path else "no")


def test_exceptions_that_are_no_bugs():
    assert "this is a bug" not in str(fault_of(MemoryError(), {})) + str(
        fault_of(RecursionError(), {})
    )
    assert "this is a bug in lmcli" in str(fault_of(TypeError("x"), {}))


def test_a_folder_that_cannot_be_made_is_named_whole():
    with pytest.raises(OSError, match="/proc/none/a/b") as caught:
        make_folder(Path("/proc/none/a/b"))
    assert caught.value.filename == "/proc/none/a/b"


def test_a_user_without_a_home_has_folders_that_are_not_there(monkeypatch):
    monkeypatch.delenv("HOME")

    def nobody(_number):
        raise KeyError

    monkeypatch.setattr(pwd, "getpwuid", nobody)
    for place in (config_file({}), data_folder({}), cache_folder({})):
        assert not place.exists()
