"""Patience: when a download is tried again, how long it waits, when it gives up."""

import time
from email.utils import formatdate

import pytest

from lmcli.frame.errors import ModelError
from lmcli.store.fetch import transfer
from lmcli.store.fetch.fetching import current, disk_full, fetching, is_full, online
from lmcli.store.fetch.patience import TransferError, patiently, retry_after
from lmcli.store.fetch.transfer import Meter, plain


@pytest.fixture
def naps(monkeypatch):
    """The pauses that were made."""
    taken = []
    monkeypatch.setattr("time.sleep", taken.append)
    return taken


def failing(*errors):
    """A fetch that fails like this, one error a call, and then succeeds."""
    left = list(errors)

    def fetch():
        if left:
            raise left.pop(0)

    return fetch


def test_passing_faults_are_tried_again_with_growing_pauses(naps):
    patiently(failing(*[TransferError("busy", passing=True)] * 3))
    assert naps == [0.5, 1, 2]


def test_it_gives_up(naps):
    with pytest.raises(TransferError, match="busy"):
        patiently(failing(*[TransferError("busy", passing=True)] * 4))


def test_a_refusal_is_final(naps):
    with pytest.raises(TransferError, match="no"):
        patiently(failing(TransferError("no")))
    assert naps == []


def test_it_waits_as_long_as_the_server_says_within_reason(naps):
    said = []
    patiently(failing(TransferError("later", passing=True, wait=7)), say=said.append)
    assert naps == [7] and said == ["later; trying again in 7 s"]
    with pytest.raises(TransferError):
        patiently(failing(TransferError("later", passing=True, wait=61)))


def test_tries_start_anew_when_something_came(naps, tmp_path):
    part = tmp_path / "part"
    part.touch()
    cuts = 10

    def fetch():
        nonlocal cuts
        if cuts:
            cuts -= 1
            with part.open("ab") as file:
                file.write(b"x")
            raise TransferError("cut", passing=True)

    patiently(fetch, part)
    assert naps == [0.5] * 10


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [({"Retry-After": "3"}, 3), ({"retry-after": "12"}, 12), ({}, 0), ({"Retry-After": "soon"}, 0)],
)
def test_retry_after(headers, seconds):
    assert retry_after(headers) == seconds


def test_retry_after_a_date():
    wait = retry_after({"Retry-After": formatdate(time.time() + 30, usegmt=True)})
    assert 28 <= wait <= 31
    assert retry_after({"Retry-After": formatdate(time.time() - 30, usegmt=True)}) == 0


def test_what_must_not_be_shown():
    url = "https://me:secret@host.example:8080/a/b?Signature=secret#secret"
    assert plain(url) == "https://host.example:8080/a/b"


def test_a_meter_counts_each_byte_once():
    told = []
    meter = Meter(lambda total: told.append(total) or told.append)
    for position in (10, 4, 20):
        meter.reach(position, 20)
    assert told == [20, 10, -6, 16]


def test_offline_holds_within_the_block(monkeypatch):
    with fetching(offline=True), pytest.raises(ModelError, match="lmcli is offline"):
        online("it")
    monkeypatch.delenv("LMCLI_OFFLINE", raising=False)
    assert not current().offline
    monkeypatch.setenv("LMCLI_OFFLINE", "1")
    assert current().offline


def test_a_full_disk_is_seen_through_other_errors(tmp_path):
    import errno

    try:
        try:
            raise OSError(errno.ENOSPC, "No space left on device")
        except OSError as error:
            raise RuntimeError("could not write") from error
    except RuntimeError as error:
        assert is_full(error)
    assert not is_full(OSError(errno.EACCES, "no"))
    assert "MB are free, 5 MB are needed" in disk_full(tmp_path, 5_000_000).message


def test_timeout_setting(monkeypatch):
    for text, seconds in (("2.5", 2.5), ("", 30), ("soon", 30), ("0", 30)):
        monkeypatch.setenv("LMCLI_TIMEOUT", text)
        assert transfer._timeout() == seconds
