"""Loading beside something else."""

import threading

import pytest

from lmcli.frame.errors import ModelError
from lmcli.nn.loading import Loading


def test_it_loads_at_once_in_a_thread_of_its_own():
    started = threading.Event()
    loading = Loading(lambda: (started.set(), threading.current_thread())[1])
    assert started.wait(5)
    assert loading.result() is not threading.current_thread()


def test_what_loading_raises_is_raised_where_it_is_wanted():
    def fail():
        raise ModelError("cut")

    loading = Loading(fail)
    with pytest.raises(ModelError, match="cut"):
        loading.result()


def test_what_a_daemon_begins_to_load_is_waited_for():
    from threading import Thread

    from lmcli.nn.loading import Loading

    made = []
    starter = Thread(target=lambda: made.append(Loading(lambda: 1)), daemon=True)
    starter.start()
    starter.join()
    assert not made[0]._thread.daemon
